"""Schema of `plans/ACCOUNT.yaml`, the success plan, for validation and for editors.

Its structure is that of the source's success plan: vision and objectives, milestones, team and risks, followed by the
parts that a review needs.
"""

from __future__ import annotations

from ..language.condition_schema import DATE, NAME_SHAPE, TEXT
from ..text.schema.lists import Either, ListOf
from ..text.schema.maps import MapShape, optional_key, required_key
from ..text.schema.scalars import BooleanShape, ChoiceShape, NumberShape, TextShape

WHEN = TextShape("", "a date, or words such as `Q2`", "2026-06-30")
"""A date, or a period as text."""

_VALUE = Either(NumberShape(), TEXT, BooleanShape(), what="a number, text, `true` or `false`")
_STATUS = ChoiceShape(
    {"green": "On track.", "yellow": "Behind, and can be caught up.", "red": "At risk."}
)
_IMPACT = ChoiceShape({"high": "High.", "medium": "Medium.", "low": "Low."})
_ID_ABOUT = "A name that stays when the text changes, so that its action goes on."


def _texts(noun: str) -> ListOf:
    return ListOf(TEXT, f"a list of {noun}, or `[]` for none", least=0)


def _list(noun: str, about: str, **keys: object) -> ListOf:
    item = MapShape(noun, about, keys)  # type: ignore[arg-type]
    return ListOf(item, f"a list of {noun}s, or `[]` for none", least=0)


_OBJECTIVES = _list(
    "objective",
    "An objective of the customer, with its measure.",
    objective=required_key(TEXT, "Objective", "The objective, in a few words."),
    kpi=optional_key(TEXT, "KPI", "The measure of the objective."),
    target=optional_key(_VALUE, "Target", 'The value to reach; `"> 90%"` in quotes.'),
    due=optional_key(WHEN, "Due", "A date, or a period such as Q2."),
    owner=optional_key(
        TEXT, "Owner", "The person who works on it; with a date as `due`, it becomes an action."
    ),
    done=optional_key(BooleanShape(), "Done", "`true` if it is reached; `false` if left out."),
    id=optional_key(NAME_SHAPE, "Id", _ID_ABOUT, "faster_answers"),
    field=optional_key(NAME_SHAPE, "Field", "The field of the catalogue with the achieved value."),
    achieved=optional_key(
        _VALUE,
        "Achieved",
        "The achieved value; updated from the snapshot where there is a `field`.",
    ),
    status=optional_key(_STATUS, "Status", "The progress towards the objective."),
)
_STEPS = _list(
    "milestone",
    "A step towards the objectives.",
    step=required_key(TEXT, "Milestone", "The result to reach."),
    done=optional_key(BooleanShape(), "Done", "`true` if it is reached; `false` if left out."),
    note=optional_key(TEXT, "Note", "A remark, such as `under way`."),
)
_MILESTONES = _list(
    "quarter",
    "The milestones of one quarter.",
    quarter=required_key(TEXT, "Quarter", "The quarter: Q1, Q2 2026."),
    title=optional_key(TEXT, "Title", "The theme: Foundation, Expansion."),
    steps=optional_key(_STEPS, "Milestones", "The results to reach in it."),
)
_TEAM = _list(
    "person",
    "A person responsible for the plan, on either side.",
    role=required_key(
        TEXT,
        "Role",
        "`executive_sponsor`, `champion`, `day_to_day` and `csm` are updated from the snapshot; other roles are free.",
        "champion",
    ),
    name=optional_key(TEXT, "Name", "The person's name."),
    responsibility=optional_key(TEXT, "Responsibility", "The person's responsibility."),
)
_RISKS = _list(
    "risk",
    "A risk for the plan.",
    risk=required_key(TEXT, "Risk", "The risk."),
    impact=optional_key(_IMPACT, "Impact", "The severity of its consequences."),
    mitigation=optional_key(TEXT, "Mitigation", "The measure against it."),
)
_PARTICIPANTS = _list(
    "participant",
    "A person invited to the coming review.",
    name=required_key(TEXT, "Name", "The person's name."),
    role=optional_key(TEXT, "Role", "The person's role."),
    confirmed=optional_key(BooleanShape(), "Confirmed", "`true` if the person has confirmed."),
)
_CHALLENGES = _list(
    "challenge",
    "A problem that came up.",
    challenge=required_key(TEXT, "Challenge", "The problem."),
    resolution=optional_key(TEXT, "Resolution", "The solution."),
    status=optional_key(TEXT, "Status", "The status while it is open."),
)
_STORIES = _list(
    "story",
    "A quote of one of the customer's users.",
    quote=required_key(TEXT, "Quote", "The quote."),
    by=optional_key(TEXT, "By", "The author."),
)
_ACTIONS = _list(
    "action",
    "A task with an owner and a date.",
    action=required_key(TEXT, "Action", "The task."),
    owner=optional_key(
        TEXT, "Owner", "The person who does it; with a date as `due`, it becomes an action."
    ),
    due=optional_key(WHEN, "Due", "A date, or a period such as Q2."),
    done=optional_key(BooleanShape(), "Done", "`true` if it is done; `false` if left out."),
    id=optional_key(NAME_SHAPE, "Id", _ID_ABOUT, "send_figures"),
)
_ROADMAP = _list(
    "feature",
    "A coming feature that matters to this customer.",
    feature=required_key(TEXT, "Feature", "The feature."),
    due=optional_key(WHEN, "Due", "A date, or a period such as Q2."),
    benefit=optional_key(TEXT, "Benefit", "The customer's benefit."),
)
_OPPORTUNITIES = _list(
    "opportunity",
    "A product or service that the customer might buy.",
    opportunity=required_key(TEXT, "Opportunity", "The product or service."),
    amount=optional_key(
        NumberShape(0), "Amount", "The potential value a year, in the account's currency."
    ),
    note=optional_key(TEXT, "Note", "A remark."),
)
_REVIEWS = _list(
    "review",
    "A review that was held.",
    on=required_key(DATE, "Held on", "The date of the review."),
    points=optional_key(_texts("points"), "Key points", "The most important points."),
    decisions=optional_key(_texts("decisions"), "Decisions", "The decisions made."),
    actions=optional_key(_ACTIONS, "Actions", "The actions agreed, with owners and dates."),
    questions=optional_key(_texts("questions"), "Open questions", "The questions still open."),
    next_review=optional_key(DATE, "Next review", "The date of the next review."),
)

