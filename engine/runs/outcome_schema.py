"""Schema of one outcome of an action, as a file or another program writes it."""

from __future__ import annotations

from ..language.condition_schema import DATE, TEXT
from ..text.schema.maps import MapShape, optional_key, required_key
from ..text.schema.scalars import ChoiceShape

OUTCOME_MEANINGS = {
    "done": "It was done.",
    "dismissed": "It is not going to be done.",
    "snoozed": "It waits until a date.",
    "assigned": "Another person does it.",
    "reopened": "It is open again: what was done, dismissed or snoozed is taken back.",
}
"""The outcomes, each with its meaning."""

OUTCOME_SHAPE = MapShape(
    "outcome",
    "What a person did with an action, or another program reports.",
    {
        "action_id": required_key(
            TEXT, "Action", "The action's id, or the beginning of it.", "3f9c2a7be014d5862c1a"
        ),
        "outcome": required_key(ChoiceShape(OUTCOME_MEANINGS), "Outcome", "What happened."),
        "on": optional_key(
            DATE, "On", "The date on which it happened; that of the recording if left out."
        ),
        "by": optional_key(TEXT, "By", "The person who did it, as the snapshot writes the name."),
        "note": optional_key(TEXT, "Note", "A remark for people."),
        "result": optional_key(
            TEXT,
            "Result",
            "The result in a few words that conditions compare, such as `no answer`.",
        ),
        "until": optional_key(DATE, "Until", "The date until which it is snoozed."),
        "to": optional_key(TEXT, "To", "The person whom it is assigned to."),
    },
)
"""The shape of an outcome."""

OUTCOME_COLUMNS = tuple(OUTCOME_SHAPE.keys)
"""The columns of a table of outcomes, in order."""
