"""Format problems for other programs: a JSON array, GitHub's workflow commands, SARIF 2.1.0.

Each function takes problems and returns text. The order is that of `render`, and positions are counted from 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..core.problems import Fix, Problem, Span
from .printable import fit_json, fit_lines
from .problem_codes import PROBLEM_CODES, help_uri
from .problem_text import sort


def to_json(problems: Iterable[Problem]) -> str:
    """Return a JSON array of objects.

    Their keys: severity, code, message, hint, file, line, column, end_line, end_column, also, fix.
    """
    plain = [_plain(problem) for problem in sort(problems)]
    return fit_json(json.dumps(plain, indent=2, ensure_ascii=False))


def to_github(problems: Iterable[Problem]) -> str:
    """Return a `::error file=...,line=...::message` command per line. GitHub shows it next to the changed line."""
    return "\n".join(_command(problem) for problem in sort(problems))


def to_sarif(problems: Iterable[Problem], docs: str | None = None) -> str:
    """Return a SARIF 2.1.0 log with one run. Its rules are the codes that occur.

    Args:
        problems: The problems.
        docs: The address of the documentation, ending with a slash; without it, rules have no `helpUri`.
    """
    ordered = sort(problems)
    codes = sorted({problem.code for problem in ordered})
    driver = {"name": "tenure", "rules": [_rule(code, docs) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes.index(problem.code)) for problem in ordered],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return fit_json(json.dumps(log, indent=2, ensure_ascii=False))


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        **_position(problem.span),
        "also": [{"message": label, **_position(span)} for span, label in problem.also],
        "fix": None
        if problem.fix is None
        else {"text": problem.fix.text, **_position(problem.fix.span)},
    }


def _position(span: Span | None) -> dict[str, str | int | None]:
    names = ("file", "line", "column", "end_line", "end_column")
    return {name: getattr(span, name, None) for name in names}


def _command(problem: Problem) -> str:
    properties = {"title": problem.code}
    if span := problem.span:
        properties = {"file": span.file, "line": str(span.line), "endLine": str(span.end_line)}
        # GitHub takes columns only where a span is on one line.
        if span.line == span.end_line:
            last = max(span.column, span.end_column - 1)
            properties |= {"col": str(span.column), "endColumn": str(last)}
        properties["title"] = problem.code
    text = problem.message + (f"\n{problem.hint}" if problem.hint else "")
    joined = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return f"::{problem.severity} {joined}::{_escape(text)}"


def _escape(text: str) -> str:
    return fit_lines(text).replace("%", "%25").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _rule(code: str, docs: str | None) -> dict[str, Any]:
    from .problem_help import HELP

    rule: dict[str, Any] = {"id": code, "shortDescription": {"text": PROBLEM_CODES.get(code, code)}}
    if about := HELP.get(code):
        text = f"{about.why} {about.fix}"
        rule["help"] = {"text": text, "markdown": f"{about.why}\n\n**How to fix it.** {about.fix}"}
    if docs is not None:
        rule["helpUri"] = help_uri(code, docs)
    return rule


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    text = problem.message + (f" {problem.hint}" if problem.hint else "")
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": text},
    }
    if problem.span:
        result["locations"] = [_location(problem.span)]
    if problem.also:
        result["relatedLocations"] = [
            {"id": i, **_location(span), "message": {"text": label}}
            for i, (span, label) in enumerate(problem.also, 1)
        ]
    if problem.fix:
        result["fixes"] = [_fix(problem.fix, problem.hint or problem.message)]
    return result


def _fix(fix: Fix, description: str) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": _artifact(fix.span), "replacements": [replacement]}
    return {"description": {"text": description}, "artifactChanges": [change]}


def _location(span: Span) -> dict[str, Any]:
    location = {"artifactLocation": _artifact(span), "region": _region(span)}
    return {"physicalLocation": location}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(span: Span) -> dict[str, str]:
    from urllib.parse import quote

    return {"uri": quote(span.file.replace("\\", "/"), safe="/", errors="replace")}
