"""Message templates: what is refused at load, and what the sandbox does with what gets that far."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from tenure.engine.core.problems import Span
from tenure.engine.playbook.template_checker import check_message, check_template
from tenure.engine.playbook.template_names import TemplateNames
from tenure.engine.reports.locale_format import (
    date_text,
    localized_number,
    money_text,
    month_text,
    percent_text,
    quarter_text,
    range_text,
    short_date_text,
)
from tenure.engine.reports.sandbox import MessageError, build_sandbox, render_template
from tenure.engine.text.yaml_nodes import Mapping, Scalar
from tenure.engine.text.yaml_reader import read_yaml

KNOWN = TemplateNames(
    {"account_name", "arr", "seats", "champion", "cta", "agenda", "tips", "days_left"}, ("tips",)
)


def scalar(text: str) -> Scalar:
    return Scalar(text, text, Span("p.yaml", 3, 10, 3, 10 + len(text)))


def codes(template: str) -> list[str]:
    return [problem.code for problem in check_template(scalar(template), KNOWN)]


def rendered(template: str, language: str = "en", **values: object) -> str:
    return render_template(build_sandbox().from_string(template), values, language)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ account_name.format() }}",
        "{{ account_name.__init__.__globals__ }}",
        "{{ account_name['upper'] }}",
        "{{ account_name[0:2] }}",
        "{{ 'a' * 10**9 }}",
        "{{ 10**10**10 }}",
        "{{ '%99999999d' % 1 }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% for a in cta %}{% for b in cta %}x{% endfor %}{% endfor %}",
        "{% for c in account_name %}x{% endfor %}",
        "{% for a in cta recursive %}{{ loop(cta) }}{% endfor %}",
        "{{ lipsum() }}",
        "{{ cycler('a') }}",
        "{{ namespace() }}",
        "{% set x = account_name ~ account_name %}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{% block b %}{% endblock %}",
        "{% call f() %}{% endcall %}",
        "{% filter upper %}{% endfilter %}",
        "{% with x = 1 %}{% endwith %}",
        "{% autoescape false %}{% endautoescape %}",
        "{% for l in cta %}{{ l.items }}{% endfor %}",
        "{% for l in cta %}{{ loop.__class__ }}{% endfor %}",
        "{% for l in cta %}{{ l }}{% endfor %}",
        "{% for l in cta %}{{ l.title }}{% endfor %}",
        "{% for t in tips %}{{ t.label }}{% endfor %}",
        "{% for t in tips %}{% for p in agenda %}x{% endfor %}{% endfor %}",
        "{% for p in agenda %}{{ p.points }}{% endfor %}",
        "{% for p in agenda %}{% for t in p.title %}x{% endfor %}{% endfor %}",
        "{{ tips }}",
        "{{ cta | upper }}",
        "{{ loop }}{% for l in cta %}{{ loop }}{% endfor %}",
    ],
)
def test_it_forbids_at_load(template: str) -> None:
    assert "message-forbids" in codes(template)


@pytest.mark.parametrize(
    "template", ["{{ account_name", "{% if arr %}", "{% endif %}", "{{ 1 + }}", "{% do x %}"]
)
def test_it_refuses_broken_syntax(template: str) -> None:
    assert codes(template) == ["message-syntax"]


def test_it_survives_a_template_nested_too_deeply() -> None:
    assert codes("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}") == ["message-syntax"]


def test_it_names_the_nearest_name() -> None:
    (problem,) = check_template(scalar("Hi {{ acount_name }}"), KNOWN)
    assert problem.code == "unknown-message-name"
    assert problem.hint == "did you mean `account_name`?"
    assert problem.span == Span("p.yaml", 3, 16, 3, 27)


@pytest.mark.parametrize(
    "name", ["range", "lipsum", "cycler", "joiner", "namespace", "dict", "self"]
)
def test_it_knows_no_globals(name: str) -> None:
    assert codes(f"{{{{ {name} }}}}") == ["unknown-message-name"]


@pytest.mark.parametrize(
    ("template", "word"),
    [("{{ arr | mony }}", "`money`"), ("{{ arr | attr('x') }}", "there are:")],
)
def test_it_knows_its_filters_only(template: str, word: str) -> None:
    (problem,) = check_template(scalar(template), KNOWN)
    assert problem.code == "unknown-filter"
    assert word in (problem.hint or "")


def test_it_points_at_the_line_in_a_block_of_text() -> None:
    text = "messages:\n  body: |\n    Hello,\n\n    {{ nobody }}\n  subject: fine\n"
    node, _ = read_yaml(text, "p.yaml")
    assert isinstance(node, Mapping)
    messages = node.get("messages")
    assert isinstance(messages, Mapping)
    (problem,) = check_message(messages, KNOWN)
    assert problem.span is not None
    assert problem.span.line == 5


@pytest.mark.parametrize(
    "template",
    [
        "plain text } with }} signs %}",
        "{{ account_name }} and {{arr|money}}",
        "{% if not arr and seats > 3 or champion is not missing %}a{% else %}b{% endif %}",
        "{% for link in cta %}{{ link.label }}: {{ link.url }}{% endfor %}",
        "{% if tips %}{% for tip in tips %}{{ loop.index }}. {{ tip | trim }}{% endfor %}{% endif %}",
        "{% for part in agenda %}{{ part.title }}{% if part.minutes %} ({{ part.minutes }} min){% endif %}"
        "{% for point in part.points %}{{ point }}{% if not loop.last %}, {% endif %}{% endfor %}"
        "{% endfor %}",
    ],
)
def test_it_takes_what_messages_may_do(template: str) -> None:
    assert codes(template) == []


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ name.format() }}",
        "{{ name.upper() }}",
        "{{ name['x'] }}",
        "{{ name * 1000000000 }}",
        "{{ 1000000000 * name }}",
        "{{ name % 3 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 1 // 0 }}",
        "{{ 1 / 0 }}",
        "{{ range(3) }}",
        "{% for i in range(999999999) %}x{% endfor %}",
        "{{ loop }}",
        "{{ name | default }}",
    ],
)
def test_the_sandbox_stops_what_the_check_let_pass(template: str) -> None:
    with pytest.raises(MessageError):
        rendered(template, name="x")


def test_it_caps_what_one_message_writes() -> None:
    with pytest.raises(MessageError, match="longer than 100,000"):
        rendered("{{ name }}" * 11, name="x" * 10_000)


def test_an_accounts_value_is_never_a_template() -> None:
    assert rendered("{{ name }}", name="{{ 1 + 1 }}{% raw %}") == "{{ 1 + 1 }}{% raw %}"


def test_a_missing_value_may_be_tested_but_not_printed() -> None:
    template = "{% if champion %}a{% else %}b{% endif %}{{ champion | default('nobody') }}"
    assert rendered(template, champion=None) == "bnobody"
    with pytest.raises(MessageError, match="`champion` is missing"):
        rendered("Dear {{ champion }}", champion=None)
    with pytest.raises(MessageError, match="`arr` is missing"):
        rendered("{{ arr | money }}", arr=None)
    with pytest.raises(MessageError, match="`arr` is missing"):
        rendered("{% if arr > 3 %}x{% endif %}", arr=None)


def test_zero_and_false_are_no_missing_values() -> None:
    assert rendered("{{ seats }} {{ ok }}", seats=0.0, ok=False) == "0 no"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "1er mars 2026|12\u202f000\u00a0€|1\u202f234,5|12,5\u00a0%|oui|25"),
        ("fr-CA", "1er mars 2026|12\u202f000\u00a0€|1\u202f234,5|12,5\u00a0%|oui|25"),
        ("en", "1 March 2026|€12,000|1,234.5|12.5%|yes|25"),
        ("en-US", "1 March 2026|€12,000|1,234.5|12.5%|yes|25"),
        ("de", "1. März 2026|12.000\u00a0€|1.234,5|12,5\u00a0%|ja|25"),
        ("pt-BR", "1 de março de 2026|€\u00a012.000|1.234,5|12,5%|yes|25"),
        ("hi", "1 मार्च 2026|€12,000|1,234.5|12.5%|yes|25"),
        ("xx", "1 March 2026|€12,000|1,234.5|12.5%|yes|25"),
    ],
)
def test_values_are_written_in_the_language(language: str, text: str) -> None:
    template = (
        "{{ day | date }}|{{ arr | money }}|{{ n | number }}|{{ p | percent }}|{{ ok }}|{{ seats }}"
    )
    values = {"arr": 12000.0, "n": 1234.5, "p": 0.125, "ok": True, "seats": 25.0, "currency": "EUR"}
    assert rendered(template, language, day=dt.date(2026, 3, 1), **values) == text


def test_amounts_dates_and_shares() -> None:
    assert money_text(-1234.5, "en", "USD") == "-$1,234.50"
    assert money_text(10, "en", "CHF") == "CHF\u00a010"
    assert money_text(10, "fr", "") == "10"
    assert localized_number(-0.001, "en") == "0"
    assert localized_number(3, "en", 2) == "3.00"
    assert percent_text(1, "fr-CA") == "100\u00a0%"
    assert money_text(Decimal("12000000000000000.10"), "en", "EUR") == "€12,000,000,000,000,000.10"
    assert money_text(Decimal("7000.00"), "fr", "EUR") == "7\u202f000\u00a0€"
    assert percent_text(Decimal("1.126"), "en") == "112.6%"
    assert rendered("{{ n }}", n=Decimal("2.50")) == "2.5"
    assert date_text(dt.date(2026, 8, 31), "fr") == "31 août 2026"


def test_german_has_its_own_dates_numbers_and_words() -> None:
    assert date_text(dt.date(2026, 10, 20), "de") == "20. Oktober 2026"
    assert month_text(dt.date(2026, 10, 20), "de") == "Oktober 2026"
    assert short_date_text(dt.date(2026, 3, 2), "de") == "2. März"
    assert localized_number(9086.57, "de") == "9.086,57"
    assert localized_number(-1234567, "de", 2) == "-1.234.567,00"
    assert money_text(Decimal("-9086.57"), "de", "EUR") == "-9.086,57\u00a0€"
    assert money_text(12000, "de", "CHF") == "12.000\u00a0CHF"
    assert percent_text(-0.125, "de") == "-12,5\u00a0%"
    assert range_text(45, 60, "de") == "45 bis 60"
    assert rendered("{{ n }} {{ ok }}", "de", n=1234.5, ok=False) == "1234,5 nein"


def test_signs_and_groups_follow_the_language() -> None:
    assert localized_number(12345678.5, "hi") == "1,23,45,678.5"
    assert localized_number(-1234.5, "sv") == "\u22121\u00a0234,5"
    assert percent_text(-0.5, "tr") == "-%50"
    assert money_text(-5, "de-AT", "EUR") == "-€\u00a05"
    assert localized_number(10**15, "de") == "1.000.000.000.000.000"


def test_short_dates_of_charts_have_three_letters_in_english() -> None:
    day = dt.date(2026, 9, 1)
    assert [short_date_text(day, tag) for tag in ("en", "fr")] == ["1 Sep", "1 sept."]


def test_quarters_begin_in_january_april_july_and_october() -> None:
    quarters = [quarter_text(dt.date(2026, month, 1), "fr") for month in range(1, 13)]
    assert quarters == ["Q1"] * 3 + ["Q2"] * 3 + ["Q3"] * 3 + ["Q4"] * 3
    assert quarter_text(dt.date(2026, 3, 31), "en") == "Q1"
    assert rendered("{{ anchor | quarter }}", anchor=dt.date(2026, 12, 31)) == "Q4"


def test_dates_and_days_may_be_counted() -> None:
    assert rendered("{{ a - b }}", a=dt.date(2026, 3, 3), b=dt.date(2026, 3, 1)) == "2"
    assert rendered("{{ days_left - 1 }}", days_left=3) == "2"
