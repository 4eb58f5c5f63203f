"""The arguments of a function call, checked against the table of functions."""

from __future__ import annotations

from typing import Protocol

from ..core.problems import Problem, Span
from .expressions import Call, Constant, Duration, Expression, Field, Type
from .formatter import format_expression
from .functions import FUNCTIONS, Function, Parameter
from .operands import unalias
from .states_read import parse_reference
from .surface import BinaryOp, FunctionCall, Identifier, LiteralNode, SurfaceNode
from .type_errors import describe_operand, type_phrase

_ORDERED = frozenset({"number", "date", "duration"})
_NEEDS: dict[Parameter, str] = {
    "date": "a date",
    "text": "a text",
    "number": "a number",
    "amount": "a number or a duration",
    "field": "a field's name alone",
    "number field": "the name alone of a field that is a number",
    "literal": "a number written out",
    "days": "a number of days written out, such as 30 days",
    "condition": "a condition",
    "value": "a value",
    "steps": "ids of playbooks, or of their steps, in quotes",
}


class OperandChecker(Protocol):
    """What checking a call needs of the checker that meets it."""

    def any(self, w: SurfaceNode, depth: int) -> Expression | None:
        """Return the typed tree of an operand of any type."""
        ...

    def in_days(self, e: Expression) -> bool:
        """Return whether a duration counts days; report where it does not."""
        ...

    def refuse(self, problem: Problem) -> None:
        """Add a problem."""
        ...

    def tell(self, code: str, message: str, place: Span, hint: str | None = None) -> None:
        """Add the problem that these make."""
        ...


def check_call(checker: OperandChecker, w: FunctionCall, depth: int) -> Expression | None:
    """The call, if there is such a function and it takes these arguments."""
    function = FUNCTIONS.get(w.function)
    if function is None:
        checker.refuse(_unknown(w))
    elif function.parameters == ("steps",):
        return _standing(checker, w, function, depth)
    checked = [checker.any(argument, depth + 1) for argument in w.arguments]
    if function is None:
        return None
    given = tuple(e for e in checked if e is not None)
    if len(w.arguments) != len(function.parameters) and function.parameters:
        checker.refuse(_count(w, function))
        return None
    if not function.parameters and len(w.arguments) < 2:
        checker.refuse(_count(w, function))
        return None
    if len(given) < len(checked):
        return None
    if not function.parameters:
        return _alike(checker, w, given, given)
    for parameter, e in zip(function.parameters, given, strict=True):
        if not _fits(parameter, e):
            message = f"{describe_operand(e)}; {function.name} takes {_NEEDS[parameter]}"
            checker.tell("wrong-arguments", message, e.place, f"write {function.usage}")
            return None
    if "value" in function.parameters:
        return _alike(checker, w, given, given[function.parameters.index("value") :])
    type: Type = function.gives or given[0].type
    if type == "duration" and not checker.in_days(given[0]):
        return None
    return Call(w.function, given, type, w.place)


def _unknown(w: FunctionCall) -> Problem:
    from ..text.suggest import suggest

    near = suggest(w.function, FUNCTIONS)
    return Problem(
        "unknown-function",
        f"there is no function `{w.function}`",
        w.function_place,
        f"did you mean {FUNCTIONS[near].usage}?"
        if near
        else f"the functions are {', '.join(FUNCTIONS)}",
    )


def _count(w: FunctionCall, function: Function) -> Problem:
    number = str(len(function.parameters)) if function.parameters else "two or more"
    if function.parameters == ("steps",):
        number = "one or more"
    noun = "value" if number == "1" else "values"
    return Problem(
        "wrong-arguments",
        f"{function.name} takes {number} {noun}, not {len(w.arguments)}",
        w.place,
        f"write {function.usage}",
    )


def _alike(
    checker: OperandChecker,
    w: FunctionCall,
    given: tuple[Expression, ...],
    values: tuple[Expression, ...],
) -> Expression | None:
    """A call of `choose`, `first`, `min` or `max`: values of one type, ordered ones for the last two."""
    type = values[0].type
    if FUNCTIONS[w.function].ordered and type not in _ORDERED:
        message = f"{describe_operand(values[0])}; {w.function} takes numbers, dates or durations"
        checker.tell("wrong-arguments", message, values[0].place)
        return None
    for e in values[1:]:
        if e.type != type:
            message = (
                f"{describe_operand(e)} and `{format_expression(values[0])}` is {type_phrase(type)}"
            )
            hint = f"{w.function} takes values of one type"
            checker.tell("wrong-arguments", message, e.place, hint)
            return None
    if type == "duration":
        in_days = [checker.in_days(e) for e in values]
        if not all(in_days):
            return None
    return Call(w.function, given, type, w.place)


def _standing(
    checker: OperandChecker, w: FunctionCall, function: Function, depth: int
) -> Expression | None:
    """A call that asks where the account stands in other playbooks, which only the whole project can look up."""
    if not w.arguments:
        checker.refuse(_count(w, function))
    given = []
    for argument in w.arguments:
        e = checker.any(argument, depth + 1) if isinstance(argument, LiteralNode) else None
        if isinstance(e, Constant) and parse_reference(e.value):
            given.append(e)
        else:
            message = f"{function.name} takes {_NEEDS['steps']}"
            checker.tell("wrong-arguments", message, argument.place, _quoted(argument, function))
    assert function.gives is not None
    complete = given and len(given) == len(w.arguments)
    return Call(w.function, tuple(given), function.gives, w.place) if complete else None


def _quoted(w: SurfaceNode, function: Function) -> str:
    """What to write; of a name without quotes, the name in quotes."""
    if isinstance(w, Identifier):
        return f"write '{w.name}'"
    if (
        isinstance(w, BinaryOp)
        and isinstance(w.left, Identifier)
        and isinstance(w.right, Identifier)
    ):
        return f"write '{w.left.name}/{w.right.name}'"
    return f"write {function.usage}"


def _fits(parameter: Parameter, e: Expression) -> bool:
    if parameter == "field":
        return isinstance(e, Field)
    if parameter == "number field":
        return isinstance(e, Field) and e.type == "number"
    if parameter == "literal":
        return isinstance(unalias(e), Constant) and e.type == "number"
    if parameter == "days":
        inner = unalias(e)
        counts = isinstance(inner, Duration) and inner.offset.unit in ("days", "weeks")
        return counts and isinstance(inner, Duration) and inner.offset.count > 0
    if parameter == "amount":
        return e.type in ("number", "duration")
    if parameter == "condition":
        return e.type == "boolean"
    if parameter == "value":
        return True
    return e.type == parameter
