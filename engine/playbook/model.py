"""A playbook after loading: one state machine, whichever of the five bodies it was written as.

The executor, the columns, the graph and `explain` know only what stands here. The records are named tuples because
a dataclass takes five times as long to define, and every start of the program waits for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..core.offsets import Offset
from ..core.problems import Span
from ..language.expressions import Expression
from ..language.states_read import Reference
from ..text.yaml_nodes import Mapping

ActionKind = Literal[
    "email", "call", "task", "in_app", "meeting", "escalation", "offer", "grant", "handoff"
]
CONTACT_KINDS: frozenset[str] = frozenset({"email", "call", "in_app", "meeting", "offer"})
"""Kinds that reach the customer, unless an action says otherwise with `customer:`."""

Shift = Literal["earlier", "later", "none"]
Texts = dict[str, str]
"""Text by language code."""

ENROLLED = "enrolled"
"""Every machine's initial state."""

ANCHOR_SO_FAR = "anchor_so_far"
"""What `anchor` is called in the anchor of an opening: a name without a value, for there is none so far."""


class Minutes(NamedTuple):
    """How long something takes, when that is not one number."""

    least: int
    most: int


class AgendaPart(NamedTuple):
    """A part of an agenda."""

    title: Texts
    minutes: int | None = None
    points: tuple[Texts, ...] = ()


class Agenda(NamedTuple):
    """What is on the agenda, in order."""

    parts: tuple[AgendaPart, ...]


class Lines(NamedTuple):
    """A list of texts, such as a checklist."""

    texts: tuple[Texts, ...]


Detail = str | int | Texts | Minutes | Agenda | Lines
"""A plain value, text by language, or what has a form of its own."""


class Repeat(NamedTuple):
    """Again after every `every` while the account stays in the state, `at_most` times in all."""

    every: Offset
    at_most: int


class Action(NamedTuple):
    """Something for someone to do; `id` is unique within its step, and both are part of its identity."""

    id: str
    step: str
    kind: ActionKind
    title: Texts
    span: Span
    owner: tuple[str, ...] = ()
    """Roles in order of preference: the first one assigned owns it."""
    when: Expression | None = None
    """The step's condition and the action's own together."""
    due: Offset | None = None
    """From the step's date; None is the step's date itself."""
    shift: Shift = "none"
    """Where a date that is no working day moves."""
    customer: bool = False
    priority: str = ""
    priorities: tuple[tuple[Expression, str], ...] = ()
    """Goes before `priority`: the first that holds."""
    because: tuple[tuple[Expression, Texts], ...] = ()
    """What the reason names besides, where it holds, in this order."""
    message: str | None = None
    sender: str | None = None
    cta: tuple[str, ...] = ()
    repeat: Repeat | None = None
    late: Literal["issue", "skip"] | None = None
    """What becomes of it when it is late; None is as the playbook's `catch_up` says."""
    detail: tuple[tuple[str, Detail], ...] = ()
    """What only this kind has: an offer's terms, a task's checklist, a meeting's agenda."""


class DueOffset(NamedTuple):
    """A date to wait for: `offset` after the cycle's anchor, or after the state was entered.

    An early one comes on the last working day not after that date, because something of it shifts earlier.
    """

    base: Literal["anchor", "entered_on"]
    offset: Offset
    early: bool = False


class Edge(NamedTuple):
    """A transition: taken when its moment has come and its guard holds; issues its actions.

    `ending` edges are outcomes and exits: tried first on a date, from every state in `sources`.
    What it issues is due on the date of its moment if it is `dated`, else on the date it is taken.
    """

    sources: tuple[str, ...]
    target: str
    span: Span
    moment: DueOffset | None = None
    guard: Expression | None = None
    actions: tuple[Action, ...] = ()
    ending: bool = False
    dated: bool = False


class State(NamedTuple):
    """A place to stand; a final one ends the enrolment. `repeats` go on while an account stands in it."""

    id: str
    title: Texts
    span: Span
    final: bool = False
    repeats: tuple[Action, ...] = ()


CycleKind = Literal["anchor", "year", "trigger", "count"]


class EnrolmentRule(NamedTuple):
    """What enrols an account: tried in order, the first that holds opens the cycle.

    The cycle's name is its anchor's date, the anniversary's number, the opening date with the trigger's id,
    or a running number, by `cycle`.
    """

    id: str
    span: Span
    cycle: CycleKind
    guard: Expression | None
    """`for:` and the trigger's condition together."""
    anchor: Expression | None
    """None is the opening date."""
    first: DueOffset | None = None
    last: DueOffset | None = None
    """The window of dates in which it may open, both ends in; None is open."""
    again: Expression | None = None
    """Must hold, with the last enrolment's names, where there was one; None is never again."""
    rearm: Expression | None = None
    """After it opened once it opens again only when this held in between."""


class TierInfo(NamedTuple):
    """What the messages of one step of `tiers` may say of levels; None is no level."""

    step: str
    level: Texts | None
    """Reached, or lost; in a notice stood in."""
    following: Texts | None
    after: Offset | None
    """From the anchor to the date from which the next one is open; None is no date."""


class Machine(NamedTuple):
    """States, edges in the order they are tried, and openings."""

    states: tuple[State, ...]
    edges: tuple[Edge, ...]
    openings: tuple[EnrolmentRule, ...]
    anchor: Expression | None = None
    """Read anew on every date while the enrolment is open; None keeps the anchor it opened with."""
    rungs: tuple[TierInfo, ...] = ()
    """Of `tiers` alone."""

    def actions(self) -> Iterator[Action]:
        """Every action: those that edges issue, then those that go on in states."""
        for edge in self.edges:
            yield from edge.actions
        for state in self.states:
            yield from state.repeats

    def state(self, id: str) -> State:
        """The state of that id; KeyError where there is none."""
        for state in self.states:
            if state.id == id:
                return state
        raise KeyError(id)


class CatchUp(NamedTuple):
    """What becomes of a late action: issued within these days, else skipped (or issued all the same)."""

    within: int
    then: Literal["skip", "issue"]


class Message(NamedTuple):
    """A message in one language: Jinja2 templates, with where they stand."""

    subject: str
    body: str
    span: Span


class Choice(NamedTuple):
    """A text that messages may pick: a template by language, and when; None is always."""

    when: Expression | None
    say: Texts


class Choices(NamedTuple):
    """Texts to pick from, in order: the first `take` whose condition holds."""

    take: int
    items: tuple[Choice, ...]


class Playbook(NamedTuple):
    """One playbook file, checked and lowered."""

    id: str
    file: str
    title: Texts
    schedule: str
    priority: str
    catch_up: CatchUp
    machine: Machine
    node: Mapping
    """The document it was read from; `digest.digest` of it tells what it means."""
    span: Span
    body: Literal["timeline", "triggers", "tiers", "anniversaries", "machine"]
    definitions: dict[str, Expression]
    messages: dict[str, dict[str, Message]]
    """By name, then language."""
    choices: dict[str, Choices]
    """By name; messages loop over them."""
    moved: dict[str, str]
    """Removed or renamed states, and where the accounts in them go."""
    references: tuple[Reference, ...] = ()
    """What its conditions ask of other playbooks, each place once."""
