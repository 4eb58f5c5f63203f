"""Schema shapes of conditions, values and durations, shared by playbooks, the workspace and the fields.

They describe the structure only; the parser and the type checker check the texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.languages import language_names, language_tag
from ..core.problems import Problem
from ..text.schema.lists import Either, ListOf, Named
from ..text.schema.maps import MapOf, MapShape, optional_key
from ..text.schema.scalars import ID, BooleanShape, NumberShape, TextShape
from ..text.schema.shapes import Shape
from ..text.suggest import suggest
from ..text.written_values import date_readings, fold, number_readings, plain_signs, unit_of
from ..text.yaml_nodes import Node, Scalar
from .scope import Scope
from .yaml_conditions import read_condition

_UNIT = "(business +day|day|week|month|year)s?"

_UNITS = ("days", "business days", "weeks", "months", "years")
_BEFORE = ("before", "earlier", "ago", "avant", "plus tot", "vor", "vorher", "davor", "il y a")
_AFTER = ("after", "later", "apres", "plus tard", "nach", "nachher", "danach", "spater", "spaeter")
_WITHIN = ("in", "within", "dans", "innerhalb", "sous")
_DIRECTIONS = "|".join(sorted((*_BEFORE, *_AFTER, *_WITHIN), key=len, reverse=True))
_WORDED = re.compile(
    rf"(?P<first>(?:{_DIRECTIONS}) +)?(?P<sign>[-+]?) *(?P<count>\d+) *(?P<unit>[a-z][a-z -]*?)"
    rf"(?P<last> +(?:{_DIRECTIONS}))?"
)


_EVERY = {
    **dict.fromkeys(("daily", "every day", "quotidien", "taglich", "taeglich"), "1 day"),
    **dict.fromkeys(("weekly", "every week", "hebdomadaire", "wochentlich"), "1 week"),
    **dict.fromkeys(("monthly", "every month", "mensuel", "monatlich"), "1 month"),
    **dict.fromkeys(("quarterly", "every quarter", "trimestriel"), "3 months"),
    **dict.fromkeys(("yearly", "annually", "every year", "annuel", "jahrlich"), "1 year"),
}
"""Lengths of time as one word, without accents."""


class _Time(TextShape):
    """The shape of a length of time, which people also write as `J-60`, `60 days before`, `30 jours` or `90 dyas`."""

    __slots__ = ()

    def meant(self, text: str) -> str | None:
        """Return the correct spelling of a length of time; None where the text does not resemble one."""
        text = " ".join(fold(plain_signs(text).lower()).split())
        if text in _EVERY:
            return _EVERY[text]
        if counted := re.fullmatch(r"[jdt] *([-+]) *(\d+)", text):
            return f"{counted[1].strip('+')}{counted[2]} days"
        worded = _WORDED.fullmatch(text)
        unit = _unit(worded["unit"]) if worded else None
        if worded is None or unit is None:
            return None
        times, name = unit
        count = str(int(worded["count"]) * times) if times > 1 else worded["count"]
        direction = (worded["last"] or worded["first"] or "").strip()
        minus = "-" if direction in _BEFORE else worded["sign"]
        return f"{minus}{count} {name[:-1] if int(count) == 1 else name}"


def _unit(word: str) -> tuple[int, str] | None:
    """Return the unit of time that a word means, and how many of it; the nearest unit for a slip."""
    near = None if (known := unit_of(word)) else suggest(word, _UNITS)
    return known or ((1, near) if near else None)


class _Date(TextShape):
    """The shape of a date, which people also write as `31/12/2026` or `31.12.2026`."""

    __slots__ = ()

    def meant(self, text: str) -> str | None:
        """Return the date, year first; None where the text is not a date or can be two."""
        readings = date_readings(text)
        return readings[0] if len(readings) == 1 else None


class _Percent(TextShape):
    """The shape of a percentage, which people also write as `12,5 %` or `20 percent`."""

    __slots__ = ()

    def meant(self, text: str) -> str | None:
        """Return the percentage with a decimal point; None where the text is not one or can be two."""
        amount = re.sub(
            r" *(%|percent|per cent|pour ?cent|prozent)$", "", plain_signs(text).lower()
        )
        readings = number_readings(amount)
        return f"{readings[0]} %" if len(readings) == 1 and amount != text else None


LONGEST_LANGUAGE = 3
"""Letters of a language's tag without a region, at most."""


class _Language(TextShape):
    """The shape of a language's tag, which people also write as `FR`, `fr_FR`, `fra` or `French`."""

    __slots__ = ()

    def matches(self, text: str) -> bool:
        """Return whether the text is a known language's tag in its usual spelling."""
        return TextShape.matches(self, text) and language_tag(text) == text

    def meant(self, text: str) -> str | None:
        """Return the tag of the language that the text names; of the one with the nearest name if none has it.

        A text as short as a tag is not a misspelt name.
        """
        tag = language_tag(text)
        if tag is not None or len(text) <= LONGEST_LANGUAGE:
            return tag
        return language_names().get(suggest(text, language_names()) or "")


