"""Type checks of function calls: the function exists, and its arguments fit its parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from ..core.list_texts import join_items
from ..core.offsets import FIXED_DAYS
from ..core.problems import Problem, ProblemList, Span
from ..text.written_values import date_hint
from .actions_read import parse_action
from .event_calls import check_event_call, is_event_call
from .expressions import BUILTIN_NAMES, Call, Constant, Duration, Expression, Field, Name, Type
from .formatter import format_expression, format_value
from .functions import FUNCTIONS, INFIX, Function, Parameter
from .interpreter import evaluate_expression
from .operands import number_of, unalias
from .scope import TODAY_WORDS, Scope, unknown_name
from .states_read import parse_reference
from .surface import BinaryOp, ColumnName, FunctionCall, Identifier, LiteralNode, SurfaceNode
from .text_tests import named_text_test, wrong_text_test
from .traversal import fields_read, names_read, walk
from .type_errors import allowed_values, describe_operand, nearest_value, type_phrase, values_hint

_MOST_VALUES = 10_000
_MOST_DECIMALS = 6
_ORDERED = frozenset({"number", "date", "duration"})
_PARAMETER_PHRASES: dict[Parameter, str] = {
    "date": "a date",
    "text": "a text",
    "list": "a list field",
    "item": "a text in quotes",
    "items": "texts in quotes",
    "number": "a number",
    "amount": "a number or a duration",
    "field": "a field's name alone",
    "number field": "the name alone of a field that is a number",
    "literal": "a number written out",
    "decimals": "a whole number of decimals written out, from 0 to 6",
    "days": "a number of days written out, such as 30 days",
    "interval": "a length of time written out, such as 1 month",
    "account date": "opened_on, or the name alone of a date field",
    "condition": "a condition",
    "daily condition": "a condition on the account's fields of one day",
    "value": "a value",
    "steps": "ids of playbooks, or of their steps, in quotes",
    "action": "one action in quotes",
}


class OperandChecker(Protocol):
    """The part of the type checker that checks of calls use."""

    problems: ProblemList
    scope: Scope

    def any(self, node: SurfaceNode, depth: int) -> Expression | None:
        """Return the typed tree of an operand of any type."""
        ...

    def in_days(self, e: Expression) -> bool:
        """Return whether a duration has a fixed number of days; report a problem where it does not."""
        ...

    def condition_in(self, scope: Scope, node: SurfaceNode, depth: int) -> Expression | None:
        """Return the typed tree of a condition in another scope."""
        ...


def check_call(checker: OperandChecker, node: FunctionCall, depth: int) -> Expression | None:
    """Check a function call.

    Returns:
        The typed call; None where a problem was reported, or an operand has one.
    """
    if is_event_call(node, checker.scope):
        return check_event_call(checker, node, depth)
    function = FUNCTIONS.get(node.function)
    if function is None:
        checker.problems.append(_unknown_function(node))
    elif function.parameters == ("steps",):
        return _states_call(checker, node, function, depth)
    elif function.parameters == ("action",):
        return _action_call(checker, node, function, depth)
    checked = [
        None if _lacks_quotes(checker, node, argument) else checker.any(argument, depth + 1)
        for argument in node.arguments
    ]
    if function is None:
        return None
    arguments = tuple(e for e in checked if e is not None)
    if len(node.arguments) not in _counts(function):
        checker.problems.append(_wrong_count(node, function))
        return None
    if len(arguments) < len(checked):
        return None
    if not function.parameters:
        return _same_type_call(checker, node, arguments, arguments)
    for parameter, e in zip(_parameters(function, len(arguments)), arguments, strict=False):
        if not _fits(parameter, e):
            message = (
                f"{describe_operand(e)}; {function.name} takes {_PARAMETER_PHRASES[parameter]}"
            )
            hint, span = _argument_hint(function, parameter, e), e.span
            if meant := _meant_test(function, arguments):
                hint, span = meant, node.function_span
            checker.problems.report("wrong-arguments", message, span, hint)
            return None
    if function.infix and not _occurs(
        checker, Call(node.function, arguments, "boolean", node.span)
    ):
        return None
    if "value" in function.parameters:
        return _same_type_call(
            checker, node, arguments, arguments[function.parameters.index("value") :]
        )
    type: Type = function.gives or arguments[0].type
    if type == "duration" and not checker.in_days(arguments[0]):
        return None
    call = Call(node.function, arguments, type, node.span)
    return with_place(call, checker.scope) if function.by_place else call


def _lacks_quotes(checker: OperandChecker, node: FunctionCall, argument: SurfaceNode) -> bool:
    """Return whether the part that a test of a text searches for is a word without quotes, and report it."""
    if node.function not in INFIX or argument is node.arguments[0]:
        return False
    if not isinstance(argument, Identifier) or checker.scope.knows(argument.name):
        return False
    problem = unknown_name(argument.name, argument.span, checker.scope)
    hint = f"texts are written in quotes: '{argument.name}'"
    checker.problems.report(problem.code, problem.message, problem.span, hint)
    return True


def with_place(call: Call, scope: Scope) -> Call:
    """Return a call with the workspace's calendar, and with the account's country and region, empty without one."""
    place = (_text_or_empty(name, scope, call.span) for name in ("country", "region"))
    return replace(call, arguments=(*call.arguments, *place), calendar=scope.calendar)


def _text_or_empty(name: str, scope: Scope, span: Span) -> Expression:
    empty = Constant("", "text", span)
    if scope.fields.get(name, ("", ()))[0] != "text":
        return empty
    return Call("first", (Field(name, "text", span), empty), "text", span)


def _occurs(checker: OperandChecker, call: Call) -> bool:
    """Return whether a test of a part is true of an allowed value; report a problem where it is of none."""
    item, *parts = call.arguments
    values = allowed_values(item, checker.scope)
    every_item = join_items(values)
    whole = [every_item] if item.type == "list" else values
    wrong = [part for part in parts if values and not _occurs_in(whole, call, item, part)]
    for part in wrong:
        written = format_expression(part)
        why = f"no value of `{format_expression(item)}` {call.function} {written}"
        if item.type == "list":
            why = f"`{format_expression(item)}` never has {written}"
        checker.problems.report("unknown-value", why, part.span, _near_value(part, item, values))
    return not wrong


def _occurs_in(values: Sequence[str], call: Call, item: Expression, part: Expression) -> bool:
    """Return whether a test of a part is true of a value; always for a part that is not written out."""
    part = unalias(part)
    if not isinstance(part, Constant):
        return True
    of = (Constant(value, item.type, call.span) for value in values)
    return any(evaluate_expression(replace(call, arguments=(v, part)), {}) for v in of)


def _near_value(part: Expression, item: Expression, values: tuple[str, ...]) -> str:
    """Return the most similar item of a list, or else the allowed values."""
    inner = unalias(part)
    if item.type != "list" or not isinstance(inner, Constant):
        return values_hint(values)
    near = nearest_value(str(inner.value), values)
    return f"did you mean {format_value(near)}?" if near else values_hint(values)


_OTHER_TESTS = {"contains": "has", "has": "contains", "has_any": "contains", "has_all": "contains"}


def _meant_test(function: Function, arguments: tuple[Expression, ...]) -> str | None:
    """Return the help for a test of a list on a text, and the reverse; None where neither is meant."""
    item, *parts = arguments
    other = _OTHER_TESTS.get(function.name)
    if other is None or item.type != ("list" if other == "has" else "text"):
        return None
    if len(parts) == 1:
        return f"write {other}"
    return f"test each text: {format_expression(item)} {other} {format_expression(parts[0])}"


def _argument_hint(function: Function, parameter: Parameter, e: Expression) -> str:
    """Return what to write instead of an argument of the wrong type."""
    if not function.infix:
        return f"as in {function.usage}"
    if parameter in ("text", "item", "items") and isinstance(e, Constant):
        return f"write '{format_expression(e)}'"
    return f"as in {function.usage}"


def _unknown_function(node: FunctionCall) -> Problem:
    from ..text.suggest import suggest

    why = f"there is no function `{node.function}`"
    if similar := _same_arguments(node):
        return Problem("unknown-function", why, node.function_span, f"write {similar}")
    if foreign := _foreign_hint(node):
        return Problem("unknown-function", why, node.span, foreign)
    near = suggest(node.function, FUNCTIONS)
    hint = f"did you mean {FUNCTIONS[near].usage}?" if near else None
    hint = hint or f"the functions are {', '.join(FUNCTIONS)}"
    return Problem("unknown-function", why, node.function_span, hint)


_MISSING_TESTS = frozenset(
    (
        *("isnull", "isblank", "isempty", "isna", "isnan", "ismissing", "empty"),
        *("istleer", "estvide", "estnull", "istnv", "estna"),
    )
)
_NEGATIONS = frozenset(("nicht", "non"))
_OVER_TIME = {"min": "lowest", "max": "highest"}
"""Functions of values of today, and those of the values of some days."""
_SIMILAR = {
    **dict.fromkeys(("avg", "mean", "moyenne", "mittelwert", "rollingaverage"), "average"),
    **dict.fromkeys(("len", "length", "size", "cardinality", "arraylength"), "count"),
    **dict.fromkeys(("arraycontains", "listcontains", "includesitem", "hasitem"), "has"),
    **dict.fromkeys(("containsany", "anyof", "overlaps", "arrayoverlap"), "has_any"),
    **dict.fromkeys(("containsall", "allof"), "has_all"),
    **dict.fromkeys(("heldsince", "truefor", "lastedfor", "unchangedfor"), "held_for"),
    **dict.fromkeys(("minimum", "least", "minof"), "lowest"),
    **dict.fromkeys(("maximum", "most", "greatest", "maxof"), "highest"),
    **dict.fromkeys(("floor", "ceil", "ceiling", "trunc", "int", "rounddown", "roundup"), "round"),
    **dict.fromkeys(("dayofmonth", "monthday", "jour", "tag"), "day"),
    **dict.fromkeys(("dayofweek", "isoweekday", "dow"), "weekday"),
    **dict.fromkeys(("networkdays", "businessdays", "workdays"), "business_days_until"),
    **dict.fromkeys(("workdaysuntil", "workingdaysuntil", "workingdays"), "business_days_until"),
    **dict.fromkeys(("monthofyear", "mois", "monat"), "month"),
}
"""Functions of other tools, and the most similar one here."""
_FIRST_KNOWN = frozenset(("coalesce", "ifnull", "isnull", "nvl", "default"))
_CHOICES = frozenset(("if", "iff", "iif", "case", "si", "wenn"))
_DATES = frozenset(("date", "todate", "parsedate", "datevalue", "datum", "makedate"))


def _same_arguments(node: FunctionCall) -> str | None:
    """Return the function of the same arguments that another tool calls so; None for other names and numbers."""
    name = node.function.lower().replace("_", "")
    if name in _FIRST_KNOWN and len(node.arguments) >= 2:
        return "first"
    return "choose" if name in _CHOICES and len(node.arguments) == 3 else None


def _date_called(arguments: tuple[SurfaceNode, ...]) -> str | None:
    """Return the hint for a date written as a function, such as `date(2026, 1, 31)`."""
    values = [each.value for each in arguments if isinstance(each, LiteralNode)]
    if len(values) == 1 and isinstance(values[0], dt.date):
        return f"write {values[0]}"
    if len(values) == 1 and isinstance(values[0], str):
        return date_hint(values[0])
    if len(values) == 3 and all(isinstance(each, float) and each.is_integer() for each in values):
        year, month, day = (int(str(each).removesuffix(".0")) for each in values)
        return date_hint(f"{year:04}-{month:02}-{day:02}")
    return None


def _foreign_hint(node: FunctionCall) -> str | None:
    """Return what to write instead of a function of spreadsheets or SQL; None for other names."""
    name = node.function.lower().replace("_", "")
    first = node.arguments[0] if node.arguments else None
    if not node.arguments and (builtin := node.function.lower()) in BUILTIN_NAMES:
        return f"write {builtin}"
    if not node.arguments and name in TODAY_WORDS:
        return "write today"
    if name in _NEGATIONS and isinstance(first, Identifier):
        return f"write not {first.name}"
    if name in _MISSING_TESTS and isinstance(first, Identifier):
        return f"write {first.name} is missing"
    if name in _FIRST_KNOWN:
        return f"did you mean {FUNCTIONS['first'].usage}?"
    if name in _DATES and (written := _date_called(node.arguments)):
        return written
    if name in ("datediff", "daysbetween"):
        return "write days_until(...) or days_since(...) of the date, or subtract dates"
    if name in ("upper", "uppercase", "ucase"):
        return "compare small letters, as in lower(csm) == 'ann'"
    if name in ("trim", "strip", "ltrim", "rtrim") and isinstance(first, Identifier):
        return f"write {first.name}: texts are trimmed when they are read"
    if name in _CHOICES:
        return f"did you mean {FUNCTIONS['choose'].usage}?"
    if name == "year" and isinstance(first, Identifier):
        return f"compare the date: 2026-01-01 <= {first.name} <= 2026-12-31 is in 2026"
    if name == "quarter" and isinstance(first, Identifier):
        return f"compare the month: month({first.name}) between 1 and 3 is the first quarter"
    if name in _SIMILAR:
        return f"did you mean {FUNCTIONS[_SIMILAR[name]].usage}?"
    return _text_test_hint(node)


def _text_test_hint(node: FunctionCall) -> str | None:
    """Return what to write instead of a test of a text as a function, such as `startswith(name, 'x')`."""
    subject, part = node.arguments if len(node.arguments) == 2 else (None, None)
    text = part.value if isinstance(part, LiteralNode) and isinstance(part.value, str) else None
    test = named_text_test(node.function, text)
    if test is None:
        return None
    if not isinstance(subject, Identifier) or text is None:
        return f"did you mean {FUNCTIONS[test.operator or 'contains'].usage}?"
    written = format_value(text if test.pattern is None else test.pattern)
    problem = wrong_text_test(test, node.function, subject.name, [written], node.span)
    return problem.hint


def _counts(function: Function) -> range:
    """Return the numbers of arguments that a function takes."""
    most = len(function.parameters)
    if not most or function.parameters[-1] == "items":
        return range(2, _MOST_VALUES)
    return range(most - function.optional, most + 1)


def _parameters(function: Function, count: int) -> tuple[Parameter, ...]:
    """Return the parameters of some arguments: the last one again for several items."""
    last = function.parameters[-1:]
    return function.parameters + last * (count - len(function.parameters))


def _wrong_count(node: FunctionCall, function: Function) -> Problem:
    counts = _counts(function)
    number = "two or more" if counts.stop == _MOST_VALUES else " or ".join(map(str, counts))
    if function.parameters == ("steps",):
        number = "one or more"
    noun = "value" if number == "1" else "values"
    return Problem(
        "wrong-arguments",
        f"{function.name} takes {number} {noun}, not {len(node.arguments)}",
        node.span,
        f"as in {function.usage}",
    )


def _same_type_call(
    checker: OperandChecker,
    node: FunctionCall,
    arguments: tuple[Expression, ...],
    values: tuple[Expression, ...],
) -> Expression | None:
    """Check a call whose values must have one type, such as `choose`; an ordered type for `min` and `max`."""
    type = values[0].type
    if FUNCTIONS[node.function].ordered and type not in _ORDERED:
        message = (
            f"{describe_operand(values[0])}; {node.function} takes numbers, dates or durations"
        )
        checker.problems.report("wrong-arguments", message, values[0].span)
        return None
    for e in values[1:]:
        if e.type == "duration" and node.function in _OVER_TIME and isinstance(values[0], Field):
            hint = f"write {_OVER_TIME[node.function]}"
            message = f"{node.function} takes values of today, not a length of time"
            checker.problems.report("wrong-arguments", message, node.function_span, hint)
            return None
        if e.type != type:
            message = (
                f"{describe_operand(e)} and `{format_expression(values[0])}` is {type_phrase(type)}"
            )
            hint = f"{node.function} takes values of one type"
            checker.problems.report("wrong-arguments", message, e.span, hint)
            return None
    if type == "duration":
        in_days = [checker.in_days(e) for e in values]
        if not all(in_days):
            return None
    return Call(node.function, arguments, type, node.span)


def _states_call(
    checker: OperandChecker, node: FunctionCall, function: Function, depth: int
) -> Expression | None:
    """Check a call that reads states of other playbooks; whether these exist is checked with the project."""
    if not node.arguments:
        checker.problems.append(_wrong_count(node, function))
    arguments = []
    for argument in node.arguments:
        e = checker.any(argument, depth + 1) if isinstance(argument, LiteralNode) else None
        if isinstance(e, Constant) and parse_reference(e.value):
            arguments.append(e)
        else:
            message = f"{function.name} takes {_PARAMETER_PHRASES['steps']}"
            checker.problems.report(
                "wrong-arguments", message, argument.span, _quote_hint(argument, function)
            )
    if function.gives is None:
        raise ValueError(f"the row of {function.name} has no type of result")
    complete = arguments and len(arguments) == len(node.arguments)
    return Call(node.function, tuple(arguments), function.gives, node.span) if complete else None


def _action_call(
    checker: OperandChecker, node: FunctionCall, function: Function, depth: int
) -> Expression | None:
    """Check a call that asks about an action; whether it exists is checked with the project."""
    if not checker.scope.actions:
        message = f"`{function.name}` means nothing here"
        hint = "conditions of playbooks may ask what became of actions"
        checker.problems.report("name-not-here", message, node.function_span, hint)
        return None
    if len(node.arguments) != 1:
        checker.problems.append(_wrong_count(node, function))
        return None
    (argument,) = node.arguments
    e = checker.any(argument, depth + 1) if isinstance(argument, LiteralNode) else None
    if not isinstance(e, Constant) or parse_action(e.value) is None:
        message = f"{function.name} takes {_PARAMETER_PHRASES['action']}"
        hint = _quote_hint(argument, function)
        checker.problems.report("wrong-arguments", message, argument.span, hint)
        return None
    if function.gives is None:
        raise ValueError(f"the row of {function.name} has no type of result")
    return Call(node.function, (e,), function.gives, node.span)


def _quote_hint(node: SurfaceNode, function: Function) -> str:
    """Return a hint for a wrong argument; a name without quotes is repeated in quotes."""
    if isinstance(node, Identifier):
        return f"write '{node.name}'"
    if (
        isinstance(node, BinaryOp)
        and isinstance(node.left, Identifier)
        and isinstance(node.right, Identifier)
    ):
        return f"write '{node.left.name}/{node.right.name}'"
    if isinstance(node, ColumnName):
        return f"write '{node.table}/{node.column}'"
    return f"as in {function.usage}"


def _is_daily(e: Expression) -> bool:
    """Return whether a condition reads fields and dates of one day, and no earlier values, states or enrolment."""
    calls = [node for node in walk(e) if isinstance(node, Call)]
    rows = [FUNCTIONS[call.function] for call in calls]
    if any(
        row.looks_back or row.reads_states or row.reads_actions for row in rows
    ) or not fields_read(e):
        return False
    return names_read(e) <= {"today", "snapshot_date"}


def _fits(parameter: Parameter, e: Expression) -> bool:
    if parameter == "field":
        return isinstance(e, Field)
    if parameter == "number field":
        return isinstance(e, Field) and e.type == "number"
    if parameter == "literal":
        return isinstance(unalias(e), Constant) and e.type == "number"
    if parameter in ("item", "items"):
        return isinstance(unalias(e), Constant) and e.type == "text"
    if parameter == "decimals":
        return _fits("literal", e) and number_of(e) in range(_MOST_DECIMALS + 1)
    if parameter in ("days", "interval"):
        inner = unalias(e)
        if not isinstance(inner, Duration) or inner.offset.count <= 0:
            return False
        return parameter == "interval" or inner.offset.unit in FIXED_DAYS
    if parameter == "account date":
        inner = unalias(e)
        opening = isinstance(inner, Name) and inner.name == "opened_on"
        return e.type == "date" and (isinstance(inner, Field) or opening)
    if parameter == "amount":
        return e.type in ("number", "duration")
    if parameter == "condition":
        return e.type == "boolean"
    if parameter == "daily condition":
        return e.type == "boolean" and _is_daily(e)
    if parameter == "value":
        return True
    return e.type == parameter
