"""Schema of a playbook file: its keys, their values, and the descriptions that editors show.

Steps and actions are in `step_schema`. Lowering checks what a schema cannot express, such as expressions, names that
must exist and the order of dates.
"""

from __future__ import annotations

from ..language.condition_schema import (
    CONDITION,
    DEFINITION,
    LANGUAGE_SHAPE,
    LENGTH,
    NAME_SHAPE,
    OFFSET,
    PERCENT,
    TEXT,
    TEXTS,
    VALUE,
)
from ..text.schema.lists import Either, ListOf, Named
from ..text.schema.maps import MapOf, MapShape, optional_key, required_key
from ..text.schema.scalars import ID, BooleanShape, ChoiceShape, NumberShape
from ..workspace.settings_schema import START_SHAPE, VARIABLES
from .step_schema import ACTIONS, AGENDAS, ID_ABOUT, MOMENT, ROLES, STEPS

_TITLE = optional_key(
    TEXTS, "Title", "What people read, in one language or several: `{en: ..., fr: ...}`."
)

_CATCH_UP = MapShape(
    "catch-up rule",
    "What becomes of an action that is late, after a day without a run or for an account first seen midway.",
    {
        "within": required_key(
            LENGTH, "Within", "An action late by no more than this is still issued."
        ),
        "then": required_key(
            ChoiceShape(
                {
                    "skip": "It is recorded as skipped, with the reason, and needs no action.",
                    "issue": "It is issued all the same, with its lateness shown.",
                }
            ),
            "Then",
            "What becomes of an action that is later still.",
        ),
    },
)

_AT_MOST = MapShape(
    "cap on openings",
    "How many accounts may enrol within some days; the others wait, as long as they may still enrol.",
    {
        "openings": required_key(
            NumberShape(minimum=1, whole=True), "Openings", "So many enrolments.", example=10
        ),
        "each": required_key(
            ChoiceShape(
                {
                    "owner": "For each owner, by the playbook's `owner`.",
                    "playbook": "In the playbook as a whole.",
                }
            ),
            "Each",
            "By what they are counted.",
        ),
        "within": required_key(
            LENGTH, "Within", "The days in which they are counted.", example="1 day"
        ),
    },
)

_HOLDOUT = MapShape(
    "holdout",
    "Accounts that go through the playbook and get nothing of it, to compare the others with.",
    {
        "share": required_key(
            PERCENT,
            "Share",
            "How many of the accounts are held out, more than 0 % and at most 50 %. A greater share adds accounts, "
            "and takes none out.",
            example="10 %",
        ),
    },
)

_OUTCOME = MapShape(
    "outcome",
    "An end of the playbook for an account.",
    {
        "title": _TITLE,
        "when": optional_key(
            CONDITION, "When", "Ends the playbook, from any step and on any date, once this holds."
        ),
        "at": optional_key(
            OFFSET,
            "At",
            "Ends the playbook from the last step, on this date counted from the anchor.",
            example="30 days",
        ),
        "do": optional_key(ACTIONS, "Actions", "What to do when the playbook ends so."),
    },
)
_OUTCOMES = MapOf(
    Named("outcome", ("object",), _OUTCOME.what, lambda: _OUTCOME),
    ID,
    "a map of outcomes, such as `renewed: {when: ...}`",
)

_TIMELINE = MapShape(
    "timeline",
    "Steps at offsets around a date of the account.",
    {
        "anchor": required_key(
            VALUE, "Anchor", "The date that offsets count from, such as `renewal_date`."
        ),
        "next_cycle": optional_key(
            CONDITION,
            "Next cycle",
            "Which new date, after the end, opens the next cycle; here `anchor` is the last cycle's. "
            "Any later date where this is left out.",
        ),
        "steps": required_key(
            STEPS, "Steps", "The steps, in the order in which accounts go through them."
        ),
        "outcomes": optional_key(_OUTCOMES, "Outcomes", "How it can end, tried in this order."),
    },
)

