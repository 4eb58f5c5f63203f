"""The jobs that `init` writes: at six in the workspace's time zone, with a log for its owner alone."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from tenure.cli.main import main
from tenure.engine.workspace.settings_loader import load_workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("jobs") / "work 100%"
    assert (
        CliRunner().invoke(main, ["init", str(root), "--demo", "--on", "2026-04-01"]).exit_code == 0
    )
    return root


def job(folder: Path) -> tuple[str, str]:
    """The schedule and the command, as cron hands it to the shell."""
    lines = (folder / "deploy" / "crontab").read_text("utf-8").splitlines()
    line = next(line for line in lines if line and not line.startswith(("#", "CRON_TZ=")))
    fields = line.split(" ", 5)
    return " ".join(fields[:5]), fields[5].replace("\\%", "%")


def started(folder: Path, tmp_path: Path, at: dt.datetime) -> tuple[bool, str]:
    """Whether the job runs Tenure when cron starts it at an instant, and its log's mode afterwards.

    Stands in for `date`, `TZ` included, and for the program itself.
    """
    tools = tmp_path / "tools"
    tools.mkdir()
    log = folder / "run.log"
    log.touch(0o644)
    log.chmod(0o644)
    date = tools / "date"
    date.write_text(f'#!/bin/sh\nexec /bin/date -d "@{int(at.timestamp())}" "$@"\n')
    date.chmod(0o755)
    _, command = job(folder)
    program = command.split("run.log; ", 1)[1].split(" run --workspace", 1)[0]
    assert command.index(f"{program} run ") < command.index(f"{program} deliver ")
    command = command.replace(f"{program} run", "echo ran", 1)
    command = command.replace(f"{program} deliver", "echo delivered", 1)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "TZ": "UTC"}
    subprocess.run(["/bin/sh", "-c", command], env=environment, check=True)
    ran = "ran" in log.read_text()
    assert ran == ("delivered" in log.read_text())
    mode = oct(log.stat().st_mode & 0o777)
    log.unlink()
    return ran, mode


def test_the_crontab_names_the_workspaces_zone(folder: Path) -> None:
    workspace = load_workspace(folder)[0]
    assert workspace is not None
    text = (folder / "deploy" / "crontab").read_text("utf-8")
    assert f"\nCRON_TZ={workspace.time_zone}\n" in text
    assert f"06:00:00 {workspace.time_zone}\n" in (folder / "deploy/tenure.timer").read_text()
    assert "$" + "zone" not in text


@pytest.mark.parametrize("month", [1, 7])
def test_a_cron_without_zones_runs_it_once_a_day_at_six_there(
    folder: Path, tmp_path: Path, month: int
) -> None:
    workspace = load_workspace(folder)[0]
    assert workspace is not None
    assert job(folder)[0] == "0 * * * *"
    midnight = dt.datetime(2026, month, 15, tzinfo=dt.UTC)
    hours = []
    for n in range(24):
        at = midnight + dt.timedelta(hours=n)
        (tmp_path / str(n)).mkdir()
        if started(folder, tmp_path / str(n), at)[0]:
            hours.append(at.astimezone(ZoneInfo(workspace.time_zone)).hour)
    assert hours == [6]


def test_the_log_is_for_its_owner_alone_also_if_it_was_not(folder: Path, tmp_path: Path) -> None:
    six = dt.datetime(2026, 7, 15, 4, tzinfo=dt.UTC)
    assert started(folder, tmp_path, six) == (True, "0o600")
