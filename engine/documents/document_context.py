"""Values by name for the templates of an account's documents, from its facts and its success plan.

Takes the facts, the plan and the placeholders. Every name is always present; a missing value is a placeholder.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..core.ids import ACCOUNT_ID
from ..fields.catalogue import FieldSpec
from ..fields.standard_fields import RANKED
from ..language.expressions import ConstantValue
from ..playbook.template_types import DATE, NUMBER, TEXT, TemplateType, field_type
from ..reports.bounded import decimal_result
from ..reports.locale_format import (
    localized_number,
    money_text,
    percent_text,
    plain_text,
    quarter_text,
)
from ..text.schema.lists import ListOf
from ..text.schema.maps import MapShape
from ..text.schema.scalars import ChoiceShape
from ..text.schema.shapes import Shape
from ..workspace.plan_file import SuccessPlan, held_reviews
from ..workspace.plan_schema import PLAN_SHAPE
from .labels import STATUS_SIGNS, field_title, impact_text, role_text
from .localizer import Localizer
from .markdown import Marked
from .placeholders import Placeholder, Placeholders

if TYPE_CHECKING:
    from ..fields.catalogue import Catalogue
    from ..project.loading import Project
    from .account_facts import (
        AccountFacts,  # imports Polars, which `validate` does not need
    )

PRODUCT = "product"
"""The only variable of the workspace that the shipped templates use."""

DOCUMENT_DATES = ("on", "snapshot_on", "before_on", "quarter", "year", "tenure_months")

SAME_REVIEW = dt.timedelta(days=7)
"""Maximum difference between the export's and the plan's date of the same review."""

SNAPSHOT_VALUES = "snapshot_values"
"""The list of known fields, without the facts that a preparation begins with."""

_FACTS = frozenset(
    (ACCOUNT_ID, "account_name", "arr", "health_score", "nps_score", "signup_date", "renewal_date")
)
"""Fields that a preparation shows by themselves."""

MONEY_UNITS = ("a year", "a month", "an hour", "once")
"""Units of the catalogue's amounts of money."""
_TIMES = ("days", "weeks", "months", "years")
"""Units of lengths of time, which are written after the number; other numbers say by their titles what they count."""


def list_parts() -> dict[str, tuple[str, ...]]:
    """Return the lists of an account's documents, each with the parts of its items."""
    lists: dict[str, tuple[str, ...]] = {}
    _find_lists(PLAN_SHAPE, lists)
    for name in ("points", "decisions", "questions"):
        lists[f"review_{name}"] = ()
    lists["review_actions"] = lists["actions"]
    lists[SNAPSHOT_VALUES] = ("title", "value", "before")
    return lists


def _find_lists(shape: MapShape, lists: dict[str, tuple[str, ...]]) -> None:
    for name, key in shape.keys.items():
        if isinstance(key.shape, ListOf):
            item = key.shape.item
            lists[name] = tuple(item.keys) if isinstance(item, MapShape) else ()
            if isinstance(item, MapShape):
                _find_lists(item, lists)


def account_names(catalogue: Catalogue, variables: Iterable[str]) -> set[str]:
    """Return the names of `account_values`, which are the same for all accounts."""
    numbers = [name for name, spec in catalogue.fields.items() if spec.type == "number"]
    compared = {f"{name}_{when}" for name in numbers for when in ("before", "change")}
    reviews = {f"review_{name.removesuffix('_review')}" for name in _review_shape().keys}
    return {
        PRODUCT,
        *variables,
        *catalogue.fields,
        *compared,
        *DOCUMENT_DATES,
        SNAPSHOT_VALUES,
        *_PLAN_KEYS,
        *reviews,
    }


def account_types(catalogue: Catalogue) -> dict[str, TemplateType]:
    """Return the types of `account_values` that follow from the catalogue."""
    types = {
        name: field_type(spec.type, spec.values)
        for name, spec in catalogue.fields.items()
        if name not in _PLAN_KEYS
    }
    numbers = [name for name, type in types.items() if type.kind == "number"]
    compared = {f"{name}_{when}": NUMBER for name in numbers for when in ("before", "change")}
    dates = dict.fromkeys(("on", "snapshot_on", "before_on"), DATE)
    return {**compared, **types, **dates, "quarter": TEXT, "year": TEXT, "tenure_months": NUMBER}


def _review_shape() -> MapShape:
    """Return the shape of a review that was held."""
    reviews = PLAN_SHAPE.keys["reviews"].shape
    if not isinstance(reviews, ListOf) or not isinstance(reviews.item, MapShape):
        raise TypeError("`reviews` of a plan is a list of maps")
    return reviews.item


def account_values(
    project: Project, facts: AccountFacts, plan: SuccessPlan | None, placeholders: Placeholders
) -> dict[str, Any]:
    """Return every value by name, in the language of the placeholders."""
    fields = project.catalogue.fields
    values: dict[str, Any] = {
        PRODUCT: placeholders.of_variable(PRODUCT),
        **project.workspace.variables,
    }
    for name, spec in fields.items():
        known = facts.values.get(name) if name != ACCOUNT_ID else facts.account
        values[name] = placeholders.of_field(spec) if known is None else known
        if spec.type == "number":
            values |= _compared(name, known, facts.before.get(name))
    values["account_name"] = facts.name
    values[SNAPSHOT_VALUES] = _snapshot_values(facts, fields, placeholders.language)
    return (
        values
        | _dates(facts, placeholders.language)
        | _plan_values(facts, plan, placeholders, fields)
    )


