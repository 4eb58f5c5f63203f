"""What the templates of an account's documents may name: its facts, its success plan, and what follows from both.

In: facts, a plan, and the gaps to fill; out: values by name. The rule: every name is always there, and what is not
known is a gap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..core.ids import ACCOUNT_ID
from ..fields.catalogue import FieldSpec
from ..language.expressions import ConstantValue
from ..reports.locale_format import localized_number, money_text, percent_text, plain_text
from ..text.schema.lists import ListOf
from ..text.schema.maps import MapShape
from ..text.schema.scalars import ChoiceShape
from ..text.schema.shapes import Shape
from .labels import STATUS_SIGNS, impact_text, role_text
from .markdown import Marked
from .placeholders import Placeholder, Placeholders
from .plan_file import SuccessPlan, held_reviews
from .plan_schema import PLAN_SHAPE

if TYPE_CHECKING:
    from ..fields.catalogue import Catalogue
    from ..project.loading import Project
    from .account_facts import (
        AccountFacts,  # it brings Polars with it, which `validate` does without
    )

PRODUCT = "product"
"""The one variable of the workspace that the shipped templates use."""

DOCUMENT_DATES = ("on", "snapshot_on", "before_on", "quarter", "year", "tenure_months")

SAME_REVIEW = dt.timedelta(days=7)
"""The export and the plan may date one review some days apart."""

MONEY_UNITS = ("a year", "a month", "an hour", "once")
"""Units of the catalogue of what is an amount of money."""


def list_parts() -> dict[str, tuple[str, ...]]:
    """The lists of an account's documents, each with the parts of its items."""
    found: dict[str, tuple[str, ...]] = {}
    _find_lists(PLAN_SHAPE, found)
    for name in ("points", "decisions", "questions"):
        found[f"review_{name}"] = ()
    found["review_actions"] = found["actions"]
    return found


def _find_lists(shape: MapShape, found: dict[str, tuple[str, ...]]) -> None:
    for name, key in shape.keys.items():
        if isinstance(key.shape, ListOf):
            item = key.shape.item
            found[name] = tuple(item.keys) if isinstance(item, MapShape) else ()
            if isinstance(item, MapShape):
                _find_lists(item, found)


def account_names(catalogue: Catalogue, variables: Iterable[str]) -> set[str]:
    """The names of `account_values`, whatever the account."""
    numbers = [name for name, spec in catalogue.fields.items() if spec.type == "number"]
    compared = {f"{name}_{when}" for name in numbers for when in ("before", "change")}
    held = {f"review_{name.removesuffix('_review')}" for name in _held().keys}
    return {PRODUCT, *variables, *catalogue.fields, *compared, *DOCUMENT_DATES, *_OWN, *held}


def _held() -> MapShape:
    """The shape of a review held."""
    reviews = PLAN_SHAPE.keys["reviews"].shape
    assert isinstance(reviews, ListOf)
    assert isinstance(reviews.item, MapShape)
    return reviews.item


def account_values(
    project: Project, facts: AccountFacts, plan: SuccessPlan | None, gaps: Placeholders
) -> dict[str, Any]:
    """Every value by name, in the language of the gaps."""
    fields = project.catalogue.fields
    values: dict[str, Any] = {PRODUCT: gaps.of_variable(PRODUCT), **project.workspace.variables}
    for name, spec in fields.items():
        known = facts.values.get(name) if name != ACCOUNT_ID else facts.account
        values[name] = gaps.of_field(spec) if known is None else known
        if spec.type == "number":
            values |= _compared(name, known, facts.before.get(name))
    values["account_name"] = facts.name
    return values | _dates(facts) | _plan_values(facts, plan, gaps, fields)


def _compared(name: str, now: ConstantValue | None, before: ConstantValue | None) -> dict[str, Any]:
    """The value of about a quarter before, and the change since; None where it was not known."""
    if not isinstance(now, float) or not isinstance(before, float):
        return {f"{name}_before": before, f"{name}_change": None}
    return {f"{name}_before": before, f"{name}_change": now - before}


def _dates(facts: AccountFacts) -> dict[str, Any]:
    """The date of the document, and the quarter of the review that it is about: the one planned, else now."""
    planned = facts.values.get("next_review_date")
    ahead = planned if isinstance(planned, dt.date) and planned >= facts.on else facts.on
    signup = facts.values.get("signup_date")
    return {
        "on": facts.on,
        "snapshot_on": facts.snapshot_on,
        "before_on": facts.before_on,
        "quarter": quarter(ahead),
        "year": str(ahead.year),
        "tenure_months": months_between(signup, facts.on) if isinstance(signup, dt.date) else None,
    }


