"""A run commits no date that has not come yet; a preview looks ahead, but not for ever."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.cli import options
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs.plan import MOST_AHEAD
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

TODAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = workspace(tmp_path / "w", {"renewal": RENEWAL})
    row = {"account_id": "a", "status": "active", "renewal_date": TODAY, "csm": "Zoé"}
    snapshot(made, TODAY, [row])
    snapshot(made, TODAY + 10 * DAY, [row])
    snapshot(made, dt.date(2062, 3, 2), [row])
    return made


def tenure(*args: str, root: Path, env: dict[str, str] | None = None) -> Any:
    return CliRunner(env=env).invoke(main, [*args, "--workspace", str(root)])


def test_a_date_to_come_is_refused_and_nothing_written(root: Path) -> None:
    result = tenure("run", "--on", "2026-03-03", "--today", "2026-03-02", root=root)
    assert result.exit_code == 1
    assert "error[date-ahead]: 2026-03-03 is after today, 2026-03-02" in result.stderr
    assert "tenure preview" in result.stderr
    assert not (root / "store").exists()


def test_the_year_typed_wrong_is_refused_after_a_run_too(root: Path) -> None:
    tenure("run", "--today", "2026-03-02", root=root)
    for on in ("2062-03-02", "9999-12-31"):
        assert tenure("run", "--on", on, "--today", "2026-03-02", root=root).exit_code == 1
    assert Reader(root / "store").last_committed() == TODAY


def test_today_and_earlier_are_run(root: Path) -> None:
    for today in ("2026-03-02", "2026-03-03"):
        assert tenure("run", "--on", "2026-03-02", "--today", today, root=root).exit_code == 0


def test_a_redo_of_a_date_to_come_is_refused(root: Path) -> None:
    run(load_project(root), TODAY)
    with pytest.raises(Problems, match="is after today"):
        run(load_project(root), TODAY, redo=True, today=TODAY - DAY)


def test_today_stands_in_for_the_clock(root: Path) -> None:
    tenure("run", "--today", "2026-03-02", root=root)
    assert Reader(root / "store").last_committed() == TODAY
    result = tenure("run", root=root, env={"TENURE_TODAY": "2026-03-04"})
    assert result.exit_code == 0
    assert Reader(root / "store").last_committed() == TODAY + 2 * DAY


def test_without_it_the_clock_counts_in_the_workspaces_zone(root: Path) -> None:
    """Kiritimati is fourteen hours ahead of UTC: no other zone has tomorrow's date earlier."""
    text = SETTINGS.replace("Europe/Paris", "Pacific/Kiritimati")
    (root / "tenure.yaml").write_text(text, encoding="utf-8")
    there = dt.datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
    on = (there + DAY).isoformat()
    result = tenure("run", "--on", on, root=root, env={"TENURE_TODAY": ""})
    assert f"{on} is after today" in result.stderr
    assert options.today(load_project(root).workspace) in (there, there + DAY)


def test_a_snapshot_of_a_date_to_come_is_not_used(root: Path) -> None:
    run(load_project(root), TODAY + 5 * DAY, today=TODAY + 5 * DAY)
    (record,) = Reader(root / "store").runs()
    assert record.snapshot_on == TODAY


LOOKS = [
    (["--on", "2026-03-09"], 0),
    (["--on", "9999-12-31"], 1),
    (["--until", "+3d"], 0),
    (["--until", "9999-12-31"], 1),
    (["--until", "+9999d"], 1),
]


@pytest.mark.parametrize(("args", "code"), LOOKS)
def test_a_preview_looks_ahead_but_not_for_ever(args: list[str], code: int, root: Path) -> None:
    result = tenure("preview", *args, "--today", "2026-03-02", root=root)
    assert result.exit_code == code
    assert ("error[date-ahead]" in result.stderr) == (code == 1)


def test_a_preview_of_a_day_long_past_is_no_look_ahead(root: Path) -> None:
    assert preview(load_project(root), TODAY, today=TODAY + 3000 * DAY).dates == (TODAY,)
    with pytest.raises(Problems, match=f"at most {MOST_AHEAD} days ahead"):
        preview(load_project(root), TODAY, until=TODAY + 401 * DAY)
