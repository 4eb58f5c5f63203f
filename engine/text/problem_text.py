"""Render problems as a person reads them: code, message, span, the line with carets, help.

Takes problems and the texts of their files, and returns plain text in rustc's layout.
The same problems give the same bytes, in the order of the files' lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from ..core.problems import Problem, Span
from .positions import split_lines
from .printable import display_width, fit_line
from .problem_codes import help_uri

WIDTH = 100
"""Longer source lines are trimmed to a window of this many columns around the span."""
MOST_SHOWN = 20
"""Problems of one file that are shown in full. More usually come from one mistake."""
LONGEST_TEXT = 2_000
"""Characters of a message that are shown: a value of a megabyte may be quoted in it."""
_RED, _YELLOW, _BLUE, _CYAN, _BOLD, _PLAIN = (
    f"\x1b[{code}m" for code in ("1;31", "1;33", "1;34", "1;36", "1", "0")
)


def render(
    problems: Iterable[Problem],
    sources: Mapping[str, str],
    colour: bool = False,
    docs: str | None = None,
) -> str:
    """Render all problems, sorted by position, and a last line that counts them. Without problems the text is empty.

    At most `MOST_SHOWN` problems of one file are shown; the others are counted.

    Args:
        problems: The problems, in any order.
        sources: The text of each file by the name that spans use; other files are shown without their lines.
        colour: Add ANSI colours.
        docs: The address of the documentation, ending with a slash; with colours, codes are links to their pages.
    """
    ordered = sort(problems)
    if not ordered:
        return ""
    paint, linked = (_paint, docs) if colour else (_no_paint, None)
    cut = {file: split_lines(text) for file, text in sources.items()}
    parts = []
    for file, group in groupby(ordered, key=lambda problem: problem.span and problem.span.file):
        problems_of_file = list(group)
        shown = problems_of_file if file is None else problems_of_file[:MOST_SHOWN]
        parts += [_problem(problem, cut, paint, linked) for problem in shown]
        if hidden := problems_of_file[len(shown) :]:
            parts.append(f"{fit_line(file or '')}: and {count(hidden)} more")
    return "\n\n".join([*parts, count(ordered)]) + "\n"


def sort(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems by file, line, column and code, without repetitions."""
    return sorted(dict.fromkeys(problems), key=_order)


def count(problems: Iterable[Problem]) -> str:
    """Count errors and warnings: `2 errors, 1 warning`."""
    severities = [problem.severity for problem in problems]
    counted = [(severities.count(kind), kind) for kind in ("error", "warning")]
    return ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for n, kind in counted if n)


def _order(problem: Problem) -> tuple[object, ...]:
    """Return the sort key: everything that is shown, so that the order of discovery has no effect."""
    span = problem.span
    start = (span.file, span.line, span.column) if span else ("", 0, 0)
    end = (span.end_line, span.end_column) if span else (0, 0)
    details = (problem.hint or "", problem.severity, repr(problem.also))
    return (*start, problem.code, problem.message, *end, *details)


def _paint(text: str, ansi: str) -> str:
    return f"{ansi}{text}{_PLAIN}" if text else ""


def _no_paint(text: str, _ansi: str) -> str:
    return text


_Paint = Callable[[str, str], str]


def _shown_code(code: str, docs: str | None) -> str:
    """Return a problem code; with the address of the documentation, as a link for terminals (OSC 8)."""
    if docs is None:
        return code
    return f"\x1b]8;;{help_uri(code, docs)}\x1b\\{code}\x1b]8;;\x1b\\"


def _problem(
    problem: Problem, sources: Mapping[str, list[str]], paint: _Paint, docs: str | None
) -> str:
    tone = _RED if problem.severity == "error" else _YELLOW
    head = paint(f"{problem.severity}[{_shown_code(problem.code, docs)}]", tone)
    lines = [head + paint(f": {_short(problem.message)}", _BOLD)]
    labelled = [(problem.span, "", "^", tone)] if problem.span else []
    labelled += [(span, _short(label), "-", _BLUE) for span, label in problem.also]
    margin = len(str(max((span.line for span, *_ in labelled), default=0)))
    gutter = " " * margin
    files = list(dict.fromkeys(span.file for span, *_ in labelled))
    for file in files:
        spans = [row for row in labelled if row[0].file == file]
        arrow = "-->" if file == files[0] else ":::"
        at = f" {fit_line(file)}:{spans[0][0].line}:{spans[0][0].column}"
        lines.append(gutter + paint(arrow, _BLUE) + at)
        lines += _snippet(spans, sources.get(file, []), margin, paint)
    if problem.hint:
        bar = gutter + " " + paint("=", _BLUE) if labelled else " " + paint("=", _BLUE)
        lines.append(f"{bar} {paint('help:', _CYAN)} {_short(problem.hint)}")
    return "\n".join(lines)


_LabelledSpan = tuple[Span, str, str, str]
"""A span, its label, the sign that underlines it, and its colour."""


def _snippet(
    labelled: list[_LabelledSpan], source: list[str], margin: int, paint: _Paint
) -> list[str]:
    shown = sorted((p for p in labelled if p[0].line <= len(source)), key=lambda p: p[0].line)
    if not shown:
        return []
    bar = " " * margin + " " + paint("|", _BLUE)
    lines, last = [bar], 0
    for span, label, sign, tone in shown:
        text, before, width = _window(source[span.line - 1], span)
        if span.line != last:
            if last and span.line > last + 1:
                lines.append(paint("...", _BLUE))
            number = str(span.line).rjust(margin)
            lines.append(f"{paint(f'{number} |', _BLUE)} {text}".rstrip())
        mark = sign * width + (f" {label}" if label else "")
        lines.append(f"{bar} {' ' * before}{paint(mark, tone)}")
        last = span.line
    return lines


def _window(line: str, span: Span) -> tuple[str, int, int]:
    """Return the part of the line to show, the columns before the span in it, and the span's width."""
    start = min(span.column - 1, len(line))
    if span.column == 1 and span.end_line > span.line:
        start = len(line) - len(line.lstrip())  # An entire line is marked without its indentation.
    stop = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line.rstrip())
    stop = max(stop, start)
    first, last = 0, len(line)
    if last > WIDTH:
        first = max(0, min(start - WIDTH // 3, last - WIDTH))
        last = first + WIDTH
        stop = min(stop, last)
    left = "…" if first else ""
    right = "…" if last < len(line) else ""
    shown = left + fit_line(line[first:last]) + right
    before = display_width(left + fit_line(line[first:start]))
    return shown, before, max(1, display_width(fit_line(line[start:stop])))


def _short(text: str) -> str:
    return fit_line(text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…")
