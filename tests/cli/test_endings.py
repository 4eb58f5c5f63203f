"""How commands end: what they say is committed, and with which code, when something fails afterwards."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import polars as pl
import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.cli.ending import library
from tenure.cli.main import main
from tenure.engine.reports import summary
from tenure.engine.store.commit import Commit
from tenure.engine.store.run_record import RunRecord

PROGRAM = "from tenure.cli.main import main\nmain(prog_name='tenure')"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three dates can be evaluated; an account's name has letters that few encodings have."""
    folder = workspace(tmp_path / "w", {"renewal": RENEWAL}, SETTINGS)
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        row = {
            "account_id": "1",
            "account_name": "Łódź 東京",
            "status": "active",
            "renewal_date": "2026-03-31",
            "csm": "Zoé",
        }
        snapshot(folder, dt.date.fromisoformat(day), [row])
    return folder


def tenure(
    *args: str | Path, before: str = "", redirect: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """The command in a process, after some code of the test's own; `redirect` is the shell's."""
    command = [sys.executable, "-c", before + PROGRAM, *map(str, args)]
    shell = ["bash", "-c", f'exec "$@" {redirect}', "bash", *command]
    return subprocess.run(
        shell,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        env={**os.environ, **settings},
    )


def invoked(root: Path, on: str) -> Result:
    """`tenure run` in this process."""
    return CliRunner().invoke(main, ["run", "--workspace", str(root), "--on", on])


def run_of(root: Path, on: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return tenure("run", "--workspace", root, "--on", on, **extra)


def committed(root: Path) -> list[str]:
    from tenure.engine.store import Reader

    return [run.on.isoformat() for run in Reader(root / "store").runs()]


DONE = "tenure: 2026-03-01 is committed, and only showing the result failed;"


@pytest.mark.parametrize("redirect", [">/dev/full", ">&-"])
def test_a_result_that_cannot_be_shown_is_committed_all_the_same(root: Path, redirect: str) -> None:
    result = run_of(root, "2026-03-01", redirect=redirect)
    assert result.returncode == 5
    assert "tenure: the result could not be written to standard output" in result.stderr
    assert DONE in result.stderr
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
    assert committed(root) == ["2026-03-01"]


def test_where_nothing_is_committed_a_full_disk_is_a_problem(root: Path) -> None:
    result = tenure("fields", "--workspace", root, redirect=">/dev/full")
    assert result.returncode == 1
    assert result.stderr == (
        "tenure: the result could not be written to standard output: no space left on device\n"
    )
    assert tenure("--help", redirect=">/dev/full").returncode == 1


def test_a_reader_that_has_left_does_not_hide_the_commit(root: Path) -> None:
    read, written = os.pipe()
    os.close(read)
    command = [sys.executable, "-c", PROGRAM, "run", "--workspace", root, "--on", "2026-03-01"]
    done = subprocess.run(command, stdout=written, stderr=subprocess.PIPE, text=True, check=False)
    os.close(written)
    assert done.returncode == 5
    assert DONE in done.stderr
    assert "Exception ignored" not in done.stderr
    assert committed(root) == ["2026-03-01"]


def test_a_panic_is_named_by_the_package_it_came_from() -> None:
    scope: dict[str, object] = {"__name__": "polars.frame"}
    exec("def fail():\n    raise KeyboardInterrupt", scope)
    with pytest.raises(KeyboardInterrupt) as raised:
        scope["fail"]()  # type: ignore[operator]
    assert library(raised.value) == "polars"


PANIC = "index out of range"
"""What a library in Rust says when it panics: not a subclass of Exception."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ValueError("\x1b[31mbad luck"),
            "an error of Tenure's own, ValueError: \ufffd[31mbad luck",
        ),
        (KeyboardInterrupt(), "interrupted"),
        (BrokenPipeError(), ""),
        (OSError(28, "No space left on device", "x"), "x: no space left on device"),
    ],
    ids=repr,
)
def test_whatever_fails_while_a_result_is_drawn_the_date_is_said_to_be_committed(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    monkeypatch.setattr(summary, "report_run", Mock(side_effect=error))
    result = invoked(root, "2026-03-01")
    assert result.exit_code == 5
    assert said in result.stderr
    assert DONE in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (sqlite3.OperationalError("database is locked"), 1),
        (MemoryError(), 1),
        (pl.exceptions.PanicException(PANIC), 1),
    ],
    ids=repr,
)
def test_a_catch_up_that_fails_names_the_dates_that_it_committed(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    assert invoked(root, "2026-03-01").exit_code == 0
    finish = Commit.finish

    def fail(commit: Commit, record: RunRecord, *more: Any) -> None:
        if record.on.day == 3:
            raise error
        finish(commit, record, *more)

    monkeypatch.setattr(Commit, "finish", fail)
    result = invoked(root, "2026-03-03")
    assert result.exit_code == code
    assert "tenure: before that, 2026-03-02 is committed and stays; the next run" in result.stderr
    assert "Traceback" not in result.stderr
    assert committed(root) == ["2026-03-01", "2026-03-02"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("KeyboardInterrupt", "interrupted"),
        (
            f"__import__('polars').exceptions.PanicException({PANIC!r})",
            f"the library pyo3_runtime failed, PanicException: {PANIC}",
        ),
    ],
)
def test_so_does_a_process_of_its_own(root: Path, error: str, said: str) -> None:
    broken = (
        "import tenure.engine.reports.summary as module\n"
        f"def fail(*args, **kwargs):\n    raise {error}\n"
        "module.report_run = fail\n"
    )
    result = run_of(root, "2026-03-01", before=broken)
    assert result.returncode == 5
    assert said in result.stderr
    assert DONE in result.stderr
    assert "Traceback" not in result.stderr


def test_rows_left_out_have_a_code_of_their_own(root: Path) -> None:
    good = (root / "data/accounts-2026-03-01.csv").read_text(encoding="utf-8")
    bad = good.splitlines()[1].replace("1,", "2,", 1).replace("2026-03-31", "\x1b[31m")
    (root / "data/accounts-2026-03-01.csv").write_text(f"{good}{bad}\n", encoding="utf-8")
    args = ("--workspace", root, "--on", "2026-03-01")
    assert tenure("preview", *args).returncode == 4
    result = tenure("run", *args)
    assert result.returncode == 4
    assert "\x1b" not in result.stdout + result.stderr
    (root / "playbooks/broken.yaml").write_text("playbook: 1\n", encoding="utf-8")
    assert tenure("preview", *args[:2], "--on", "2026-03-02").returncode == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LANG": "en_US.ISO-8859-1", "LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"},
    ],
)
def test_a_pipe_gets_utf_8_whatever_the_locale(root: Path, settings: dict[str, str]) -> None:
    result = run_of(root, "2026-03-01", **settings)
    assert result.returncode == 0
    assert "Łódź 東京" in result.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252:strict"])
def test_a_letter_that_the_encoding_lacks_is_replaced(root: Path, encoding: str) -> None:
    result = run_of(root, "2026-03-01", PYTHONIOENCODING=encoding)
    assert result.returncode == 0
    assert "?" in result.stdout
    assert "Traceback" not in result.stderr


def test_a_full_standard_error_stops_nothing(root: Path) -> None:
    (root / "playbooks/broken.yaml").write_text("playbook: 1\n", encoding="utf-8")
    result = run_of(root, "2026-03-01", redirect="2>/dev/full")
    assert result.returncode == 1
    assert "Łódź 東京" in result.stdout
    assert committed(root) == ["2026-03-01"]
    assert run_of(root, "2026-03-02", redirect="2>&- <&-").returncode == 1
    assert committed(root) == ["2026-03-01", "2026-03-02"]
