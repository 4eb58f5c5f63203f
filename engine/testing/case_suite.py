"""Run all tests that are chosen, with what they cover and which changes of the playbooks they notice."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.problems import Problem
from ..project.loading import Project
from .case_coverage import CoverageRecorder
from .case_model import PlaybookCase
from .case_mutations import Mutation, try_mutations
from .case_reports import TestReport, difference_problems
from .case_run import CaseRunner
from .case_trace import trace_difference


def run_suite(
    project: Project,
    cases: Sequence[PlaybookCase],
    *,
    coverage: bool = False,
    mutate: bool = False,
) -> TestReport:
    """Return the report on these tests.

    Args:
        project: The workspace.
        cases: The tests.
        coverage: Also record what of the tested playbooks they reach.
        mutate: Also change the tested playbooks, one thing at a time. Nothing is changed if a test fails.
    """
    runner, recorder = CaseRunner(project), CoverageRecorder()
    verdicts = []
    for case in cases:
        observe = recorder.observe if coverage else None
        verdict = runner.run(case, observe)
        if coverage:
            recorder.add(verdict.life, runner.days(case).playbooks)
        verdicts.append(verdict)
    problems: list[Problem] = []
    why: dict[Problem, str] = {}
    for verdict in verdicts:
        for problem, difference in zip(
            difference_problems(verdict), verdict.differences, strict=True
        ):
            problems.append(problem)
            why[problem] = trace_difference(runner, verdict, difference)
    tested = [p for p in project.playbooks if any(case.playbook == p.id for case in cases)]
    survivors: list[Mutation] | None = None
    tried = 0
    if mutate and not problems:
        survivors = []
        for playbook in tested:
            result = try_mutations(project, playbook, cases)
            survivors += result.survivors
            tried += result.tried
    return TestReport(
        tuple(verdicts),
        tuple(problems),
        why,
        tuple(recorder.of(playbook) for playbook in tested) if coverage else (),
        None if survivors is None else tuple(survivors),
        tried,
    )
