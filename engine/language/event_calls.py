"""Type checks of functions of events, such as `count(tickets where priority == 'high', 30 days)`.

A call is one of these where its first argument is a table of events; a name such as `first` can be that of another
function too, for other arguments.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Protocol

from ..core.offsets import FIXED_DAYS, Offset, round_days
from ..core.problems import Problem, ProblemList, Span
from ..text.suggest import suggest
from .expressions import Duration, EventCall, Expression, Type
from .formatter import format_expression
from .functions import FUNCTIONS
from .functions.event_functions import EVENT_FUNCTIONS, EventFunction
from .operands import unalias
from .scope import Scope, unknown_column
from .surface import (
    BoolOp,
    ColumnName,
    ComparisonChain,
    FunctionCall,
    Identifier,
    InTest,
    LiteralNode,
    MissingTest,
    NotOp,
    SurfaceNode,
    WhereClause,
)
from .traversal import history_read, references
from .type_errors import describe_operand

EVENT_NAMES = frozenset({"today", "snapshot_date"})
"""Names other than columns that a condition on events may use."""
_CONDITIONS = (BoolOp, ComparisonChain, InTest, MissingTest, NotOp)


class EventChecker(Protocol):
    """The part of the type checker that these checks use."""

    problems: ProblemList
    scope: Scope

    def any(self, node: SurfaceNode, depth: int) -> Expression | None:
        """Return the typed tree of an operand of any type."""
        ...

    def condition_in(self, scope: Scope, node: SurfaceNode, depth: int) -> Expression | None:
        """Return the typed tree of a condition in another scope."""
        ...


class EventArguments(NamedTuple):
    """The arguments of a call; `misplaced` is where a condition is that does not follow the table."""

    subject: SurfaceNode
    condition: SurfaceNode | None
    period: SurfaceNode | None
    misplaced: Span | None


def is_event_call(node: FunctionCall, scope: Scope) -> bool:
    """Return whether a call is one of a function of events, or can be nothing else."""
    table = _table_of(node)
    if table is not None and table[0] in scope.events:
        return node.function in EVENT_FUNCTIONS or node.function not in FUNCTIONS
    if node.function not in EVENT_FUNCTIONS:
        return False
    unknown = table is not None and not scope.knows(table[0])
    if node.function in FUNCTIONS and FUNCTIONS[node.function].parameters == ("list",):
        return not _may_be_list(table, scope)
    if node.function in FUNCTIONS:
        return table is not None and unknown and suggest(table[0], scope.events) is not None
    return bool(scope.events) or unknown


def _may_be_list(table: tuple[str, str | None] | None, scope: Scope) -> bool:
    """Return whether the argument of a function of lists is one, or can be meant as one."""
    lists = [name for name, (type, _) in scope.fields.items() if type == "list"]
    if table is None:
        return not scope.events
    name, column = table
    if column is not None:
        return False
    if scope.knows(name):
        return name in lists or not scope.events
    return suggest(name, scope.events) is None and suggest(name, lists) is not None


def check_event_call(checker: EventChecker, node: FunctionCall, depth: int) -> EventCall | None:
    """Check a call of a function of events; None where a problem was reported."""
    function = EVENT_FUNCTIONS.get(node.function)
    if function is None:
        checker.problems.append(_no_function(node))
        return None
    table = _table_of(node)
    if table is None or table[0] not in checker.scope.events:
        checker.problems.append(_no_table(node, function, checker.scope))
        return None
    arguments = _arguments(node)
    if arguments is None:
        why = f"{function.name} takes a table of events, perhaps a condition, and a number of days"
        hint = f"write {_usage(function, checker.scope)}"
        if sum(isinstance(each, WhereClause) for each in node.arguments) > 1:
            hint = "write one `where`, and join its conditions with `and`"
        checker.problems.report("wrong-arguments", why, node.span, hint)
        return None
    type = _type(checker, function, arguments.subject, *table)
    where = period = None
    if arguments.condition is not None:
        where = _where(checker, arguments.condition, table[0], depth)
    if arguments.period is not None:
        period = _period(checker, arguments.period, node, depth)
    missing = (arguments.condition and where is None) or (arguments.period and period is None)
    if type is None or missing:
        return None
    call = EventCall(node.function, *table, where, period, type, node.span)
    if arguments.misplaced is not None:
        why = f"the condition of {function.name} follows its table, after `where`"
        hint = f"write {format_expression(call)}"
        checker.problems.report("wrong-arguments", why, arguments.misplaced, hint)
        return None
    return call


def table_alone(name: str, span: Span) -> Problem:
    """Return the problem of a table of events without a function around it."""
    why = f"`{name}` is a table of events, not a value"
    hint = f"write count({name}, 30 days) for their number, or last({name}) for the last date"
    return Problem("not-a-field", why, span, hint)


def column_alone(node: ColumnName, scope: Scope) -> list[Problem]:
    """Return the problems of a name with a point outside a function of events."""
    if node.table in scope.events:
        why = f"`{node.table}.{node.column}` has a value for each event, and one is needed here"
        hint = (
            f"write sum({node.table}.{node.column}, 90 days), or last({node.table}.{node.column})"
        )
        return [Problem("not-a-field", why, node.span, hint)]
    if node.table not in scope.fields and scope.knows(node.column):
        why = f"a name is written without `{node.table}.` before it"
        return [Problem("unexpected-text", why, node.span, f"write {node.column}")]
    why = f"there is no field `{node.table}.{node.column}`: a name has no points"
    return [Problem("unexpected-text", why, node.span, _whole_name(node, scope))]


_VALUE_ITSELF = frozenset(("name", "value", "label", "text", "id"))
_OF_DATES = frozenset(("day", "month", "weekday"))
_LENGTHS = frozenset(("count", "length", "size"))


def _whole_name(node: ColumnName, scope: Scope) -> str:
    """Return the hint for a name with a point in it, such as `renewal.date` or `csm.name`."""
    from ..text.suggest import suggest

    names = [*scope.fields, *scope.definitions]
    joined, column = f"{node.table}_{node.column}", node.column.lower()
    name = joined if joined in names else suggest(joined, names)
    if name is None and not scope.knows(node.table):
        name = suggest(node.column, names)
    if name is not None and name != node.table:
        return f"did you mean `{name}`?"
    if scope.knows(node.table):
        type = scope.fields[node.table][0] if node.table in scope.fields else None
        if type == "list" and column in _LENGTHS:
            return f"write count({node.table})"
        if (type == "date" and column in _OF_DATES) or column == "previous":
            return f"write {column}({node.table})"
        if column in _VALUE_ITSELF:
            return f"write {node.table}"
    return "`tenure fields` lists the fields"


def where_alone(node: WhereClause, scope: Scope) -> Problem:
    """Return the problem of a `where` that does not follow a table of events."""
    tables = f"; the tables are {', '.join(scope.events)}" if scope.events else ""
    why = f"`where` follows a table of events{tables}"
    return Problem("unexpected-text", why, node.where_span, "join conditions with `and` or `or`")


def _parts(argument: SurfaceNode) -> tuple[SurfaceNode, SurfaceNode | None]:
    """Return an argument without its `where`, and the condition of that."""
    if isinstance(argument, WhereClause):
        return argument.subject, argument.condition
    return argument, None


def _table_of(node: FunctionCall) -> tuple[str, str | None] | None:
    """Return the names of table and column in the first argument; None where it is something else."""
    subject = _parts(node.arguments[0])[0] if node.arguments else None
    if isinstance(subject, Identifier):
        return subject.name, None
    if isinstance(subject, ColumnName):
        return subject.table, subject.column
    return None


def _no_function(node: FunctionCall) -> Problem:
    """Return the problem of a function that neither events nor other values have."""
    near = suggest(node.function, EVENT_FUNCTIONS)
    listed = f"the functions of events are {', '.join(EVENT_FUNCTIONS)}"
    hint = f"did you mean `{near}`?" if near else listed
    why = f"there is no function of events `{node.function}`"
    return Problem("unknown-function", why, node.function_span, hint)


def _no_table(node: FunctionCall, function: EventFunction, scope: Scope) -> Problem:
    """Return the problem of a first argument that is not a table of events."""
    table = _table_of(node)
    span = _parts(node.arguments[0])[0].span if node.arguments else node.span
    if not scope.events:
        why = f"{function.name} takes a table of events, and none can be read here"
        hint = (
            "declare tables under `events:` in fields.yaml; conditions of playbooks may read them"
        )
        return Problem("unknown-events", why, span, hint)
    tables = ", ".join(scope.events)
    if table is None:
        why = f"{function.name} takes a table of events first: {tables}"
        return Problem("wrong-arguments", why, span, f"write {_usage(function, scope)}")
    near = suggest(table[0], scope.events)
    hint = f"did you mean `{near}`?" if near else f"the tables are {tables}"
    return Problem("unknown-events", f"there is no table of events `{table[0]}`", span, hint)


def _usage(function: EventFunction, scope: Scope) -> str:
    """Return an example call with a table that there is."""
    return function.usage.replace("tickets", next(iter(scope.events)))


def _arguments(node: FunctionCall) -> EventArguments | None:
    """Return the arguments by what they are, also where they are in the wrong order; None where there are others."""
    subject, condition = _parts(node.arguments[0])
    conditions = [] if condition is None else [condition]
    periods, misplaced = [], None
    for argument in node.arguments[1:]:
        rest: SurfaceNode | None
        rest, condition = _parts(argument)
        if isinstance(argument, _CONDITIONS):
            rest, condition = None, argument
        if condition is not None:
            conditions.append(condition)
            misplaced = misplaced or argument.span
        if rest is not None:
            periods.append(rest)
    if len(conditions) > 1 or len(periods) > 1:
        return None
    return EventArguments(
        subject, conditions[0] if conditions else None, periods[0] if periods else None, misplaced
    )


def _type(
    checker: EventChecker,
    function: EventFunction,
    subject: SurfaceNode,
    table: str,
    column: str | None,
) -> Type | None:
    """Return the type of the result; None where the column does not fit the function."""
    columns = checker.scope.events[table]
    numbers = [name for name, (type, _) in columns.items() if type == "number"]
    if column is None and function.column == "number":
        why = f"{function.name} takes a column of numbers of `{table}`"
        written = numbers[0] if numbers else "column"
        hint = f"write {function.name}({table}.{written}, 90 days)"
        if not numbers:
            hint = f"declare one under `columns:` of `{table}`, such as `minutes: number`"
        checker.problems.report("wrong-arguments", why, subject.span, hint)
        return None
    if column is None:
        return function.gives or "date"
    if function.column == "none":
        why = f"{function.name} takes a table of events alone: it counts events, not values"
        hint = (
            f"write {function.name}({table} where {column} is not missing) for those with a value"
        )
        checker.problems.report("wrong-arguments", why, subject.span, hint)
        return None
    if column not in columns:
        span = subject.column_span if isinstance(subject, ColumnName) else subject.span
        checker.problems.append(unknown_column(table, column, columns, span))
        return None
    type = columns[column][0]
    if function.column == "number" and type != "number":
        listed = f"the columns of numbers are {', '.join(numbers)}" if numbers else None
        why = f"`{table}.{column}` is a {type}; {function.name} takes a column of numbers"
        checker.problems.report("wrong-arguments", why, subject.span, listed)
        return None
    return function.gives or type


def _where(
    checker: EventChecker, condition: SurfaceNode, table: str, depth: int
) -> Expression | None:
    """Return the condition after `where`, which is about the columns of the table."""
    scope = Scope(checker.scope.events[table], EVENT_NAMES, of_events=table)
    where = checker.condition_in(scope, condition, depth + 1)
    if where is not None and (history_read(where) or references(where)):
        why = "a condition on events reads their columns, not earlier values or playbooks"
        hint = "put it outside the function, joined with `and`"
        checker.problems.report("name-not-here", why, condition.span, hint)
        return None
    return where


def _period(
    checker: EventChecker, argument: SurfaceNode, node: FunctionCall, depth: int
) -> Duration | None:
    """Return the length of the period; None where a problem was reported."""
    e = checker.any(argument, depth + 1)
    if e is None:
        return None
    period = unalias(e)
    if (
        isinstance(period, Duration)
        and period.offset.count > 0
        and period.offset.unit in FIXED_DAYS
    ):
        return replace(period, span=e.span)
    why = f"{describe_operand(e)}; {node.function} takes a number of days written out"
    checker.problems.report("wrong-arguments", why, e.span, _days_hint(period, argument))
    return None


def _days_hint(period: Expression, argument: SurfaceNode) -> str:
    if isinstance(period, Duration) and period.offset.count > 0:
        return f"write {Offset(round_days(period.offset), 'days')}"
    if isinstance(argument, LiteralNode) and argument.type == "number":
        value = float(argument.value)  # type: ignore[arg-type]
        if value > 0 and value.is_integer():
            return f"write {format_expression(Duration(Offset(int(value), 'days'), argument.span))}"
    return "write it like 30 days or 2 weeks"
