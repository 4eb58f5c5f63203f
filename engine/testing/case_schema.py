"""Schema of `tests/*.test.yaml`: tests of playbooks, for checking and for editors."""

from __future__ import annotations

from ..language.condition_schema import DATE, NAME_SHAPE, TEXT
from ..runs.outcome_schema import OUTCOME_MEANINGS
from ..text.schema.lists import Either, ListOf
from ..text.schema.maps import Key, MapOf, MapShape, optional_key, required_key
from ..text.schema.scalars import ID, BooleanShape, ChoiceShape, NumberShape, TextShape

CASE_DATE = TextShape(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[+-] ?[0-9]{1,5} +(business +day|day|week|month|year)s?",
    "a date, or a time after the first day, such as `2026-03-31` or `+30 days`",
    "+30 days",
    code="bad-date",
)
"""A date, or an offset from the first day."""

MISSING = "missing"
"""The word for a field without a value."""

_VALUE = Either(
    NumberShape(),
    TextShape(may_be_empty=False),
    BooleanShape(),
    ListOf(TEXT, "a list of texts", least=0),
    what="a number, text, date, `true`, `false`, or a list of texts; `missing` for none",
)
_FIELDS = MapOf(_VALUE, NAME_SHAPE, "values of fields, such as `{health_score: 62}`")
_REFERENCE = TextShape(
    "[a-z][a-z0-9_]*(/[a-z][a-z0-9_.]*)?",
    "a step, or an action of a step, such as `notice` or `notice/email`",
    "notice/email",
)
_KINDS = {
    "email": "An email to the customer.",
    "call": "A call.",
    "task": "A task.",
    "in_app": "A message in the product.",
    "meeting": "A meeting.",
    "escalation": "An escalation.",
    "offer": "An offer.",
    "grant": "A benefit.",
    "handoff": "A hand-off.",
}
_STATUSES = {
    "issued": "It is issued, the default.",
    "postponed": "It waits, by the contact policy.",
    "skipped": "It is left out: too late, or by hand, or its contact did not go out.",
    "withheld": "It goes out no more, by the contact policy.",
    "held_out": "It does not reach the account, by the playbook's holdout.",
    "superseded": "It has another date now.",
    "withdrawn": "It is called off.",
}
_ACTION = MapShape(
    "expected action",
    "An action, by what matters of it: whatever is left out may be anything.",
    {
        "step": optional_key(ID, "Step", "The id of its step.", "notice"),
        "action": optional_key(TEXT, "Action", "Its id in the step, often its kind.", "email"),
        "kind": optional_key(ChoiceShape(_KINDS), "Kind", "Its kind."),
        "on": optional_key(CASE_DATE, "On", "The date on which it is due, after every shift."),
        "reaches": optional_key(
            CASE_DATE, "Reaches", "The date on which a contact reaches the customer."
        ),
        "status": optional_key(ChoiceShape(_STATUSES), "Status", "Its status at the end."),
        "owner": optional_key(TEXT, "Owner", "Who does it."),
        "priority": optional_key(TEXT, "Priority", "Its priority."),
        "text": optional_key(TEXT, "Text", "A text that its message has, or else its title."),
        "playbook": optional_key(ID, "Playbook", "Its playbook, if it is not the one tested."),
        "times": optional_key(NumberShape(1), "Times", "How many such actions there are."),
    },
)
_ACTIONS = ListOf(
    Either(_REFERENCE, _ACTION, what="an action, such as `notice/email`"),
    "a list of actions, or `[]` for none",
    least=0,
)
_OUTCOME = MapShape(
    "outcome",
    "What somebody does with an action, before the run of the day.",
    {
        "action": required_key(_REFERENCE, "Action", "The step, or the action of a step."),
        "outcome": required_key(ChoiceShape(OUTCOME_MEANINGS), "Outcome", "What happened."),
        "result": optional_key(TEXT, "Result", "The result in a few words."),
        "until": optional_key(CASE_DATE, "Until", "The date until which it is snoozed."),
        "to": optional_key(TEXT, "To", "The person whom it is assigned to."),
    },
)
_MOVES = {
    "hold": "Nothing is issued until a date.",
    "release": "A hold is taken back.",
    "enrol": "The account is enrolled.",
    "close": "The enrolment ends.",
    "skip": "A step is left out.",
    "unskip": "A step is not left out any more.",
}
_MOVE = MapShape(
    "move by hand",
    "What somebody does with the account in the playbook, before the run of the day.",
    {
        "move": required_key(ChoiceShape(_MOVES), "Move", "What somebody does."),
        "step": optional_key(ID, "Step", "The step that is left out."),
        "until": optional_key(CASE_DATE, "Until", "The last date of a hold."),
        "because": optional_key(TEXT, "Because", "The reason."),
    },
)
_DAY = MapShape(
    "day",
    "What happens on a day, before its run.",
    {
        "on": required_key(CASE_DATE, "On", "The day."),
        "fields": optional_key(_FIELDS, "Fields", "The fields that change, for good."),
        "did": optional_key(
            ListOf(_OUTCOME, "a list of outcomes"), "Did", "What people do with actions."
        ),
        "by_hand": optional_key(
            ListOf(_MOVE, "a list of moves by hand"), "By hand", "What people do with the account."
        ),
        "run": optional_key(
            BooleanShape(), "Run", "`false` if the run of the day is missed; the next catches up."
        ),
    },
)


