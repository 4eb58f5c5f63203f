"""The log of runs and previews: a line a date, on request only, and nothing of any account in it."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.hostile import NAMES
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli import stage_log
from tenure.cli.main import main
from tenure.cli.stage_log import LOG_KEYS
from tenure.engine.runs.plan import Stage
from tenure.engine.runs.stages import Progress, Runner, StageResult

ON = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a workspace of hostile and ordinary names, one row of which is bad."""
    made = workspace(tmp_path / "w", {"renewal": RENEWAL})
    names = ["Zoé Martin", *NAMES]
    rows = [
        {
            "account_id": f"account-{number}",
            "account_name": name,
            "status": "active",
            "csm": name,
            "contact_email": f"{name}@example.com",
            "renewal_date": ON + 90 * DAY,
        }
        for number, name in enumerate(names)
    ]
    snapshot(made, ON, [*rows, {**rows[0], "account_id": "bad", "renewal_date": "Zoé's birthday"}])
    return made


def tenure(*args: str, root: Path, log: str | None = None, today: str = ON.isoformat()) -> Result:
    runner = CliRunner(env={"TENURE_LOG": log})
    return runner.invoke(main, [*args, "--workspace", str(root), "--today", today])


def logged(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 4, result.output
    return [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]


def test_a_run_logs_its_date_counts_and_seconds(root: Path) -> None:
    (line,) = logged(tenure("run", "--on", "2026-03-02", "--log", "json", root=root))
    assert tuple(line) == LOG_KEYS
    assert line["event"] == "date committed"
    assert line["on"] == line["run_on"] == line["snapshot_on"] == "2026-03-02"
    assert (line["rows"], line["quarantined"], line["playbooks"]) == (len(NAMES) + 2, 1, 1)
    assert isinstance(line["seconds"], float)
    assert line["seconds"] >= 0


def test_the_seconds_of_a_caught_up_date_are_those_of_its_evaluation_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both dates are evaluated, a second each, before one of them is committed in no time."""
    assert tenure("run", "--on", "2026-03-02", root=root).exit_code == 4
    clock = 0.0
    execute = Runner.execute

    def slow(self: Runner, stage: Stage, progress: Progress | None) -> StageResult:
        nonlocal clock
        clock += 1
        return execute(self, stage, progress)

    monkeypatch.setattr(Runner, "execute", slow)
    monkeypatch.setattr(stage_log.time, "monotonic", lambda: clock)
    lines = logged(
        tenure("run", "--on", "2026-03-04", "--log", "json", root=root, today="2026-03-04")
    )
    assert [(line["on"], line["seconds"]) for line in lines] == [
        ("2026-03-03", 1),
        ("2026-03-04", 1),
    ]


def test_the_log_is_quiet_by_default_and_never_changes_the_result(root: Path) -> None:
    quiet = tenure("preview", "--on", "2026-03-02", root=root)
    json_log = tenure("preview", "--on", "2026-03-02", root=root, log="json")
    text_log = tenure("preview", "--on", "2026-03-02", root=root, log="text")
    assert logged(quiet) == []
    assert quiet.stdout == json_log.stdout == text_log.stdout
    assert len(logged(json_log)) == 1
    added = set(text_log.stderr.splitlines()) - set(quiet.stderr.splitlines())
    (line,) = added
    assert " on=2026-03-02 run_on=2026-03-02 " in line


def test_a_preview_of_days_to_come_logs_each(root: Path) -> None:
    result = tenure("preview", "--on", "2026-03-02", "--until", "+2d", "--log", "json", root=root)
    lines = logged(result)
    assert [line["on"] for line in lines] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert {line["event"] for line in lines} == {"date previewed"}


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("command", ["run", "preview"])
def test_the_log_has_nothing_of_any_account(root: Path, command: str, form: str) -> None:
    args = (command, "--on", "2026-03-02")
    quiet = set(tenure("preview", *args[1:], root=root).stderr.splitlines())
    result = tenure(*args, root=root, log=form)
    lines = [line for line in result.stderr.splitlines() if line not in quiet]
    assert len(lines) == 1
    for name in ["Zoé", "account-", "example.com", "birthday", "renewal", *NAMES]:
        assert name not in lines[0]
    assert lines[0].isascii()
    assert lines[0].isprintable()


def test_another_form_is_wrong_usage(root: Path) -> None:
    assert tenure("run", "--log", "xml", root=root).exit_code == 2
    assert tenure("run", root=root, log="xml").exit_code == 2


def test_structlog_is_imported_only_for_a_log() -> None:
    code = "import sys, tenure.cli.run, tenure.cli.preview; sys.exit('structlog' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
