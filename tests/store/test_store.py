"""The store's reading and writing, and what it says when it can't."""

from __future__ import annotations

import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.store_rows import FIRST, commit, day, entry, record, state
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import CONTACTS, ENDED, LEDGER, QUARANTINE, STATES
from tenure.engine.store import (
    Commits,
    Locked,
    Overlay,
    Reader,
    Store,
    state_files,
    verify,
)
from tenure.engine.store import commit as committing
from tenure.engine.text.problem_codes import PROBLEM_CODES


def where(reader: Reader) -> dict[tuple[str, str], str]:
    frame = reader.states().select("account_id", "playbook", "state")
    return {(account, playbook): name for account, playbook, name in frame.iter_rows()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def written(root: Path) -> Path:
    """A store with one commit."""
    with Store.open(root) as store:
        commit(
            store,
            record(0),
            [state("b", "grace"), state("a", "urgency")],
            [entry("1"), entry("2", contact_on=day(3))],
            [{"account_id": "c", "playbook": "renewal", "cycle": "x", "ended_on": FIRST}],
            [{"account_id": "d", "row": 7, "field": "arr", "value": "?", "reason": "no number"}],
            pl.DataFrame({"account_id": ["b", "a"], "health_score": [70.5, None]}),
        )
    return root


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Problems) as raised:
        call()
    (problem,) = raised.value.problems
    assert problem.code in PROBLEM_CODES
    assert problem.hint
    return problem.code


def open_once(root: Path) -> None:
    with Store.open(root):
        pass


