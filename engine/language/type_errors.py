"""Type errors: the types that operators accept, and the problems of all others, with hints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..core.offsets import FIXED_DAYS, Offset, round_days
from ..core.problems import Problem, Span
from ..text.calendar_words import MONTH_NUMBERS, WEEKDAY_NUMBERS
from ..text.written_values import boolean_of, date_hint, number_hint
from .expressions import (
    Alias,
    And,
    Call,
    Compare,
    Constant,
    Duration,
    EventCall,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
    Type,
)
from .formatter import format_expression, format_value
from .functions import FUNCTIONS
from .operands import unalias
from .scope import Scope
from .surface import InTest, LiteralNode

ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
Written = Mapping[Span, str]
"""Literal numbers as written in the file, by their spans: `00012` may be meant as a text."""

_PHRASES: dict[Type, str] = {
    "number": "a number",
    "text": "a text",
    "date": "a date",
    "boolean": "true or false",
    "list": "a list",
    "duration": "a duration",
}


def type_phrase(type: Type) -> str:
    """Return a type in words, such as `a number`."""
    return _PHRASES[type]


def describe_operand(e: Expression) -> str:
    """Return an operand with its type in words, such as `` `health_score` is a number``."""
    return f"`{format_expression(e)}` is {_PHRASES[e.type]}"


def arithmetic_type(operator: str, left: Expression, right: Expression) -> Type | None:
    """Return the type of a sum, difference, product or quotient; None where the types do not allow one."""
    pair = (left.type, right.type)
    if pair == ("number", "number"):
        return "number"
    if operator == "-" and pair == ("date", "date"):
        return "duration"
    if operator in "+-" and pair == ("date", "duration"):
        return "date"
    if operator in "+-" and pair == ("duration", "duration"):
        return "duration"
    return None


def arithmetic_error(operator: str, left: Expression, right: Expression, span: Span) -> Problem:
    """Return the problem of types that do not allow an arithmetic operation."""
    hint = None
    types = {left.type, right.type}
    if types == {"date", "number"} and operator in "+-":
        number = right if right.type == "number" else left
        days = f"{format_expression(number)} days"
        hint = f"write {days} {operator} {format_expression(right)}"
        if number is right:
            hint = f"write {format_expression(left)} {operator} {days}"
        if not isinstance(number, Constant):
            hint = "dates take durations: 90 days, 2 months"
    elif (left.type, right.type) == ("duration", "date") and operator == "+":
        hint = f"write {format_expression(right)} + {format_expression(left)}"
    elif left.type == "duration" or types == {"duration", "number"}:
        hint = "days_since(date) and days_until(date) give plain numbers"
    why = f"{describe_operand(left)} and {describe_operand(right)}: `{operator}` does not take them"
    return Problem("mixed-types", why, span, hint)


def days_error(e: Duration, span: Span) -> Problem:
    """Return the problem of months or years where a fixed number of days is needed."""
    return Problem(
        "wrong-duration",
        f"{e.offset} {'has' if abs(e.offset.count) == 1 else 'have'} no fixed number of days",
        span,
        f"write {round_days(e.offset)} days, or add them to a date, as in signup_date + {e.offset}",
    )


def condition_expected(e: Expression, span: Span) -> Problem:
    """Return the problem of a value where a condition is needed."""
    text = format_expression(e)
    example = {
        "number": f"{text} >= 70",
        "text": f"{text} == 'x'",
        "date": f"{text} < today",
        "list": f"{text} has 'x'",
        "duration": f"{text} > 30 days",
    }.get(e.type)
    if isinstance(e, Constant | Duration):
        example = None
    return Problem(
        "not-a-condition",
        f"{describe_operand(e)}; a condition is needed here",
        span,
        f"compare it: {example}, or {text} is not missing" if example else None,
    )


def unexpected_type(e: Expression, expect: Type, span: Span) -> Problem:
    """Return the problem of an expression of another type than expected."""
    hint = None
    if expect == "date":
        hint = "a date is a date field, a date such as 2026-01-31, or a date with + or - days"
    return Problem(
        "mixed-types", f"{describe_operand(e)}; {_PHRASES[expect]} is needed here", span, hint
    )


def number_expected(e: Expression, span: Span) -> Problem:
    """Return the problem of a minus before a value that is not a number or a duration."""
    return Problem("mixed-types", f"{describe_operand(e)}: it cannot follow a minus", span)


def comparison_error(e: Compare, span: Span, written: Written) -> Problem | None:
    """Return the problem of two values that an operator cannot compare; None if it can."""
    left, right = e.left, e.right
    if left.type != right.type:
        why = f"{describe_operand(left)} and {describe_operand(right)}: they cannot be compared"
        return Problem("mixed-types", why, e.span, _mixed_types_hint(e, written))
    if left.type == "list":
        why = f"{describe_operand(left)}: `{e.operator}` does not take lists"
        return Problem("mixed-types", why, span, "test its items: has, has_any or has_all")
    if e.operator in ("==", "!="):
        return _condition_operand(e) if left.type == "boolean" else None
    if left.type == "text":
        why = f"texts have no order: `{e.operator}` does not take them"
        return Problem("text-order", why, span, "compare texts with ==, != or in (...)")
    if left.type == "boolean":
        why = f"true and false have no order: `{e.operator}` does not take them"
        return Problem("odd-boolean", why, span, "write the field alone, or `not` before it")
    return None


def _condition_operand(e: Compare) -> Problem | None:
    """Return the problem of a comparison with a condition; None if both sides are values."""
    for side in (e.left, e.right):
        if isinstance(side, Compare | In | And | Or | Not | IsMissing):
            text = format_expression(side)
            why = f"`{text}` is a condition already: there is nothing to compare it with"
            hint = f"write {text}, or not ({text})"
            return Problem("odd-boolean", why, side.span, hint)
    return None


def _mixed_types_hint(e: Compare, written: Written) -> str | None:
    left, right, operator = e.left, e.right, str(e.operator)
    if isinstance(unalias(left), Constant | Duration):
        left, right, operator = right, left, _FLIPPED.get(operator, operator)
    if not isinstance(right, Constant | Duration):
        computed = (left.type, right.type) == ("date", "number")
        as_date = date_hint(format_expression(right).replace(" ", "")) if computed else None
        if as_date is None:
            return _named_hint(right)
        return ISO_DATE.sub(rf"{format_expression(left)} {operator} \g<0>", as_date)
    value, text = written.get(right.span) or format_expression(right), format_expression(left)
    pair = (left.type, right.type)
    if pair == ("duration", "number"):
        return f"write {value} days"
    if pair == ("number", "duration") and isinstance(right, Duration):
        return _counted_hint(left, right.offset)
    if pair == ("date", "number") and (hint := date_hint(value)):
        return hint
    if pair in (("date", "duration"), ("date", "number")):
        days = str(round_days(right.offset)) if isinstance(right, Duration) else value
        return (
            f"write days_until({text}) {operator} {days} if the date is to come, "
            f"days_since({text}) {operator} {days} if it is past"
        )
    if pair == ("number", "text") and isinstance(right, Constant):
        return (
            _number_hint(right)
            or _calendar_hint(left, right)
            or f"{text} is a number: compare it with one, such as {text} {operator} {'1' if _names_of(left) else '70'}"
        )
    if pair == ("text", "number"):
        return f"write '{value}'"
    if pair == ("list", "text") and operator in ("==", "!="):
        return f"write {text} {'has' if operator == '==' else 'not has'} {value}"
    if pair == ("list", "number"):
        return f"write count({text}) {operator} {value}"
    if pair == ("date", "text") and isinstance(right, Constant):
        return _date_hint(right)
    if pair[0] == "boolean":
        return _boolean_hint(text, operator, right)
    return None


def _boolean_hint(text: str, operator: str, value: Expression) -> str:
    """Return the hint for a condition that is compared with a word for true or false."""
    said = boolean_of(str(value.value)) if isinstance(value, Constant) else None
    if said is None or operator not in ("==", "!="):
        return f"write {text}, or not {text}"
    return f"write {text}" if said == (operator == "==") else f"write not {text}"


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _named_hint(e: Expression) -> str | None:
    """Return the meaning of a name that has another type than its use needs; None for computed values.

    That of a variable is written in another file, which is named.
    """
    value = unalias(e)
    if not isinstance(e, Alias) or not isinstance(value, Constant | Duration):
        return None
    elsewhere = value.span.file != e.span.file
    place = f": see line {value.span.line} of {value.span.file}" if elsewhere else ""
    return f"`{format_expression(e)}` means {format_expression(value)}{place}"


def _names_of(e: Expression) -> Mapping[str, int] | None:
    """Return the names of the numbers that an expression gives; None if they have none."""
    e = unalias(e)
    return _CALENDAR_NAMES.get(e.function) if isinstance(e, Call) else None


_CALENDAR_NAMES = {"month": MONTH_NUMBERS, "weekday": WEEKDAY_NUMBERS}


def _calendar_hint(e: Expression, name: Constant) -> str | None:
    """Return the hint for the name of a month or weekday in place of its number."""
    number = (_names_of(e) or {}).get(str(name.value).lower())
    return f"write {number} without quotes" if number else None


def _number_hint(e: Constant) -> str | None:
    hint = number_hint(str(e.value))
    return _without_quotes(hint) if hint else None


def _date_hint(e: Constant) -> str:
    hint = date_hint(str(e.value))
    return _without_quotes(hint) if hint else "dates have no quotes, as in 2026-01-31"


def _without_quotes(hint: str) -> str:
    return f"without quotes, {hint}" if " if " in hint else f"{hint} without quotes"


def _counted_hint(e: Expression, offset: Offset) -> str:
    """Return the hint for a number that is compared with a duration."""
    text, inner = format_expression(e), unalias(e)
    function = inner.function if isinstance(inner, Call) else ""
    if function == "months_since" and offset.unit == "years":
        return f"{function}(...) is a number of months: write {offset.count * 12}"
    unit = {"months_since": "months", "years_since": "years"}.get(function)
    if unit == offset.unit:
        return f"{function}(...) is a number of {unit}: write {offset.count}"
    if function and FUNCTIONS[function].counts_days:
        about = "" if offset.unit in FIXED_DAYS else ", about as long"
        return f"{function}(...) is a number of days: write {round_days(offset)}{about}"
    return f"{text} is a plain number, without a unit: compare it with a number"


def untested_item(item: Expression, node: InTest) -> Problem:
    """Return the problem of a value that `in` does not take."""
    why = f"`in` does not take {type_phrase(item.type)}"
    if item.type != "list":
        return Problem("wrong-list", why, node.item.span)
    listed = ", ".join(format_value(o.value) for o in node.options if isinstance(o, LiteralNode))
    test = "not has_any" if node.negated else "has_any"
    hint = f"write {format_expression(item)} {test} ({listed})"
    return Problem("wrong-list", why, node.span, hint)


def option_error(item: Expression, option: Constant, written: Written) -> Problem:
    """Return the problem of a list value whose type is not that of the tested item."""
    value = written.get(option.span) or format_value(option.value)
    hint = None
    if item.type == "text":
        hint = f"write '{value}'"
    elif item.type == "number" and option.type == "text":
        hint = _number_hint(option) or _calendar_hint(item, option)
    elif item.type == "date":
        hint = _date_hint(option) if option.type == "text" else date_hint(value)
    why = f"{describe_operand(item)} and {describe_operand(option)}: it can never be in the list"
    return Problem("mixed-types", why, option.span, hint)


def allowed_values(e: Expression, scope: Scope) -> tuple[str, ...]:
    """Return the allowed texts of a field or name, also of an alias or of an earlier value; empty means any."""
    inner = unalias(e)
    if isinstance(inner, Name):
        return scope.name_values.get(inner.name, ())
    if isinstance(inner, Call) and not FUNCTIONS[inner.function].reads_now:
        inner = inner.arguments[0]
    if isinstance(inner, EventCall):
        columns = scope.events.get(inner.table, {})
        return columns[inner.column][1] if inner.column is not None else ()
    if isinstance(inner, Field) and inner.name in scope.fields:
        return scope.fields[inner.name][1]
    return ()


def nearest_value(word: str, values: Iterable[str]) -> str | None:
    """Return the most similar value; None if none is similar."""
    from ..text.suggest import suggest

    return suggest(word, values)


def unknown_value(e: Expression, value: str, values: tuple[str, ...], span: Span) -> Problem:
    """Return the problem of a text that is not an allowed value of the field."""
    near = nearest_value(value, values)
    hint = f"did you mean {format_value(near)}?" if near else values_hint(values)
    why = f"`{format_expression(e)}` is never {format_value(value)}"
    return Problem("unknown-value", why, span, hint)


def values_hint(values: tuple[str, ...]) -> str:
    """Return the help that lists a field's allowed values."""
    return f"its values are {', '.join(format_value(v) for v in values[:12])}"
