"""Records of a loaded playbook: one state machine, whichever of the five bodies it was written as.

The executors, the graph and `explain` read only these records. They are named tuples because a dataclass takes five
times as long to define, which every start of the program would wait for.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Map
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..core.languages import Texts
from ..core.offsets import Offset, Shift, offset_days
from ..core.problems import Span
from ..language.actions_read import ActionReference
from ..language.expressions import Expression
from ..language.states_read import Reference
from ..text.yaml_nodes import Mapping
from ..workspace.settings import CATCH_UP, Start

ActionKind = Literal[
    "email", "call", "task", "in_app", "meeting", "escalation", "offer", "grant", "handoff"
]
CONTACT_KINDS: frozenset[str] = frozenset({"email", "call", "in_app", "meeting", "offer"})
"""Kinds that reach the customer, unless an action says otherwise with `customer:`."""


ENROLLED = "enrolled"
"""Id of every machine's initial state."""

RESTARTED = "restarted"
"""Outcome of a follow-up that a second trigger ended, to start again."""
LEFT = "left"
"""Id of the final state of enrolments whose account the playbook does not concern any more."""

CLOSED = "closed_by_hand"
"""State and outcome of an enrolment that somebody closed."""
BY_HAND = "by_hand"
"""Name in place of the rule's for an enrolment that somebody opened; only somebody, or its machine, ends it."""

ANCHOR_SO_FAR = "anchor_so_far"
"""Name that replaces `anchor` in the anchor of an enrolment rule; it has no value, since no anchor exists yet."""


class Minutes(NamedTuple):
    """A range of minutes, both ends included."""

    least: int
    most: int


class AgendaPart(NamedTuple):
    """A part of an agenda."""

    title: Texts
    minutes: int | None = None
    points: tuple[Texts, ...] = ()


class Agenda(NamedTuple):
    """An agenda: its parts in order."""

    parts: tuple[AgendaPart, ...]


class Lines(NamedTuple):
    """A list of texts, such as a checklist."""

    texts: tuple[Texts, ...]


Detail = str | int | Texts | Minutes | Agenda | Lines
"""Value of a detail: plain, text by language, or a record."""


class Repeat(NamedTuple):
    """A repetition every `every` while the account stays in the state, `at_most` times in total."""

    every: Offset
    at_most: int


class Need(NamedTuple):
    """A name under `needs`: a step of the playbook, or an action."""

    id: str
    span: Span


class Action(NamedTuple):
    """An action for someone to do; `id` is unique within its step, and both are part of its identity."""

    id: str
    step: str
    kind: ActionKind
    title: Texts
    span: Span
    owner: tuple[str, ...] = ()
    """Roles in order of preference: the first one assigned owns the action."""
    when: Expression | None = None
    """The conjunction of the step's condition and the action's condition."""
    due: Offset | None = None
    """Offset from the step's date; None is the step's date itself."""
    shift: Shift = "none"
    """Direction in which a date that is not a working day moves."""
    customer: bool = False
    priority: str = ""
    priorities: tuple[tuple[Expression, str], ...] = ()
    """Priorities by case: the first true case replaces `priority`."""
    because: tuple[tuple[Expression, Texts], ...] = ()
    """Texts that the reason adds where their conditions are true, in this order."""
    message: str | None = None
    sender: str | None = None
    cta: tuple[str, ...] = ()
    repeat: Repeat | None = None
    late: Literal["issue", "skip"] | None = None
    """Treatment of the action when it is late; None follows the playbook's `catch_up`."""
    until: int | None = None
    """Days that the action may wait until it can go out; None follows the playbook's `catch_up`."""
    needs: Need | None = None
    """The contact without which the action is skipped."""
    must_reach: bool = False
    """True if its owner gets a task to tell the customer another way where it cannot go out."""
    detail: tuple[tuple[str, Detail], ...] = ()
    """Details of this kind only: an offer's terms, a task's checklist, a meeting's agenda."""


class DueOffset(NamedTuple):
    """A date to wait for: `offset` after the cycle's anchor, after the state was entered, or after it was due.

    Where `early` is true, the date moves to the last working day not after it, because an action of the step shifts
    earlier.
    """

    base: Literal["anchor", "entered_on", "due_on"]
    offset: Offset
    early: bool = False