def quarter(day: dt.date) -> str:
    """`Q2`."""
    return f"Q{(day.month + 2) // 3}"


def months_between(first: dt.date, last: dt.date) -> int:
    """Whole months from one date to a later one."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (last.day < first.day)


def _plan_values(
    facts: AccountFacts,
    plan: SuccessPlan | None,
    gaps: Placeholders,
    fields: Mapping[str, FieldSpec],
) -> dict[str, Any]:
    known = plan.values if plan else {}
    values = {name: _told(key.shape, known.get(name), gaps, name) for name, key in _OWN.items()}
    if known.get("notes") is not None:
        values["notes"] = Marked(known["notes"].strip())
    for written, shown in zip(known.get("objectives") or (), values["objectives"], strict=False):
        reached = facts.values.get(written["field"] or "")
        if reached is not None:
            spec = fields[written["field"]]
            shown["achieved"] = field_value_text(reached, spec, facts.values, gaps.language)
    return values | _last_review(plan, facts, gaps)


_OWN = {name: key for name, key in PLAN_SHAPE.keys.items() if name != "account"}


def _last_review(
    plan: SuccessPlan | None, facts: AccountFacts, gaps: Placeholders
) -> dict[str, Any]:
    """What came of the last review held, under names of its own: `review_on`, `review_points`, `review_next`.

    Where the plan does not say when the next one is, it is the one that the snapshot knows to be ahead. Where the
    snapshot knows of one held since, the plan has not got it yet: an older one is not told in its place.
    """
    held = held_reviews(plan, facts.on) or []
    known = facts.values.get("last_review_date")
    if isinstance(known, dt.date) and held and held[0]["on"] < known - SAME_REVIEW:
        held = []
    shape = _held()
    if plan is None or not held:
        item = _gap(shape, gaps, "reviews", "reviews")
    else:
        at = plan.values["reviews"].index(held[0]) + 1
        item = _told(shape, held[0], gaps, "reviews", at)
    planned = facts.values.get("next_review_date")
    if (
        isinstance(item["next_review"], Placeholder)
        and isinstance(planned, dt.date)
        and planned >= facts.on
    ):
        item["next_review"] = planned
    return {f"review_{name.removesuffix('_review')}": value for name, value in item.items()}


def _told(shape: Shape, value: Any, gaps: Placeholders, *path: str | int) -> Any:
    """What the plan says at that place, for templates: gaps where it says nothing, and words for signs."""
    part = str(path[-1])
    if isinstance(shape, ListOf):
        if value is None:
            return [_gap(shape.item, gaps, part, *path)]
        return [_told(shape.item, item, gaps, *path, at) for at, item in enumerate(value, 1)]
    if isinstance(shape, MapShape):
        return {
            name: _told(key.shape, value[name], gaps, *path, name)
            for name, key in shape.keys.items()
        }
    if value is None:
        return gaps.of_plan(part, *path)
    if isinstance(shape, ChoiceShape):
        return STATUS_SIGNS[value] if part == "status" else impact_text(value, gaps.language)
    return role_text(value, gaps.language) if path[0] == "team" and part == "role" else value


def _gap(shape: Shape, gaps: Placeholders, part: str, *path: str | int) -> Any:
    """What stands for an item of a list that nobody has written: a gap for each of its parts."""
    if isinstance(shape, ListOf):
        return [_gap(shape.item, gaps, part, *path)]
    if isinstance(shape, MapShape):
        return {name: _gap(key.shape, gaps, name, *path) for name, key in shape.keys.items()}
    return gaps.of_plan(part, *path)


def field_value_text(
    value: ConstantValue,
    spec: FieldSpec,
    account: Mapping[str, ConstantValue | None],
    language: str,
) -> str:
    """A field's value with its unit, as a person writes it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain_text(value, language)
    if spec.unit == "share":
        return percent_text(value, language)
    if spec.unit == "percent":
        return percent_text(value / 100, language)
    if spec.unit in MONEY_UNITS:
        return money_text(value, language, str(account.get("currency") or ""))
    return localized_number(value, language)
