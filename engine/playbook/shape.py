"""The shape of a playbook file: its keys, what stands under each, and the words that editors show.

Steps and actions are in `step_shape`. What a shape cannot say (an expression's words, names that must exist,
which dates come first) is checked when the playbook is lowered.
"""

from __future__ import annotations

from ..language.shape import (
    CONDITION,
    DEFINITION,
    LANGUAGE,
    LENGTH,
    NAME,
    OFFSET,
    TEXT,
    TEXTS,
    VALUE,
)
from ..text.list_shapes import Either, ListOf, Named
from ..text.map_shapes import Fields, MapOf, may, need
from ..text.scalar_shapes import ID, Boolean, Choice, Number
from .step_shape import ACTIONS, AGENDAS, ID_ABOUT, MOMENT, ROLES, STEPS

_TITLE = may(TEXTS, "Title", "What people read, in one language or several: `{en: ..., fr: ...}`.")

_CATCH_UP = Fields(
    "catch-up rule",
    "What becomes of an action that is late, after a day without a run or for an account first seen midway.",
    {
        "within": need(LENGTH, "Within", "An action late by no more than this is still issued."),
        "then": need(
            Choice(
                {
                    "skip": "It is recorded as skipped, with the reason, and nobody acts on it.",
                    "issue": "It is issued all the same, with its lateness shown.",
                }
            ),
            "Then",
            "What becomes of an action that is later still.",
        ),
    },
)

_OUTCOME = Fields(
    "outcome",
    "An end of the playbook for an account.",
    {
        "title": _TITLE,
        "when": may(
            CONDITION, "When", "Ends the playbook, from any step and on any date, once this holds."
        ),
        "at": may(
            OFFSET,
            "At",
            "Ends the playbook from the last step, on this date counted from the anchor.",
            example="30 days",
        ),
        "do": may(ACTIONS, "Actions", "What to do when the playbook ends so."),
    },
)
_OUTCOMES = MapOf(
    Named("outcome", ("object",), _OUTCOME.what, lambda: _OUTCOME),
    ID,
    "a map of outcomes, such as `renewed: {when: ...}`",
)

_TIMELINE = Fields(
    "timeline",
    "Steps at offsets around a date of the account.",
    {
        "anchor": need(
            VALUE, "Anchor", "The date that offsets count from, such as `renewal_date`."
        ),
        "next_cycle": may(
            CONDITION,
            "Next cycle",
            "Which new date, after the end, opens the next cycle; here `anchor` is the last cycle's. "
            "Any later date where this is left out.",
        ),
        "steps": need(STEPS, "Steps", "The steps, in the order in which accounts go through them."),
        "outcomes": may(_OUTCOMES, "Outcomes", "How it can end, tried in this order."),
    },
)

