"""No template runs without end or fills the memory: of messages, documents and the portfolio page."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError
from support.papers import ON, papers, report
from support.profiles import examples
from tenure.engine.core.problems import Problems
from tenure.engine.documents.document_templates import TemplateSource, render_document
from tenure.engine.documents.localizer import Localizer
from tenure.engine.documents.portfolio import portfolio_page
from tenure.engine.documents.portfolio.portfolio_data import Portfolio
from tenure.engine.reports import bounded
from tenure.engine.reports.bounded import MAX_CHARACTERS, Budget, OverBudget
from tenure.engine.reports.sandbox import MessageError, build_sandbox, render_template

PEOPLE: list[dict[str, Any]] = [{"name": "Léa"}] * 40
VALUES: dict[str, Any] = {"name": "Vega", "arr": Decimal("63700"), "people": PEOPLE}


def doubled(start: str, times: int, grown: str) -> str:
    """A value that is made twice as long so many times."""
    return f"{{% set a = {start} %}}" + f"{{% set a = {grown} %}}" * times


def nested(depth: int, body: str, over: str = "name ~ name ~ name") -> str:
    """Loops in loops over the characters of a text."""
    begun = "".join(f"{{% for i{n} in {over} %}}" for n in range(depth))
    return begun + body + "{% endfor %}" * depth


ENDLESS: dict[str, str] = {
    "a list repeated": "{{ [1] * 1000000000 }}",
    "a list repeated, the number first": "{{ 1000000000 * [1] }}",
    "a tuple repeated": "{% for x in (1, 2) * 1000000000 %}x{% endfor %}",
    "a text repeated": "{{ 'a' * 1000000000 }}",
    "a text formatted": "{{ '%1000000000d' % 1 }}",
    "a list doubled": doubled("[1]", 30, "a + a"),
    "a text doubled by +": doubled("'ab'", 30, "a + a") + "{{ a }}",
    "a text doubled by ~": doubled("'ab'", 30, "a ~ a") + "{{ a }}",
    "a text doubled by a block": "{% set a = 'ab' %}"
    + "{% set a %}{{ a }}{{ a }}{% endset %}" * 30,
    "a text doubled by a filtered block": "{% set a = 'ab' %}"
    + "{% set a %}{% filter upper %}{{ a }}{{ a }}{% endfilter %}{% endset %}" * 30,
    "a list of itself": doubled("[1]", 40, "[a, a]") + doubled("[1]", 40, "[a, a]"),
    "a map of itself": doubled("{'k': 1}", 40, "{'k': a, 'l': a}"),
    "lists within lists compared": doubled("(1, 2)", 40, "(a, a)")
    + "{% set b = a %}"
    + doubled("(1, 2)", 40, "(a, a)")
    + "{% if a == b %}x{% endif %}",
    "lists within lists joined": doubled("[1]", 40, "[a, a]") + "{{ a ~ '' }}",
    "a number squared": doubled("10", 30, "a * a") + "{{ a }}",
    "a decimal squared": doubled("arr", 18, "a * a") + "{{ a }}",
    "a power": "{{ 10 ** 1000000000 }}",
    "loops in loops over text": nested(8, "x"),
    "loops in loops that show nothing": nested(8, ""),
    "loops in loops over a list of values": nested(5, "", "people"),
    "loops in loops that set": nested(8, "{% set a = 1 %}"),
    "a loop whose condition never holds": nested(
        3, "{% for x in people if not x.name %}{% endfor %}", "people"
    ),
    "a loop over a long text": doubled("'abcdefgh'", 13, "a ~ a")
    + "{% for x in a %}{% for y in a %}{% endfor %}{% endfor %}",
    "a filter on a long text in a loop": doubled("'abcdefgh'", 13, "a ~ a")
    + "{% for x in a %}{% set y = a | upper %}{% endfor %}",
    "a comparison of a long text in a loop": doubled("'abcdefgh'", 13, "a ~ a")
    + "{% for x in a %}{% if 'zz' in a %}{% endif %}{% endfor %}",
    "a block in a loop": nested(8, "{% block b %}x{% endblock %}"),
    "too long a text": nested(3, "0123456789" * 20),
    "a range": "{% for x in range(1000000000) %}x{% endfor %}",
    "a filter that pads": "{{ name | center(1000000000) }}",
    "a filter that formats": "{{ '%1000000000d' | format(1) }}",
    "a filter that replaces": "{{ name | replace('', name) }}",
    "a filter that joins": "{{ people | join(name) }}",
    "a filter that batches": "{{ people | batch(1000000000, 1) | list }}",
    "a filter that indents": "{{ name | indent(1000000000) }}",
    "a filter that wraps": "{{ name | wordwrap(1) }}",
    "a filter that writes JSON": "{{ people | tojson }}",
    "a method that pads": "{{ name.center(1000000000) }}",
    "a method that formats": "{{ '{:>1000000000}'.format(1) }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "a loop that calls itself": "{% for x in people recursive %}{{ loop(people) }}{% endfor %}",
    "a call block": "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}x{% endcall %}",
}


def in_message(text: str) -> None:
    with pytest.raises((MessageError, TemplateSyntaxError)):
        render_template(build_sandbox().from_string(text), VALUES, "en")


def in_document(text: str) -> None:
    with pytest.raises(Problems) as raised:
        render_document(TemplateSource("documents/x.en.md", text), VALUES, {}, "en")
    codes = {each.code for each in raised.value.problems}
    assert codes <= {"document-failed", "document-syntax", "unknown-document-name"}


def draw(tmp_path: Path, **files: str) -> str:
    """The portfolio page, of these files of a workspace's own."""
    own = tmp_path / "documents"
    own.mkdir()
    for name, text in files.items():
        (own / name.replace("_", ".")).write_text(text, encoding="utf-8")
    nothing = Portfolio("Vega", ON, None, None, None, None, None)
    return portfolio_page.draw_portfolio_page(
        nothing, PEOPLE, None, Localizer("en", "portfolio"), own
    )


