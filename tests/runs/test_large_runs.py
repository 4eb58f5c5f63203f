"""What is too large to hold at once gives the same as what is not: snapshots in parts, commits in files.

The limits are set so low that a few hundred accounts are large; the same workspace with the usual limits
is what they are held against.
"""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.large_snapshot import write_large
from support.workspaces import SETTINGS, workspace
from tenure.engine.core.ids import UNREADABLE_FIELDS
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs import stages
from tenure.engine.runs.running import preview, run
from tenure.engine.sources import Snapshots, partitioned
from tenure.engine.store import Reader, commit, verify

FIRST = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
RENEWAL = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active' or status == 'lapsed'
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - {id: early, at: -120 days, do: [task: {owner: csm, due: 20 days}, email: {owner: operations}]}
    - {id: low, at: -60 days, when: health_score < 70 and arr_share < 0.5, do: [call: {owner: csm}]}
    - {id: fall, at: -30 days, when: changed(health_score), do: [task: {owner: csm}]}
    - {id: grace, at: 0 days, do: [email: {owner: csm, repeat: {every: 1 day, at_most: 3}}]}
  outcomes:
    renewed: {when: renewal_date > anchor + 60 days, do: [email: {owner: csm}]}
    lapsed: {at: 30 days}
"""
FIELDS = (
    "fields: {arr_share: {type: number, title: Share, rank: {of: arr, among: health_score > 10}}}\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three snapshots of 300 accounts; in the later ones some have renewed, fallen, or gone bad."""
    settings = SETTINGS.replace(".csv", ".parquet")
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, settings)
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    write_large(root / "data" / "all.parquet", seed=3, accounts=300, on=FIRST)
    frame = pl.read_parquet(root / "data" / "all.parquet")
    (root / "data" / "all.parquet").unlink()
    number = pl.int_range(pl.len())
    for n in range(3):
        on = FIRST + 2 * n * DAY
        changed = frame.with_columns(
            health_score=pl.when(number % 7 == n).then(20.0).otherwise("health_score"),
            renewal_date=pl.when(number % 11 == n)
            .then(pl.col("renewal_date").dt.offset_by("365d"))
            .otherwise("renewal_date"),
            arr=pl.when(number % 29 == 5).then(pl.lit("n/a")).otherwise(pl.col("arr").cast(str)),
        )
        changed.filter(number % 13 != n).write_parquet(root / "data" / f"accounts-{on}.parquet")
    return root


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitioned, "LARGE_ROWS", 10)
    monkeypatch.setattr(stages, "BATCH", 64)
    monkeypatch.setattr(commit, "MOST_ENTRIES", 20)
    monkeypatch.setattr(commit, "MOST_STATES", 20)


def whole(root: Path) -> Path:
    """A second workspace on the same data."""
    other = root.parent / "whole"
    other.mkdir()
    for name in ("tenure.yaml", "fields.yaml", "playbooks", "data"):
        (other / name).symlink_to(root / name)
    return other


def run_days(root: Path, days: int = 6) -> list[pl.DataFrame]:
    project = load_project(root)
    return [run(project, FIRST + n * DAY).entries for n in range(days)]


def test_a_large_snapshot_in_parts_is_the_snapshot_whole(root, everything_is_large):
    project = load_project(root)
    snapshots = Snapshots(project.workspace, project.catalogue)
    fields = ["arr", "arr_share", "health_score", "segment", "status"]
    opened = snapshots.open(FIRST, fields)
    assert isinstance(opened, partitioned.LargeSnapshot)
    parts = [part.read() for part in opened.parts(64)]
    loaded = snapshots.load(FIRST, fields)
    assert len(parts) > 3
    in_any_order = pl.col(UNREADABLE_FIELDS).str.split(";").list.sort()
    in_parts = pl.concat(part.frame for part in parts).with_columns(in_any_order)
    assert_frame_equal(in_parts, loaded.accounts().with_columns(in_any_order))
    assert in_parts[UNREADABLE_FIELDS].count() > 5
    bad = pl.concat(part.quarantined for part in parts)
    assert bad.height > 5
    assert_frame_equal(bad, loaded.quarantined)
    assert (opened.digest, opened.rows) == (loaded.digest, loaded.rows)
    ends = [part.stretch for part in parts]
    assert ends[0][0] is None
    assert ends[-1][1] is None
    assert all(one[1] == next_one[0] for one, next_one in itertools.pairwise(ends))


def test_a_file_that_is_not_sorted_is_read_whole(root, everything_is_large):
    path = root / "data" / f"accounts-{FIRST}.parquet"
    frame = pl.read_parquet(path)
    frame.reverse().write_parquet(path)
    project = load_project(root)
    opened = Snapshots(project.workspace, project.catalogue).open(FIRST, ["arr"])
    assert not isinstance(opened, partitioned.LargeSnapshot)
    assert sum(part.read().frame.height for part in opened.parts(64)) == opened.frame.height


def test_runs_of_large_and_of_small_things_end_the_same(root, monkeypatch):
    small = whole(root)
    before = run_days(small)
    monkeypatch.setattr(partitioned, "LARGE_ROWS", 10)
    monkeypatch.setattr(stages, "BATCH", 64)
    monkeypatch.setattr(commit, "MOST_ENTRIES", 20)
    monkeypatch.setattr(commit, "MOST_STATES", 20)
    seen = preview(load_project(root), FIRST).entries
    after = run_days(root)
    assert_frame_equal(seen, after[0], check_row_order=False)
    for one, other in zip(before, after, strict=True):
        assert_frame_equal(one, other, check_row_order=False)
    here, there = Reader(root / "store"), Reader(small / "store")
    assert list((root / "store" / "ledger").iterdir())
    assert not list((small / "store" / "ledger").iterdir())
    for read in (
        lambda store: store.states(),
        lambda store: store.ledger(),
        lambda store: store.ledger(history=True),
        lambda store: store.pending(FIRST),
        lambda store: store.contacts(FIRST),
        lambda store: store.ended(),
        lambda store: store.history(FIRST, ["health_score"]),
        lambda store: store.quarantine(FIRST),
    ):
        assert_frame_equal(read(here), read(there))
    assert here.runs() == there.runs()
    assert verify(root / "store") == []


def test_a_large_run_is_not_done_twice(root, everything_is_large):
    project = load_project(root)
    first = run(project, FIRST)
    assert first.entries.height > 100
    assert run(project, FIRST).entries.is_empty()
    redone = run(project, FIRST, redo=True)
    assert redone.entries.is_empty()


def test_a_large_run_that_fails_late_leaves_nothing(root, everything_is_large, monkeypatch):
    def broken(*_: object) -> None:
        raise Problems([])

    monkeypatch.setattr(stages, "refuse_stranded", broken)
    with pytest.raises(Problems):
        run(load_project(root), FIRST)
    store = root / "store"
    assert [
        path.name
        for folder in ("states", "ledger", "history")
        for path in (store / folder).iterdir()
    ] == []
    assert Reader(store).last_committed() is None
