"""What an expression is made of: its nodes, and the columns that it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..core.offsets import FIXED_DAYS
from ..core.problems import Span
from .expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
)

TODAY_CALLS = frozenset(
    {
        "days_until",
        "days_since",
        "years_since",
        "months_since",
        "anniversary",
        "next_anniversary",
    }
)
"""Functions that reckon from today."""
_DAYS_AGO = frozenset({"ago", "change"})
_PREVIOUS = frozenset({"previous", "changed", "crossed_above", "crossed_below"})
HISTORY_CALLS = _DAYS_AGO | _PREVIOUS
"""Functions that look at earlier snapshots."""
STANDING_CALLS = frozenset({"stands_in", "standing_since"})
"""Functions that ask where the account stands in other playbooks."""
_REFERENCE = re.compile("([a-z][a-z0-9_]*)(?:/([a-z][a-z0-9_]*))?")


class Reference(NamedTuple):
    """A playbook (`step` is None) or one of its steps that a condition asks about, by `stands_in` or the like."""

    playbook: str
    step: str | None
    function: str
    place: Span

    @property
    def standing(self) -> str:
        """The column that tells whether the account stands there."""
        return standing_column(self.playbook, "state" if self.step else "opened_on")

    @property
    def since(self) -> str:
        """The column with the date since when."""
        return standing_column(self.playbook, "entered_on" if self.step else "opened_on")

    @property
    def columns(self) -> frozenset[str]:
        """All that it reads."""
        return frozenset(
            {self.standing, self.since if self.function != "stands_in" else self.standing}
        )


def children(e: Expression) -> tuple[Expression, ...]:
    """The nodes directly below, in the order written; of a defined name, what it stands for."""
    if isinstance(e, Compare | Arithmetic):
        return (e.left, e.right)
    if isinstance(e, And | Or):
        return e.operands
    if isinstance(e, Not | IsMissing):
        return (e.operand,)
    if isinstance(e, Call):
        return e.arguments
    if isinstance(e, In):
        return (e.item, *e.options)
    if isinstance(e, Alias):
        return (e.expression,)
    return ()


def walk(e: Expression) -> Iterator[Expression]:
    """Every node, parents first, in the order written."""
    waiting = [e]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def fields_read(e: Expression) -> frozenset[str]:
    """The fields it reads, those that it reads only of earlier snapshots among them."""
    return frozenset(node.name for node in walk(e) if isinstance(node, Field))


def history_read(e: Expression) -> frozenset[tuple[str, int | None]]:
    """The earlier values it reads: field, and how many days ago (None: at the previous due date)."""
    found: set[tuple[str, int | None]] = set()
    for node in walk(e):
        if isinstance(node, Call) and node.function in _PREVIOUS:
            found.add((history_field(node), None))
        elif isinstance(node, Call) and node.function in _DAYS_AGO:
            found.add((history_field(node), days_of(node.arguments[1])))
    return frozenset(found)


def standings_read(e: Expression) -> frozenset[tuple[str, str | None]]:
    """The playbooks, and steps of them, that it asks where the account stands."""
    return frozenset((each.playbook, each.step) for each in references(e))


def references(e: Expression) -> tuple[Reference, ...]:
    """Each mention of another playbook or a step of one, in the order written."""
    asking = (n for n in walk(e) if isinstance(n, Call) and n.function in STANDING_CALLS)
    return tuple(each for call in asking for each in asked_reference(call))


def asked_reference(call: Call) -> tuple[Reference, ...]:
    """What one call of `stands_in` or `standing_since` asks about."""
    found = []
    for argument in call.arguments:
        assert isinstance(argument, Constant)
        named = parse_reference(argument.value)
        assert named is not None
        found.append(Reference(*named, call.function, argument.place))
    return tuple(found)


def parse_reference(value: ConstantValue) -> tuple[str, str | None] | None:
    """Playbook and step of `playbook/step` or `playbook`; None for what is neither."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else (found[1], found[2])


def standing_column(playbook: str, name: str) -> str:
    """The column with `state`, `opened_on` (null unless enrolled now) or `entered_on` of the last enrolment there."""
    return f"@{playbook}.{name}"


def names_read(e: Expression) -> frozenset[str]:
    """The names of `NAMES` it reads, `today` and `snapshot_date` also where a function reads them."""
    found: set[str] = set()
    for node in walk(e):
        if isinstance(node, Name):
            found.add(node.name)
        elif isinstance(node, Call) and node.function in TODAY_CALLS:
            found.add("today")
        elif isinstance(node, Call) and node.function == "snapshot_reaches":
            found.add("snapshot_date")
    return frozenset(found)


def unalias(e: Expression) -> Expression:
    """What a defined name stands for, else the expression itself."""
    while isinstance(e, Alias):
        e = e.expression
    return e


def history_field(call: Call) -> str:
    """The field whose history a function reads; the checker lets no other argument pass."""
    field = call.arguments[0]
    assert isinstance(field, Field)
    return field.name


def days_of(e: Expression) -> int:
    """The days of a written duration; months and years have none, and the checker refuses them here."""
    e = unalias(e)
    assert isinstance(e, Duration)
    return e.offset.count * FIXED_DAYS[e.offset.unit]


def number_of(e: Expression) -> float:
    """The value of a number written out."""
    e = unalias(e)
    assert isinstance(e, Constant)
    return float(e.value)  # type: ignore[arg-type]


def earlier_column(call: Call) -> str:
    """The column of the earlier value that a history function reads."""
    if call.function in _DAYS_AGO:
        return f"{history_field(call)}@{days_of(call.arguments[1])}"
    return f"{history_field(call)}@previous"


def may_fail(e: Expression) -> bool:
    """Whether it can be missing though everything in it is known: divided by zero, say."""
    if isinstance(e, Call):
        return e.function in ("anniversary", "change", "standing_since")
    return isinstance(e, Arithmetic) and e.type == "number"
