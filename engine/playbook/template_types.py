"""Types in templates: uses of a value that fail for every account, or comparisons that never hold.

Takes a template's syntax tree and the types of its names; returns what is wrong, with the line of the template.
Messages and documents are checked alike. A value of an unknown type, such as a variable of the workspace, may be used
in any way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Literal, NamedTuple

from jinja2 import nodes

from ..language.expressions import Type
from ..language.formatter import format_value
from ..text.suggest import suggest
from .template_names import COUNTERS, LOOP

Kind = Literal["number", "text", "date", "boolean", "duration", "list", "mixed", "any"]


class TemplateType(NamedTuple):
    """The type of a value in a template; `values` are the only texts that it can be, empty for any."""

    kind: Kind
    values: tuple[str, ...] = ()


def field_type(type: Type, values: tuple[str, ...]) -> TemplateType:
    """Return the type of a field in a template.

    A list is shown with commas, and `in` and `if` ask for its items: no other list of templates is like it, so its uses
    are not checked.
    """
    return UNTYPED if type == "list" else TemplateType(type, values)


class TypeFault(NamedTuple):
    """A use of a value that its type does not allow; `word` is a name to point at, empty for the whole line."""

    line: int
    word: str
    message: str
    hint: str | None = None


class Brace(NamedTuple):
    """A name in single braces, from character `start` to `end` of the template: it is sent as it is."""

    name: str
    start: int
    end: int


UNTYPED = TemplateType("any")
NUMBER, TEXT, DATE = TemplateType("number"), TemplateType("text"), TemplateType("date")
BOOLEAN, DURATION, LIST = TemplateType("boolean"), TemplateType("duration"), TemplateType("list")

_PHRASES = {
    "number": "a number",
    "text": "a text",
    "date": "a date",
    "boolean": "true or false",
    "duration": "a length of time",
    "list": "a list",
    "mixed": "of one type or another",
}


class _Filter(NamedTuple):
    """The kind of the value that a filter takes, None for any; and the kinds of its arguments."""

    takes: Kind | None
    arguments: tuple[Kind, ...] = ()
    required: int = 0


_FILTERS = {
    "capitalize": _Filter(None),
    "date": _Filter("date"),
    "default": _Filter(None, ("any",), 1),
    "lower": _Filter(None),
    "money": _Filter("number", ("text",)),
    "number": _Filter("number", ("number",)),
    "percent": _Filter("number"),
    "quarter": _Filter("date"),
    "trim": _Filter(None),
    "upper": _Filter(None),
}
_ORDER = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_SIGNS = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/", nodes.Mod: "%"}
_ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.Mod)
_SUMS: dict[tuple[str, Kind, Kind], TemplateType] = {
    ("+", "text", "text"): TEXT,
    ("+", "list", "list"): LIST,
    ("+", "date", "duration"): DATE,
    ("-", "date", "duration"): DATE,
    ("-", "date", "date"): DURATION,
    ("+", "duration", "duration"): DURATION,
    ("-", "duration", "duration"): DURATION,
}
_BRACE = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|(?P<brace>\$?\{\s*(?P<name>[A-Za-z_]\w*)\s*\})", re.DOTALL
)


def type_faults(tree: nodes.Template, types: Map[str, TemplateType]) -> list[TypeFault]:
    """Return all uses of values that fail for every account or never hold, in the order of the template."""
    checker = _TypeChecker(dict(types))
    checker.visit(tree)
    return list(dict.fromkeys(checker.faults))


def braces(text: str) -> Iterator[Brace]:
    """Yield the names in single braces, such as `{account_name}`."""
    for match in _BRACE.finditer(text):
        if match["brace"] is not None:
            yield Brace(match["name"], match.start("brace"), match.end("brace"))


class _TypeChecker:
    """The check of one template; its state is the types of names in the enclosing loops."""

    def __init__(self, types: dict[str, TemplateType]) -> None:
        self.types = types
        self.faults: list[TypeFault] = []

    def fault(self, node: nodes.Node, message: str, hint: str | None = None) -> None:
        name = next((each.name for each in _names(node)), "")
        self.faults.append(TypeFault(node.lineno, name, message, hint))

    def visit(self, node: nodes.Node) -> None:
        """Check a part of the template that is not a value."""
        if isinstance(node, nodes.Expr):
            self.type_of(node)
        elif isinstance(node, nodes.Output):
            for shown in node.nodes:
                self.text_of(shown)
        elif isinstance(node, nodes.For):
            self.loop(node)
        else:
            for child in node.iter_child_nodes():
                self.visit(child)

    def text_of(self, node: nodes.Node) -> None:
        """Check a value that is shown."""
        if not isinstance(node, nodes.TemplateData) and self.type_of(node).kind == "list":
            self.fault(node, "a list is shown by a loop over it")

    def loop(self, node: nodes.For) -> None:
        self.type_of(node.iter)
        outer = self.types
        bound = {each.name: UNTYPED for each in _names(node.target)}
        self.types = {**outer, **bound, LOOP: UNTYPED}
        for child in node.body:
            self.visit(child)
        self.types = outer
        for child in node.else_:
            self.visit(child)

    def type_of(self, node: nodes.Node) -> TemplateType:
        """Return the type of a value, and check its parts."""
        if isinstance(node, nodes.Const):
            return _type_of_constant(node.value)
        if isinstance(node, nodes.Name):
            return self.types.get(node.name, UNTYPED)
        if isinstance(node, nodes.Getattr):
            return self.part(node)
        if isinstance(node, nodes.Filter):
            return self.filtered(node)
        if isinstance(node, nodes.Compare):
            return self.comparison(node)
        if isinstance(node, _ARITHMETIC):
            return self.arithmetic(node)
        if isinstance(node, nodes.Neg | nodes.Pos):
            return self.signed(node)
        if isinstance(node, nodes.And | nodes.Or):
            return _either(self.type_of(node.left), self.type_of(node.right))
        if isinstance(node, nodes.CondExpr):
            self.type_of(node.test)
            first = self.type_of(node.expr1)
            return first if node.expr2 is None else _either(first, self.type_of(node.expr2))
        if isinstance(node, nodes.Concat):
            for part in node.nodes:
                self.text_of(part)
            return TEXT
        for child in node.iter_child_nodes():
            self.visit(child)
        if isinstance(node, nodes.Not | nodes.Test):
            return BOOLEAN
        if isinstance(node, nodes.List | nodes.Tuple):
            return LIST
        return UNTYPED

    def part(self, node: nodes.Getattr) -> TemplateType:
        self.type_of(node.node)
        if isinstance(node.node, nodes.Name) and node.node.name == LOOP and node.attr in COUNTERS:
            return BOOLEAN if node.attr in ("first", "last") else NUMBER
        return UNTYPED

    def filtered(self, node: nodes.Filter) -> TemplateType:
        value = UNTYPED if node.node is None else self.type_of(node.node)
        arguments = [self.type_of(each) for each in node.args]
        known = _FILTERS.get(node.name)
        if known is None:
            return UNTYPED
        if known.takes is not None and value.kind not in (known.takes, "any"):
            self.wrong_value(node, value, known.takes)
        elif known.takes is None and node.name != "default" and value.kind == "list":
            self.fault(node, f"the filter `{node.name}` does not take a list")
        self.check_arguments(node, known, arguments)
        if node.name != "default":
            return TEXT
        return _either(value, arguments[0]) if arguments else UNTYPED

    def wrong_value(self, node: nodes.Filter, value: TemplateType, takes: Kind) -> None:
        shown = _shown(node.node)
        what = f"{shown} is {_PHRASES[value.kind]}" if shown else f"this is {_PHRASES[value.kind]}"
        hint = {
            "date": "take the filter out: only dates are written as dates",
            "number": "take the filter out: only numbers are written as numbers",
        }.get(takes)
        self.fault(node, f"{what}, and the filter `{node.name}` takes {_PHRASES[takes]}", hint)

    def check_arguments(
        self, node: nodes.Filter, known: _Filter, arguments: list[TemplateType]
    ) -> None:
        given = len(arguments) + len(node.kwargs)
        if not known.required <= given <= len(known.arguments):
            most = len(known.arguments)
            allowed = (
                "no arguments" if not most else f"{'at most ' * (not known.required)}one argument"
            )
            subject = f"{node.node.name} | " if isinstance(node.node, nodes.Name) else ""
            hint = f"write {subject}{node.name}" if not most else None
            self.fault(node, f"the filter `{node.name}` takes {allowed}", hint)
            return
        for argument, takes in zip(arguments, known.arguments, strict=False):
            if takes not in ("any", argument.kind) and argument.kind != "any":
                what = "the argument of the filter"
                self.fault(
                    node,
                    f"{what} `{node.name}` is {_PHRASES[takes]}, not {_PHRASES[argument.kind]}",
                )
        if node.name == "number" and node.args:
            self.check_decimals(node)

    def check_decimals(self, node: nodes.Filter) -> None:
        decimals = node.args[0]
        if isinstance(decimals, nodes.Const) and isinstance(decimals.value, float):
            self.fault(node, "the decimals of a number are a whole number", "write number(1)")

    def signed(self, node: nodes.Neg | nodes.Pos) -> TemplateType:
        value = self.type_of(node.node)
        if value.kind in ("number", "duration", "any"):
            return value
        shown = _shown(node.node) or "this"
        self.fault(node, f"{shown} is {_PHRASES[value.kind]}: it cannot follow a sign")
        return UNTYPED

    def arithmetic(self, node: nodes.BinExpr) -> TemplateType:
        left, right = self.type_of(node.left), self.type_of(node.right)
        sign = _SIGNS[type(node)]
        if sign in "/%" and isinstance(node.right, nodes.Const) and node.right.value == 0:
            self.fault(node, f"nothing can be divided by zero: `{sign} 0`")
            return NUMBER
        if left.kind == right.kind == "number":
            return NUMBER
        if "any" in (left.kind, right.kind):
            return UNTYPED
        if result := _SUMS.get((sign, left.kind, right.kind)):
            return result
        self.fault(
            node,
            f"`{sign}` does not take {_PHRASES[left.kind]} and {_PHRASES[right.kind]}",
            _arithmetic_hint(node, sign, left, right),
        )
        return UNTYPED

    def comparison(self, node: nodes.Compare) -> TemplateType:
        left_node, left = node.expr, self.type_of(node.expr)
        for operand in node.ops:
            right = self.type_of(operand.expr)
            if operand.op in ("in", "notin"):
                self.membership(node, left_node, left, operand.expr, right)
            else:
                self.compared(node, operand.op, (left_node, left), (operand.expr, right))
            left_node, left = operand.expr, right
        return BOOLEAN

    def compared(
        self,
        node: nodes.Compare,
        operator: str,
        left: tuple[nodes.Node, TemplateType],
        right: tuple[nodes.Node, TemplateType],
    ) -> None:
        kinds = (left[1].kind, right[1].kind)
        if "any" in kinds:
            return
        if "mixed" in kinds and operator not in _ORDER:
            return
        if kinds[0] != kinds[1]:
            sides = " and ".join(
                f"{_shown(each) or 'this'} is {_PHRASES[type.kind]}" for each, type in (left, right)
            )
            self.fault(node, f"{sides}: they cannot be compared", _comparison_hint(left, right))
        elif operator in _ORDER and kinds[0] in ("text", "list", "boolean", "mixed"):
            self.fault(node, f"`{_ORDER[operator]}` does not take {_PHRASES[kinds[0]]}")
        else:
            self.check_value(left, right)
            self.check_value(right, left)

    def check_value(
        self, tested: tuple[nodes.Node, TemplateType], value: tuple[nodes.Node, TemplateType]
    ) -> None:
        """Check that a text is one of the values that the catalogue lists."""
        values, node = tested[1].values, value[0]
        if not values or not isinstance(node, nodes.Const) or node.value in values:
            return
        near = suggest(str(node.value), values)
        listed = ", ".join(format_value(each) for each in values[:12])
        hint = f"did you mean {format_value(near)}?" if near else f"its values are {listed}"
        self.fault(tested[0], f"{_shown(tested[0])} is never {format_value(node.value)}", hint)

    def membership(
        self,
        node: nodes.Compare,
        left_node: nodes.Node,
        left: TemplateType,
        right_node: nodes.Node,
        right: TemplateType,
    ) -> None:
        if right.kind in ("number", "date", "boolean", "duration", "mixed"):
            self.fault(node, f"`in` needs a list or a text after it, not {_PHRASES[right.kind]}")
        elif right.kind == "text" and left.kind not in ("text", "any"):
            self.fault(node, f"a text holds no other value: this is {_PHRASES[left.kind]}")
        elif isinstance(right_node, nodes.List | nodes.Tuple):
            for item in right_node.items:
                self.compared(node, "eq", (left_node, left), (item, self.type_of(item)))


def _names(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)


def _type_of_constant(value: object) -> TemplateType:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int | float):
        return NUMBER
    return TEXT if isinstance(value, str) else UNTYPED


def _either(first: TemplateType, second: TemplateType) -> TemplateType:
    kinds = {first.kind, second.kind}
    if len(kinds) == 1:
        return TemplateType(first.kind)
    if "list" in kinds:
        return LIST
    return UNTYPED if "any" in kinds else TemplateType("mixed")


def _shown(node: nodes.Node | None) -> str:
    """Return a name or a literal as it is written; empty for other values."""
    if isinstance(node, nodes.Name):
        return f"`{node.name}`"
    if isinstance(node, nodes.Const) and isinstance(node.value, str | int | float):
        return f"`{format_value(node.value)}`"
    return ""


def _arithmetic_hint(
    node: nodes.BinExpr, sign: str, left: TemplateType, right: TemplateType
) -> str | None:
    if isinstance(node.right, nodes.Filter) and left.kind == "number":
        return f"put brackets around the number: (... {sign} ...) | {node.right.name}"
    if sign == "+" and "text" in (left.kind, right.kind):
        return "join texts and other values with `~`"
    if "date" in (left.kind, right.kind):
        return "compute the date under define:, as in `renewal_date - 30 days`, and use its name"
    return None


def _comparison_hint(
    left: tuple[nodes.Node, TemplateType], right: tuple[nodes.Node, TemplateType]
) -> str | None:
    for (node, type), (_, other) in ((left, right), (right, left)):
        if type.kind == "text" and isinstance(node, nodes.Const) and other.kind == "number":
            return f"write {node.value} without quotes" if _is_number(str(node.value)) else None
        if other.kind == "date" and type.kind in ("text", "number"):
            return "compare the date under define:, as in `renewal_date < 2026-01-31`, and use its name"
        if other.kind == "text" and type.kind == "number" and isinstance(node, nodes.Const):
            return f"write {format_value(str(node.value))}"
        if other.kind == "boolean":
            return "write the name alone, or `not` before it"
    return None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
