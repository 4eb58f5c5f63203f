"""What the templates of messages may name, and what they may do with it.

Fields, the workspace's variables, the playbook's own names and the words below; loops over lists, and filters.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map
from typing import NamedTuple

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
"""What a message may use besides the account's fields and the workspace's variables."""

TIER_NAMES: dict[str, str] = {
    "days_to_go": "whole days from the date of contact to `next_on`",
    "level": "the title of the level reached or lost, or in a notice of the level stood in",
    "next_level": "the title of the level after that",
    "next_on": "the date from which the account is old enough for the next level",
}
"""What a message of `tiers` may use besides."""

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
"""The filters that messages may use."""

LIST_NAMES: dict[str, tuple[str, ...]] = {
    "agenda": ("title", "minutes", "points"),
    "checklist": (),
    "cta": ("label", "url"),
}
"""What a message may loop over, with the parts of each item; one without parts is a text."""

AGENDA_POINTS = "points"
"""The part that is itself a list of texts: `{% for point in part.points %}`."""

LOOP = "loop"
"""The name of the counter inside a loop."""

COUNTERS = ("index", "index0", "first", "last", "length")
"""What `{{ loop.index }}` and the like give."""

RESERVED = frozenset(
    (
        *("true", "false", "none", "True", "False", "None", LOOP),
        *("not", "and", "or", "in", "is", "if", "else"),
    )
)
"""Words of the template language that are no names."""


class NameRefusal(NamedTuple):
    """Why a name that means something elsewhere means nothing in a message, and what to do."""

    code: str
    message: str
    hint: str


class TemplateNames(NamedTuple):
    """What the templates of one playbook may name."""

    names: Collection[str]
    choices: Collection[str] = ()
    """Lists of texts to loop over, besides `LISTS`; they are among the names."""
    refused: Map[str, NameRefusal] = {}
    """Names that people may expect to know here."""

    def parts(self, name: str) -> tuple[str, ...] | None:
        """The parts of each item of a list, none where they are texts; None for what is no list."""
        return () if name in self.choices else LIST_NAMES.get(name)