_TRIGGER = MapShape(
    "trigger",
    "What opens a follow-up: a condition, or a cadence, for all accounts or those that a condition names.",
    {
        "id": required_key(ID, "Id", ID_ABOUT),
        "title": _TITLE,
        "when": optional_key(
            CONDITION,
            "When",
            "Opens a follow-up once this holds; with `every`, only while it holds.",
        ),
        "rearm": optional_key(
            CONDITION,
            "Rearm",
            "After it opened once, it opens again only when this held in between.",
        ),
        "every": optional_key(LENGTH, "Every", "Opens a follow-up at this interval."),
        "since": optional_key(
            VALUE,
            "Since",
            "The date from which the interval counts, such as `last_review_date`.",
            example="last_review_date",
        ),
    },
    some_of=(("when", "every"),),
    not_both=(("rearm", "every"),),
    together=(("every", "since"), ("since", "every")),
)

_TRIGGERS = MapShape(
    "trigger body",
    "Conditions and cadences that open a follow-up.",
    {
        "open": required_key(
            ListOf(_TRIGGER, "a list of triggers"),
            "Open",
            "What opens a follow-up, tried in this order.",
        ),
        "apart": optional_key(
            MOMENT, "Apart", "The least time between two openings for the same account."
        ),
        "while_open": optional_key(
            ChoiceShape(
                {
                    "ignore": "A trigger that comes while a follow-up is open is only counted.",
                    "restart": "It ends the open follow-up and opens another one.",
                }
            ),
            "While open",
            "What a second trigger does while a follow-up is open; `ignore` if left out.",
        ),
        "anchor": optional_key(
            VALUE, "Anchor", "The date that offsets count from; the opening date if left out."
        ),
        "steps": required_key(
            STEPS, "Steps", "The steps, in the order in which accounts go through them."
        ),
        "outcomes": optional_key(_OUTCOMES, "Outcomes", "How it can end, tried in this order."),
    },
)

_LEVEL = MapShape(
    "level",
    "One of the ordered levels.",
    {
        "id": required_key(ID, "Id", ID_ABOUT),
        "title": _TITLE,
        "after": optional_key(
            LENGTH, "After", "The least time since the date under `since` before it can be reached."
        ),
        "when": optional_key(CONDITION, "Criteria", "What an account must meet to reach it."),
        "do": optional_key(ACTIONS, "Actions", "What to do when an account reaches it."),
        "lost": optional_key(ACTIONS, "Lost", "What to do when an account falls from it."),
    },
)

_TIERS = MapShape(
    "tiers body",
    "Ordered levels with criteria.",
    {
        "since": optional_key(
            VALUE,
            "Since",
            "The date that `after` and `notice` count from, such as `signup_date`.",
            example="signup_date",
        ),
        "levels": required_key(
            ListOf(_LEVEL, "a list of levels"), "Levels", "The levels, lowest first."
        ),
        "notice": optional_key(
            MapShape(
                "notice",
                "Actions before each next level.",
                {
                    "before": required_key(
                        LENGTH, "Before", "How long before the date of the next level."
                    ),
                    "do": required_key(ACTIONS, "Actions", "What to do then."),
                },
            ),
            "Notice",
            "What to do before each next level's date.",
        ),
        "downgrade": optional_key(
            ChoiceShape(
                {
                    "never": "The account never loses a level.",
                    "one level": "The account falls one level at a time.",
                    "to what is earned": "The account falls to the highest level whose criteria it meets.",
                }
            ),
            "Downgrade",
            "What happens when an account no longer meets its level's criteria; `never` if left out.",
        ),
        "below_for": optional_key(
            LENGTH, "Below for", "How long an account is below its criteria before it falls."
        ),
    },
)

_NUMBER_OF_YEARS = NumberShape(minimum=1, maximum=100, whole=True)
_YEAR = MapShape(
    "year",
    "One anniversary, or every one from some year on.",
    {
        "id": required_key(ID, "Id", ID_ABOUT),
        "title": _TITLE,
        "year": optional_key(_NUMBER_OF_YEARS, "Year", "The anniversary of this number."),
        "from_year": optional_key(
            _NUMBER_OF_YEARS, "From year", "Every anniversary from this number on."
        ),
        "at": optional_key(
            OFFSET,
            "At",
            "The date, counted from the anniversary; the day itself if left out.",
            example="-7 days",
        ),
        "when": optional_key(CONDITION, "When", "Only if this holds on the date."),
        "do": optional_key(ACTIONS, "Actions", "What to do then."),
    },
    one_of=(("year", "from_year"),),
)

