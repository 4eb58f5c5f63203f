"""Check the templates of messages while their playbook loads, node by node of Jinja2's syntax tree.

Only listed nodes are allowed: no assignment, call, subscript, inclusion, inheritance or macro. Loops go over the lists
of messages; a nested loop goes only over the points of a part of the agenda. So the length of a rendered message is
bounded by the length of its template and of the playbook.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Map
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from ..core.problems import Problem, Span
from ..text.suggest import suggest
from ..text.yaml_nodes import Mapping, Scalar
from .template_names import AGENDA_POINTS, COUNTERS, FILTERS, LIST_NAMES, LOOP, TemplateNames
from .template_types import LIST, braces, field_type, type_faults

TESTS = ("missing",)
"""Tests that messages may use: `{% if nps_rating is missing %}`."""

_PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.Mod,
    nodes.Concat,
)

_REFUSED = {
    nodes.Call: "call anything",
    nodes.Getattr: "reach into a value with a dot",
    nodes.Getitem: "reach into a value with brackets",
    nodes.Slice: "reach into a value with brackets",
    nodes.Assign: "set names",
    nodes.AssignBlock: "set names",
    nodes.Include: "include other templates",
    nodes.Import: "import other templates",
    nodes.FromImport: "import other templates",
    nodes.Extends: "extend other templates",
    nodes.Block: "define blocks",
    nodes.Macro: "define macros",
    nodes.CallBlock: "call anything",
    nodes.FilterBlock: "filter whole blocks",
    nodes.Pow: "raise to a power",
}

TemplateScope = Map[str, tuple[str, ...]]
"""Names that enclosing loops bind, each with the parts of its value."""

_HELP = (
    "a message may use names, `{% if %}`, `{% for link in cta %}`, and the filters "
    + ", ".join(FILTERS)
)

_SYNTAX = Environment(autoescape=True, optimized=False)
"""Environment that only parses, so its filters and tests are never called."""
_SYNTAX.filters.update(dict.fromkeys(FILTERS, str))
_SYNTAX.tests.update(dict.fromkeys(TESTS, lambda _: True))


def check_message(message: Mapping, known: TemplateNames) -> list[Problem]:
    """Return every problem in the templates of one language's message, `{subject: .., body: ..}`.

    The schema refuses other keys, and values that are not text.
    """
    parts = (message.get("subject"), message.get("body"))
    return [
        problem
        for part in parts
        if isinstance(part, Scalar) and isinstance(part.value, str)
        for problem in check_template(part, known)
    ]


def names_used(template: str) -> frozenset[str]:
    """Return the names that a template reads; none where it cannot be read.

    Of a valid template, in which only loops bind names, they are those that Jinja2 finds by compiling it, which takes
    three times as long.
    """
    try:
        return frozenset(_names_read(_parsed(template), frozenset()))
    except (TemplateSyntaxError, RecursionError):
        return frozenset()


def _names_read(node: nodes.Node, bound: frozenset[str]) -> Iterator[str]:
    """Yield the names that a part of a template reads and that no loop around it binds."""
    if isinstance(node, nodes.Name):
        if node.name not in bound:
            yield node.name
    elif isinstance(node, nodes.For):
        yield from _names_read(node.iter, bound)
        within = bound.union({LOOP}, _names_read(node.target, frozenset()))
        for part in (*node.body, *([node.test] if node.test else ())):
            yield from _names_read(part, within)
        for part in node.else_:
            yield from _names_read(part, bound)
    else:
        for part in node.iter_child_nodes():
            yield from _names_read(part, bound)


Reads = Map[str, Collection[str]]
"""By definition, the fields that it reads: a template that tests the definition tests them."""


def names_needed(template: str, reads: Reads) -> dict[str, int]:
    """Return the names without whose values a template cannot be written, each with the first line that needs it.

    A name that is tested before, as by `{% if arr %}`, or that has a `default`, is not among them.
    """
    lines: dict[str, int] = {}
    try:
        for name in _needed(_parsed(template), frozenset(), reads):
            lines.setdefault(name.name, name.lineno)
    except (TemplateSyntaxError, RecursionError):
        return {}
    return lines


def _needed(node: nodes.Node, tested: frozenset[str], reads: Reads) -> Iterator[nodes.Name]:
    """Yield the names that a part of a template needs, if those in `tested` are known to be there or bound."""
    if isinstance(node, nodes.Name):
        if node.name not in tested:
            yield node
    elif isinstance(node, nodes.If | nodes.CondExpr):
        yield from _needed_by_test(node.test, tested, reads)
        within = tested | _tested_by(node.test, reads)
        for child in node.iter_child_nodes(exclude=("test",)):
            yield from _needed(child, within, reads)
    elif isinstance(node, nodes.And | nodes.Or):
        yield from _needed_by_test(node.left, tested, reads)
        yield from _needed(node.right, tested | _tested_by(node.left, reads), reads)
    elif isinstance(node, nodes.For):
        bound = tested.union({LOOP}, _names_read(node.target, frozenset()))
        for child in (*node.body, *node.else_):
            yield from _needed(child, bound, reads)
    elif not (isinstance(node, nodes.Filter) and node.name == "default"):
        for child in node.iter_child_nodes():
            yield from _needed(child, tested, reads)


def _needed_by_test(node: nodes.Node, tested: frozenset[str], reads: Reads) -> Iterator[nodes.Name]:
    """Yield the names that a test needs: a missing value alone is false, and compared with another it is an error."""
    if isinstance(node, nodes.Not):
        yield from _needed_by_test(node.node, tested, reads)
    elif isinstance(node, nodes.And | nodes.Or):
        yield from _needed_by_test(node.left, tested, reads)
        yield from _needed_by_test(node.right, tested | _tested_by(node.left, reads), reads)
    elif not isinstance(node, nodes.Name | nodes.Test):
        yield from _needed(node, tested, reads)


def _tested_by(node: nodes.Node, reads: Reads) -> frozenset[str]:
    """Return the names that a test reads, also through definitions."""
    names = frozenset(_names_read(node, frozenset()))
    return names.union(*(reads.get(name, ()) for name in names))


@lru_cache(maxsize=2)  # a message has a subject and a body
def _parsed(template: str) -> nodes.Template:
    """Return the tree of a template, which is checked first and then searched for names."""
    return _SYNTAX.parse(template)


def check_template(text: Scalar, known: TemplateNames) -> list[Problem]:
    """Return every problem in one template: names, filters, syntax and forbidden nodes."""
    try:
        tree = _parsed(str(text.value))
    except TemplateSyntaxError as error:
        message = f"this template cannot be read: {plain_template_error(error)}"
        return [Problem("message-syntax", message, line_span(text, error.lineno), _HELP)]
    except RecursionError:
        message = "this template is nested too deeply to be read"
        return [Problem("message-syntax", message, text.span, "write it flat")]
    return list(_check(tree, text, known, {})) or [
        *_check_types(tree, text, known),
        *_check_braces(text, known),
    ]


def _check_types(tree: nodes.Template, text: Scalar, known: TemplateNames) -> Iterator[Problem]:
    types = {name: field_type(*type) for name, type in known.types.items()}
    types |= dict.fromkeys(known.choices, LIST)
    for fault in type_faults(tree, types):
        span = (
            word_span(text, fault.line, fault.word) if fault.word else line_span(text, fault.line)
        )
        yield Problem("template-type", fault.message, span, fault.hint)


def _check_braces(text: Scalar, known: TemplateNames) -> Iterator[Problem]:
    """Yield a warning for each name in single braces, which customers would read as it is."""
    for brace in braces(str(text.value)):
        span = template_position(text, brace.start, brace.end)
        name = brace.name if brace.name in known.names else suggest(brace.name, known.names)
        yield single_brace(brace.name, name, span)


def single_brace(written: str, name: str | None, span: Span) -> Problem:
    """Return the warning about a name in single braces; `name` is the one that is probably meant."""
    why = f"`{{{written}}}` is text: a value is written in two braces"
    hint = f"write {{{{ {name or written} }}}}"
    return Problem("single-brace", why, span, hint, severity="warning")


_SPLIT_NAME = re.compile(r"\{\{-?\s*([^\W\d]\w*)\s+([^\W\d]\w*)")
_END_IF = re.compile(r"\{%-?\s*end\s+(if|for)\b")
_ELSE_IF = re.compile(r"\{%-?\s*else\s+if\b")


_HALF_CLOSED = re.compile(r"\{\{[^{}\n]*\}(?!\})")


def plain_template_error(error: TemplateSyntaxError) -> str:
    """Return Jinja2's message in words for people who write messages."""
    words = (error.message or "").rstrip(".")
    if "'if'" in words and _ELSE_IF.search(error.source or ""):
        return "`{% else if ... %}` is written `{% elif ... %}`"
    if ended := _END_IF.search(error.source or ""):
        return f"`{{% end {ended[1]} %}}` is written `{{% end{ended[1]} %}}`"
    if block := re.search(r"block that needs to be closed is '(\w+)'", words):
        return f"`{{% {block[1]} %}}` is not closed by `{{% end{block[1]} %}}`"
    if "unexpected '}'" in words and (half := _HALF_CLOSED.search(error.source or "")):
        return f"`{half[0]}` lacks a brace: it is written `{half[0]}}}`"
    if "end of template" in words:
        return "something opened by `{{` or `{%` is not closed"
    if "end of print statement" in words and (split := _SPLIT_NAME.search(error.source or "")):
        return f"`{split[1]} {split[2]}` is two names: a name has no spaces, as in `{split[1]}_{split[2]}`"
    if "end of print statement" in words or "end of statement block" in words:
        return f"{words.rpartition('got ')[2]} cannot stand here: one value is shown, or one condition asked"
    if tag := re.search(r"unknown tag '(\w+)'", words):
        if tag[1] in ("elseif", "elsif", "elsewhen"):
            return f"`{{% {tag[1]} ... %}}` is written `{{% elif ... %}}`"
        return f"there is no tag `{tag[1]}`, or nothing that it closes"
    return words[:1].lower() + words[1:]


