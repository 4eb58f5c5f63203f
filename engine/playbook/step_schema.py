"""Schemas of steps and actions, which the five bodies of a playbook share."""

from __future__ import annotations

from ..language.condition_schema import CONDITION, IDS, LANGUAGE_SHAPE, LENGTH, OFFSET, TEXT, TEXTS
from ..text.schema.lists import Either, ListOf, Named
from ..text.schema.maps import Key, KeyedShape, MapOf, MapShape, optional_key, required_key
from ..text.schema.scalars import ID, BooleanShape, ChoiceShape, NumberShape, TextShape
from ..text.schema.shapes import Shape

ID_ABOUT = "A name that never changes: small letters, digits and underscores."


def _by_case(value: Shape, kind: str, what: str, then: str, cases: str) -> Shape:
    """Return the schema of a value, or of values by case: the first true case, with a last one without a condition.

    Args:
        value: The schema of the value.
        kind: The value's noun, without an article.
        what: The value's noun, with its article.
        then: An example of a value.
        cases: An example of a list of cases.
    """
    article = "An" if kind[0] in "aeiou" else "A"
    case = MapShape(
        "case",
        f"{article} {kind} that counts if its condition holds.",
        {
            "when": required_key(CONDITION, "When", "The condition under which it counts."),
            "then": required_key(value, "Then", f"The {kind}, such as `{then}`.", example=then),
        },
    )
    either = Either(value, case, what=f"{what}, or a map of `when` and `then`")
    return Either(value, ListOf(either, f"a list of cases, such as `{cases}`"))


MOMENT = _by_case(
    OFFSET,
    "offset",
    "a length of time",
    "14 days",
    "[{when: csm is not missing, then: 14 days}, 7 days]",
)
"""Schema of an offset, or of offsets by case."""

_PRIORITY = _by_case(
    ID, "class", "a class", "expansion", "[{when: arr > 20000, then: expansion}, other]"
)
_GROUND = MapShape(
    "ground",
    "What speaks for the action, named in its reason where it holds.",
    {
        "when": required_key(CONDITION, "When", "The condition under which it is named."),
        "say": required_key(TEXTS, "Say", "How it is named, such as `the team is growing`."),
    },
)


class _Role(TextShape):
    """The shape of a role's id, where people also write the name of a person."""

    __slots__ = ()

    def _repair(self, text: str) -> str:
        if len(text.split()) > 1 and text != text.lower():
            return "write a role of `tenure.yaml`, such as `csm`: under `roles`, it says who has the role"
        return TextShape._repair(self, text)


ROLE = _Role(ID.pattern, ID.form, code=ID.code)
ROLES = Either(ROLE, ListOf(ROLE, IDS.what, unique=True), what="a role or a list of roles")

_NEEDS = optional_key(
    ID,
    "Needs",
    "Another step or action of this playbook that reaches the customer: if that did not go out, this is skipped.",
    example="invitation",
)