def _snapshot_values(
    facts: AccountFacts, fields: Mapping[str, FieldSpec], language: str
) -> list[dict[str, str | None]]:
    """Return the known fields with title, value, and another number of about a quarter before; ranks are left out."""
    shown = []
    for name, spec in fields.items():
        value, before = facts.values.get(name), facts.before.get(name)
        if value is None or name in _FACTS or name in RANKED:
            continue
        differs = spec.type == "number" and before is not None and before != value
        shown.append(
            {
                "title": field_title(spec, language),
                "value": field_value_text(value, spec, facts.values, language),
                "before": field_value_text(before, spec, facts.before, language)
                if differs and before is not None
                else None,
            }
        )
    return shown


def _compared(name: str, now: ConstantValue | None, before: ConstantValue | None) -> dict[str, Any]:
    """Return the value of about a quarter before, and the change since; None where it is missing."""
    if not isinstance(now, float) or not isinstance(before, float):
        return {f"{name}_before": before, f"{name}_change": None}
    return {f"{name}_before": before, f"{name}_change": decimal_result("-", now, before)}


def _dates(facts: AccountFacts, language: str) -> dict[str, Any]:
    """Return the document's dates, with the quarter of the planned review, or else of the document's date."""
    planned = facts.values.get("next_review_date")
    review_on = planned if isinstance(planned, dt.date) and planned >= facts.on else facts.on
    signup = facts.values.get("signup_date")
    return {
        "on": facts.on,
        "snapshot_on": facts.snapshot_on,
        "before_on": facts.before_on,
        "quarter": quarter_text(review_on, language),
        "year": str(review_on.year),
        "tenure_months": months_between(signup, facts.on) if isinstance(signup, dt.date) else None,
    }


def months_between(first: dt.date, last: dt.date) -> int:
    """Return the number of full months from one date to a later one."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (last.day < first.day)


def _plan_values(
    facts: AccountFacts,
    plan: SuccessPlan | None,
    placeholders: Placeholders,
    fields: Mapping[str, FieldSpec],
) -> dict[str, Any]:
    known = plan.values if plan else {}
    values = {
        name: _plan_value(key.shape, known.get(name), placeholders, name)
        for name, key in _PLAN_KEYS.items()
    }
    if known.get("notes") is not None:
        values["notes"] = Marked(known["notes"].strip())
    for objective, shown in zip(known.get("objectives") or (), values["objectives"], strict=False):
        achieved = facts.values.get(objective["field"] or "")
        if achieved is not None:
            spec = fields[objective["field"]]
            shown["achieved"] = field_value_text(
                achieved, spec, facts.values, placeholders.language
            )
    return values | _last_review(plan, facts, placeholders)


_PLAN_KEYS = {name: key for name, key in PLAN_SHAPE.keys.items() if name != "account"}


def _last_review(
    plan: SuccessPlan | None, facts: AccountFacts, placeholders: Placeholders
) -> dict[str, Any]:
    """Return the last review held under prefixed names: `review_on`, `review_points`, `review_next`.

    Where the plan lacks the next review, it is the snapshot's planned one. Where the snapshot has a later review than
    the plan, the values are placeholders instead of those of an older review.
    """
    reviews = held_reviews(plan, facts.on) or []
    known = facts.values.get("last_review_date")
    if isinstance(known, dt.date) and reviews and reviews[0]["on"] < known - SAME_REVIEW:
        reviews = []
    shape = _review_shape()
    if plan is None or not reviews:
        item = _missing_value(shape, placeholders, "reviews", "reviews")
    else:
        at = plan.values["reviews"].index(reviews[0]) + 1
        item = _plan_value(shape, reviews[0], placeholders, "reviews", at)
    planned = facts.values.get("next_review_date")
    if (
        isinstance(item["next_review"], Placeholder)
        and isinstance(planned, dt.date)
        and planned >= facts.on
    ):
        item["next_review"] = planned
    return {f"review_{name.removesuffix('_review')}": value for name, value in item.items()}


def _plan_value(shape: Shape, value: Any, placeholders: Placeholders, *path: str | int) -> Any:
    """Return the plan's value at a path for templates: placeholders for missing values, texts for choices."""
    part = str(path[-1])
    if isinstance(shape, ListOf):
        if value is None:
            return [_missing_value(shape.item, placeholders, part, *path)]
        return [
            _plan_value(shape.item, item, placeholders, *path, at)
            for at, item in enumerate(value, 1)
        ]
    if isinstance(shape, MapShape):
        return {
            name: _plan_value(key.shape, value[name], placeholders, *path, name)
            for name, key in shape.keys.items()
        }
    if value is None:
        return placeholders.of_plan(part, *path)
    if isinstance(shape, ChoiceShape):
        return (
            STATUS_SIGNS[value] if part == "status" else impact_text(value, placeholders.language)
        )
    return (
        role_text(value, placeholders.language) if path[0] == "team" and part == "role" else value
    )


def _missing_value(shape: Shape, placeholders: Placeholders, part: str, *path: str | int) -> Any:
    """Return the value for a missing part of the plan: a placeholder for each of its parts."""
    if isinstance(shape, ListOf):
        return [_missing_value(shape.item, placeholders, part, *path)]
    if isinstance(shape, MapShape):
        return {
            name: _missing_value(key.shape, placeholders, name, *path)
            for name, key in shape.keys.items()
        }
    return placeholders.of_plan(part, *path)


def field_value_text(
    value: ConstantValue,
    spec: FieldSpec,
    account: Mapping[str, ConstantValue | None],
    language: str,
) -> str:
    """Return a field's value as text with its unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain_text(value, language)
    if spec.unit == "share":
        return percent_text(value, language)
    if spec.unit == "percent":
        return percent_text(value / 100, language)
    if spec.unit in MONEY_UNITS:
        return money_text(value, language, str(account.get("currency") or ""))
    if spec.unit in _TIMES and value == int(value):
        return Localizer(language, "documents").count(spec.unit, int(value))
    return localized_number(value, language)
