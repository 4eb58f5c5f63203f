"""Templates of messages and documents: what is used against its type, and that all others render.

The rendering of random templates that pass is the proof: no account whose values are known makes one fail.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from tenure.engine.core.problems import Problem, Span
from tenure.engine.playbook.template_checker import check_template
from tenure.engine.playbook.template_names import TemplateNames
from tenure.engine.playbook.template_types import braces
from tenure.engine.reports.sandbox import build_sandbox, render_template
from tenure.engine.text.yaml_nodes import Scalar

SEGMENTS = ("enterprise", "growth")
TYPES: dict[str, Any] = {
    "arr": ("number", ()),
    "plan_utilisation": ("number", ()),
    "csm": ("text", ()),
    "segment": ("text", SEGMENTS),
    "renewal_date": ("date", ()),
    "anchor": ("date", ()),
    "auto_renew": ("boolean", ()),
}
KNOWN = TemplateNames({*TYPES, "cta", "tips", "product"}, ("tips",), {}, TYPES)
ROW: dict[str, Any] = {
    "arr": 1000.5,
    "plan_utilisation": 0.29,
    "csm": "Ann",
    "segment": "growth",
    "renewal_date": dt.date(2026, 3, 1),
    "anchor": dt.date(2026, 3, 1),
    "auto_renew": True,
    "cta": [{"label": "Go", "url": "https://a.example"}],
    "tips": ["one"],
    "product": "Vega",
}


def found(template: str) -> list[Problem]:
    span = Span("p.yaml", 3, 10, 3, 10 + len(template))
    return check_template(Scalar(template, template, span), KNOWN)


def rendered(template: str, **values: Any) -> str:
    return render_template(build_sandbox().from_string(template), {**ROW, **values}, "en")


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("{{ renewal_date | date('%d/%m') }}", "write renewal_date | date"),
        ("{{ arr | date }}", None),
        ("{{ csm | number }}", None),
        ("{{ renewal_date | money }}", None),
        ("{{ auto_renew | percent }}", None),
        ("{{ csm | quarter }}", None),
        ("{{ arr | money(3) }}", None),
        ("{{ arr | money('EUR', 2) }}", None),
        ("{{ arr | number('2') }}", None),
        ("{{ arr | number(1.5) }}", "write number(1)"),
        ("{{ csm | default }}", None),
        ("{{ csm | default('a', 'b') }}", None),
        ("{{ csm | upper(1) }}", "write csm | upper"),
        ("{{ arr * 1.05 | money }}", "put brackets around the number: (... * ...) | money"),
        ("{{ arr + csm }}", "join texts and other values with `~`"),
        ("{{ csm - 1 }}", None),
        ("{{ renewal_date + 30 }}", "compute the date under define:"),
        ("{{ -csm }}", None),
        ("{{ arr / 0 }}", None),
        ("{% if plan_utilisation > '70' %}x{% endif %}", "write 70 without quotes"),
        ("{% if arr == '70' %}x{% endif %}", "write 70 without quotes"),
        ("{% if csm == 70 %}x{% endif %}", "write '70'"),
        ("{% if renewal_date < '2026-01-31' %}x{% endif %}", "compare the date under define:"),
        ("{% if auto_renew == 'yes' %}x{% endif %}", "write the name alone"),
        ("{% if csm > 'A' %}x{% endif %}", None),
        ("{% if segment == 'entreprise' %}x{% endif %}", "did you mean 'enterprise'?"),
        ("{% if 'entreprise' == segment %}x{% endif %}", "did you mean 'enterprise'?"),
        ("{% if segment != 'Growth' %}x{% endif %}", "did you mean 'growth'?"),
        ("{% if segment in ['growth', 'enterprize'] %}x{% endif %}", "did you mean 'enterprise'?"),
        ("{% if segment not in ('growths',) %}x{% endif %}", "did you mean 'growth'?"),
        ("{% if arr in ['a'] %}x{% endif %}", None),
        ("{% if csm in arr %}x{% endif %}", None),
        ("{% if arr in csm %}x{% endif %}", None),
        ("{% if tips == 'a' %}x{% endif %}", None),
        ("{{ 'a' if arr > 'b' else 'c' }}", None),
        ("{% for t in tips %}{{ arr | date }}{% endfor %}", None),
        ("{% if arr is missing %}{{ csm | money }}{% endif %}", None),
        ("{% for l in cta %}{% if loop.index == '1' %}x{% endif %}{% endfor %}", "write 1 without"),
    ],
)
def test_a_use_against_the_type_is_refused(template: str, hint: str | None) -> None:
    (problem,) = found(template)
    assert (problem.code, problem.severity) == ("template-type", "error")
    assert hint is None or (problem.hint or "").startswith(hint)


@pytest.mark.parametrize(
    "template",
    [
        "{{ renewal_date | date }} {{ renewal_date | quarter }}",
        "{{ arr | money }} {{ arr | money('USD') }} {{ arr | number(1) }} {{ arr | percent }}",
        "{{ (arr * 1.05) | money }}",
        "{{ csm | default('you') | upper }}",
        "{{ csm | default(arr) }}",
        "{{ csm or 'you' }} {{ arr ~ csm }}",
        "{{ renewal_date - anchor }}",
        "{% if segment == 'growth' or segment in ['enterprise'] %}x{% endif %}",
        "{% if segment | lower == 'x' %}x{% endif %}",
        "{% if auto_renew and arr > 5 %}x{% endif %}",
        "{% if renewal_date == anchor or renewal_date > anchor %}x{% endif %}",
        "{% if 'nn' in csm %}x{% endif %}",
        "{% for l in cta %}{{ loop.index }}{% if not loop.last %}, {% endif %}{% endfor %}",
        "{% if product == 3 %}x{% endif %}{{ product | money }}",
    ],
)
def test_other_uses_are_fine(template: str) -> None:
    assert found(template) == []


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("Hi {csm},", "write {{ csm }}"),
        ("Hi ${csm},", "write {{ csm }}"),
        ("Hi { csmm }", "write {{ csm }}"),
        ("{{ csm }} {segment}", "write {{ segment }}"),
        ("Hi {Nobody}", "write {{ Nobody }}"),
    ],
)
def test_a_name_in_single_braces_is_a_warning(template: str, hint: str) -> None:
    (problem,) = found(template)
    assert (problem.code, problem.severity, problem.hint) == ("single-brace", "warning", hint)
    span = problem.span
    assert span is not None
    marked = template[span.column - 10 : span.end_column - 10]
    assert marked.lstrip("$").startswith("{")
    assert marked.endswith("}")


def test_other_braces_are_text() -> None:
    assert list(braces("{{ csm }} {} {1} {a b} {# {x} #} {% if x %}{% endif %} {{ '{x}' }}")) == []


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{% if plan_utilisation * 100 >= 29 %}yes{% endif %}", "yes"),
        ("{% if plan_utilisation * 100 == 29 %}yes{% endif %}", "yes"),
        ("{% if 0.1 + 0.2 == 0.3 %}yes{% endif %}", "yes"),
        ("{% if 0.1 + 0.2 > 0.3 %}no{% endif %}", ""),
        ("{% if 0.3 - 0.2 in [0.1] %}yes{% endif %}", "yes"),
        ("{% if plan_utilisation == 0.29 %}yes{% endif %}", "yes"),
        ("{{ 0.1 + 0.2 }} {{ 7 / 2 }} {{ -7.5 % 2 }}", "0.3 3.5 0.5"),
    ],
)
def test_numbers_are_decimal(template: str, text: str) -> None:
    assert rendered(template) == text


NAMES = [*TYPES, "product"]
LITERALS = ["1", "0.5", "70", "'a'", "'growth'", "'70'", "true", "[1, 2]", "['a', 'growth']"]
FILTERS = [
    *("date", "quarter", "money", "money('EUR')", "number", "number(1)", "percent", "upper"),
    *("default('x')", "default(1)", "trim", "lower", "capitalize"),
]
OPERATORS = [
    *("+", "-", "*", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"),
]


@st.composite
def values(draw: Any, depth: int = 2) -> str:
    """A value of a template, right or wrong."""
    choice = draw(st.integers(0, 5)) if depth else draw(st.integers(0, 1))
    if choice == 0:
        return draw(st.sampled_from(LITERALS))
    if choice <= 2:
        return draw(st.sampled_from(NAMES))
    inner = draw(values(depth - 1))
    if choice == 3:
        return f"({inner} | {draw(st.sampled_from(FILTERS))})"
    if choice == 4:
        return f"({inner} {draw(st.sampled_from(OPERATORS))} {draw(values(depth - 1))})"
    return f"({draw(st.sampled_from(['not ', '-', '']))}{inner})"


ROWS = st.fixed_dictionaries(
    {
        "arr": st.one_of(st.integers(1, 100).map(float), st.floats(0.01, 1e9)),
        "plan_utilisation": st.floats(0.01, 1),
        "csm": st.text("ab <{", min_size=1, max_size=4),
        "segment": st.sampled_from(SEGMENTS),
        "renewal_date": st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
        "anchor": st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
        "auto_renew": st.booleans(),
    }
)


@examples(400)
@given(value=values(), condition=st.booleans(), row=ROWS)
def test_what_passes_renders_for_every_account(value: str, condition: bool, row: Any) -> None:
    template = f"{{% if {value} %}}x{{% endif %}}" if condition else f"{{{{ {value} }}}}"
    if "product" in template or found(template):
        return
    rendered(template, **row)
