from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest
from tenure.engine.core.problems import Problems
from tenure.engine.sources import backends
from tenure.engine.sources.snapshots import Snapshots
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.workspace.settings_loader import load_workspace

DAY = dt.date(2026, 1, 31)
CONTENT = b"account_id,arr\na1,1\na2,2\n"
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()
SOURCE = "files: data/{date}.csv"


def snapshots(folder: Path, more: str = "", source: str = SOURCE) -> Snapshots:
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / f"{DAY}.csv").write_bytes(CONTENT)
    text = f"workspace: W\ntime_zone: UTC\nsnapshots:\n  {source}\n  {more}\n"
    (folder / "tenure.yaml").write_text(text)
    workspace, catalogue, problems, _ = load_workspace(folder)
    assert problems == []
    assert workspace is not None
    return Snapshots(workspace, catalogue)


def refused(found: Snapshots) -> str:
    with pytest.raises(Problems) as caught:
        found.load(DAY, ["arr"])
    (problem,) = caught.value.problems
    assert problem.code in PROBLEM_CODES
    return f"{problem.code}: {problem.message}"


def beside(folder: Path, name: str, content: str) -> None:
    (folder / "data" / name).write_text(content)


def test_a_done_file_is_waited_for(tmp_path: Path) -> None:
    found = snapshots(tmp_path, "done_file: data/{date}.done")
    assert refused(found).startswith("unfinished-snapshot")
    beside(tmp_path, f"{DAY}.done", "")
    assert found.load(DAY, ["arr"]).rows == 2


@pytest.mark.parametrize(
    ("stated", "code"),
    [("3", "cut-off"), ("", "unfinished-snapshot"), ("two", "unfinished-snapshot")],
)
def test_a_row_count_is_held_to(tmp_path: Path, stated: str, code: str) -> None:
    found = snapshots(tmp_path, "rows_file: data/{date}.rows")
    assert refused(found).startswith("unfinished-snapshot")
    beside(tmp_path, f"{DAY}.rows", stated)
    assert refused(found).startswith(code)
    beside(tmp_path, f"{DAY}.rows", " 2\n")
    assert found.load(DAY, ["arr"]).rows == 2


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("0" * 64, "cut-off"),
        (CHECKSUM[:40], "cut-off"),
        ("", "unfinished-snapshot"),
        (f"{CHECKSUM}  other.csv", "unfinished-snapshot"),
        (f"{CHECKSUM}  a.csv\n{CHECKSUM}  b.csv", "unfinished-snapshot"),
    ],
)
def test_a_checksum_is_held_to(tmp_path: Path, stated: str, code: str) -> None:
    found = snapshots(tmp_path, "checksum_file: data/{date}.sha256")
    beside(tmp_path, f"{DAY}.sha256", stated)
    assert refused(found).startswith(code)


@pytest.mark.parametrize(
    "stated",
    [
        CHECKSUM,
        CHECKSUM.upper() + "\n",
        f"{CHECKSUM}  {DAY}.csv\n",
        f"{'0' * 64}  other.csv\n{CHECKSUM} *out/{DAY}.csv\n",
    ],
)
def test_a_checksum_may_be_written_as_tools_write_it(tmp_path: Path, stated: str) -> None:
    found = snapshots(tmp_path, "checksum_file: data/{date}.sha256")
    beside(tmp_path, f"{DAY}.sha256", stated)
    assert found.load(DAY, ["arr"]).digest == CHECKSUM


def test_one_file_for_all_dates_has_one_proof(tmp_path: Path) -> None:
    source = "file: all.csv\n  date_column: on"
    text = "account_id,arr,on\na1,1,2026-01-31\na1,2,2026-02-01\n"
    found = snapshots(tmp_path, "rows_file: rows\n  checksum_file: sum", source)
    (tmp_path / "all.csv").write_text(text)
    (tmp_path / "sum").write_text(hashlib.sha256(text.encode()).hexdigest())
    (tmp_path / "rows").write_text("3")
    assert refused(found).startswith("cut-off")
    (tmp_path / "rows").write_text("2")
    assert found.load(DAY, ["arr"]).rows == 1
    (tmp_path / "sum").write_text("0" * 64)
    assert refused(found).startswith("cut-off")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch) -> None:
    found = snapshots(tmp_path)
    path = tmp_path / "data" / f"{DAY}.csv"

    def read_slowly(*arguments: object) -> object:
        rows = honest(*arguments)
        path.write_bytes(CONTENT + b"a3,3\n")
        return rows

    honest = backends.read_rows
    monkeypatch.setattr(backends, "read_rows", read_slowly)
    assert refused(found).startswith("file-changed")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    found = snapshots(tmp_path)
    (tmp_path / "data" / f"{DAY}.csv").chmod(0)
    assert refused(found).startswith("unreadable-snapshot")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    found = snapshots(tmp_path)
    (tmp_path / "data" / f"{DAY}.csv").unlink()
    (tmp_path / "data" / f"{DAY}.csv").mkdir()
    assert refused(found).startswith("not-a-file")


@pytest.mark.parametrize(("age", "fine"), [(0, True), (3, True), (4, False), (-5, True)])
def test_a_snapshot_may_be_no_older_than_stated(tmp_path: Path, age: int, fine: bool) -> None:
    on = DAY + dt.timedelta(days=age)
    problems = snapshots(tmp_path, "max_age: 3 days").check_age(DAY, on)
    assert [problem.code for problem in problems] == ([] if fine else ["snapshot-too-old"])
    assert snapshots(tmp_path).check_age(DAY, on) == []