def on_page(text: str, tmp_path: Path) -> None:
    known = "{% set name = page.name %}{% set people = page.families %}{% set arr = 12345 %}"
    text = known + text
    with pytest.raises(Problems) as raised:
        draw(tmp_path, portfolio_html=text)
    (problem,) = raised.value.problems
    assert problem.code == "document-syntax"
    assert problem.message.startswith("documents/portfolio.html: ")


@pytest.mark.parametrize("what", ENDLESS)
def test_a_message_does_not_run_without_end(what: str) -> None:
    in_message(ENDLESS[what])


@pytest.mark.parametrize("what", ENDLESS)
def test_a_document_does_not_run_without_end(what: str) -> None:
    in_document(ENDLESS[what])


@pytest.mark.parametrize("what", sorted(ENDLESS.keys() - {"a call block"}))
def test_a_page_does_not_run_without_end(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_page, "MAX_PAGE_STEPS", 200_000)
    monkeypatch.setattr(portfolio_page, "MAX_PAGE_CHARACTERS", 100_000)
    on_page(ENDLESS[what], tmp_path)


def test_a_page_that_includes_itself_ends(tmp_path: Path) -> None:
    on_page("{% set n = (n or 0) + 1 %}" + '{% include "portfolio.html" %}' * 2, tmp_path)


@pytest.mark.parametrize("with_it", ["without context", "with context"])
def test_a_page_takes_no_macros_from_elsewhere(with_it: str, tmp_path: Path) -> None:
    on_page(f'{{% import "chart.css" as c {with_it} %}}{{{{ c.x() }}}}', tmp_path)


def test_a_page_includes_nothing_but_its_own_files(tmp_path: Path) -> None:
    on_page('{% include "../tenure.yaml" %}', tmp_path)


def test_too_many_decimals_are_not_written(tmp_path: Path) -> None:
    shown = draw(tmp_path, portfolio_html="{{ t.number(1234, 1000000000) }}")
    assert shown == "1,234.0000000000\n"
    rendered = build_sandbox().from_string("{{ arr | number(1000000000) }}")
    assert render_template(rendered, VALUES, "en") == "63,700.0000000000"


NESTED = {
    "loops": "{% for a in people %}" * 60 + "{% endfor %}" * 60,
    "conditions": "{% if name %}" * 150 + "{% endif %}" * 150,
    "brackets": "{{ " + "(" * 50_000 + "name" + ")" * 50_000 + " }}",
    "digits": "{{ " + "9" * 5_000 + " }}",
}


@pytest.mark.parametrize("what", NESTED)
def test_what_python_cannot_compile_is_a_problem(what: str, tmp_path: Path) -> None:
    in_document(NESTED[what])
    on_page(NESTED[what], tmp_path)


# What people write renders as before.


def test_ordinary_templates_stay_as_they_are() -> None:
    text = (
        "{% set list = [arr, 2] %}{% for a in list if a != 2 %}{{ loop.length }}: {{ a + 1 }}{% endfor %}"
        "{% set greeting %}Hello {{ name ~ '!' }}{% endset %} {{ greeting }}"
        "{% for x in [] %}{% else %} none{% endfor %}"
        "{% for p in people if p.name == 'Zoé' %}{% else %} nobody{% endfor %}"
        "{% if name in ('Vega', 'Altair') %} yes{% endif %}{% if 1 < arr <= 63700 %} both{% endif %}"
    )
    shown = render_template(build_sandbox().from_string(text), VALUES, "en")
    assert shown == "1: 63701 Hello Vega! none nobody yes both"


@given(st.lists(st.sampled_from("+~"), max_size=12), st.text("ab", min_size=1, max_size=3))
@examples(60)
def test_text_is_doubled_up_to_the_limit_and_no_further(signs: list[str], start: str) -> None:
    text = (
        f"{{% set a = '{start}' %}}"
        + "".join(f"{{% set a = a {s} a %}}" for s in signs)
        + "{{ a }}"
    )
    shown = render_template(build_sandbox().from_string(text), {}, "en")
    assert shown == start * 2 ** len(signs)


def test_the_longest_text_is_just_the_limit() -> None:
    exact = "{% set a = 'abcde' * 1 %}".replace(" * 1", "")
    exact += "{% set a = a ~ a %}" * 4 + "{% for i in '12345678901234567890' %}{{ a }}{% endfor %}"
    assert len(render_template(build_sandbox().from_string(exact), {}, "en")) == 80 * 20
    budget = Budget()
    budget.make(MAX_CHARACTERS)
    with pytest.raises(OverBudget, match="longer than 100,000"):
        budget.make(MAX_CHARACTERS + 1)


def test_steps_are_counted_alike_each_time() -> None:
    """The one run through of a body spends its nodes, and every character 1/16 of a step."""
    budget = Budget(steps=10)
    budget.spend(10)
    with pytest.raises(OverBudget, match="more than 10 steps"):
        budget.spend(1)


@pytest.mark.parametrize("name", ["qbr_prep", "success_plan", "recap_email", "retention_programme"])
def test_shipped_documents_take_a_small_share_of_the_steps(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Budget.__init__, "__defaults__", (bounded.MAX_STEPS // 100, MAX_CHARACTERS))
    root = papers(tmp_path / "w")
    report(root, name, *(["A-7"] if name != "retention_programme" else []))