_TRIGGER = Fields(
    "trigger",
    "What opens a follow-up: a condition, or a cadence, for all accounts or those that a condition names.",
    {
        "id": need(ID, "Id", ID_ABOUT),
        "title": _TITLE,
        "when": may(
            CONDITION,
            "When",
            "Opens a follow-up once this holds; with `every`, only while it holds.",
        ),
        "rearm": may(
            CONDITION,
            "Rearm",
            "After it opened once, it opens again only when this held in between.",
        ),
        "every": may(LENGTH, "Every", "Opens a follow-up at this interval."),
        "since": may(
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

_TRIGGERS = Fields(
    "trigger body",
    "Conditions and cadences that open a follow-up.",
    {
        "open": need(
            ListOf(_TRIGGER, "a list of triggers"),
            "Open",
            "What opens a follow-up, tried in this order.",
        ),
        "apart": may(MOMENT, "Apart", "The least time between two openings for the same account."),
        "anchor": may(
            VALUE, "Anchor", "The date that offsets count from; the opening date if left out."
        ),
        "steps": need(STEPS, "Steps", "The steps, in the order in which accounts go through them."),
        "outcomes": may(_OUTCOMES, "Outcomes", "How it can end, tried in this order."),
    },
)

_LEVEL = Fields(
    "level",
    "One of the ordered levels.",
    {
        "id": need(ID, "Id", ID_ABOUT),
        "title": _TITLE,
        "after": may(
            LENGTH, "After", "The least time since the date under `since` before it can be reached."
        ),
        "when": may(CONDITION, "Criteria", "What an account must meet to reach it."),
        "do": may(ACTIONS, "Actions", "What to do when an account reaches it."),
        "lost": may(ACTIONS, "Lost", "What to do when an account falls from it."),
    },
)

_TIERS = Fields(
    "tiers body",
    "Ordered levels with criteria.",
    {
        "since": may(
            VALUE,
            "Since",
            "The date that `after` and `notice` count from, such as `signup_date`.",
            example="signup_date",
        ),
        "levels": need(ListOf(_LEVEL, "a list of levels"), "Levels", "The levels, lowest first."),
        "notice": may(
            Fields(
                "notice",
                "Ahead of each next level.",
                {
                    "before": need(LENGTH, "Before", "How long before the date of the next level."),
                    "do": need(ACTIONS, "Actions", "What to do then."),
                },
            ),
            "Notice",
            "What to do ahead of each next level's date.",
        ),
        "downgrade": may(
            Choice(
                {
                    "never": "A level reached is kept.",
                    "one level": "The account falls one level at a time.",
                    "to what is earned": "The account falls to the highest level whose criteria it meets.",
                }
            ),
            "Downgrade",
            "What happens when an account no longer meets its level's criteria; `never` if left out.",
        ),
        "below_for": may(
            LENGTH, "Below for", "How long an account is below its criteria before it falls."
        ),
    },
)

_NUMBER_OF_YEARS = Number(minimum=1, maximum=100, whole=True)
_YEAR = Fields(
    "year",
    "One anniversary, or every one from some year on.",
    {
        "id": need(ID, "Id", ID_ABOUT),
        "title": _TITLE,
        "year": may(_NUMBER_OF_YEARS, "Year", "The anniversary of this number."),
        "from_year": may(_NUMBER_OF_YEARS, "From year", "Every anniversary from this number on."),
        "at": may(
            OFFSET,
            "At",
            "The date, counted from the anniversary; the day itself if left out.",
            example="-7 days",
        ),
        "when": may(CONDITION, "When", "Only if this holds on the date."),
        "do": may(ACTIONS, "Actions", "What to do then."),
    },
    one_of=(("year", "from_year"),),
)

_ANNIVERSARIES = Fields(
    "anniversaries body",
    "A date that comes back every year.",
    {
        "of": need(
            VALUE,
            "Of",
            "The date whose anniversaries they are, such as `signup_date`.",
            example="signup_date",
        ),
        "years": need(
            ListOf(_YEAR, "a list of years"), "Years", "What happens on which anniversary."
        ),
    },
)

_STATE = Fields(
    "state",
    "A place where an account can stand.",
    {
        "id": need(ID, "Id", ID_ABOUT),
        "title": _TITLE,
        "final": may(Boolean(), "Final", "Whether the playbook ends here for the account."),
        "do": may(ACTIONS, "Actions", "What to do when an account enters it."),
    },
)

_TRANSITION = Fields(
    "transition",
    "A way from one state to another.",
    {
        "from": need(
            Either(ID, ListOf(ID, "a list of states", unique=True)),
            "From",
            "A state, a list of states, or `any`.",
        ),
        "to": need(ID, "To", "The state that it leads to."),
        "when": may(CONDITION, "When", "Taken once this holds."),
        "at": may(OFFSET, "At", "Not before this date, counted from the anchor."),
        "after": may(LENGTH, "After", "Not before this long after the state was entered."),
        "do": may(ACTIONS, "Actions", "What to do when it is taken."),
    },
    not_both=(("at", "after"),),
)

_MACHINE = Fields(
    "machine",
    "States and transitions written out, for what the other bodies do not fit.",
    {
        "anchor": may(VALUE, "Anchor", "The date that `at` counts from."),
        "again": may(
            CONDITION,
            "Again",
            "When an account whose playbook ended may enrol again; never if left out.",
        ),
        "initial": need(ID, "Initial state", "The state in which an account begins."),
        "states": need(ListOf(_STATE, "a list of states"), "States", "Every state."),
        "transitions": need(
            ListOf(_TRANSITION, "a list of transitions"),
            "Transitions",
            "The ways between states, tried in this order.",
        ),
    },
)

_MESSAGE = Fields(
    "message",
    "A text in one language, a Jinja2 template over the account's fields.",
    {
        "subject": may(
            TEXT, "Subject", "The subject line; `{{ account_name }}` and the like are filled in."
        ),
        "body": need(TEXT, "Body", "The text; `{{ account_name }}` and the like are filled in."),
    },
)

_CHOICES = Fields(
    "choice of texts",
    "Texts that messages pick from by rule.",
    {
        "take": need(
            Number(minimum=1, maximum=100, whole=True),
            "Take",
            "How many at most: the first ones, in this order, whose condition holds.",
            example=2,
        ),
        "from": need(
            ListOf(
                Fields(
                    "text to choose",
                    "A text, and when it may be chosen.",
                    {
                        "when": may(
                            CONDITION,
                            "When",
                            "It is chosen only if this holds; always if left out.",
                        ),
                        "say": need(
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

BODIES = ("timeline", "triggers", "tiers", "anniversaries", "machine")
"""Of which a playbook has exactly one."""

PLAYBOOK = Fields(
    "playbook",
    "Who it is for, what moves an account along, and what is done at each step.",
    {
        "playbook": need(ID, "Playbook", "Its id, which never changes; actions are counted by it."),
        "title": _TITLE,
        "about": may(TEXT, "About", "What it is for, for people who read the file."),
        "schedule": need(
            TEXT,
            "Schedule",
            'When it is evaluated: five cron fields, such as `"0 6 * * *"` for every day at six.',
            example="0 6 * * *",
        ),
        "for": need(CONDITION, "For", "The accounts that it is for, such as `status == 'active'`."),
        "priority": may(
            ID,
            "Priority",
            "Its contacts' class among the workspace's priorities; the last class if left out.",
        ),
        "owner": may(
            ROLES,
            "Owner",
            "Who owns actions that name nobody: a role, or several, the first that is assigned.",
        ),
        "catch_up": need(
            _CATCH_UP, "Catch up", "What becomes of late actions; there is no default."
        ),
        "define": may(
            MapOf(
                DEFINITION,
                NAME,
                "names with what they stand for, such as `at_risk: health_score < 70`",
            ),
            "Define",
            "Names for conditions or values, to use in any condition below.",
        ),
        "moved": may(
            MapOf(ID, ID, "old ids with the ids that take their place"),
            "Moved",
            "Where accounts go that stand in a step or state which was removed or renamed.",
        ),
        "timeline": may(_TIMELINE, "Timeline", "Steps at offsets around a date of the account."),
        "triggers": may(_TRIGGERS, "Triggers", "Conditions and cadences that open a follow-up."),
        "tiers": may(_TIERS, "Tiers", "Ordered levels with criteria."),
        "anniversaries": may(_ANNIVERSARIES, "Anniversaries", "A date that comes back every year."),
        "machine": may(_MACHINE, "Machine", "States and transitions written out."),
        "messages": may(
            MapOf(
                MapOf(
                    _MESSAGE,
                    LANGUAGE,
                    "a message for each language, such as `en: {subject: ..., body: ...}`",
                ),
                ID,
                "messages by name",
            ),
            "Messages",
            "The texts that actions send, by name and language.",
        ),
        "agendas": may(
            AGENDAS,
            "Agendas",
            "Agendas by name, for actions that share one: `agenda: quarterly`.",
        ),
        "choices": may(
            MapOf(
                _CHOICES,
                NAME,
                "choices by name, such as `suggestions: {take: 2, from: [...]}`",
            ),
            "Choices",
            "Lists of texts picked by rule, which messages loop over: `{% for each in suggestions %}`.",
        ),
    },
    one_of=(BODIES,),
)