def _check(
    node: nodes.Node, text: Scalar, known: TemplateNames, scope: TemplateScope
) -> Iterator[Problem]:
    """Yield the problems of a node and of its descendants."""
    if isinstance(node, nodes.For):
        yield from _check_loop(node, text, known, scope)
        return
    if isinstance(node, nodes.Name):
        if node.name not in known.names and node.name not in scope:
            yield unknown_template_name(node.name, word_span(text, node.lineno, node.name), known)
        return
    if isinstance(node, nodes.Getattr) and _is_part(node, scope):
        return
    if isinstance(node, nodes.Output):
        for shown in node.nodes:
            yield from _check_shown(shown, text, known, scope)
    elif isinstance(node, nodes.Filter):
        yield from _check_word(node.name, "filter", FILTERS, text, node.lineno)
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            yield _refuse("give a filter named arguments", text, node.lineno)
            return
        if node.node is not None:
            yield from _check_shown(node.node, text, known, scope)
    elif isinstance(node, nodes.Test):
        yield from _check_word(node.name, "test", TESTS, text, node.lineno)
    elif joined := _joined_name(node, known):
        why = f"`{joined[0]}` is not a name"
        hint = f"write `{joined[1]}`"
        yield Problem("unknown-message-name", why, line_span(text, node.lineno or 1), hint)
        return
    elif not isinstance(node, _PLAIN):
        yield _refuse(_describe(node), text, node.lineno)
        return
    elif isinstance(node, nodes.Mul) and (_is_list(node.left) or _is_list(node.right)):
        yield _refuse("repeat a list with `*`", text, node.lineno)
    elif isinstance(node, nodes.Mul) and (_is_text(node.left) or _is_text(node.right)):
        yield _refuse("repeat text with `*`", text, node.lineno)
    elif isinstance(node, nodes.Mod) and _is_text(node.left):
        yield _refuse("format text with `%`", text, node.lineno)
    for child in node.iter_child_nodes():
        yield from _check(child, text, known, scope)