_OF_FILE: dict[str, Key] = {
    "account": optional_key(_FIELDS, "Account", "The fields that matter; others are typical."),
    "starts": optional_key(DATE, "Starts", "The first day; 2026-03-02 if left out."),
    "until": optional_key(
        CASE_DATE, "Until", "The last day; the last date that the test names if left out."
    ),
    "daily_snapshots": optional_key(
        BooleanShape(),
        "Daily snapshots",
        "`false` if only the first day, and days with `fields`, have a snapshot; `true` if left out.",
    ),
    "with": optional_key(
        ListOf(ID, "a list of playbooks", unique=True),
        "With",
        "Other playbooks that are evaluated too; in all others the account was never enrolled.",
    ),
}


def _of_case() -> dict[str, Key]:
    return {
        **_OF_FILE,
        "days": optional_key(ListOf(_DAY, "a list of days"), "Days", "What happens, and when."),
        "expect": optional_key(_ACTIONS, "Expect", "The actions that are issued."),
        "only": optional_key(BooleanShape(), "Only", "`true` if nothing else is issued."),
        "never": optional_key(_ACTIONS, "Never", "Actions that are never issued."),
        "held_out": optional_key(
            BooleanShape(),
            "Held out",
            "`true` if the account is in the playbook's holdout; in a test it is in none otherwise.",
        ),
        "ends": optional_key(TEXT, "Ends", "The state at the end, or `not_enrolled`.", "renewed"),
    }


_ROW = MapShape(
    "case",
    "A row of the table: what is written here comes on top of the test.",
    {"name": optional_key(TEXT, "Name", "The row's name; its fields if left out."), **_of_case()},
)
_TEST = MapShape(
    "test",
    "One account over some days, and what is expected.",
    {
        "name": required_key(TEXT, "Name", "The name, a sentence.", "the notice goes out"),
        **_of_case(),
        "cases": optional_key(
            ListOf(_ROW, "a list of cases"), "Cases", "A table: the test, once for each row."
        ),
    },
)

TEST_SHAPE = MapShape(
    "test file",
    "Tests of a playbook.",
    {
        "playbook": required_key(ID, "Playbook", "The id of the playbook.", "renewal"),
        **_OF_FILE,
        "tests": required_key(ListOf(_TEST, "a list of tests"), "Tests", "The tests."),
    },
)