def moment_days(moment: DueOffset) -> float:
    """Return a due offset's approximate length in days, to compare due offsets."""
    return offset_days(moment.offset)


def moment_text(moment: DueOffset) -> str:
    """Return a due offset in words, such as `90 days before the anchor` or `5 days after entering`."""
    base = "the anchor" if moment.base == "anchor" else "entering"
    count = moment.offset.count
    if count == 0:
        return f"on {base}" if moment.base == "anchor" else "on entering"
    length = Offset(abs(count), moment.offset.unit)
    return f"{length} {'before' if count < 0 else 'after'} {base}"


class Edge(NamedTuple):
    """A transition, taken when its date (`moment`) has come and its guard is true; it issues its actions.

    `ending` edges are outcomes and exits. They are tried first on a date, from every state in `sources`. The actions
    of a `dated` edge are due on the date of its `moment`, those of other edges on the date on which it is taken.
    An `inner` edge leads to a state of the same level: the date on which the level was entered stays.
    """

    sources: tuple[str, ...]
    target: str
    span: Span
    moment: DueOffset | None = None
    guard: Expression | None = None
    actions: tuple[Action, ...] = ()
    ending: bool = False
    dated: bool = False
    inner: bool = False


class State(NamedTuple):
    """A state of the machine; a final one ends the enrolment. `repeats` recur while an account is in it."""

    id: str
    title: Texts
    span: Span
    final: bool = False
    repeats: tuple[Action, ...] = ()
    level: str | None = None
    """The level that it is a part of, for states that `tiers` adds to a level."""


class FollowUp(NamedTuple):
    """A reminder or an escalation: the same action again, or another one, issued while an action stays open.

    Attributes:
        of: The action that is followed up, as `step/action`.
        action: The action issued.
        after: The time between the action's due date and the follow-up, and between two of them.
        at_most: How many times it is issued.
        again: True if it is the same action.
        to: Who gets an escalation, in order of preference: roles, and `MANAGER` for the manager of the action's owner.
            Empty if that manager is not among them: then the roles of `action` say it.
    """

    of: str
    action: Action
    after: Offset
    at_most: int
    again: bool
    to: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return what is issued, as `step/action`."""
        return f"{self.action.step}/{self.action.id}"


CycleKind = Literal["anchor", "year", "trigger", "count"]


class EnrolmentRule(NamedTuple):
    """A rule that enrols accounts; of a machine's rules, the first that is true opens the cycle.

    By `cycle`, the cycle's name is its anchor's date, the anniversary's number, the opening date with the trigger's
    id, or a running number.
    """

    id: str
    span: Span
    cycle: CycleKind
    guard: Expression | None
    """The conjunction of `for:` and the trigger's condition."""
    anchor: Expression | None
    """The anchor; None is the opening date."""
    first: DueOffset | None = None
    last: DueOffset | None = None
    """The window from `first` to `last` in which it may open, both included; None is unlimited."""
    again: Expression | None = None
    """Condition on the last enrolment for another one; None forbids a second enrolment."""
    rearm: Expression | None = None
    """Condition that must have been true since the rule opened last."""


def held_mark(trigger: str) -> str:
    """Return the text in `disarmed` that marks a trigger as true on the last date of an open follow-up."""
    return f";={trigger};"


class TierInfo(NamedTuple):
    """The levels that the messages of one step of `tiers` can name; None where there is no such level."""

    step: str
    level: Texts | None
    """The level reached or lost; in a notice, the present level."""
    following: Texts | None
    after: Offset | None
    """Offset from the anchor to the date from which the next level is open; None without one."""


