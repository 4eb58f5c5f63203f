"""A Jinja2 sandbox whose templates always end and use bounded memory.

Work is counted in steps, not in seconds, so that a template fails on every machine or on none. Each body that can run
again (of a loop, a macro, a block or an included file) is charged its size on each run. Each value that can grow is
charged its length before it is made.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.runtime import Context, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_STEPS = 2_000_000
"""Maximum steps of one rendering; a shipped document takes about 1,000."""

MAX_CHARACTERS = 100_000
"""Maximum characters of a rendered text, and of each intermediate text or list."""

LARGEST_NUMBER_BITS = 4_096
"""Maximum bits of a whole number; Python shows at most 4,300 digits."""

LARGEST_EXPONENT = 1_000
"""Maximum exponent of a decimal number, which is shown with all its zeros."""

UNREADABLE = (RecursionError, SyntaxError, ValueError, MemoryError)
"""Errors of compiling loops or brackets nested past Python's limits, in addition to Jinja2's."""

BUDGET = "@budget"
"""The context's key of the budget; no template can name it."""

Number = int | float | Decimal

_APPLY: dict[str, Callable[[Any, Any], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    # The sign of the divisor, as Python has it for floats.
    "%": lambda a, b: (a % b + b) % b,
}
_CHARACTERS_PER_STEP = 16
_BODIES = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.Block)
_SIZED = (str, bytes, list, tuple, dict)


class OverBudget(TemplateRuntimeError):
    """Error of a template that takes too many steps or makes a value that is too large."""


