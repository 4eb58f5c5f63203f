"""Small changes of meaning in Python source: text in, mutants out, in the order of the text.

Each mutant changes one place and still parses. Annotations, decorators, docstrings, functions without a body, that a
`zip` is strict, and the arguments of `raise` are left alone: a change there means nothing, or only another message.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

COMPARISONS = {
    ast.Lt: ("<", ["<=", ">="]),
    ast.LtE: ("<=", ["<", ">"]),
    ast.Gt: (">", [">=", "<="]),
    ast.GtE: (">=", [">", "<"]),
    ast.Eq: ("==", ["!="]),
    ast.NotEq: ("!=", ["=="]),
    ast.Is: ("is", ["is not"]),
    ast.IsNot: (r"is\s+not", ["is"]),
    ast.In: ("in", ["not in"]),
    ast.NotIn: (r"not\s+in", ["in"]),
}
OPERATORS = {
    ast.Add: (r"\+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: (r"\*", "+"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "+"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: (r"\|", "&"),
}
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}
DROPPED = frozenset({"strip", "lower", "casefold", "unique", "sort", "drop_nulls"})
"""Methods without which a value is of the same type, but not the same."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of the bytes from `start` up to `end`, on a line counted from 1."""

    line: int
    start: int
    end: int
    before: str
    after: str

    def apply(self, source: bytes) -> bytes:
        """Return the source with the change made."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def mutants(source: bytes) -> list[Mutant]:
    """Return every mutant of the source that parses."""
    text = _Text(source)
    found = {
        mutant
        for node in _relevant(ast.parse(source))
        for mutant in _of(node, text)
        if _parses(mutant.apply(source))
    }
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end, mutant.after))


class _Text:
    """Source as bytes, with the offsets of its lines."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        lengths = [len(line) for line in source.splitlines(keepends=True)]
        self._starts = [sum(lengths[:n]) for n in range(len(lengths) + 1)]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends, in bytes."""
        start = self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return start, end

    def replace(self, start: int, end: int, after: str) -> Mutant:
        """Return the mutant that puts another text between two offsets."""
        line = self.source.count(b"\n", 0, start) + 1
        return Mutant(line, start, end, self.source[start:end].decode(), after)

    def between(self, left: ast.AST, right: ast.AST, pattern: str, after: str) -> Iterator[Mutant]:
        """Replace the operator between two operands."""
        start, end = self.span(left)[1], self.span(right)[0]
        match = re.search(pattern.encode(), self.source[start:end])
        if match:
            yield self.replace(start + match.start(), start + match.end(), after)


def _parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _relevant(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes a change of which can change what the program does."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _children(node)


def _children(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, ast.Raise) or (isinstance(node, ast.If) and _only_for_types(node)):
        return []
    if isinstance(node, ast.FunctionDef):
        if all(map(_says_nothing, node.body)):
            # The method of a protocol: others are called.
            return []
        defaults = [default for default in node.args.kw_defaults if default is not None]
        return [*node.args.defaults, *defaults, *node.body]
    if isinstance(node, ast.AnnAssign):
        return [] if node.value is None else [node.value]
    if isinstance(node, ast.ClassDef):
        return node.body
    if isinstance(node, ast.Call) and _named(node.func) in ("isinstance", "cast", "TypeVar"):
        return node.args[:1]
    if isinstance(node, ast.Call) and _named(node.func) == "zip":
        # It only notices a mistake that is not there.
        return [*node.args, *(each for each in node.keywords if ast.unparse(each) != "strict=True")]
    if isinstance(node, ast.Module):
        # `Expression = Constant | Field` names a type.
        return [each for each in node.body if not _names_types(each)]
    return ast.iter_child_nodes(node)


def _only_for_types(node: ast.If) -> bool:
    return _named(node.test) == "TYPE_CHECKING"


def _says_nothing(node: ast.AST) -> bool:
    """Return whether a statement is a docstring or an ellipsis."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names_types(node: ast.AST) -> bool:
    if not isinstance(node, ast.Assign):
        return False
    return isinstance(node.value, ast.BinOp | ast.Subscript) and all(
        isinstance(target, ast.Name) and target.id[:1].isupper() and not target.id.isupper()
        for target in node.targets
    )