_ANNIVERSARIES = MapShape(
    "anniversaries body",
    "A date that comes back every year.",
    {
        "of": required_key(
            VALUE,
            "Of",
            "The date whose anniversaries they are, such as `signup_date`.",
            example="signup_date",
        ),
        "years": required_key(
            ListOf(_YEAR, "a list of years"), "Years", "What happens on which anniversary."
        ),
    },
)

_STATE = MapShape(
    "state",
    "A state that an account can be in.",
    {
        "id": required_key(ID, "Id", ID_ABOUT),
        "title": _TITLE,
        "final": optional_key(
            BooleanShape(), "Final", "Whether the playbook ends here for the account."
        ),
        "do": optional_key(ACTIONS, "Actions", "What to do when an account enters it."),
    },
)

_TRANSITION = MapShape(
    "transition",
    "A way from one state to another.",
    {
        "from": required_key(
            Either(ID, ListOf(ID, "a list of states", unique=True)),
            "From",
            "A state, a list of states, or `any`.",
        ),
        "to": required_key(ID, "To", "The state that it leads to."),
        "when": optional_key(CONDITION, "When", "Taken once this holds."),
        "at": optional_key(OFFSET, "At", "Not before this date, counted from the anchor."),
        "after": optional_key(LENGTH, "After", "Not before this long after the state was entered."),
        "do": optional_key(ACTIONS, "Actions", "What to do when it is taken."),
    },
    not_both=(("at", "after"),),
)

_MACHINE = MapShape(
    "machine",
    "States and transitions written out, for what the other bodies do not fit.",
    {
        "anchor": optional_key(VALUE, "Anchor", "The date that `at` counts from."),
        "again": optional_key(
            CONDITION,
            "Again",
            "When an account whose playbook ended may enrol again; never if left out.",
        ),
        "initial": required_key(ID, "Initial state", "The state in which an account begins."),
        "states": required_key(ListOf(_STATE, "a list of states"), "States", "Every state."),
        "transitions": required_key(
            ListOf(_TRANSITION, "a list of transitions"),
            "Transitions",
            "The ways between states, tried in this order.",
        ),
    },
)

_MESSAGE = MapShape(
    "message",
    "A text in one language, a Jinja2 template over the account's fields.",
    {
        "subject": optional_key(
            TEXT, "Subject", "The subject line; `{{ account_name }}` and the like are filled in."
        ),
        "body": required_key(
            TEXT, "Body", "The text; `{{ account_name }}` and the like are filled in."
        ),
    },
)

_CHOICES = MapShape(
    "choice of texts",
    "Texts that messages pick from by rule.",
    {
        "take": required_key(
            NumberShape(minimum=1, maximum=100, whole=True),
            "Take",
            "How many at most: the first ones, in this order, whose condition holds.",
            example=2,
        ),
        "from": required_key(
            ListOf(
                MapShape(
                    "text to choose",
                    "A text, and when it may be chosen.",
                    {
                        "when": optional_key(
                            CONDITION,
                            "When",
                            "It is chosen only if this holds; always if left out.",
                        ),
                        "say": required_key(
                            TEXTS,
                            "Say",
                            "The text, in one language or several; `{{ account_name }}` and the like are filled in.",
                        ),
                    },
                ),
                "a list of texts, such as `- {when: invitations == 0, say: Invite your colleagues}`",
            ),
            "From",
            "The texts, the ones to prefer first.",
        ),
    },
)

BODY_KEYS = ("timeline", "triggers", "tiers", "anniversaries", "machine")
"""Keys of the five bodies; a playbook has exactly one of them."""

