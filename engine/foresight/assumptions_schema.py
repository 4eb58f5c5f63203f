"""Schema of assumptions: a file for `tenure simulate --assume`, or single keys of it on the command line."""

from __future__ import annotations

from ..language.condition_schema import PERCENT
from ..text.schema.lists import Either, ListOf
from ..text.schema.maps import MapShape, optional_key, required_key
from ..text.schema.scalars import NumberShape

_BAND = MapShape(
    "band",
    "A share of the accounts with a health score below a number; without it, of all others.",
    {
        "below": optional_key(NumberShape(0, 100), "Below", "The health score.", 60),
        "share": required_key(PERCENT, "Share", "The share of them.", "80 %"),
    },
)
_BY_HEALTH = Either(
    PERCENT,
    ListOf(_BAND, "a list of bands such as `{below: 60, share: 80 %}`"),
    what="a percentage, or a list of bands such as `{below: 60, share: 80 %}`",
)
_NUMBER = NumberShape(-100, 100)

ASSUMPTIONS_SHAPE = MapShape(
    "set of assumptions",
    "How customers and people act in days to come.",
    {
        "renewal": optional_key(
            _BY_HEALTH,
            "Renewal",
            "The share of terms that renew when they end; the others are lost.",
            "90 %",
        ),
        "churn": optional_key(
            _BY_HEALTH,
            "Churn",
            "The share of accounts lost in a year before their term ends.",
            "2 %",
        ),
        "reviews_held": optional_key(
            PERCENT, "Reviews held", "The share of meetings that are held on their day.", "80 %"
        ),
        "tasks_done": optional_key(
            PERCENT,
            "Tasks done",
            "The share of tasks, calls and escalations done on their day.",
            "90 %",
        ),
        "score_drift": optional_key(
            MapShape(
                "drift",
                "How the health score of an account changes in a week.",
                {
                    "a_week": optional_key(
                        _NUMBER, "A week", "Points that it rises on average.", -1
                    ),
                    "spread": optional_key(
                        NumberShape(0, 100),
                        "Spread",
                        "The standard deviation of that, in points.",
                        3,
                    ),
                },
            ),
            "Score drift",
            "How the health score of an account changes in a week; it stays between 0 and 100.",
        ),
    },
)
