"""The shape of `plans/ACCOUNT.yaml`: what a success plan holds, for checking and for editors.

Structured as the source's success plan: vision and objectives, milestones, team, risks; then what a review needs.
"""

from __future__ import annotations

from ..language.condition_schema import DATE, NAME_SHAPE, TEXT
from ..text.schema.lists import Either, ListOf
from ..text.schema.maps import MapShape, optional_key, required_key
from ..text.schema.scalars import BooleanShape, ChoiceShape, NumberShape, TextShape

WHEN = TextShape("", "a date, or words such as `Q2`", "2026-06-30")
"""A date where it is written as one."""

_VALUE = Either(NumberShape(), TEXT, BooleanShape(), what="a number, text, `true` or `false`")
_STATUS = ChoiceShape(
    {"green": "On track.", "yellow": "Behind, and can be caught up.", "red": "At risk."}
)
_IMPACT = ChoiceShape({"high": "High.", "medium": "Medium.", "low": "Low."})


def _texts(what: str) -> ListOf:
    return ListOf(TEXT, f"a list of {what}, or `[]` for none", least=0)


def _list(noun: str, about: str, **keys: object) -> ListOf:
    item = MapShape(noun, about, keys)  # type: ignore[arg-type]
    return ListOf(item, f"a list of {noun}s, or `[]` for none", least=0)


_OBJECTIVES = _list(
    "objective",
    "What the customer wants to reach, and how it is measured.",
    objective=required_key(TEXT, "Objective", "What the customer wants to reach."),
    kpi=optional_key(TEXT, "KPI", "What it is measured by."),
    target=optional_key(_VALUE, "Target", 'What is to be reached; `"> 90%"` in quotes.'),
    due=optional_key(WHEN, "Due", "By when: a date, or words such as Q2."),
    field=optional_key(
        NAME_SHAPE, "Field", "The field of the catalogue whose value is what is achieved."
    ),
    achieved=optional_key(
        _VALUE, "Achieved", "What is achieved; kept up to date where there is a `field`."
    ),
    status=optional_key(_STATUS, "Status", "How it stands."),
)
_STEPS = _list(
    "milestone",
    "One thing to be reached on the way.",
    step=required_key(TEXT, "Milestone", "What is to be reached."),
    done=optional_key(BooleanShape(), "Done", "Whether it is reached; it is not if left out."),
    note=optional_key(TEXT, "Note", "Anything to say of it, such as `under way`."),
)
_MILESTONES = _list(
    "quarter",
    "What is to be reached in one quarter.",
    quarter=required_key(TEXT, "Quarter", "Which one: Q1, Q2 2026."),
    title=optional_key(TEXT, "Title", "What it is about: Foundation, Expansion."),
    steps=optional_key(_STEPS, "Milestones", "What is to be reached in it."),
)
_TEAM = _list(
    "person",
    "Somebody who makes the plan work, on either side.",
    role=required_key(
        TEXT,
        "Role",
        "`executive_sponsor`, `champion`, `day_to_day` and `csm` are kept up to date; any other is yours.",
        "champion",
    ),
    name=optional_key(TEXT, "Name", "Who it is."),
    responsibility=optional_key(TEXT, "Responsibility", "What they see to."),
)
_RISKS = _list(
    "risk",
    "What may get in the way.",
    risk=required_key(TEXT, "Risk", "What may get in the way."),
    impact=optional_key(_IMPACT, "Impact", "How bad it would be."),
    mitigation=optional_key(TEXT, "Mitigation", "What is done about it."),
)
_PARTICIPANTS = _list(
    "participant",
    "Somebody invited to the coming review.",
    name=required_key(TEXT, "Name", "Who it is."),
    role=optional_key(TEXT, "Role", "What they do."),
    confirmed=optional_key(BooleanShape(), "Confirmed", "Whether they said that they come."),
)
_CHALLENGES = _list(
    "challenge",
    "A problem that came up.",
    challenge=required_key(TEXT, "Challenge", "What the problem was."),
    resolution=optional_key(TEXT, "Resolution", "How it was solved."),
    status=optional_key(TEXT, "Status", "Where it stands while it is not."),
)
_STORIES = _list(
    "story",
    "What somebody at the customer's says of it.",
    quote=required_key(TEXT, "Quote", "Their words."),
    by=optional_key(TEXT, "By", "Whose words."),
)
_ACTIONS = _list(
    "action",
    "Something that somebody has to do.",
    action=required_key(TEXT, "Action", "What is to be done."),
    owner=optional_key(TEXT, "Owner", "Who does it."),
    due=optional_key(WHEN, "Due", "By when."),
    done=optional_key(BooleanShape(), "Done", "Whether it is done; it is not if left out."),
)
_ROADMAP = _list(
    "feature",
    "Something to come that matters to this customer.",
    feature=required_key(TEXT, "Feature", "What is to come."),
    due=optional_key(WHEN, "Due", "When."),
    benefit=optional_key(TEXT, "Benefit", "What it brings them."),
)
_OPPORTUNITIES = _list(
    "opportunity",
    "Something more that they might buy.",
    opportunity=required_key(TEXT, "Opportunity", "What it is."),
    amount=optional_key(
        NumberShape(0), "Amount", "What it may bring a year, in the account's currency."
    ),
    note=optional_key(TEXT, "Note", "Anything to say of it."),
)
_REVIEWS = _list(
    "review",
    "A review that was held.",
    on=required_key(DATE, "Held on", "The date it was held."),
    points=optional_key(_texts("points"), "Key points", "What was said that matters."),
    decisions=optional_key(_texts("decisions"), "Decisions", "What was decided."),
    actions=optional_key(_ACTIONS, "Actions", "Who does what by when."),
    questions=optional_key(_texts("questions"), "Open questions", "What is still open."),
    next_review=optional_key(DATE, "Next review", "When the next one is held."),
)