PLAYBOOK_SHAPE = MapShape(
    "playbook",
    "Who it is for, what moves an account along, and what is done at each step.",
    {
        "playbook": required_key(
            ID, "Playbook", "Its id, which never changes; actions are counted by it."
        ),
        "title": _TITLE,
        "about": optional_key(TEXT, "About", "What it is for, for people who read the file."),
        "enabled": optional_key(
            BooleanShape(),
            "Enabled",
            "`false`: it is checked, but not evaluated, and other playbooks see no account in it; `true` if left out.",
            example="false",
        ),
        "schedule": required_key(
            TEXT,
            "Schedule",
            'When it is evaluated: five cron fields, such as `"0 6 * * *"` for every day at six.',
            example="0 6 * * *",
        ),
        "for": required_key(
            CONDITION,
            "For",
            "The accounts that it is for, such as `status == 'active'`. Once it is false, an enrolment ends as `left`.",
        ),
        "while": optional_key(
            CONDITION,
            "While",
            "What keeps an enrolment, in place of `for`: such as `status == 'active' or today >= anchor`.",
        ),
        "priority": optional_key(
            ID,
            "Priority",
            "Its contacts' class among the workspace's priorities; the last class if left out.",
        ),
        "owner": optional_key(
            ROLES,
            "Owner",
            "Who owns actions without an owner: a role, or several, the first that is assigned.",
        ),
        "catch_up": required_key(
            _CATCH_UP, "Catch up", "What becomes of late actions; there is no default."
        ),
        "at_most": optional_key(
            _AT_MOST,
            "At most",
            "Spreads openings: `{openings: 10, each: owner, within: 1 day}`.",
        ),
        "holdout": optional_key(
            _HOLDOUT,
            "Holdout",
            "Accounts that nothing of it reaches but what is `must_reach`; `tenure metrics effects` compares: "
            "`{share: 10 %}`.",
        ),
        "start": optional_key(
            START_SHAPE,
            "Start",
            "What counts as done at the start and is never issued; the workspace's `start` if left out.",
        ),
        "variables": optional_key(
            VARIABLES,
            "Variables",
            "Values that its conditions and messages use where `tenure.yaml` has no variable of the same name.",
            example="at_risk_line: 70",
        ),
        "define": optional_key(
            MapOf(
                DEFINITION,
                NAME_SHAPE,
                "names with what they stand for, such as `at_risk: health_score < 70`",
            ),
            "Define",
            "Names for conditions or values, to use in any condition below.",
        ),
        "was": optional_key(
            Either(ID, ListOf(ID, "a list of ids", unique=True), what="an id, or several"),
            "Was",
            "The ids that the playbook had before, newest first: what was done under them is not done again.",
            example="renewals",
        ),
        "moved": optional_key(
            MapOf(ID, ID, "old ids with the ids that take their place"),
            "Moved",
            "Where accounts go that are in a step or state which was removed or renamed.",
        ),
        "timeline": optional_key(
            _TIMELINE, "Timeline", "Steps at offsets around a date of the account."
        ),
        "triggers": optional_key(
            _TRIGGERS, "Triggers", "Conditions and cadences that open a follow-up."
        ),
        "tiers": optional_key(_TIERS, "Tiers", "Ordered levels with criteria."),
        "anniversaries": optional_key(
            _ANNIVERSARIES, "Anniversaries", "A date that comes back every year."
        ),
        "machine": optional_key(_MACHINE, "Machine", "States and transitions written out."),
        "messages": optional_key(
            MapOf(
                MapOf(
                    _MESSAGE,
                    LANGUAGE_SHAPE,
                    "a message for each language, such as `en: {subject: ..., body: ...}`",
                ),
                ID,
                "messages by name",
            ),
            "Messages",
            "The texts that actions send, by name and language.",
        ),
        "agendas": optional_key(
            AGENDAS,
            "Agendas",
            "Agendas by name, for actions that share one: `agenda: quarterly`.",
        ),
        "choices": optional_key(
            MapOf(
                _CHOICES,
                NAME_SHAPE,
                "choices by name, such as `suggestions: {take: 2, from: [...]}`",
            ),
            "Choices",
            "Lists of texts picked by rule, which messages loop over: `{% for each in suggestions %}`.",
        ),
    },
    one_of=(BODY_KEYS,),
)