def _joined_name(node: nodes.Node, known: TemplateNames) -> tuple[str, str] | None:
    """Return a name with a dot, such as `contact.first_name`, and the one with `_` or alone that there is."""
    if not isinstance(node, nodes.Getattr) or not isinstance(node.node, nodes.Name):
        return None
    owner, part = node.node.name, node.attr
    meant = [name for name in (f"{owner}_{part}", part) if name in known.names]
    return (f"{owner}.{part}", meant[0]) if meant and owner not in known.names else None


def _check_loop(
    node: nodes.For, text: Scalar, known: TemplateNames, scope: TemplateScope
) -> Iterator[Problem]:
    if isinstance(node.iter, nodes.Name) and node.iter.name not in (*known.names, *scope):
        yield from _check(node.iter, text, known, scope)
        return
    parts = _items(node.iter, known, scope)
    if parts is None or not isinstance(node.target, nodes.Name):
        lists = ", ".join(f"`{name}`" for name in (*sorted(LIST_NAMES), *known.choices))
        yield _refuse(
            "put a loop in a loop" if scope else f"loop over anything but {lists}",
            text,
            node.lineno,
        )
        return
    if node.test is not None or node.recursive:
        yield _refuse("loop with a condition", text, node.lineno)
        return
    inner = {**scope, node.target.name: parts, LOOP: COUNTERS}
    for child in node.body:
        yield from _check(child, text, known, inner)
    for child in node.else_:
        yield from _check(child, text, known, scope)


def _items(node: nodes.Node, known: TemplateNames, scope: TemplateScope) -> tuple[str, ...] | None:
    """Return the parts of the value that a loop over the node binds; None where the loop is not allowed."""
    if isinstance(node, nodes.Name):
        return None if scope else known.parts(node.name)
    points = (
        isinstance(node, nodes.Getattr) and node.attr == AGENDA_POINTS and _is_part(node, scope)
    )
    return () if points else None