PLAN_SHAPE = MapShape(
    "success plan",
    "What a customer wants to reach and how, kept by the customer and the CSM together.",
    {
        "account": required_key(
            TEXT, "Account", "The account's id, in quotes if it is a number.", '"00012"'
        ),
        "vision": optional_key(TEXT, "Vision", "What success looks like, in the customer's words."),
        "objectives": optional_key(_OBJECTIVES, "Objectives", "What the customer wants to reach."),
        "milestones": optional_key(
            _MILESTONES, "Milestones", "What is reached when, quarter by quarter."
        ),
        "team": optional_key(_TEAM, "Team and contacts", "Who makes it work, on either side."),
        "risks": optional_key(
            _RISKS, "Risks", "What may get in the way, and what is done about it."
        ),
        "participants": optional_key(
            _PARTICIPANTS, "Participants", "Who is invited to the coming review."
        ),
        "highlights": optional_key(
            _texts("highlights"), "Highlights", "What went well this quarter."
        ),
        "challenges": optional_key(
            _CHALLENGES, "Challenges", "What problems came up, and how they stand."
        ),
        "stories": optional_key(_STORIES, "Success stories", "What users at the customer's say."),
        "proposed_objectives": optional_key(
            _texts("objectives"), "Proposed objectives", "What to aim at next quarter."
        ),
        "actions": optional_key(_ACTIONS, "Priority actions", "What comes first next quarter."),
        "resources": optional_key(_texts("resources"), "Resources", "What next quarter takes."),
        "roadmap": optional_key(_ROADMAP, "Roadmap", "What is to come that matters to them."),
        "opportunities": optional_key(_OPPORTUNITIES, "Opportunities", "What more they might buy."),
        "notes": optional_key(
            TEXT, "Notes", "What the CSM has to think of before a review; Markdown."
        ),
        "reviews": optional_key(_REVIEWS, "Reviews held", "What came of each review."),
    },
)
