"""The shape of `plans/ACCOUNT.yaml`: what a success plan holds, for checking and for editors.

Structured as the source's success plan: vision and objectives, milestones, team, risks; then what a review needs.
"""

from __future__ import annotations

from ..language.shape import DATE, NAME, TEXT
from ..text.list_shapes import Either, ListOf
from ..text.map_shapes import Fields, may, need
from ..text.scalar_shapes import Boolean, Choice, Number, Text

WHEN = Text("", "a date, or words such as `Q2`", "2026-06-30")
"""A date where it is written as one."""

_VALUE = Either(Number(), TEXT, Boolean(), what="a number, text, `true` or `false`")
_STATUS = Choice(
    {"green": "On track.", "yellow": "Behind, and can be caught up.", "red": "At risk."}
)
_IMPACT = Choice({"high": "High.", "medium": "Medium.", "low": "Low."})


def _texts(what: str) -> ListOf:
    return ListOf(TEXT, f"a list of {what}, or `[]` for none", least=0)


def _list(noun: str, about: str, **keys: object) -> ListOf:
    item = Fields(noun, about, keys)  # type: ignore[arg-type]
    return ListOf(item, f"a list of {noun}s, or `[]` for none", least=0)


_OBJECTIVES = _list(
    "objective",
    "What the customer wants to reach, and how it is measured.",
    objective=need(TEXT, "Objective", "What the customer wants to reach."),
    kpi=may(TEXT, "KPI", "What it is measured by."),
    target=may(_VALUE, "Target", 'What is to be reached; `"> 90%"` in quotes.'),
    due=may(WHEN, "Due", "By when: a date, or words such as Q2."),
    field=may(NAME, "Field", "The field of the catalogue whose value is what is achieved."),
    achieved=may(_VALUE, "Achieved", "What is achieved; kept up to date where there is a `field`."),
    status=may(_STATUS, "Status", "How it stands."),
)
_STEPS = _list(
    "milestone",
    "One thing to be reached on the way.",
    step=need(TEXT, "Milestone", "What is to be reached."),
    done=may(Boolean(), "Done", "Whether it is reached; it is not if left out."),
    note=may(TEXT, "Note", "Anything to say of it, such as `under way`."),
)
_MILESTONES = _list(
    "quarter",
    "What is to be reached in one quarter.",
    quarter=need(TEXT, "Quarter", "Which one: Q1, Q2 2026."),
    title=may(TEXT, "Title", "What it is about: Foundation, Expansion."),
    steps=may(_STEPS, "Milestones", "What is to be reached in it."),
)
_TEAM = _list(
    "person",
    "Somebody who makes the plan work, on either side.",
    role=need(
        TEXT,
        "Role",
        "`executive_sponsor`, `champion`, `day_to_day` and `csm` are kept up to date; any other is yours.",
        "champion",
    ),
    name=may(TEXT, "Name", "Who it is."),
    responsibility=may(TEXT, "Responsibility", "What they see to."),
)
_RISKS = _list(
    "risk",
    "What may get in the way.",
    risk=need(TEXT, "Risk", "What may get in the way."),
    impact=may(_IMPACT, "Impact", "How bad it would be."),
    mitigation=may(TEXT, "Mitigation", "What is done about it."),
)
_PARTICIPANTS = _list(
    "participant",
    "Somebody invited to the coming review.",
    name=need(TEXT, "Name", "Who it is."),
    role=may(TEXT, "Role", "What they do."),
    confirmed=may(Boolean(), "Confirmed", "Whether they said that they come."),
)
_CHALLENGES = _list(
    "challenge",
    "A problem that came up.",
    challenge=need(TEXT, "Challenge", "What the problem was."),
    resolution=may(TEXT, "Resolution", "How it was solved."),
    status=may(TEXT, "Status", "Where it stands while it is not."),
)
_STORIES = _list(
    "story",
    "What somebody at the customer's says of it.",
    quote=need(TEXT, "Quote", "Their words."),
    by=may(TEXT, "By", "Whose words."),
)
_ACTIONS = _list(
    "action",
    "Something that somebody has to do.",
    action=need(TEXT, "Action", "What is to be done."),
    owner=may(TEXT, "Owner", "Who does it."),
    due=may(WHEN, "Due", "By when."),
    done=may(Boolean(), "Done", "Whether it is done; it is not if left out."),
)
_ROADMAP = _list(
    "feature",
    "Something to come that matters to this customer.",
    feature=need(TEXT, "Feature", "What is to come."),
    due=may(WHEN, "Due", "When."),
    benefit=may(TEXT, "Benefit", "What it brings them."),
)
_OPPORTUNITIES = _list(
    "opportunity",
    "Something more that they might buy.",
    opportunity=need(TEXT, "Opportunity", "What it is."),
    amount=may(Number(0), "Amount", "What it may bring a year, in the account's currency."),
    note=may(TEXT, "Note", "Anything to say of it."),
)
_REVIEWS = _list(
    "review",
    "A review that was held.",
    on=need(DATE, "Held on", "The date it was held."),
    points=may(_texts("points"), "Key points", "What was said that matters."),
    decisions=may(_texts("decisions"), "Decisions", "What was decided."),
    actions=may(_ACTIONS, "Actions", "Who does what by when."),
    questions=may(_texts("questions"), "Open questions", "What is still open."),
    next_review=may(DATE, "Next review", "When the next one is held."),
)

PLAN = Fields(
    "success plan",
    "What a customer wants to reach and how, kept by the customer and the CSM together.",
    {
        "account": need(
            TEXT, "Account", "The account's id, in quotes if it is a number.", '"00012"'
        ),
        "vision": may(TEXT, "Vision", "What success looks like, in the customer's words."),
        "objectives": may(_OBJECTIVES, "Objectives", "What the customer wants to reach."),
        "milestones": may(_MILESTONES, "Milestones", "What is reached when, quarter by quarter."),
        "team": may(_TEAM, "Team and contacts", "Who makes it work, on either side."),
        "risks": may(_RISKS, "Risks", "What may get in the way, and what is done about it."),
        "participants": may(_PARTICIPANTS, "Participants", "Who is invited to the coming review."),
        "highlights": may(_texts("highlights"), "Highlights", "What went well this quarter."),
        "challenges": may(_CHALLENGES, "Challenges", "What problems came up, and how they stand."),
        "stories": may(_STORIES, "Success stories", "What users at the customer's say."),
        "proposed_objectives": may(
            _texts("objectives"), "Proposed objectives", "What to aim at next quarter."
        ),
        "actions": may(_ACTIONS, "Priority actions", "What comes first next quarter."),
        "resources": may(_texts("resources"), "Resources", "What next quarter takes."),
        "roadmap": may(_ROADMAP, "Roadmap", "What is to come that matters to them."),
        "opportunities": may(_OPPORTUNITIES, "Opportunities", "What more they might buy."),
        "notes": may(TEXT, "Notes", "What the CSM has to think of before a review; Markdown."),
        "reviews": may(_REVIEWS, "Reviews held", "What came of each review."),
    },
)