OFFSET = _Time(
    rf"([-+] *)?[0-9]{{1,6}} +{_UNIT}",
    "a length of time, a number and a unit, such as `-90 days`, `5 business days` or `2 months`",
    "-90 days",
)
LENGTH = _Time(
    rf"(\+ *)?[0-9]{{1,6}} +{_UNIT}",
    "a length of time, a number and a unit, such as `7 days`, `5 business days` or `2 months`",
    "7 days",
)
DATE = _Date("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date, year first, such as `2026-01-31`", "2026-01-31")
PERCENT = _Percent(r"[0-9]{1,3}(\.[0-9]+)? ?%", "a percentage, such as `20 %`", "20 %")
LANGUAGE_SHAPE = _Language(
    "[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?",
    "a language, such as `en`, `fr` or `pt-BR`",
    "en",
)
NAME_SHAPE = TextShape(
    "[a-z][a-z0-9_]*",
    "a name, small letters, digits and underscores beginning with a letter, such as `health_score`",
    "health_score",
    code="bad-id",
)
TEXT = TextShape()
TEXTS = Either(
    TEXT,
    MapOf(TEXT, LANGUAGE_SHAPE, "text for each language, such as `{en: Hello, fr: Bonjour}`"),
    what="text, in one language or several",
)

_OPERAND = Either(NumberShape(), TextShape(), what="a number, text or date")
_LITERAL = Either(
    NumberShape(), TextShape(), BooleanShape(), what="a number, text, date, `true` or `false`"
)
_PART = TextShape("", "a part of a text")
_PARTS = ListOf(_PART, "a list of texts, such as `[beta, vip]`")
_LITERALS = ListOf(_LITERAL, "a list of values, such as `[enterprise, strategic]`")


def _test(shape: Shape, title: str, meaning: str) -> tuple[Shape, str, str]:
    return shape, title, f"Holds when the value {meaning}."


_TESTS = MapShape(
    "test of a field",
    "What must hold of the field; several tests must all hold.",
    {
        name: optional_key(shape, title, about)
        for name, (shape, title, about) in {
            "below": _test(_OPERAND, "Below", "is less than this"),
            "at_most": _test(_OPERAND, "At most", "is this or less"),
            "above": _test(_OPERAND, "Above", "is more than this"),
            "at_least": _test(_OPERAND, "At least", "is this or more"),
            "between": _test(
                ListOf(_OPERAND, "a list of two values, such as `[50, 70]`", least=2, most=2),
                "Between",
                "lies between these two, both included",
            ),
            "is": _test(_LITERAL, "Is", "is exactly this"),
            "is_not": _test(_LITERAL, "Is not", "is known and is not this"),
            "in": _test(_LITERALS, "In", "is one of these"),
            "not_in": _test(_LITERALS, "Not in", "is known and is none of these"),
            "contains": _test(_PART, "Contains", "contains this, with capitals as written"),
            "starts_with": _test(_PART, "Starts with", "starts with this"),
            "ends_with": _test(_PART, "Ends with", "ends with this"),
            "has": _test(_PART, "Has", "is a list with this item"),
            "has_any": _test(_PARTS, "Has any", "is a list with one or more of these items"),
            "has_all": _test(_PARTS, "Has all", "is a list with all of these items"),
            "missing": _test(BooleanShape(), "Missing", "is missing (`true`) or known (`false`)"),
        }.items()
    },
)


_A_CONDITION = "a condition, such as `health_score < 70`"
_A_DEFINITION = "a condition or a value, such as `health_score < 70`"


def _structure() -> MapShape:
    all_of = ListOf(CONDITION, "a list of conditions")
    return MapShape(
        "condition",
        "`all`, `any` or `not` over conditions, or a field with a test of it; several keys must all hold.",
        {
            "all": optional_key(all_of, "All", "Holds when all of these hold."),
            "any": optional_key(all_of, "Any", "Holds when one of these holds."),
            "not": optional_key(
                CONDITION, "Not", "Holds when this does not hold; a missing value makes it unknown."
            ),
        },
        others=_TESTS,
    )


def _condition() -> Shape:
    text = TextShape("", _A_CONDITION)
    conditions = ListOf(CONDITION, "a list of conditions")
    return Either(text, BooleanShape(), conditions, _structure(), what=_A_CONDITION)


def _definition() -> Shape:
    text = TextShape("", _A_DEFINITION)
    conditions = ListOf(CONDITION, "a list of conditions")
    return Either(text, BooleanShape(), NumberShape(), conditions, _structure(), what=_A_DEFINITION)


class _Condition(Named):
    """The shape of a condition, whose structural problems are those of the reader of conditions: it knows more."""

    __slots__ = ()

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield the problems of the structure; syntax of texts is added where the structure has problems."""
        by_shape = list(Named.problems(self, node))
        if by_shape and not isinstance(node, Scalar):
            by_shape = read_condition(node, Scope({}))[1] or by_shape
        yield from by_shape


CONDITION = _Condition(
    "condition", ("string", "boolean", "array", "object"), _A_CONDITION, _condition
)
"""Shape of a condition: a text, a list (all must be true) or a map; it is recursive."""

VALUE = TextShape("", "a field or an expression, such as `renewal_date`", "renewal_date")
"""Shape of a value: a text whose type, such as a date or a number, is left to the type checker."""

DEFINITION = _Condition(
    "definition",
    ("string", "boolean", "number", "array", "object"),
    _A_DEFINITION,
    _definition,
)
"""Shape of the definition of a name under `define:`."""

IDS = ListOf(ID, "a list of ids, such as `[csm, account_manager]`", unique=True)
