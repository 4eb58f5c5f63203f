"""`tenure test`: run the tests of the playbooks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .exit_codes import PROBLEMS
from .handover import hand_over
from .options import format_option, on_option, workspace_option
from .output import colourful, echo_status, write_output
from .workspaces import (
    choose_day,
    choose_playbooks,
    exit_with,
    no_account,
    open_project,
    report_problems,
)

if TYPE_CHECKING:
    from ..engine.playbook.model import Playbook
    from ..engine.project.loading import Project
    from ..engine.testing.case_model import PlaybookCase
    from ..engine.testing.case_reports import TestReport

TEST_FORMATS = ("table", "json", "junit", "github")


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@workspace_option
@click.option("--playbook", metavar="ID", help="Only tests of this playbook.")
@click.option("-k", "name", metavar="TEXT", help="Only tests whose name has this text.")
@click.option("--coverage", is_flag=True, help="Also list what of the playbooks no test reaches.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail if the coverage of a playbook is lower.",
)
@click.option(
    "--mutate", is_flag=True, help="Also change each playbook, and list what no test notices."
)
@click.option(
    "--from",
    "account",
    metavar="ACCOUNT",
    help="Write the test of a real account to standard output, and run nothing; needs --playbook.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=90,
    show_default=True,
    help="How many days the test of an account has.",
)
@on_option
@format_option(TEST_FORMATS)
def test_command(
    paths: tuple[Path, ...],
    root: Path,
    playbook: str | None,
    name: str | None,
    coverage: bool,
    fail_under: float | None,
    mutate: bool,
    account: str | None,
    days: int,
    on: dt.date | None,
    form: str,
) -> None:
    """Run the tests of the playbooks, in `tests/*.test.yaml` or in PATHS.

    Each test is one account over some days. Nothing is read of the snapshots or the store, and nothing is written.
    """
    project = open_project(root)
    exit_with(project.errors)
    chosen = choose_playbooks(project, playbook)
    if account is not None:
        if playbook is None:
            raise click.UsageError("--from needs --playbook: a test is of one playbook")
        _write_test(project, chosen[0], account, choose_day(project, on), days)
        return
    cases, texts = _load(project, root, paths, playbook, name)
    from ..engine.testing.case_suite import run_suite

    report = run_suite(project, cases, coverage=coverage or fail_under is not None, mutate=mutate)
    hand_over(lambda: report.verdicts)
    write_output(_written(report, texts, form), form)
    echo_status(_summary(report))
    low = [each for each in report.coverage if each.percent < (fail_under or 0)]
    for each in low:
        echo_status(f"{each.playbook}: {each.percent:.1f} % is less than {fail_under:g} %.")
    if report.failed or low:
        click.get_current_context().exit(PROBLEMS)


def _write_test(
    project: Project, playbook: Playbook, account: str, last: dt.date, days: int
) -> None:
    """Write the test of a real account to standard output."""
    from ..engine.testing.case_recording import record_case

    text = record_case(project, playbook, account, last, days)
    if text is None:
        message = no_account(project, last, account, f"in a snapshot of the last {days} days")
        raise click.BadParameter(message, param_hint="--from")
    hand_over(lambda: text)
    write_output(text)
    echo_status("Names and amounts are replaced. Save it as tests/NAME.test.yaml, and run it.")


def _load(
    project: Project, root: Path, paths: tuple[Path, ...], playbook: str | None, name: str | None
) -> tuple[list[PlaybookCase], dict[str, str]]:
    """Return the tests that are chosen, and the texts of their files; problems of the files end the command."""
    from ..engine.testing.case_loader import find_tests, load_tests

    files = [file for path in paths for file in _files(path)] if paths else find_tests(root)
    if not files:
        message = f"there are no tests: write some in {root / 'tests'}, such as notice.test.yaml"
        raise click.UsageError(message)
    loaded = load_tests(project, files)
    report_problems(loaded.problems)
    exit_with(loaded.problems)
    cases = [
        case
        for case in loaded.cases
        if playbook in (None, case.playbook) and (name or "").lower() in case.name.lower()
    ]
    if not cases:
        raise click.UsageError("no test has that name or playbook")
    return cases, loaded.texts


def _files(path: Path) -> list[Path]:
    from ..engine.testing.case_loader import ENDING

    return sorted(path.rglob(f"*{ENDING}")) if path.is_dir() else [path]


def _written(report: TestReport, texts: dict[str, str], form: str) -> str:
    from ..engine.testing import case_reports

    if form == "json":
        return case_reports.json_text(report)
    if form == "junit":
        return case_reports.junit_text(report)
    if form == "github":
        return case_reports.github_text(report)
    return case_reports.table_text(report, texts, colour=colourful())


def _summary(report: TestReport) -> str:
    count = len(report.verdicts)
    tests = f"{count} test{'' if count == 1 else 's'}"
    return f"{tests}: {f'{report.failed} failed' if report.failed else 'all passed'}"
