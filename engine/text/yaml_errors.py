"""Explain ruamel.yaml's syntax errors to a person who does not program.

Takes its error and returns one problem at the span to correct. No message uses a word of YAML's grammar.
"""

from __future__ import annotations

import re

from ..core.problems import Problem, Span
from .positions import position, split_lines
from .ruamel_events import MarkedYAMLError, ReaderError, YAMLError

_COLON = 'text that holds `: ` needs quotes: title: "Renewal: first call"'
_GOES_ON = "text goes on after the end of a value"
_ALIGN = "begin it in the same column as the other lines of its list or map"
_NO_KEY = "this line is not `key: value`: the colon, or the space after it, is missing"
_PAIR = "write `key: value`; a list item begins with `- `"
_QUOTE = "put the value in quotes"
_DOUBLE_QUOTES = """add it; text that holds a comma or an apostrophe needs double quotes: "the customer's team\""""

# Part of ruamel.yaml's error, our message, our hint, and whether to point to the context, where it began.
_MESSAGES: tuple[tuple[str, str, str | None, bool], ...] = (
    (
        "could not find expected ':'",
        _NO_KEY,
        _PAIR,
        True,
    ),
    ("mapping keys are not allowed", "a key cannot stand here", _QUOTE, False),
    (
        "sequence entries are not allowed",
        "a list item cannot begin here",
        "put each `- ` on a separate line below the key, all in one column",
        False,
    ),
    (
        "found unexpected end of stream",
        "this quote is never closed",
        "add the missing quote",
        True,
    ),
    (
        "found unexpected document separator",
        "this quote is not closed",
        "add the missing quote",
        True,
    ),
    (
        "unknown escape character",
        "a backslash inside double quotes is not followed by a sign that it can stand before",
        "use single quotes, or write the backslash twice",
        False,
    ),
    (
        "expected escape sequence",
        "this backslash sequence is not complete",
        "use single quotes, or write the backslash twice",
        False,
    ),
    ("expected <block end>, but found ','", "a comma cannot stand here", _QUOTE, False),
    (
        "expected <block end>, but found '<scalar>'",
        _GOES_ON,
        "if a value begins with a quote or a bracket, put all of it in quotes",
        False,
    ),
    ("expected <block end>, but found ']'", "a `]` closes nothing here", "remove it", False),
    ("expected <block end>, but found '}'", "a `}` closes nothing here", "remove it", False),
    ("expected <block end>", "this line does not line up with those above it", _ALIGN, False),
    (
        "expected ',' or ']'",
        "this list is not closed: a comma or `]` is missing",
        _DOUBLE_QUOTES,
        False,
    ),
    (
        "expected ',' or '}'",
        "this map is not closed: a comma or `}` is missing",
        _DOUBLE_QUOTES,
        False,
    ),
    ("expected the node content", "a value is missing here", None, False),
    (
        "expected '<document start>'",
        "this line does not line up with those above it",
        _ALIGN,
        False,
    ),
    (
        "content after document end marker",
        "something follows the end of the document",
        None,
        False,
    ),
    (
        "while scanning a block scalar",
        "after `|` or `>` the text begins on the next line, indented",
        'if the text itself begins with that sign, put it in quotes: "> 90%"',
        False,
    ),
    (
        "more indented follow up line",
        "a blank line before this text is indented deeper than the text",
        "take the spaces off the blank line",
        False,
    ),
)
_CANNOT_START = re.compile(r"found character '(.+)' that cannot start any token")


def explain_yaml_error(error: YAMLError, text: str, file: str) -> Problem:
    """Return the problem for ruamel.yaml's `error` about `text`."""
    if isinstance(error, ReaderError):
        return _bad_character(error, text, file)
    if not isinstance(error, MarkedYAMLError):
        return Problem("yaml-syntax", f"this is not YAML: {error}", Span(file, 1, 1, 1, 1))
    error_text = f"{error.problem or ''} {error.context or ''}"
    at, began = _mark(error.problem_mark, file), _mark(error.context_mark, file)
    at = at or began or Span(file, 1, 1, 1, 1)
    lines = split_lines(text)
    tab = next((span for span in (at, began) if span and _tabbed(lines, span)), None)
    if tab:
        return _tab(lines, tab)
    for span in (at, began):
        if span and (problem := _odd_item(lines, span.line, file)):
            return problem
    if (
        "directive" in error_text
        or " tag" in error_text
        or "alias" in error_text
        or "anchor" in error_text
    ):
        message = (
            "tags (`!`), anchors (`&`), aliases (`*`) and directives (`%`) are not allowed here"
        )
        hint = "for text that begins with such a sign, use quotes"
        return Problem("yaml-feature", message, began or at, hint)
    if match := _CANNOT_START.search(error_text):
        return Problem("yaml-syntax", f"a value cannot begin with `{match[1]}`", at, _QUOTE)
    if "mapping values are not allowed" in error_text:
        return _stray_colon(at, lines)
    return _from_table(error_text, at, began, lines)


_ODD_ITEM = re.compile(r"\s*(?:[–—•·*]\s*|-)(?=\w+:(?:\s|$))")
_ODD_PAIR = re.compile(r"[ -]*([a-z]\w*)(?::(?=[^\s:])|\s*=\s*)(\S.*)")