def _check_shown(
    node: nodes.Node, text: Scalar, known: TemplateNames, scope: TemplateScope
) -> Iterator[Problem]:
    """Yield a problem where a value with parts or items is shown itself."""
    if isinstance(node, nodes.Name):
        if scope.get(node.name):
            parts = ", ".join(f"`{node.name}.{part}`" for part in scope[node.name])
            yield _refuse(
                f"show `{node.name}` whole, which has the parts {parts}", text, node.lineno
            )
        elif node.name in known.names and known.parts(node.name) is not None:
            yield _refuse(f"show the list `{node.name}` without a loop", text, node.lineno)
    elif isinstance(node, nodes.Getattr) and node.attr == AGENDA_POINTS and _is_part(node, scope):
        yield _refuse(f"show the list `{AGENDA_POINTS}` without a loop", text, node.lineno)


def _is_part(node: nodes.Getattr, scope: TemplateScope) -> bool:
    return isinstance(node.node, nodes.Name) and node.attr in scope.get(node.node.name, ())


def _is_list(node: nodes.Node) -> bool:
    return isinstance(node, nodes.List | nodes.Tuple)


def _is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, str)


def _describe(node: nodes.Node) -> str:
    for kind, what in _REFUSED.items():
        if isinstance(node, kind):
            return what
    return f"use this part of Jinja2 ({type(node).__name__.lower()})"


def _refuse(what: str, text: Scalar, line: int | None) -> Problem:
    return Problem(
        "message-forbids", f"a message may not {what}", line_span(text, line or 1), _HELP
    )


_SIMILAR = {
    **dict.fromkeys(("currency", "euro", "eur", "amount"), "money"),
    **dict.fromkeys(("format", "strftime", "date_format", "dateformat", "datetime"), "date"),
    **dict.fromkeys(("round", "int", "float", "format_number"), "number"),
    **dict.fromkeys(("title", "capitalise", "ucfirst"), "capitalize"),
    **dict.fromkeys(("uppercase", "upcase"), "upper"),
    **dict.fromkeys(("lowercase", "downcase"), "lower"),
    **dict.fromkeys(("pct", "percentage"), "percent"),
    "strip": "trim",
    **dict.fromkeys(("d", "fallback", "ifnull"), "default"),
}
"""Filters of other tools, and the one that does the same here."""


def _check_word(
    word: str, kind: str, known: tuple[str, ...], text: Scalar, line: int
) -> Iterator[Problem]:
    if word not in known:
        similar = _SIMILAR.get(word.lower())
        suggestion = suggest(word, known) or (similar if similar in known else None)
        hint = f"did you mean `{suggestion}`?" if suggestion else f"there are: {', '.join(known)}"
        span = word_span(text, line, word)
        yield Problem("unknown-filter", f"messages have no {kind} `{word}`", span, hint)


def word_span(text: Scalar, line: int, word: str) -> Span:
    """Return the span of the first `word` from the start of that line of a template; lines are counted from 1."""
    template = str(text.value)
    match = re.compile(rf"\b{re.escape(word)}\b").search(template, _line_start(template, line))
    return template_position(text, match.start(), match.end()) if match else line_span(text, line)


def line_span(text: Scalar, line: int) -> Span:
    """Return the span of a line of a template; lines are counted from 1."""
    template = str(text.value)
    start = _line_start(template, line)
    end = template.find("\n", start)
    return template_position(text, start, len(template) if end < 0 else end)


def _line_start(template: str, line: int) -> int:
    offset = 0
    for _ in range(line - 1):
        offset = template.find("\n", offset) + 1
    return offset


def unknown_template_name(name: str, span: Span, known: TemplateNames) -> Problem:
    """Return the problem of a name that is unknown in a message."""
    if refusal := known.refused.get(name):
        return Problem(refusal.code, refusal.message, span, refusal.hint)
    suggestion = suggest(name, known.names)
    return Problem(
        "unknown-message-name",
        f"`{name}` is not a field, a variable of the workspace, a name of the playbook or a word of messages",
        span,
        f"did you mean `{suggestion}`?" if suggestion else "`tenure fields` lists the fields",
    )


def template_position(text: Scalar, start: int, end: int) -> Span:
    """Return the span of characters `start` to `end` of a template; in a block of text, the span of their line."""
    if text.style != "|":
        return text.part(start, end) if text.text == text.value else text.span
    line = text.span.line + 1 + str(text.value).count("\n", 0, start)
    return Span(text.span.file, line, 1, line + 1, 1)