_COMMON: dict[str, Key] = {
    "id": optional_key(
        ID,
        "Id",
        "Needed where a step has two actions of a kind; the kind if left out. It never changes.",
    ),
    "title": optional_key(TEXTS, "Title", "What the owner reads; the step's title if left out."),
    "owner": optional_key(
        ROLES,
        "Owner",
        "A role of `tenure.yaml`, or several: the first that is assigned owns it. "
        "The playbook's `owner` if left out.",
    ),
    "when": optional_key(CONDITION, "When", "The action is issued only if this holds."),
    "late": optional_key(
        ChoiceShape(
            {"issue": "It is issued however late it is.", "skip": "It is skipped if too late."}
        ),
        "Late",
        "Whether being late makes it useless; as the playbook's `catch_up` says if left out.",
    ),
    "until": optional_key(
        LENGTH,
        "Until",
        "How long it waits from its day on while the contact policy has no room for it or an account is absent; "
        "as long as `catch_up` allows if left out.",
        example="5 days",
    ),
    "needs": _NEEDS,
    "must_reach": optional_key(
        BooleanShape(),
        "Must reach",
        "Whether its owner gets a task to tell the customer another way if it cannot go out; false if left out.",
    ),
    "due": optional_key(
        OFFSET,
        "Due",
        "When it is due, counted from the step's date; the date itself if left out.",
        example="5 business days",
    ),
    "shift": optional_key(
        ChoiceShape(
            {
                "earlier": "To the working day before.",
                "later": "To the next working day.",
                "none": "It stays on its date.",
            }
        ),
        "Shift",
        "Where a date moves that is not a working day; `earlier` if the action reaches the customer, else `later`.",
    ),
    "customer": optional_key(
        BooleanShape(),
        "Reaches the customer",
        "Whether it counts as a contact; true for email, call, in_app, meeting and offer if left out.",
    ),
    "priority": optional_key(
        _PRIORITY,
        "Priority",
        "Its class among the workspace's priorities, or classes by case: the first that holds. "
        "The playbook's if left out.",
    ),
    "because": optional_key(
        ListOf(_GROUND, "a list of grounds, such as `- {when: invitations > 0, say: they invite}`"),
        "Because",
        "What speaks for it: what holds of these is named in the reason, in this order.",
    ),
    "message": optional_key(ID, "Message", "The name of a text under `messages`."),
    "repeat": optional_key(
        MapShape(
            "repetition",
            "Again and again while the account stays in the step.",
            {
                "every": required_key(
                    LENGTH, "Every", "The time between two, such as `1 business day`."
                ),
                "at_most": required_key(
                    NumberShape(minimum=1, maximum=366, whole=True), "At most", "How many in all."
                ),
            },
        ),
        "Repeat",
        "Issues it again while the account stays in the step.",
    ),
    "again": optional_key(
        MapShape(
            "reminder",
            "Issued again while it is open: neither done nor dismissed.",
            {
                "after": required_key(
                    LENGTH, "After", "The time from its due date to the first, and between two."
                ),
                "at_most": required_key(
                    NumberShape(minimum=1, maximum=30, whole=True),
                    "At most",
                    "How many times again, not counting the first.",
                ),
            },
        ),
        "Again",
        "Issues it again until it is done or dismissed, or the account leaves the playbook.",
    ),
    "escalate": optional_key(
        MapShape(
            "escalation of an open action",
            "A task for another role if the action is still open some time after its due date.",
            {
                "after": required_key(LENGTH, "After", "The time from its due date."),
                "to": required_key(
                    ROLES,
                    "To",
                    "A role, or several: the first that is assigned gets the task. `manager` is the manager of the "
                    "action's owner in the table of people.",
                ),
            },
        ),
        "Escalate",
        "Gives another role a task if it is still open some time after its due date.",
    ),
}

_CTA = optional_key(
    ListOf(ID, "a list of links, such as `[renew, options]`", unique=True),
    "Calls to action",
    "Links of `tenure.yaml` that the text shows.",
)
_WHOLE_MINUTES = NumberShape(minimum=1, maximum=1440, whole=True)
_MINUTES = optional_key(
    Either(
        _WHOLE_MINUTES,
        MapShape(
            "range of minutes",
            "How long it takes, from the least to the most.",
            {
                "from": required_key(_WHOLE_MINUTES, "From", "The least.", example=45),
                "to": required_key(_WHOLE_MINUTES, "To", "The most.", example=60),
            },
        ),
        what="a number of minutes, or `{from: 45, to: 60}`",
    ),
    "Minutes",
    "How long it takes: `30`, or `{from: 45, to: 60}`.",
)
_LINES = ListOf(TEXTS, "a list of texts")
_PART = MapShape(
    "part of an agenda",
    "A text in several languages, or a part with its minutes and points.",
    {
        "part": optional_key(TEXTS, "Part", "What it is called."),
        "minutes": optional_key(_WHOLE_MINUTES, "Minutes", "How long it takes."),
        "points": optional_key(_LINES, "Points", "What it is made of, in this order."),
    },
    together=(("minutes", "part"), ("points", "part")),
    others=TEXT,
    names=LANGUAGE_SHAPE,
)
_PARTS = ListOf(
    Either(TEXT, _PART, what="a text, or a part such as `{part: Results, minutes: 15}`"),
    "a list of parts, such as `- {part: Results, minutes: 15, points: [Usage, Value]}`",
)
AGENDAS = MapOf(_PARTS, ID, "agendas by name, such as `quarterly: [Results, Plans]`")
"""Schema of the value of `agendas`."""
_AGENDA = optional_key(
    Either(
        TextShape(
            ID.pattern,
            "a name under `agendas`, such as `quarterly`; or a list of parts, such as `[Results, Plans]`",
        ),
        _PARTS,
        what="a name under `agendas`, or a list of parts",
    ),
    "Agenda",
    "The name of one under `agendas`; or its parts, in order: texts, or "
    "`{part: ..., minutes: ..., points: [...]}`.",
)
_AUDIENCE = optional_key(TEXTS, "Audience", "Who should attend.")


def _kind(noun: str, about: str, keys: dict[str, Key] | None = None) -> Key:
    return optional_key(MapShape(noun, about, (keys or {}) | _COMMON), noun.capitalize(), about)


