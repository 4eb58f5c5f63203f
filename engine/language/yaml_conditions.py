"""Conditions written as YAML structures: lists and maps to surface nodes, with texts at the leaves.

A list, and a map of several keys, is true when all of its conditions are true.
Each key is `all`, `any`, `not`, or a value (usually a field) with its tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Literal

from ..core.problems import Problem, ProblemList, Span
from ..text.written_values import number_hint
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from .expressions import BUILTIN_NAMES
from .functions import FUNCTIONS, INFIX
from .lexer import check_number
from .parser import LARGEST_HINT, LARGEST_LITERAL, MISSING_WORDS, parse_text
from .scope import Scope
from .surface import (
    BoolOp,
    ComparisonChain,
    ComparisonLink,
    FunctionCall,
    Identifier,
    InTest,
    LiteralNode,
    MissingTest,
    NotOp,
    SurfaceNode,
)
from .syntax_errors import MAX_CONDITION_DEPTH, empty_condition, too_deep
from .text_tests import named_text_test

COMPARISONS: dict[str, Literal["==", "!=", "<", "<=", ">", ">="]] = {
    "below": "<",
    "at_most": "<=",
    "above": ">",
    "at_least": ">=",
    "is": "==",
    "is_not": "!=",
}
_JUNCTIONS = {"or": "any", "and": "all", "ou": "any", "et": "all", "oder": "any", "und": "all"}
_OTHER_JUNCTIONS = {
    "xor": "write any: with both conditions, and not: with all: of them",
    "none": "write not: with any: below it",
    "nor": "write not: with any: below it",
    "nand": "write not: with all: below it",
}
_TESTS_OF_SIGNS = {
    "<": "below",
    "<=": "at_most",
    ">": "above",
    ">=": "at_least",
    "=": "is",
    "==": "is",
    "!=": "is_not",
}
_WHOLE_PART = re.compile(r"-?\d{1,3}(?:\.\d{3})+|-?\d+", re.ASCII)
"""The part of a number before a comma, perhaps with points between thousands."""
_COMPARED = re.compile(r"\s*(<=|>=|==|!=|<|>|=)\s*(.+)")
_SYNONYMS = {
    **_TESTS_OF_SIGNS,
    **dict.fromkeys(("lt", "less_than", "under", "lower_than", "smaller_than", "before"), "below"),
    **dict.fromkeys(("lte", "le", "max", "maximum", "no_more_than", "up_to"), "at_most"),
    **dict.fromkeys(("gt", "more_than", "greater_than", "over", "higher_than", "after"), "above"),
    **dict.fromkeys(("gte", "ge", "min", "minimum", "no_less_than"), "at_least"),
    **dict.fromkeys(("eq", "equals", "equal", "equal_to"), "is"),
    **dict.fromkeys(("ne", "neq", "not", "not_equal", "isnt"), "is_not"),
    **dict.fromkeys(("one_of", "any_of", "in_list"), "in"),
    **dict.fromkeys(("none_of", "nin"), "not_in"),
    **dict.fromkeys(("is_missing", "empty", "null", "is_null", "blank"), "missing"),
}
_SYNONYMS |= {
    name: test.operator
    for name in ("includes", "startswith", "begins_with", "beginswith", "endswith", "contain")
    if (test := named_text_test(name, None))
}
TESTS_OF_PARTS = tuple(sorted(INFIX))
OPERATORS = (*COMPARISONS, "in", "not_in", "between", *TESTS_OF_PARTS, "missing")
"""Keys allowed below a field."""


def read_condition(node: Node, scope: Scope) -> tuple[SurfaceNode | None, list[Problem]]:
    """Read a condition from a YAML node.

    Args:
        node: A scalar, list or map of a document.
        scope: The names that the condition may use.

    Returns:
        The surface node, and the problems; the surface node is None where any part cannot be read.
    """
    reader = _Reader(scope)
    surface = reader.condition(node, 0)
    return surface, reader.problems


class _Reader:
    """A reader of one condition, which collects its problems."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems = ProblemList()

    def condition(self, node: Node, depth: int) -> SurfaceNode | None:
        if depth > MAX_CONDITION_DEPTH:
            self.problems.append(too_deep(node.span))
            return None
        if isinstance(node, Scalar):
            return self.scalar(node)
        if isinstance(node, Sequence):
            return self.bool_op("and", node, depth)
        return self.mapping(node, depth)

    def scalar(self, node: Scalar, as_written: bool = False) -> SurfaceNode | None:
        """Parse a text; a YAML boolean or number becomes a literal. Numbers for texts can be `as_written`."""
        value = node.value
        if value is None:
            self.problems.append(empty_condition(node.span))
            return None
        if isinstance(value, bool):
            return LiteralNode(value, "boolean", node.span)
        if isinstance(value, str):
            surface, problems = parse_text(value, node.part, self.scope.constants)
            self.problems += problems
            return surface
        if abs(value) > LARGEST_LITERAL:
            why = f"{node.text} is too large a number"
            self.problems.report("wrong-number", why, node.span, LARGEST_HINT)
            return None
        if not as_written and (problem := check_number(node.text, node.span)):
            self.problems.append(problem)
            return None
        return LiteralNode(value, "number", node.span, node.text)

    def bool_op(self, word: Literal["and", "or"], node: Sequence, depth: int) -> SurfaceNode | None:
        if not node.items:
            self.problems.append(empty_condition(node.span))
            return None
        parts = [self.condition(item, depth + 1) for item in node.items]
        conditions = tuple(part for part in parts if part is not None)
        if len(conditions) < len(parts):
            return None
        return conditions[0] if len(conditions) == 1 else BoolOp(word, conditions, node.span)

    def mapping(self, node: Mapping, depth: int) -> SurfaceNode | None:
        if not node.entries:
            self.problems.append(empty_condition(node.span))
            return None
        parts = [self.entry(entry, depth) for entry in node.entries]
        conditions = tuple(part for part in parts if part is not None)
        if len(conditions) < len(parts):
            return None
        return conditions[0] if len(conditions) == 1 else BoolOp("and", conditions, node.span)

    def entry(self, entry: Entry, depth: int) -> SurfaceNode | None:
        if entry.key == "not":
            operand = self.condition(entry.value, depth + 1)
            return None if operand is None else NotOp(operand, entry.value.span)
        if entry.key in ("all", "any"):
            if not isinstance(entry.value, Sequence):
                why = f"`{entry.key}` needs a list of conditions"
                self.problems.report("wrong-list", why, entry.value.span, "write each after a `- `")
                return None
            word: Literal["and", "or"] = "and" if entry.key == "all" else "or"
            return self.bool_op(word, entry.value, depth)
        return self.subject(entry)

    def subject(self, entry: Entry) -> SurfaceNode | None:
        """Read a value and the tests below it; several tests must all be true."""
        if word := _JUNCTIONS.get(entry.key.lower()):
            why = f"`{entry.key}` is not a key of conditions"
            self.problems.report("unknown-operator", why, entry.key_span, f"write {word}")
            return None
        if not self.scope.knows(entry.key) and (hint := _OTHER_JUNCTIONS.get(entry.key.lower())):
            why = f"`{entry.key}` is not a key of conditions"
            self.problems.report("unknown-operator", why, entry.key_span, hint)
            return None
        parsed, problems = parse_text(entry.key, _key_spans(entry), self.scope.constants)
        self.problems += problems
        if not isinstance(entry.value, Mapping) or not entry.value.entries:
            self.report_missing_test(entry)
            return None
        if self.report_split_number(entry.value):
            return None
        item = parsed or LiteralNode(True, "boolean", entry.key_span)
        parts = [self.operator(item, operator) for operator in entry.value]
        tests = tuple(part for part in parts if part is not None)
        if parsed is None or len(tests) < len(parts):
            return None
        return tests[0] if len(tests) == 1 else BoolOp("and", tests, entry.value.span)

    def report_split_number(self, tests: Mapping) -> bool:
        """Report a number with a comma between braces, which YAML splits: `{below: 0,8}`."""
        for before, after in pairwise(tests.entries):
            number, rest = before.value, after.value
            if not isinstance(number, Scalar) or not isinstance(rest, Scalar):
                continue
            if _WHOLE_PART.fullmatch(number.text) and after.key.isdigit() and rest.value is None:
                span = number.span.up_to(after.key_span)
                hint = number_hint(f"{number.text},{after.key}")
                self.problems.report(
                    "wrong-number", "numbers are written without commas", span, hint
                )
                return True
        return False

    def report_missing_test(self, entry: Entry) -> None:
        """Report a key whose value is not a map of tests."""
        from ..text.suggest import suggest

        hint = self.test_hint(entry)
        near = suggest(entry.key, ("all", "any", "not"))
        if near and not self.scope.knows(entry.key):
            hint = f"did you mean `{near}`?"
        why = f"`{entry.key}` needs a map that says what it must be"
        self.problems.report("unknown-operator", why, entry.value.span, hint)

    def test_hint(self, entry: Entry) -> str:
        """Return how to write the test that a value below a field means."""
        value = entry.value
        if isinstance(value, Sequence) and value.items:
            listed = ", ".join(each.text for each in value.items if isinstance(each, Scalar))
            return f"write {entry.key}: {{in: [{listed}]}}"
        if not isinstance(value, Scalar) or not value.text:
            return f"write {entry.key}: {{is: ...}}; the keys are {', '.join(OPERATORS)}"
        if value.value is None or _says_missing(value):
            return f"write {entry.key}: {{missing: true}}"
        if compared := _COMPARED.match(value.text):
            test = _TESTS_OF_SIGNS[compared[1]]
            return f"write {entry.key}: {{{test}: {compared[2]}}}"
        if value.text.lower() in ("yes", "no") and not self.is_text(
            Identifier(entry.key, value.span)
        ):
            return (
                f"write {entry.key}: {{is: {'true' if value.text.lower() == 'yes' else 'false'}}}"
            )
        text = value.text if not value.style or value.text.isalnum() else f"'{value.text}'"
        return f"write {entry.key}: {{is: {text}}}"

    def operator(self, item: SurfaceNode, entry: Entry) -> SurfaceNode | None:
        span = _entry_span(entry)
        if _is_null_test(entry):
            written = isinstance(entry.value, Scalar) and entry.value.text
            why = "a missing value equals nothing" if written else "no value is written here"
            hint = f"write missing: {'true' if entry.key == 'is' else 'false'}"
            self.problems.report("wrong-missing", why, span, hint)
            return None
        if entry.key in COMPARISONS:
            right = self.value(item, entry.value)
            if right is None:
                return None
            link = ComparisonLink(COMPARISONS[entry.key], entry.key_span, right)
            return ComparisonChain(item, (link,), span)
        if entry.key in ("in", "not_in"):
            options = self.values(item, entry)
            return InTest(item, options, entry.key == "not_in", span) if options else None
        if entry.key == "between":
            return self.between(item, entry, span)
        if entry.key in TESTS_OF_PARTS:
            return self.test_of_part(item, entry, span)
        if entry.key == "missing":
            return self.missing(item, entry, span)
        why = f"there is no comparison `{entry.key}`"
        hint = _operator_hint(item.name if isinstance(item, Identifier) else "...", entry)
        self.problems.report("unknown-operator", why, entry.key_span, hint)
        return None

    def test_of_part(self, item: SurfaceNode, entry: Entry, span: Span) -> SurfaceNode | None:
        """Read a test of a text for a part of it, such as `contains: Ann`."""
        value = entry.value
        if FUNCTIONS[entry.key].parameters[-1] == "items":
            items = self.values(LiteralNode("", "text", value.span), entry)
            return FunctionCall(entry.key, entry.key_span, (item, *items), span) if items else None
        if isinstance(value, Sequence):
            hint = _several_hint(entry.key)
            self.problems.report("wrong-list", f"`{entry.key}` takes one text", value.span, hint)
            return None
        part: SurfaceNode | None
        if isinstance(value, Scalar) and isinstance(value.value, str):
            part = LiteralNode(value.value, "text", value.span)
        else:
            part = self.value(item, value)
        return part and FunctionCall(entry.key, entry.key_span, (item, part), span)

    def between(self, item: SurfaceNode, entry: Entry, span: Span) -> SurfaceNode | None:
        if not isinstance(entry.value, Sequence) or len(entry.value.items) != 2:
            why = "`between` needs a list of two values"
            self.problems.report("wrong-list", why, entry.value.span, "write between: [50, 70]")
            return None
        low, high = (self.value(item, node) for node in entry.value.items)
        if low is None or high is None:
            return None
        key_span = entry.key_span
        return ComparisonChain(
            low,
            (ComparisonLink("<=", key_span, item), ComparisonLink("<=", key_span, high)),
            span,
        )

    def missing(self, item: SurfaceNode, entry: Entry, span: Span) -> SurfaceNode | None:
        if isinstance(entry.value, Scalar) and isinstance(entry.value.value, bool):
            return MissingTest(item, not entry.value.value, span)
        why = "`missing` is either true or false"
        word = entry.value.text.lower() if isinstance(entry.value, Scalar) else ""
        known = word in ("no", "off", "n", "non", "nein", "0")
        hint = f"write missing: {'false' if known else 'true'}"
        self.problems.report("unknown-operator", why, entry.value.span, hint)
        return None

    def values(self, item: SurfaceNode, entry: Entry) -> tuple[SurfaceNode, ...]:
        if not isinstance(entry.value, Sequence) or not entry.value.items:
            why = f"`{entry.key}` needs a list of values"
            written = entry.value.text if isinstance(entry.value, Scalar) else ""
            hint = f"write {entry.key}: [{written or 'a, b'}]"
            self.problems.report("wrong-list", why, entry.value.span, hint)
            return ()
        parts = [self.value(item, node) for node in entry.value.items]
        values = tuple(value for value in parts if value is not None)
        return values if len(values) == len(parts) else ()

    def value(self, item: SurfaceNode, node: Node) -> SurfaceNode | None:
        """Read a value below an operator: for a text field the text itself, otherwise the parsed text."""
        if not isinstance(node, Scalar):
            self.problems.report("wrong-list", "one value is needed here", node.span)
            return None
        if node.value is None:
            why = "no value is written here"
            hint = "write a value, or test `missing: true`"
            self.problems.report("wrong-missing", why, node.span, hint)
            return None
        if isinstance(node.value, str) and self.is_text(item):
            return LiteralNode(node.value, "text", node.span)
        return self.scalar(node, as_written=self.is_text(item))

    def is_text(self, item: SurfaceNode) -> bool:
        if isinstance(item, Identifier):
            if not self.scope.knows(item.name) or item.name in self.scope.invalid:
                return True  # The name has a problem already: parsing its value could only add a false one.
            if item.name in self.scope.definitions:
                return self.scope.definitions[item.name].type == "text"
            if item.name in self.scope.names:
                return BUILTIN_NAMES[item.name] == "text"
            if item.name in self.scope.fields:
                return self.scope.fields[item.name][0] == "text"
            return self.scope.variables[item.name].type == "text"
        if isinstance(item, LiteralNode):
            return item.type == "text"
        function = getattr(item, "function", None)
        if function == "previous":
            return self.is_text(item.arguments[0])  # type: ignore[union-attr]
        return function == "lower"