def files_of(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_store_that_is_not_there_reads_as_empty_and_is_not_made(root: Path) -> None:
    reader = Reader(root)
    assert reader.last_committed() is None
    assert reader.runs() == []
    assert reader.states().schema == pl.Schema(STATES)
    assert reader.ledger().schema == pl.Schema(LEDGER)
    assert reader.pending(FIRST).is_empty()
    assert reader.contacts(FIRST).schema == pl.Schema(CONTACTS)
    assert reader.known(pl.Series(["1"])).is_empty()
    assert reader.ended().schema == pl.Schema(ENDED)
    assert reader.history_days() == []
    assert reader.history(FIRST, ["arr"]).columns == ["account_id"]
    assert reader.history_fields(FIRST) == frozenset()
    assert reader.quarantine(FIRST).schema == pl.Schema(QUARANTINE)
    assert verify(root) == []
    assert not root.exists()


def test_it_reads_what_was_committed(written: Path) -> None:
    reader = Reader(written)
    assert reader.last_committed() == FIRST
    assert reader.runs() == [record(0)]
    assert reader.runs(day(1)) == []
    assert reader.states()["account_id"].to_list() == ["a", "b"]
    assert reader.states()["anchor"].to_list() == [FIRST, FIRST]
    assert reader.states("other").is_empty()
    assert reader.ledger()["action_id"].to_list() == ["1", "2"]
    assert reader.ended()["account_id"].to_list() == ["c"]
    assert reader.quarantine(FIRST).rows() == [("d", 7, "arr", "?", "no number")]
    assert reader.history_days() == [FIRST]
    assert reader.history(FIRST, ["health_score", "arr"]).to_dict(as_series=False) == {
        "account_id": ["a", "b"],
        "health_score": [None, 70.5],
    }


def test_files_are_for_their_owner_alone(written: Path) -> None:
    for path in [written, *written.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_last_row_of_an_account_and_playbook_is_its_state(written: Path) -> None:
    with Store.open(written) as store:
        commit(store, record(1), [state("a", "expiry"), state("a", "x", "review")])
    assert where(Reader(written)) == {
        ("a", "renewal"): "expiry",
        ("a", "review"): "x",
        ("b", "renewal"): "grace",
    }


def test_a_compaction_leaves_base_files_by_bucket_and_nothing_else(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_files, "MOST_DELTAS", 2)
    accounts = [f"account {n}" for n in range(100)]
    with Store.open(root) as store:
        for n in range(3):
            commit(store, record(n), [state(account, f"s{n}") for account in accounts])
    bases = [name for name in files_of(root) if name.startswith("states/")]
    writer = bases[0].split("-")[-2]
    assert bases == [f"states/tenure-base-00000003-{writer}-{n:03}.parquet" for n in range(16)]
    assert where(Reader(root)) == {(account, "renewal"): "s2" for account in accounts}
    assert Reader(root).states()["account_id"].to_list() == sorted(accounts)


def test_a_compaction_refuses_to_hide_rot(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_files, "MOST_DELTAS", 1)
    (delta,) = (written / "states").iterdir()
    delta.write_bytes(delta.read_bytes()[:-1] + b"?")
    with Store.open(written) as store:
        assert code_of(lambda: commit(store, record(1), [state("a", "x")])) == "store-damaged"


def test_a_listing_shows_the_latest_revision_unless_asked_for_history(written: Path) -> None:
    with Store.open(written) as store:
        commit(store, record(1), entries=[entry("2", 2, "superseded"), entry("2", 3, "withdrawn")])
    reader = Reader(written)
    assert reader.ledger().select("action_id", "status").rows() == [
        ("1", "issued"),
        ("2", "withdrawn"),
    ]
    assert reader.ledger(statuses=["issued"])["action_id"].to_list() == ["1"]
    assert reader.ledger(history=True)["revision"].to_list() == [1, 1, 2, 3]
    assert reader.known(pl.Series(["2", "9", None, "1", "2"])).rows() == [("1", 1), ("2", 3)]


def test_filters_of_a_listing(root: Path) -> None:
    with Store.open(root) as store:
        commit(
            store,
            record(0),
            entries=[
                entry("1", due_on=day(1), owner="Ann"),
                entry("2", due_on=day(2), owner="Bob", account_id="b"),
                entry("3", due_on=day(3), owner="Bob", playbook="review"),
            ],
        )
    reader = Reader(root)

    def listed(**filters: Any) -> list[str]:
        return reader.ledger(**filters)["action_id"].to_list()

    assert listed(date_from=day(2)) == ["2", "3"]
    assert listed(date_to=day(2)) == ["1", "2"]
    assert listed(owner="Bob", accounts={"a", "c"}) == ["3"]
    assert listed(playbooks=["renewal"]) == ["1", "2"]
    assert listed(accounts=[]) == []
    assert listed(owner="' OR 1 --") == []


def test_pending_and_contacts_leave_out_what_was_taken_back(root: Path) -> None:
    with Store.open(root) as store:
        commit(
            store,
            record(0),
            entries=[
                entry("1", due_on=day(5), contact_on=day(5)),
                entry("2", due_on=day(5), contact_on=day(5)),
                entry("3", due_on=day(5), status="skipped"),
                entry("4", due_on=day(4)),
            ],
        )
        commit(store, record(1), entries=[entry("2", 2, "withdrawn")])
    reader = Reader(root)
    assert reader.pending(day(4))["action_id"].to_list() == ["1"]
    assert reader.contacts(day(5)).rows() == [("a", "renewal", None, "grace", day(5), None)]
    assert reader.contacts(day(6)).is_empty()


def test_the_history_of_steps_is_every_revision_of_the_actions_asked_for(root: Path) -> None:
    offer = partial(entry, action="offer")
    first = [offer("1"), offer("2", step="other"), offer("3", playbook="reviews")]
    first.append(entry("5", action="call"))
    later = [offer("1", 2, "withdrawn"), offer("4")]
    with Store.open(root) as store:
        commit(store, record(0), entries=first)
    memory = Overlay(Reader(root))
    commit(memory, record(1), entries=later)
    columns = ("account_id", "action_id", "revision")
    asked = (["renewal"], ["grace", "none"], ["offer", "none"])
    found = [memory.step_history(*asked, columns)]
    with Store.open(root) as store:
        commit(store, record(1), entries=later)
    found.append(Reader(root).step_history(*asked, columns))
    for each in found:
        assert each.select(columns[1:]).rows() == [("1", 1), ("1", 2), ("4", 1)]


def test_texts_that_come_often_or_never_are_stored_as_they_are(root: Path) -> None:
    owners = ["Ann", None, "", "Bob\n"] * 100
    entries = [entry(str(n), owner=owner) for n, owner in enumerate(owners)]
    with Store.open(root) as store:
        commit(store, record(0), entries=entries)
    found = Reader(root).ledger().select("action_id", "owner")
    assert dict(found.iter_rows()) == {str(n): owner for n, owner in enumerate(owners)}


def test_a_redo_adds_a_record_and_takes_the_place_of_what_ended(written: Path) -> None:
    again = {"account_id": "c", "playbook": "renewal", "cycle": "x", "ended_on": FIRST}
    with Store.open(written) as store:
        commit(store, record(0, 2), ended=[again | {"outcome": "renewed"}])
    reader = Reader(written)
    assert [run.attempt for run in reader.runs(FIRST)] == [1, 2]
    assert reader.ended()["outcome"].to_list() == ["renewed"]
    assert reader.quarantine(FIRST).is_empty()


def test_history_of_a_snapshot_is_kept_once(written: Path) -> None:
    kept = pl.DataFrame({"account_id": ["a", "b"], "health_score": [None, 70.5]})
    with Store.open(written) as store:
        commit(store, record(1, snapshot_on=FIRST), history=kept)
        assert len(list((written / "history").iterdir())) == 1
        commit(store, record(2, snapshot_on=FIRST), history=kept.with_columns(arr=1.0))
    assert len(list((written / "history").iterdir())) == 1
    assert Reader(written).history(FIRST, ["arr"])["arr"].to_list() == [1.0, 1.0]


def test_it_refuses_an_entry_it_has_and_keeps_nothing_of_the_commit(written: Path) -> None:
    before = files_of(written)
    with Store.open(written) as store:
        changed, again = [state("a", "x")], [entry("9"), entry("2")]
        assert code_of(lambda: commit(store, record(1), changed, again)) == "store-duplicate"
        assert files_of(written) == before
        twice = [entry("9"), entry("9")]
        assert code_of(lambda: commit(store, record(1), changed, twice)) == "store-duplicate"
        with pytest.raises(ValueError, match="must follow"):
            commit(store, record(1), changed, [entry("1", 3)])
        assert where(store)["a", "renewal"] == "urgency"
        assert store.ledger().height == 2
        commit(store, record(1), changed, [entry("9")])
    assert where(Reader(written))["a", "renewal"] == "x"


def test_many_entries_are_guarded_as_few_are(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "MOST_IN_TABLE", 3)
    with Store.open(written) as store:
        again = [entry("7"), entry("8"), entry("9"), entry("2")]
        assert code_of(lambda: commit(store, record(1), entries=again)) == "store-duplicate"
        commit(store, record(1), entries=[*again[:3], entry("2", 2, "withdrawn")])
        assert code_of(lambda: commit(store, record(2), entries=again[:1])) == "store-duplicate"
    assert Reader(written).ledger(statuses=["issued"])["action_id"].to_list() == list("1789")
    assert verify(written) == []


def test_it_refuses_a_date_before_the_last_or_committed_already(written: Path) -> None:
    with Store.open(written) as store:
        assert code_of(lambda: commit(store, record(0))) == "store-date"
        assert code_of(lambda: commit(store, record(-1))) == "store-date"


def test_a_second_writer_learns_which_process_holds_the_store(root: Path) -> None:
    script = "import sys; from tenure.engine.store import Store\n"
    script += "with Store.open(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=f"process {other.pid} has held") as raised:
            open_once(root)
        assert raised.value.pid == other.pid
        assert Reader(root).last_committed() is None
        other.communicate()
    open_once(root)


def test_the_lock_is_not_the_text_in_its_file(written: Path) -> None:
    (written / "lock").write_text("1\n")
    open_once(written)


def test_what_a_killed_run_left_is_swept_by_the_next_writer(written: Path) -> None:
    before = files_of(written)
    half = "tenure-history-2026-01-02-00000002-0a1b2c3d-000.parquet"
    (written / "states" / "tenure-delta-00000002-0a1b2c3d-000.parquet").write_bytes(b"half")
    (written / "history" / half).write_bytes(b"")
    (written / "tenure-newest-run.json.0a1b2c3d.partial").write_bytes(b"")
    assert where(Reader(written))
    open_once(written)
    assert files_of(written) == before


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Limits the size of any file this process writes: a full disk, as far as a write can tell."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 1, 1_000, 4_096, 20_000, 60_000])
def test_a_full_disk_at_commit_leaves_the_store_as_it_was(
    written: Path, small_files: Callable[[int], None], room: int
) -> None:
    before = files_of(written)
    changed = [state(f"account {n}", f"state {n}") for n in range(20)]
    entries = [entry(f"new {n}", detail=f"{n}" + "x" * 2_000) for n in range(200)]
    with Store.open(written) as store:
        small_files(room)
        with pytest.raises(Problems) as raised:
            commit(store, record(1), changed, entries)
        small_files(resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        (problem,) = raised.value.problems
        assert problem.code in ("store-full", "store-failed")
        assert store.last_committed() == FIRST
    # Where even taking back meets the limit, the next writer sweeps.
    open_once(written)
    assert files_of(written) == before
    assert Reader(written).ledger().height == 2
    assert verify(written) == []
    with Store.open(written) as store:
        commit(store, record(1), changed, entries)
    assert Reader(written).ledger().height == 202


class FailsAfterCommit:
    """A connection of SQLite whose COMMIT commits, and then reports that the folder was not synced."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def execute(self, text: str, *values: Any) -> Any:
        done = self._database.execute(text, *values)
        if text == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_DIR_FSYNC
            raise error
        return done


def test_a_commit_whose_last_sync_fails_is_committed(written: Path) -> None:
    commits = Commits()
    with Store.open(written, commits=commits) as store:
        begin = store.begin

        @contextmanager
        def failing(*args: Any) -> Iterator[Any]:
            with begin(*args) as made:
                made._database = FailsAfterCommit(made._database)
                yield made

        store.begin = failing  # type: ignore[method-assign]
        commit(store, record(1), [state("a", "y")], [entry("new")])
    on = record(1).on
    assert commits.dates == [on]
    (warning,) = commits.warnings
    assert (warning.code, warning.severity) == ("store-unconfirmed", "warning")
    assert warning.message == (
        f"{on} is committed in the store {written}, but its disk did not confirm the last step: disk I/O error"
    )
    assert warning.hint == "see that the disk is well; after a power cut, run again"
    assert Reader(written).last_committed() == on
    assert verify(written) == []


def test_a_really_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small disk needs more rights")
    try:
        with Store.open(disk / "store") as store:
            commit(store, record(0), [state("a", "x")])
            big = [entry(f"new {n}", detail=f"{n}" + "x" * 2_000) for n in range(200)]
            full = lambda: commit(store, record(1), [state("a", "y")], big)  # noqa: E731
            assert code_of(full) == "store-full"
            assert where(store) == {("a", "renewal"): "x"}
            commit(store, record(1), [state("a", "y")])
        assert verify(disk / "store") == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_verify_finds_rot(written: Path) -> None:
    assert verify(written) == []
    (delta,) = (written / "states").iterdir()
    (kept,) = (written / "history").iterdir()
    content = bytearray(delta.read_bytes())
    content[len(content) // 2] ^= 1
    delta.write_bytes(content)
    size = kept.stat().st_size
    kept.write_bytes(kept.read_bytes()[:100])
    assert [(problem.code, problem.message) for problem in verify(written)] == [
        (
            "store-damaged",
            f"the store {written} is damaged: history/{kept.name} holds"
            f" 100 bytes where {size} were written",
        ),
        (
            "store-damaged",
            f"the store {written} is damaged:"
            f" states/{delta.name} holds other bytes than were written",
        ),
    ]


def test_a_missing_file_is_reported_by_name(written: Path) -> None:
    (delta,) = (written / "states").iterdir()
    delta.unlink()
    assert code_of(Reader(written).states) == "store-damaged"
    (problem,) = verify(written)
    assert str(delta) in problem.message


@pytest.mark.parametrize("place", [0, 4_096])
def test_a_damaged_database_is_reported(written: Path, place: int) -> None:
    database = written / "store.db"
    content = bytearray(database.read_bytes())
    content[place:] = b"?" * len(content[place:])
    database.write_bytes(content)
    assert {problem.code for problem in verify(written)} == {"store-damaged"}


@pytest.mark.parametrize(
    ("version", "code"), [(99, "store-newer"), (3, "store-older"), (1, "store-older")]
)
def test_a_store_of_another_layout_is_refused(written: Path, version: int, code: str) -> None:
    for path in (*written.rglob("tenure-*"),) if version == 1 else ():
        path.unlink()
    database = sqlite3.connect(written / "store.db")
    database.execute("UPDATE meta SET value = ? WHERE key = 'version'", [version])
    database.commit()
    database.close()
    assert code_of(lambda: open_once(written)) == code
    assert code_of(Reader(written).states) == code
    assert [problem.code for problem in verify(written)] == [code]


@pytest.mark.parametrize(
    "name", ["store.db", "lock", "tenure-newest-run.json", "states/*.parquet", "history"]
)
def test_symbolic_links_in_the_store_are_refused(written: Path, name: str) -> None:
    (path,) = written.glob(name)
    moved = written.parent / "elsewhere"
    path.rename(moved)
    path.symlink_to(moved)
    assert code_of(lambda: open_once(written)) == "store-link"
    assert code_of(Reader(written).states) == "store-link"


def test_a_store_that_is_a_symbolic_link_is_refused(written: Path) -> None:
    link = written.parent / "link"
    link.symlink_to(written)
    assert code_of(lambda: open_once(link)) == "store-link"


def test_a_store_where_a_file_stands_is_refused(root: Path) -> None:
    root.write_text("")
    assert code_of(lambda: open_once(root)) == "store-foreign"
    assert code_of(lambda: open_once(root / "below")) == "store-failed"
