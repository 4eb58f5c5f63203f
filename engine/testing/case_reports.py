"""Reports of tests, for people and for other programs: a table, JSON, JUnit's XML, GitHub's workflow commands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from ..core.problems import Problem
from ..text.formatters import to_github
from ..text.problem_text import render
from .case_coverage import PlaybookCoverage, Reachable
from .case_mutations import Mutation
from .case_run import CaseVerdict

FAILED = "test-failed"
"""Problem code of a test that fails."""


@dataclass(frozen=True, slots=True)
class TestReport:
    """The result of `tenure test`.

    Attributes:
        verdicts: The tests as they were run.
        problems: The difference of each test that failed, with its place.
        why: By problem, the explanation of the account on the day that matters.
        coverage: The coverage of each playbook; empty where it was not asked for.
        survivors: The changed playbooks that no test notices; None where none was tried.
        tried: How many changes were tried.
    """

    verdicts: tuple[CaseVerdict, ...]
    problems: tuple[Problem, ...]
    why: Mapping[Problem, str] = field(default_factory=dict)
    coverage: tuple[PlaybookCoverage, ...] = ()
    survivors: tuple[Mutation, ...] | None = None
    tried: int = 0

    @property
    def failed(self) -> int:
        """Return the number of tests that failed."""
        return sum(not verdict.passed for verdict in self.verdicts)


def difference_problems(verdict: CaseVerdict) -> Iterator[Problem]:
    """Yield a problem for each difference of a test."""
    for difference in verdict.differences:
        message = f"{verdict.case.name}: {difference.message}"
        yield Problem(FAILED, message, difference.span)


def table_text(report: TestReport, texts: Mapping[str, str], *, colour: bool = False) -> str:
    """Return the report as text: a line for each file, what failed and why, what is not covered or noticed.

    Args:
        report: The report.
        texts: The test files' texts, for the lines that are shown.
        colour: True for a terminal with colours.
    """
    lines = [*_files(report)]
    for problem in report.problems:
        shown = render([problem], texts, colour, None).rstrip()
        lines += ["", shown.rpartition("\n\n")[0]]
        why = report.why.get(problem)
        if why:
            lines += ["", *(f"    {line}".rstrip() for line in why.splitlines())]
    lines += _coverage_lines(report.coverage)
    lines += _survivor_lines(report)
    return "".join(f"{line}\n" for line in lines)


def _files(report: TestReport) -> Iterator[str]:
    by_file: dict[str, list[CaseVerdict]] = {}
    for verdict in report.verdicts:
        by_file.setdefault(verdict.case.file, []).append(verdict)
    width = max((len(file) for file in by_file), default=0)
    for file, verdicts in sorted(by_file.items()):
        failed = sum(not verdict.passed for verdict in verdicts)
        noun = "test" if len(verdicts) == 1 else "tests"
        result = f"{failed} failed" if failed else "passed"
        yield f"{file:<{width}}  {len(verdicts):>4} {noun:<5}  {result}"


def _coverage_lines(coverage: Sequence[PlaybookCoverage]) -> Iterator[str]:
    if not coverage:
        return
    yield ""
    width = max(len("playbook"), *(len(each.playbook) for each in coverage))
    yield f"{'playbook':<{width}}  reachable  reached  per cent"
    for each in coverage:
        figures = f"{each.total:>9}  {each.covered:>7}  {each.percent:>8.1f}"
        yield f"{each.playbook:<{width}}  {figures}"
    for each in coverage:
        for missed in each.missed:
            yield f"{_place(missed)}: {missed.kind} not reached: {missed.text}"


def _survivor_lines(report: TestReport) -> Iterator[str]:
    if report.survivors is None:
        return
    yield ""
    noticed = report.tried - len(report.survivors)
    yield f"{report.tried} changes tried, {noticed} noticed"
    for mutation in report.survivors:
        yield f"{mutation.span.file}:{mutation.span.line}: no test notices {mutation.text}"


def _place(missed: Reachable) -> str:
    return f"{missed.span.file}:{missed.span.line}"


def json_text(report: TestReport) -> str:
    """Return the report as JSON."""
    data: dict[str, Any] = {
        "tests": len(report.verdicts),
        "failed": report.failed,
        "cases": [_case_data(verdict, report) for verdict in report.verdicts],
    }
    if report.coverage:
        data["coverage"] = [_coverage_data(each) for each in report.coverage]
    if report.survivors is not None:
        data["mutations"] = {
            "tried": report.tried,
            "unnoticed": [
                {"file": m.span.file, "line": m.span.line, "change": m.text}
                for m in report.survivors
            ],
        }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _case_data(verdict: CaseVerdict, report: TestReport) -> dict[str, Any]:
    case = verdict.case
    return {
        "file": case.file,
        "line": case.span.line,
        "name": case.name,
        "playbook": case.playbook,
        "passed": verdict.passed,
        "differences": [
            {
                "message": problem.message.removeprefix(f"{case.name}: "),
                "line": problem.span.line if problem.span else None,
                "why": report.why.get(problem, ""),
            }
            for problem in difference_problems(verdict)
        ],
    }


def _coverage_data(coverage: PlaybookCoverage) -> dict[str, Any]:
    return {
        "playbook": coverage.playbook,
        "reachable": coverage.total,
        "reached": coverage.covered,
        "percent": round(coverage.percent, 1),
        "missed": [
            {"kind": m.kind, "what": m.text, "file": m.span.file, "line": m.span.line}
            for m in coverage.missed
        ],
    }


def junit_text(report: TestReport) -> str:
    """Return the report as JUnit's XML, a suite for each file."""
    suites = ET.Element("testsuites", tests=str(len(report.verdicts)), failures=str(report.failed))
    by_file: dict[str, list[CaseVerdict]] = {}
    for verdict in report.verdicts:
        by_file.setdefault(verdict.case.file, []).append(verdict)
    for file, verdicts in sorted(by_file.items()):
        failures = sum(not verdict.passed for verdict in verdicts)
        suite = ET.SubElement(
            suites, "testsuite", name=file, tests=str(len(verdicts)), failures=str(failures)
        )
        for verdict in verdicts:
            _junit_case(suite, verdict, report)
    ET.indent(suites, " ")
    text = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _junit_case(suite: ET.Element, verdict: CaseVerdict, report: TestReport) -> None:
    case = verdict.case
    element = ET.SubElement(
        suite,
        "testcase",
        name=case.name,
        classname=case.playbook,
        file=case.file,
        line=str(case.span.line),
    )
    for problem in difference_problems(verdict):
        failure = ET.SubElement(element, "failure", message=problem.message)
        failure.text = report.why.get(problem, "")


def github_text(report: TestReport) -> str:
    """Return a workflow command for each difference, which GitHub shows next to the line."""
    text = to_github(report.problems)
    return f"{text}\n" if text else ""
