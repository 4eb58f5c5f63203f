"""Type checks of function calls: the function exists, and its arguments fit its parameters."""

from __future__ import annotations

from typing import Protocol

from ..core.offsets import FIXED_DAYS
from ..core.problems import Problem, ProblemList
from .event_calls import check_event_call, is_event_call
from .expressions import BUILTIN_NAMES, Call, Constant, Duration, Expression, Field, Type
from .formatter import format_expression
from .functions import FUNCTIONS, Function, Parameter
from .operands import unalias
from .scope import TODAY_WORDS, Scope
from .states_read import parse_reference
from .surface import BinaryOp, FunctionCall, Identifier, LiteralNode, SurfaceNode
from .syntax_errors import WHOLE_TEXTS
from .type_errors import describe_operand, type_phrase

_ORDERED = frozenset({"number", "date", "duration"})
_PARAMETER_PHRASES: dict[Parameter, str] = {
    "date": "a date",
    "text": "a text",
    "number": "a number",
    "amount": "a number or a duration",
    "field": "a field's name alone",
    "number field": "the name alone of a field that is a number",
    "literal": "a number written out",
    "days": "a number of days written out, such as 30 days",
    "interval": "a length of time written out, such as 1 month",
    "condition": "a condition",
    "value": "a value",
    "steps": "ids of playbooks, or of their steps, in quotes",
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
    checked = [checker.any(argument, depth + 1) for argument in node.arguments]
    if function is None:
        return None
    arguments = tuple(e for e in checked if e is not None)
    if len(node.arguments) != len(function.parameters) and function.parameters:
        checker.problems.append(_wrong_count(node, function))
        return None
    if not function.parameters and len(node.arguments) < 2:
        checker.problems.append(_wrong_count(node, function))
        return None
    if len(arguments) < len(checked):
        return None
    if not function.parameters:
        return _same_type_call(checker, node, arguments, arguments)
    for parameter, e in zip(function.parameters, arguments, strict=True):
        if not _fits(parameter, e):
            message = (
                f"{describe_operand(e)}; {function.name} takes {_PARAMETER_PHRASES[parameter]}"
            )
            checker.problems.report("wrong-arguments", message, e.span, f"write {function.usage}")
            return None
    if "value" in function.parameters:
        return _same_type_call(
            checker, node, arguments, arguments[function.parameters.index("value") :]
        )
    type: Type = function.gives or arguments[0].type
    if type == "duration" and not checker.in_days(arguments[0]):
        return None
    return Call(node.function, arguments, type, node.span)


def _unknown_function(node: FunctionCall) -> Problem:
    from ..text.suggest import suggest

    why = f"there is no function `{node.function}`"
    if foreign := _foreign_hint(node):
        return Problem("unknown-function", why, node.span, foreign)
    near = suggest(node.function, FUNCTIONS)
    hint = f"did you mean {FUNCTIONS[near].usage}?" if near else None
    hint = hint or f"the functions are {', '.join(FUNCTIONS)}"
    return Problem("unknown-function", why, node.function_span, hint)


_MISSING_TESTS = frozenset(("isnull", "isblank", "isempty", "isna", "isnan", "ismissing", "empty"))
_FIRST_KNOWN = frozenset(("coalesce", "ifnull", "nvl", "default"))
_TEXT_TESTS = frozenset(("contains", "startswith", "endswith", "like", "matches", "includes"))


def _foreign_hint(node: FunctionCall) -> str | None:
    """Return what to write instead of a function of spreadsheets or SQL; None for other names."""
    name = node.function.lower().replace("_", "")
    first = node.arguments[0] if node.arguments else None
    if not node.arguments and (node.function in BUILTIN_NAMES or name in TODAY_WORDS):
        return f"write {node.function if node.function in BUILTIN_NAMES else 'today'}"
    if name in _MISSING_TESTS and isinstance(first, Identifier):
        return f"write {first.name} is missing"
    if name in _FIRST_KNOWN:
        return f"did you mean {FUNCTIONS['first'].usage}?"
    if name in ("if", "iff", "iif", "case", "si", "wenn"):
        return f"did you mean {FUNCTIONS['choose'].usage}?"
    if name in _TEXT_TESTS:
        return WHOLE_TEXTS
    return None


def _wrong_count(node: FunctionCall, function: Function) -> Problem:
    number = str(len(function.parameters)) if function.parameters else "two or more"
    if function.parameters == ("steps",):
        number = "one or more"
    noun = "value" if number == "1" else "values"
    return Problem(
        "wrong-arguments",
        f"{function.name} takes {number} {noun}, not {len(node.arguments)}",
        node.span,
        f"write {function.usage}",
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
    return f"write {function.usage}"


def _fits(parameter: Parameter, e: Expression) -> bool:
    if parameter == "field":
        return isinstance(e, Field)
    if parameter == "number field":
        return isinstance(e, Field) and e.type == "number"
    if parameter == "literal":
        return isinstance(unalias(e), Constant) and e.type == "number"
    if parameter in ("days", "interval"):
        inner = unalias(e)
        if not isinstance(inner, Duration) or inner.offset.count <= 0:
            return False
        return parameter == "interval" or inner.offset.unit in FIXED_DAYS
    if parameter == "amount":
        return e.type in ("number", "duration")
    if parameter == "condition":
        return e.type == "boolean"
    if parameter == "value":
        return True
    return e.type == parameter