class Budget:
    """The remaining steps of one rendering."""

    __slots__ = ("_left", "_longest", "_steps")

    def __init__(self, steps: int = MAX_STEPS, longest: int = MAX_CHARACTERS) -> None:
        self._left = self._steps = steps
        self._longest = longest

    def spend(self, steps: int) -> None:
        """Charge steps. Raise `OverBudget` where they are too many."""
        self._left -= steps
        if self._left < 0:
            raise OverBudget(
                f"the template takes more than {self._steps:,} steps; loop over less, or less often"
            )

    def make(self, length: int) -> None:
        """Charge the steps of a text or list of that length."""
        if length > self._longest:
            raise OverBudget(f"a text or list is longer than {self._longest:,}")
        self.spend(1 + length // _CHARACTERS_PER_STEP)

    def walk(self, value: object) -> None:
        """Charge the steps of visiting all of a value, including nested lists."""
        waiting = [value]
        while waiting:
            each = waiting.pop()
            if isinstance(each, str | bytes):
                self.make(len(each))
            elif isinstance(each, Mapping):
                self.spend(1 + len(each))
                waiting.extend(each.values())
            elif isinstance(each, list | tuple):
                self.spend(1 + len(each))
                waiting.extend(each)


class BoundedSandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, with each rendering limited by the budget in its context."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def add_counters(self) -> None:
        """Add the counting filters; call it after all other filters are set."""
        self.filters.update({_SPEND: _spend, _LOOP: _looped, _WALK: _walked, _JOIN: _joined})
        self.filters[_COMPARED] = _compared

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the result of arithmetic on numbers and dates, or of joining texts or lists with `+`."""
        sized = isinstance(left, _SIZED) or isinstance(right, _SIZED)
        if operator == "**" or (sized and operator != "+"):
            raise SecurityError(f"a template may not use `{operator}` here")
        if isinstance(left, _SIZED) and isinstance(right, _SIZED):
            budget_of(context).make(len(left) + len(right))
        if _is_number(left) and _is_number(right):
            result = decimal_result(operator, left, right)
        else:
            result = super().call_binop(context, operator, left, right)
        _check_number(result)
        return result

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        """Compile the template with its counters; Jinja2 documents this method as the place for it."""
        counted = _Counters(self).visit(source)
        return super()._generate(counted, name, filename, defer_init)


def budget_of(context: Context) -> Budget:
    """Return the budget of a rendering."""
    budget = context.get(BUDGET)
    if not isinstance(budget, Budget):
        raise SecurityError("a template may not include or import another one without its context")
    return budget


def decimal_result(operator: str, left: Number, right: Number) -> Number:
    """Return the result of arithmetic as decimals give it, so that 0.29 * 100 is 29.

    It is a decimal number where an operand is one, and a float otherwise.
    """
    if isinstance(left, int) and isinstance(right, int):
        return _APPLY[operator](left, right)
    try:
        result = _APPLY[operator](_as_decimal(left), _as_decimal(right))
    except (ZeroDivisionError, InvalidOperation) as error:
        raise TemplateRuntimeError("a number is divided by zero") from error
    either = isinstance(left, Decimal) or isinstance(right, Decimal)
    return result if either else float(result)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal)


def _as_decimal(value: Number) -> Decimal:
    """Return a number as its shortest decimal form; `0.1` is not the float that is nearest to it."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _check_number(value: object) -> None:
    if isinstance(value, int):
        too_large = value.bit_length() > LARGEST_NUMBER_BITS
    elif isinstance(value, Decimal) and value and value.is_finite():
        too_large = abs(value.adjusted()) > LARGEST_EXPONENT
    else:
        too_large = False
    if too_large:
        raise OverBudget("a number is too large")


_SPEND, _LOOP, _WALK, _JOIN = "@spend", "@loop", "@walk", "@join"
_COMPARED = "@compared"
"""Filters that no template can name, because names cannot begin with `@`."""


@pass_context
def _spend(context: Context, value: Any, steps: int) -> Any:
    budget_of(context).spend(steps)
    return value


@pass_context
def _looped(context: Context, value: Any, each: int) -> Any:
    """Return the items of a loop, and charge the loop's condition for each, also for items that it skips."""
    budget = budget_of(context)
    if not hasattr(value, "__len__") and isinstance(value, Iterable):
        value = list(islice(value, MAX_CHARACTERS + 1))
        budget.make(len(value))
    if isinstance(value, str | Sequence | Mapping):
        budget.spend(each * len(value))
    return value


@pass_context
def _walked(context: Context, value: Any) -> Any:
    budget_of(context).walk(value)
    return value


@pass_context
def _compared(context: Context, value: Any) -> Any:
    """Return a value to compare: floats as the decimal numbers that they are written as, also in a list."""
    budget_of(context).walk(value)
    if isinstance(value, list | tuple):
        return [_as_decimal(each) if isinstance(each, float) else each for each in value]
    return _as_decimal(value) if isinstance(value, float) else value


@pass_context
def _joined(context: Context, values: Sequence[Any]) -> str:
    """Return the values joined as text, as the operator `~` does."""
    budget = budget_of(context)
    budget.walk(values)
    budget.make(sum(len(value) for value in values if isinstance(value, str)))
    join = markup_join if context.eval_ctx.autoescape else str_join
    text = join(values)
    budget.make(len(text))
    return text


class _Counters(NodeTransformer):
    """Transformer that inserts the counters into a template's tree."""

    def __init__(self, environment: BoundedSandbox) -> None:
        self._environment = environment

    def visit_Template(self, node: nodes.Template) -> Any:
        return self._body(node)

    def visit_For(self, node: nodes.For) -> nodes.For:
        self._body(node)
        each = 1 if node.test is None else 1 + _size(node.test)
        node.iter = self._filter(node.iter, _LOOP, each)
        return node

    def visit_Macro(self, node: nodes.Macro) -> Any:
        return self._body(node)

    visit_CallBlock = visit_Block = visit_Macro

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        items = nodes.Tuple(node.nodes, "load", lineno=node.lineno, environment=self._environment)
        return self._filter(items, _JOIN)

    def visit_List(self, node: nodes.List) -> nodes.Node:
        self.generic_visit(node)
        return self._filter(node, _WALK)

    visit_Dict = visit_List

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        return self._filter(node, _WALK) if node.ctx == "load" else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = self._filter(node.expr, _COMPARED)
        for operand in node.ops:
            operand.expr = self._filter(operand.expr, _COMPARED)
        return node

    def visit_Filter(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        if node.node is not None:
            node.node = self._filter(node.node, _WALK)
        node.args = [self._filter(each, _WALK) for each in node.args]
        return node  # type: ignore[no-any-return]

    visit_Test = visit_Filter

    def _body(self, node: Any) -> Any:
        """Insert a counter that charges the body's size whenever it is entered."""
        self.generic_visit(node)
        size = sum(_size(each) for each in node.body)
        nothing = nodes.Const(None, lineno=node.lineno, environment=self._environment)
        charge = self._filter(nothing, _SPEND, size)
        statement = nodes.ExprStmt(charge, lineno=node.lineno, environment=self._environment)
        node.body.insert(0, statement)
        return node

    def _filter(self, node: Any, name: str, *arguments: int) -> nodes.Filter:
        position = {"lineno": node.lineno, "environment": self._environment}
        constants = [nodes.Const(value, **position) for value in arguments]
        return nodes.Filter(node, name, constants, [], None, None, **position)


def _size(node: nodes.Node) -> int:
    """Return the steps of a part of a body, without those of the bodies within it."""
    size, waiting = 0, [node]
    while waiting:
        each = waiting.pop()
        size += 1
        if isinstance(each, nodes.TemplateData):
            size += len(each.data) // _CHARACTERS_PER_STEP
        exclude = ("body",) if isinstance(each, _BODIES) else None
        waiting.extend(each.iter_child_nodes(exclude=exclude))
    return size
