"""Subjects of comparisons: what a comparison without a left side continues, as in `segment == 'a' or == 'b'`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .functions import INFIX
from .lexer import Token
from .surface import (
    BinaryOp,
    BoolOp,
    ComparisonChain,
    FunctionCall,
    Identifier,
    InTest,
    LiteralNode,
    MissingTest,
    NotOp,
    SurfaceNode,
    UnaryMinus,
)

_SYMBOLS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_WORDS = frozenset(("in", "between", "is")) | INFIX
_NEGATED = frozenset(("in", "between")) | INFIX


def lacks_subject(tokens: Sequence[Token]) -> bool:
    """Return whether a condition that begins with these tokens is a comparison without a left side."""
    token, *after = tokens
    if token.kind == "symbol":
        return token.text in _SYMBOLS
    if token.kind != "word":
        return False
    negated = token.text == "not" and any(word.text in _NEGATED for word in after)
    return token.text in _WORDS or negated


def subject_of(node: SurfaceNode, constants: Collection[str]) -> SurfaceNode | None:
    """Return what the last comparison in a condition compares; None where there is no such one thing.

    `constants` are the names with one value for all accounts: no comparison of another value with them is about them.
    """
    while isinstance(node, BoolOp | NotOp):
        node = node.operand if isinstance(node, NotOp) else node.operands[-1]
    if isinstance(node, InTest):
        return node.item
    if isinstance(node, MissingTest):
        return node.operand
    if isinstance(node, FunctionCall) and node.function in INFIX:
        return node.arguments[0]
    if not isinstance(node, ComparisonChain):
        return None
    operands = (node.first, *(link.right for link in node.links))
    subjects = [operand for operand in operands if not _is_literal(operand)]
    if len(subjects) > 1:
        subjects = [operand for operand in subjects if not _is_constant(operand, constants)]
    return subjects[0] if len(subjects) == 1 else None


def excludes(node: SurfaceNode) -> bool:
    """Return whether the last comparison in a condition excludes values, as `segment != 'a'` does."""
    negated = False
    while isinstance(node, BoolOp | NotOp):
        negated ^= isinstance(node, NotOp)
        node = node.operand if isinstance(node, NotOp) else node.operands[-1]
    if isinstance(node, InTest):
        return negated != node.negated
    if not isinstance(node, ComparisonChain) or len(node.links) > 1:
        return False
    if node.links[0].operator not in ("==", "!="):
        return False
    return negated != (node.links[0].operator == "!=")


def _is_literal(node: SurfaceNode) -> bool:
    return isinstance(node.operand if isinstance(node, UnaryMinus) else node, LiteralNode)


def _is_constant(node: SurfaceNode, constants: Collection[str]) -> bool:
    """Return whether a value is the same for all accounts."""
    if isinstance(node, Identifier):
        return node.name in constants
    if isinstance(node, UnaryMinus):
        return _is_constant(node.operand, constants)
    if isinstance(node, BinaryOp):
        return all(_is_constant(each, constants) for each in (node.left, node.right))
    if isinstance(node, FunctionCall):
        return bool(node.arguments) and all(_is_constant(a, constants) for a in node.arguments)
    return isinstance(node, LiteralNode)
