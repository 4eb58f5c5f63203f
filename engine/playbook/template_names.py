"""Names, lists and filters of message templates.

In addition to the names here, a template may use fields, the workspace's variables and the playbook's definitions and
choices.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map
from typing import NamedTuple

from ..language.expressions import Type

MESSAGE_NAMES: dict[str, str] = {
    "agenda": "the parts of the action's agenda, each with a title and perhaps minutes and points",
    "anchor": "the date that the cycle turns around, such as the renewal date",
    "audience": "who should attend",
    "checklist": "what the action's owner ticks off",
    "contact_on": "the date on which the message reaches the customer",
    "cta": "the action's links, each with a label and a url",
    "cycle": "the name of the cycle",
    "days_left": "whole days from the date of contact to the anchor; negative after it",
    "days_past": "whole days from the anchor to the date of contact; negative before it",
    "due_on": "the date on which the action is due",
    "minutes": "how long it takes: a number, or words such as 45 to 60",
    "offer": "the action's offer, word for word",
    "owner": "who owns the action",
    "sender": "who the message is from",
    "title": "the action's title",
}
"""Names that every message may use, with their descriptions."""

TIER_NAMES: dict[str, str] = {
    "days_to_go": "whole days from the date of contact to `next_on`",
    "level": "the title of the level reached or lost, or in a notice of the present level",
    "next_level": "the title of the level after that",
    "next_on": "the date from which the account is old enough for the next level",
}
"""Further names that messages of `tiers` may use, with their descriptions."""

MESSAGE_TYPES: dict[str, Type] = {
    **dict.fromkeys(("anchor", "contact_on", "due_on", "next_on"), "date"),
    **dict.fromkeys(("days_left", "days_past", "days_to_go"), "number"),
    **dict.fromkeys(
        ("audience", "level", "next_level", "offer", "owner", "sender", "title"), "text"
    ),
}
"""Types of the names of messages; the others can be of several types, or are lists."""

FILTERS: tuple[str, ...] = (
    "capitalize",
    "date",
    "default",
    "lower",
    "money",
    "number",
    "percent",
    "quarter",
    "trim",
    "upper",
)
"""Filters that messages may use."""

LIST_NAMES: dict[str, tuple[str, ...]] = {
    "agenda": ("title", "minutes", "points"),
    "checklist": (),
    "cta": ("label", "url"),
}
"""Lists that a message may loop over, with the parts of each item; an item without parts is a text."""

AGENDA_POINTS = "points"
"""Part of an agenda's item that is a list of texts: `{% for point in part.points %}`."""

LOOP = "loop"
"""Name of the counter inside a loop."""

COUNTERS = ("index", "index0", "first", "last", "length")
"""Parts of the counter, as in `{{ loop.index }}`."""

RESERVED = frozenset(
    (
        *("true", "false", "none", "True", "False", "None", LOOP),
        *("not", "and", "or", "in", "is", "if", "else"),
    )
)
"""Words of the template language, which cannot be names."""


class NameRefusal(NamedTuple):
    """The problem of a name that is known elsewhere but not in a message: its code, message and hint."""

    code: str
    message: str
    hint: str


class TemplateNames(NamedTuple):
    """The names that the templates of one playbook may use.

    Attributes:
        names: All names, with those of `choices`.
        choices: Lists of texts to loop over, in addition to `LIST_NAMES`.
        refused: Names that are known elsewhere but not in messages.
        types: The types of names, with the texts that the catalogue lists; a name without one may be anything.
    """

    names: Collection[str]
    choices: Collection[str] = ()
    refused: Map[str, NameRefusal] = {}
    types: Map[str, tuple[Type, tuple[str, ...]]] = {}

    def parts(self, name: str) -> tuple[str, ...] | None:
        """Return the parts of each item of a list, empty where items are texts; None if `name` is not a list."""
        return () if name in self.choices else LIST_NAMES.get(name)