KINDS: dict[str, Key] = {
    "email": _kind(
        "email",
        "An email to the customer.",
        {
            "from": optional_key(
                ID, "From", "The role that it is sent from, and its owner if none is named."
            ),
            "cta": _CTA,
            "minutes": _MINUTES,
            "audience": _AUDIENCE,
            "agenda": _AGENDA,
        },
    ),
    "call": _kind("call", "A call to the customer.", {"minutes": _MINUTES, "cta": _CTA}),
    "task": _kind(
        "task",
        "Something to do inside the house.",
        {"checklist": optional_key(_LINES, "Checklist", "What to tick off.")},
    ),
    "in_app": _kind(
        "in-app message",
        "A message inside the product.",
        {
            "placement": optional_key(TEXT, "Placement", "Where it shows, such as `banner`."),
            "cta": _CTA,
        },
    ),
    "meeting": _kind(
        "meeting",
        "A meeting with the customer.",
        {
            "minutes": _MINUTES,
            "audience": _AUDIENCE,
            "agenda": _AGENDA,
            "cta": _CTA,
        },
    ),
    "escalation": _kind(
        "escalation",
        "A matter that goes to someone else in the house.",
        {
            "to": required_key(
                ROLES, "To", "The role that it goes to, or several: the first that is assigned."
            )
        },
    ),
    "offer": _kind(
        "offer",
        "An offer to the customer.",
        {
            "offer": required_key(TEXTS, "Offer", "What is offered."),
            "approval": optional_key(ID, "Approval", "The role that must agree first."),
            "cta": _CTA,
        },
    ),
    "grant": _kind(
        "grant",
        "A badge or benefit for the customer.",
        {"grant": required_key(TEXTS, "Grant", "What is granted.")},
    ),
    "handoff": _kind(
        "hand-off",
        "The account goes over to another team or motion.",
        {"to": required_key(TEXTS, "To", "Who or what takes over.")},
    ),
}
"""Kinds of actions: each is a key over the action's keys."""

_ACTION = KeyedShape(
    "action",
    "One thing to do: the kind is the key, `- email: {message: renewal_notice}`.",
    KINDS,
    snippets=(
        {
            "label": "email with a message",
            "description": "An email to the customer",
            "body": {"email": {"owner": "${1:csm}", "message": "${2:message}"}},
        },
        {
            "label": "call with a due date",
            "description": "A call to the customer",
            "body": {"call": {"owner": "${1:csm}", "due": "${2:5 business days}"}},
        },
        {
            "label": "task with a title",
            "description": "A task inside the house",
            "body": {"task": {"owner": "${1:csm}", "title": "${2:title}"}},
        },
    ),
)
ACTIONS = ListOf(
    Named("action", ("object",), _ACTION.what, lambda: _ACTION),
    "a list of actions, such as `- email: {message: renewal_notice}`",
)
"""Schema of the value of `do`."""

_STEP = MapShape(
    "step",
    "A step that accounts enter on a date, and its actions.",
    {
        "id": required_key(ID, "Id", ID_ABOUT),
        "was": optional_key(
            ID,
            "Was",
            "The first id of the step, or of the step from which it was split: its actions are not done again.",
        ),
        "title": optional_key(TEXTS, "Title", "What people read; the id in words if left out."),
        "at": required_key(
            MOMENT, "At", "When, counted from the anchor: `-90 days`, or a list of cases."
        ),
        "when": optional_key(
            CONDITION,
            "When",
            "Its actions are issued only if this holds; the account passes through anyway.",
        ),
        "wait_for": optional_key(
            CONDITION, "Wait for", "The account does not enter the step before this holds."
        ),
        "wait_at_most": optional_key(
            LENGTH,
            "Wait at most",
            "How long after the step's date the account waits; then it enters the step anyway. "
            "It waits without limit if left out.",
            example="10 days",
        ),
        "needs": _NEEDS,
        "do": optional_key(ACTIONS, "Actions", "What to do, in this order."),
    },
    together=(("wait_at_most", "wait_for"),),
    snippets=(
        {
            "label": "step with an email",
            "description": "A step with one email",
            "body": {
                "id": "${1:step_id}",
                "at": "${2:-30 days}",
                "do": [{"email": {"owner": "${3:csm}", "message": "${4:message}"}}],
            },
        },
    ),
)
STEPS = ListOf(
    Named("step", ("object",), _STEP.what, lambda: _STEP),
    "a list of steps, such as `- {id: ask, at: -60 days}`",
)
"""Schema of the steps of a timeline or of a follow-up."""