PLAN_SHAPE = MapShape(
    "success plan",
    "The customer's objectives and the way to them, maintained by the customer and the CSM together.",
    {
        "account": required_key(
            TEXT, "Account", "The account's id, in quotes if it is a number.", '"00012"'
        ),
        "vision": optional_key(
            TEXT, "Vision", "The customer's definition of success, in the customer's words."
        ),
        "objectives": optional_key(_OBJECTIVES, "Objectives", "The customer's objectives."),
        "milestones": optional_key(_MILESTONES, "Milestones", "The milestones by quarter."),
        "team": optional_key(_TEAM, "Team and contacts", "The people responsible, on either side."),
        "risks": optional_key(_RISKS, "Risks", "The risks, and the measures against them."),
        "participants": optional_key(
            _PARTICIPANTS, "Participants", "The people invited to the coming review."
        ),
        "highlights": optional_key(
            _texts("highlights"), "Highlights", "The successes of this quarter."
        ),
        "challenges": optional_key(
            _CHALLENGES, "Challenges", "The problems that came up, and their status."
        ),
        "stories": optional_key(_STORIES, "Success stories", "Quotes of the customer's users."),
        "proposed_objectives": optional_key(
            _texts("objectives"), "Proposed objectives", "The objectives proposed for next quarter."
        ),
        "actions": optional_key(
            _ACTIONS, "Priority actions", "The most important actions of next quarter."
        ),
        "resources": optional_key(
            _texts("resources"), "Resources", "The resources that next quarter needs."
        ),
        "roadmap": optional_key(
            _ROADMAP, "Roadmap", "The coming features that matter to the customer."
        ),
        "opportunities": optional_key(
            _OPPORTUNITIES,
            "Opportunities",
            "Products and services for the customer to buy.",
        ),
        "notes": optional_key(TEXT, "Notes", "The CSM's notes for a review; Markdown."),
        "reviews": optional_key(_REVIEWS, "Reviews held", "The results of each review."),
    },
)