def _odd_item(lines: list[str], number: int, file: str) -> Problem | None:
    """Return the problem of a list item that begins with another sign, or without a space; None for other lines."""
    line = lines[number - 1] if number <= len(lines) else ""
    match = _ODD_ITEM.match(line)
    if match is None:
        return None
    sign = Span(file, number, _blank(line) + 1, number, _blank(line) + 2)
    hint = f"write `- {line[match.end() :].rstrip()}`"
    return Problem("yaml-syntax", "a list item begins with `- `", sign, hint)


def _meant_pair(line: str) -> str | None:
    """Return the hint for `key:value` or `key = value`; None for other lines."""
    match = _ODD_PAIR.fullmatch(line.rstrip())
    return f"write `{match[1]}: {match[2]}`" if match else None


def _quote_within(line: str, at: Span) -> str | None:
    """Return the hint for a quote inside a text in the same quotes, which ends the text; None for other places."""
    before = line[: at.column - 1]
    if before.endswith("'") and line[at.column - 1 : at.column].isalpha():
        return "write an apostrophe in single quotes twice, as in 'the customer''s plan', or use double quotes"
    if before.endswith('"') and line.count('"') > 2:
        return "put a text that holds double quotes in single quotes"
    return None


def _stray_colon(at: Span, lines: list[str]) -> Problem:
    """Return the problem of a colon where a key cannot be.

    The line has two, or the line above has none, or the line is indented wrongly.
    """
    before = lines[at.line - 1][: at.column - 1]
    if ": " in before or at.line == 1:
        message = "a second `key: value` cannot stand on this line"
        # A no-break space before a colon is correct French. At the beginning of a line it does not indent.
        pasted = _pasted(before if before[:1] == "\u00a0" else before.replace("\u00a0", ""))
        return Problem("yaml-syntax", message, at, pasted or _COLON)
    start = _indent(before)
    above = next((n for n in range(at.line - 1, 0, -1) if lines[n - 1].strip()), 0)
    if above and ": " not in f"{lines[above - 1]} " and _indent(lines[above - 1]) >= start:
        span = Span(at.file, above, _indent(lines[above - 1]) + 1, above, len(lines[above - 1]) + 1)
        hint = _pasted(lines[above - 1]) or _meant_pair(lines[above - 1]) or _PAIR
        return Problem("yaml-syntax", _NO_KEY, span, hint)
    if above and (item := _odd_item(lines, above, at.file)):
        return item
    if above and "\u00a0" in (indent := lines[above - 1][: _blank(lines[above - 1])]):
        span = Span(at.file, above, 1, above, len(indent) + 1)
        message = "a no-break space indents this line; YAML takes only plain ones"
        return Problem(
            "yaml-syntax", message, span, "replace what is before the text by plain spaces"
        )
    message = "this line is indented deeper than the lines that it belongs to"
    hint = f"{_ALIGN}; if it continues the text above, put that text in quotes"
    span = Span(at.file, at.line, start + 1, at.line, at.column)
    return Problem("yaml-syntax", message, span, hint)


def _line(lines: list[str], span: Span) -> str:
    return lines[span.line - 1] if span.line <= len(lines) else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" -"))


def _blank(line: str) -> int:
    """Return how many blanks of any kind a line begins with."""
    return len(line) - len(line.lstrip())


def _pasted(line: str) -> str | None:
    """Return a hint if the line has characters of word processors where YAML needs plain ones."""
    if "\u201c" in line or "\u201d" in line:
        return "curly quotes are letters like any others in YAML: type straight ones"
    if "\u00a0" in line:
        return "the line holds a no-break space, pasted from elsewhere perhaps: type a plain space"
    return None


def _from_table(error_text: str, at: Span, began: Span | None, lines: list[str]) -> Problem:
    unknown = ("", "this is not YAML", None, False)
    _, message, hint, from_start = next((row for row in _MESSAGES if row[0] in error_text), unknown)
    also: tuple[tuple[Span, str], ...] = ()
    if began and began != at:
        if from_start:
            at = began
        elif "not closed" in message:
            also = ((began, "it begins here"),)
    line = _line(lines, at)
    meant = _meant_pair(line) if message == _NO_KEY else None
    meant = meant or (_quote_within(line, at) if message == _GOES_ON else None)
    return Problem("yaml-syntax", message, at, _pasted(line) or meant or hint, also)


def _mark(mark: object, file: str) -> Span | None:
    line, column = getattr(mark, "line", None), getattr(mark, "column", None)
    if line is None or column is None:
        return None
    return Span(file, line + 1, column + 1, line + 1, column + 2)


def _tabbed(lines: list[str], span: Span) -> bool:
    line = _line(lines, span)
    return "\t" in line[: len(line) - len(line.lstrip())]


def _tab(lines: list[str], span: Span) -> Problem:
    column = lines[span.line - 1].index("\t") + 1
    tabbed = sum(
        line.startswith("\t") or "\t" in line[: len(line) - len(line.lstrip())] for line in lines
    )
    message = "a tab indents this line; YAML takes only spaces"
    if tabbed > 1:
        message = f"a tab indents this line (and {tabbed - 1} more); YAML takes only spaces"
    hint = "replace each tab with two spaces; editors have a command that converts indentation"
    return Problem(
        "tab-indent", message, Span(span.file, span.line, column, span.line, column + 1), hint
    )


def _bad_character(error: ReaderError, text: str, file: str) -> Problem:
    code = ord(text[error.position])
    message = f"the character U+{code:04X} cannot stand in a YAML file"
    hint = "delete it; it is invisible, and was pasted from elsewhere perhaps"
    return Problem("bad-character", message, position(text, error.position, file), hint)