class Machine(NamedTuple):
    """A state machine: states, edges in the order in which they are tried, and enrolment rules."""

    states: tuple[State, ...]
    edges: tuple[Edge, ...]
    enrolment_rules: tuple[EnrolmentRule, ...]
    anchor: Expression | None = None
    """The anchor, evaluated again on every date while the enrolment is open; None: the anchor never moves."""
    while_open: Literal["ignore", "restart"] = "ignore"
    """Effect of a trigger that comes while a follow-up is open, for `triggers` only."""
    tiers: tuple[TierInfo, ...] = ()
    """Levels by step, for `tiers` only."""
    entry: Expression | None = None
    """The condition `for`, by which an account that left comes back; None is always true."""
    follow_ups: tuple[FollowUp, ...] = ()
    """Reminders and escalations of open actions."""

    def actions(self) -> Iterator[Action]:
        """Yield every action: those of edges, the repeating ones of states, and escalations."""
        for edge in self.edges:
            yield from edge.actions
        for state in self.states:
            yield from state.repeats
        yield from (each.action for each in self.follow_ups if not each.again)

    def state(self, id: str) -> State:
        """Return the state with that id.

        Raises:
            KeyError: The machine has no such state.
        """
        for state in self.states:
            if state.id == id:
                return state
        raise KeyError(id)


class CatchUp(NamedTuple):
    """The treatment of late actions: issued within this number of days, later ones skipped or issued by `then`."""

    within: int
    then: Literal["skip", "issue"]


class OpeningCap(NamedTuple):
    """A cap on openings: the most enrolments opened within `days` days, for each owner or in the playbook."""

    openings: int
    each: Literal["owner", "playbook"]
    days: int


class Holdout(NamedTuple):
    """A share of the accounts, of 1, that these actions, each a step and an id, do not reach."""

    share: Decimal
    actions: frozenset[tuple[str, str]]


class Message(NamedTuple):
    """A message in one language: Jinja2 templates, and the body's position."""

    subject: str
    body: str
    span: Span
    names: frozenset[str] = frozenset()
    """The names that the templates read."""


class Choice(NamedTuple):
    """A text that messages may pick: templates by language, and their condition; None is always true."""

    when: Expression | None
    say: Texts
    names: frozenset[str] = frozenset()
    """The names that the templates read."""


class Choices(NamedTuple):
    """Texts to pick from, in order: the first `take` whose conditions are true."""

    take: int
    items: tuple[Choice, ...]


class PlaybookText(NamedTuple):
    """The text of a playbook."""

    text: str
    file: str

    def node(self) -> Mapping:
        """Read the text into nodes. It was read without a problem when it was checked."""
        from ..text.yaml_reader import read_yaml

        node, _ = read_yaml(self.text, self.file)
        if not isinstance(node, Mapping):
            raise ValueError(f"{self.file} is not a map")
        return node


class Playbook(NamedTuple):
    """One playbook file, checked and lowered."""

    id: str
    file: str
    title: Texts
    schedule: str
    priority: str
    catch_up: CatchUp
    machine: Machine
    document: PlaybookText
    digest: str
    """The content hash of the document: equal for texts that mean the same."""
    span: Span
    body: Literal["timeline", "triggers", "tiers", "anniversaries", "machine"]
    definitions: dict[str, Expression]
    messages: dict[str, dict[str, Message]]
    """Messages by name, then language."""
    choices: dict[str, Choices]
    """Choices by name; messages loop over them."""
    moved: dict[str, str]
    """By removed or renamed state: the state that its accounts go to."""
    first_steps: dict[str, str]
    """By renamed step or part of a step: the step with whose actions its own go on."""
    owner: tuple[str, ...] = ()
    """Roles that own what names no owner, in order of preference."""
    was: tuple[str, ...] = ()
    """The ids that it had before, newest first."""
    references: tuple[Reference, ...] = ()
    """References to other playbooks in its conditions, each once."""
    actions_read: tuple[ActionReference, ...] = ()
    """References to actions in its conditions, each once."""
    variables: Map[str, str] = MappingProxyType({})
    """The variables in its conditions, with their values as text."""
    defaults: Map[str, str] = MappingProxyType({})
    """Its own variables as messages read them; the workspace's of the same name come first."""
    at_most: OpeningCap | None = None
    """The cap on its openings; the accounts that it stops wait."""
    holdout: Holdout | None = None
    """The accounts that its actions do not reach, by which its effect is measured."""
    start: Start = CATCH_UP
    """The date before which what was due counts as done: none, the first evaluation, or a first enrolment too."""
    enabled: bool = True
    """False if it is only checked: it is not evaluated, and other playbooks see no account in it."""