def _named(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _of(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    for kind, change in _CHANGES.items():
        if isinstance(node, kind):
            yield from change(node, text)


def _compare(node: ast.Compare, text: _Text) -> Iterator[Mutant]:
    operands = [node.left, *node.comparators]
    for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
        pattern, others = COMPARISONS[type(operator)]
        for other in others:
            yield from text.between(left, right, pattern, other)


def _junction(node: ast.BoolOp, text: _Text) -> Iterator[Mutant]:
    word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    for left, right in zip(node.values, node.values[1:], strict=False):
        yield from text.between(left, right, rf"\b{word}\b", other)


def _arithmetic(node: ast.BinOp, text: _Text) -> Iterator[Mutant]:
    texts = any(
        isinstance(each, ast.JoinedStr)
        or (isinstance(each, ast.Constant) and isinstance(each.value, str))
        for each in (node.left, node.right)
    )
    if type(node.op) in OPERATORS and not texts:
        yield from text.between(node.left, node.right, *OPERATORS[type(node.op)])


def _unary(node: ast.UnaryOp, text: _Text) -> Iterator[Mutant]:
    if isinstance(node.op, ast.Not | ast.Invert):
        yield text.replace(text.span(node)[0], text.span(node.operand)[0], "")


def _constant(node: ast.Constant, text: _Text) -> Iterator[Mutant]:
    span = text.span(node)
    if isinstance(node.value, bool):
        yield text.replace(*span, str(not node.value))
    elif isinstance(node.value, int):
        yield text.replace(*span, str(node.value + 1))
        yield text.replace(*span, str(node.value - 1))


def _condition(node: ast.If | ast.IfExp | ast.While, text: _Text) -> Iterator[Mutant]:
    """What is compared or negated has its own mutants."""
    if isinstance(node.test, ast.Name | ast.Attribute | ast.Call):
        start, end = text.span(node.test)
        yield text.replace(start, end, f"not ({text.source[start:end].decode()})")


def _comprehension(node: ast.comprehension, text: _Text) -> Iterator[Mutant]:
    for condition in node.ifs:
        yield text.replace(*text.span(condition), "True")


def _function(node: ast.FunctionDef, text: _Text) -> Iterator[Mutant]:
    """A value returned becomes the plainest one of the function's type."""
    given = ast.unparse(node.returns) if node.returns else ""
    default = "None" if given.endswith("| None") else "[]" if given.startswith("list[") else None
    for each in ast.walk(node):
        if not isinstance(each, ast.Return) or each.value is None:
            continue
        start, end = text.span(each.value)
        before = text.source[start:end].decode()
        if given == "bool" and not isinstance(each.value, ast.Constant):
            yield text.replace(start, end, f"not ({before})")
        elif default is not None and before != default:
            yield text.replace(start, end, default)


def _statement(node: ast.Expr | ast.AugAssign, text: _Text) -> Iterator[Mutant]:
    """A call for its effect, or a count, is left out; a failpoint has none, but in tests of faults."""
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if isinstance(node, ast.AugAssign) or (called and _named(node.value.func) != "failpoint"):
        yield text.replace(*text.span(node), "pass")


def _call(node: ast.Call, text: _Text) -> Iterator[Mutant]:
    function = node.func
    name = _named(function)
    if name in SWAPPED:
        end = text.span(function)[1]
        yield text.replace(end - len(name), end, SWAPPED[name])
    if isinstance(function, ast.Attribute) and name in DROPPED:
        yield text.replace(text.span(function.value)[1], text.span(node)[1], "")


_CHANGES: dict[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Iterator[Mutant]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _junction,
    ast.BinOp: _arithmetic,
    ast.UnaryOp: _unary,
    ast.Constant: _constant,
    (ast.If, ast.IfExp, ast.While): _condition,
    ast.comprehension: _comprehension,
    ast.FunctionDef: _function,
    (ast.Expr, ast.AugAssign): _statement,
    ast.Call: _call,
}