def _several_hint(key: str) -> str:
    """Return the help for a list of texts below a test of one text."""
    if key == "has":
        return "write has_any or has_all before the list"
    return "write one text, and for several a test each, in a list under `any`"


def _operator_hint(subject: str, entry: Entry) -> str:
    """Return the help for an unknown key below a field."""
    from ..text.suggest import suggest

    key = entry.key
    value = entry.value.text if isinstance(entry.value, Scalar) else "..."
    name = key.lower().replace(" ", "_")
    positive = re.sub("^(does_not|do_not|not|no)_", "", name)
    if positive != name and (test := named_text_test(positive, None)):
        return f"write not: {{{subject}: {{{test.operator}: {value}}}}}"
    near = _SYNONYMS.get(name) or suggest(key, OPERATORS)
    return f"did you mean `{near}`?" if near else f"the keys are {', '.join(OPERATORS)}"


def _is_null_test(entry: Entry) -> bool:
    """Return whether a test compares with a missing value, as in `is: null` and `is: missing`."""
    value = entry.value
    if entry.key not in ("is", "is_not") or not isinstance(value, Scalar):
        return False
    return value.value is None or (not value.style and value.text == "missing")


def _says_missing(value: Scalar) -> bool:
    """Return whether a word without quotes means a missing value."""
    return not value.style and value.text.lower() in MISSING_WORDS | {"missing"}


def _key_spans(entry: Entry) -> Callable[[int, int], Span]:
    """Return the function that maps characters of a key, which may be quoted, to spans."""
    span = entry.key_span
    quoted = span.end_column - span.column == len(entry.key) + 2
    return Scalar(entry.key, entry.key, span, "'" if quoted else "").part


def _entry_span(entry: Entry) -> Span:
    """Return the span from an entry's key to the end of its value."""
    return entry.key_span.up_to(entry.value.span)
