"""The store touches only what it made, and takes nothing for new that is not."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from support.store_rows import FIRST, commit, day, entry, record, state, table
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.core.schemas import QUARANTINE
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader, Store, file_names, lock, ownership, permissions, verify

SERVERS = [".snapshot", "@eaDir", "lost+found"]
SERVER_FILES = [".nfs000000000001", "Thumbs.db", ".DS_Store", "._tenure-delta", "notes.txt"]


def problem_of(call: Callable[[], object]) -> Problem:
    with pytest.raises(Problems) as raised:
        call()
    (found,) = raised.value.problems
    return found


def open_once(root: Path, workspace: Path | None = None) -> tuple[Problem, ...]:
    with Store.open(root, workspace) as store:
        return store.warnings


def everything(root: Path) -> dict[str, bytes | None]:
    found = sorted(root.rglob("*"))
    return {str(p.relative_to(root)): p.read_bytes() if p.is_file() else None for p in found}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace's folder, with a store of two runs in `store`."""
    home = tmp_path / "workspace"
    home.mkdir()
    with Store.open(home / "store", home) as store:
        for number in range(2):
            entries = [entry(f"{number}-{n}") for n in range(number + 2)]
            commit(
                store,
                record(number, issued=number + 2),
                [state("a", f"s{number}")],
                entries,
                [{"account_id": "c", "playbook": "p", "cycle": "x", "ended_on": day(number)}],
                [{"account_id": "d", "row": 7, "field": "arr", "value": "?", "reason": "no"}],
            )
    return home


def test_a_database_of_ours_alone_is_a_store(home: Path, tmp_path: Path) -> None:
    """Nothing else is there after a first run that was stopped before its first files."""
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(home / "store" / file_names.DATABASE, alone)
    assert ownership.is_store(alone)


def test_a_store_whose_database_was_replaced_is_damaged_and_not_foreign(home: Path) -> None:
    database = home / "store" / file_names.DATABASE
    database.unlink()
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    assert ownership.is_store(home / "store")
    assert problem_of(Reader(home / "store").states).code == "store-damaged"


@pytest.mark.parametrize(
    "file", ["accounts.csv", "history/accounts.parquet", "states/old.parquet", "store.db", "ledger"]
)
def test_a_folder_that_holds_something_else_is_refused_and_left_as_it_was(
    tmp_path: Path, file: str
) -> None:
    root = tmp_path / "data"
    (root / file).parent.mkdir(parents=True)
    (root / file).write_text("precious")
    before = everything(root)
    for call in (lambda: open_once(root), Reader(root).states):
        found = problem_of(call)
        assert found.code == "store-foreign"
        assert found.message.startswith(f"the folder {root} cannot be the store: it")
        assert found.hint == (
            "name a folder of its own in tenure.yaml, as in `store: store`; nothing was changed"
        )
    assert everything(root) == before


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "store.db") as other:
        other.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        other.execute("INSERT INTO meta VALUES ('colour', 'red')")
    other.close()
    before = everything(tmp_path)
    assert problem_of(lambda: open_once(tmp_path)).code == "store-foreign"
    assert everything(tmp_path) == before


@pytest.mark.parametrize("store", [".", "..", "data"])
def test_a_run_refuses_the_workspace_as_its_store(tmp_path: Path, store: str) -> None:
    settings = f"{SETTINGS}store: {store}\n"
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, settings)
    snapshot(root, FIRST, [{"account_id": "a", "status": "active", "renewal_date": day(30)}])
    before = everything(tmp_path)
    for command in (run, preview):
        assert problem_of(lambda: command(load_project(root), FIRST)).code == "store-foreign"  # noqa: B023
    assert everything(tmp_path) == before


def test_a_store_in_the_workspaces_own_folder_is_refused_even_if_it_is_one(home: Path) -> None:
    found = problem_of(lambda: open_once(home / "store", home / "store" / "below"))
    assert found.message.endswith("it holds the workspace itself")


def test_what_servers_and_people_put_there_stays(home: Path) -> None:
    root = home / "store"
    for folder in (root, root / "states", root / "history", root / "ledger"):
        for name in SERVERS:
            (folder / name).mkdir()
            (folder / name / "tenure-delta-00000009-0a1b2c3d-000.parquet").write_text("theirs")
        for name in SERVER_FILES:
            (folder / name).write_text("theirs")
        (folder / "00000002-delta-000.parquet").write_text("theirs")
    (root / "@eaDir" / "link").symlink_to(root)
    before = everything(root)
    with Store.open(root, home) as store:
        commit(store, record(2), [state("a", "s2")])
    after = everything(root)
    assert before.keys() <= after.keys()
    assert {name for name in before if before[name] == b"theirs"} == {
        name for name in after if after[name] == b"theirs"
    }
    assert verify(root) == []


def test_an_empty_folder_of_a_file_server_becomes_a_store(tmp_path: Path) -> None:
    for name in SERVERS:
        (tmp_path / name).mkdir()
    (tmp_path / ".gitkeep").touch()
    open_once(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "*\n"


def lose(root: Path) -> None:
    (root / "store.db").unlink()


def empty(root: Path) -> None:
    (root / "store.db").write_bytes(b"")


def blank(root: Path) -> None:
    lose(root)
    with sqlite3.connect(root / "store.db") as new:
        new.execute("VACUUM")
    new.close()


def foreign(root: Path) -> None:
    lose(root)
    with sqlite3.connect(root / "store.db") as new:
        new.execute("CREATE TABLE songs (title TEXT)")
    new.close()


def older(root: Path) -> None:
    with sqlite3.connect(root / "store.db") as new:
        new.execute("UPDATE meta SET value = 1 WHERE key = 'version'")
    new.close()


@pytest.mark.parametrize("harm", [lose, empty, blank, foreign, older])
@pytest.mark.parametrize("noted", [True, False])
def test_a_store_without_its_database_is_damaged_and_not_new(
    home: Path, harm: Callable[[Path], None], noted: bool
) -> None:
    root = home / "store"
    harm(root)
    if not noted:
        (root / file_names.NOTE).unlink()
    before = everything(root)
    for call in (lambda: open_once(root, home), Reader(root).states):
        found = problem_of(call)
        assert found.code == "store-damaged"
        assert found.message.startswith(f"the store {root} is damaged: ")
        assert found.hint is not None
        assert "`tenure store restore DIR`" in found.hint
    assert everything(root) == before


def test_the_database_alone_put_back_is_noticed(home: Path) -> None:
    root = home / "store"
    old = (root / "store.db").read_bytes()
    with Store.open(root) as store:
        commit(store, record(2, issued=4), [state("a", "s2")], [entry(f"2-{n}") for n in range(4)])
    (root / "store.db").write_bytes(old)
    before = everything(root)
    found = problem_of(lambda: open_once(root))
    assert found.code == "store-taken-back"
    assert found.message == (
        f"the store {root} is an older or another copy: it ends with run 2 of 2026-01-02; run 3 of"
        " 2026-01-03 was committed; a run would issue again the 4 actions issued after 2026-01-02,"
        " up to 2026-01-03, emails among them"
    )
    assert found.hint == (
        "put the newest copy back, or accept this one with `tenure store restore`"
    )
    assert everything(root) == before
    assert Reader(root).last_committed() == day(1)


def test_the_whole_store_put_back_is_noticed_by_the_workspace(home: Path, tmp_path: Path) -> None:
    root, kept = home / "store", tmp_path / "kept"
    shutil.copytree(root, kept)
    with Store.open(root, home) as store:
        commit(store, record(2))
    shutil.rmtree(root)
    found = problem_of(lambda: open_once(root, home))
    assert found.code == "store-taken-back"
    assert f"the store {root} is gone: run 3 of 2026-01-03" in found.message
    shutil.copytree(kept, root)
    assert problem_of(lambda: open_once(root, home)).code == "store-taken-back"
    open_once(root)


def test_another_line_of_runs_is_noticed_though_it_is_longer(home: Path, tmp_path: Path) -> None:
    root, other = home / "store", tmp_path / "other"
    shutil.copytree(root, other)
    with Store.open(root, home) as store:
        commit(store, record(2))
    with Store.open(other) as store:
        commit(store, record(2, issued=9), [state("a", "z")])
        commit(store, record(3))
    shutil.rmtree(root)
    shutil.copytree(other, root)
    found = problem_of(lambda: open_once(root, home))
    assert "but not from the runs noted here" in found.message


def test_another_store_is_noticed(home: Path, tmp_path: Path) -> None:
    root = home / "store"
    with Store.open(tmp_path / "other") as store:
        commit(store, record(5))
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "other", root)
    assert "is not the one to which run 2" in problem_of(lambda: open_once(root, home)).message


def test_notes_that_lag_are_brought_up_to_date(home: Path) -> None:
    root = home / "store"
    noted = home / ".tenure" / file_names.NOTE
    old = [path.read_bytes() for path in (root / file_names.NOTE, noted)]
    with Store.open(root, home) as store:
        commit(store, record(2))
    new = [path.read_bytes() for path in (root / file_names.NOTE, noted)]
    assert old != new
    for path, content in zip((root / file_names.NOTE, noted), old, strict=True):
        path.write_bytes(content)
    open_once(root, home)
    assert [path.read_bytes() for path in (root / file_names.NOTE, noted)] == new
    (root / file_names.NOTE).unlink()
    shutil.rmtree(home / ".tenure")
    open_once(root, home)
    assert [path.read_bytes() for path in (root / file_names.NOTE, noted)] == new
    assert (home / ".tenure" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"run": 1}'])
def test_a_note_that_is_not_as_written_is_not_trusted(home: Path, content: bytes) -> None:
    (home / "store" / file_names.NOTE).write_bytes(content)
    assert problem_of(lambda: open_once(home / "store", home)).code == "store-damaged"


def test_a_workspace_can_be_moved_with_its_store(home: Path, tmp_path: Path) -> None:
    home.rename(tmp_path / "moved")
    open_once(tmp_path / "moved" / "store", tmp_path / "moved")


def test_a_preview_stops_where_a_run_would(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    snapshot(root, FIRST, [{"account_id": "a", "status": "active", "renewal_date": day(30)}])
    run(load_project(root), FIRST)
    preview(load_project(root), day(1))
    shutil.rmtree(root / "store")
    for command in (run, preview):
        found = problem_of(lambda: command(load_project(root), day(1)))  # noqa: B023
        assert found.code == "store-taken-back"
    assert not (root / "store").exists()


def test_without_its_lock_file_a_run_commits_nothing(home: Path) -> None:
    root = home / "store"
    before = everything(root)
    with Store.open(root, home) as store:
        (root / "lock").unlink()
        found = problem_of(lambda: commit(store, record(2), [state("a", "s2")]))
    assert found.code == "store-lock-lost"
    assert found.message == (
        f"the file {root}/lock was deleted or another run wrote to the store meanwhile;"
        " this date was not committed"
    )
    assert found.hint == "leave that file alone while a run is under way, and run again"
    assert everything(root).keys() == before.keys() - {"lock"}
    assert Reader(root).last_committed() == day(1)


def test_of_two_writers_only_the_one_with_the_lock_commits(home: Path) -> None:
    root = home / "store"
    with Store.open(root, home) as one, one.begin(day(2), 1, day(2)) as half:
        (root / "lock").unlink()
        with Store.open(root, home) as two:
            commit(two, record(2), [state("a", "second")], [entry("second")])
        ended = problem_of(lambda: commit(one, record(3), [state("a", "first")]))
        assert ended.code == "store-lock-lost"
        del half
    assert verify(root) == []
    assert Reader(root).states()["state"].to_list() == ["second"]
    with Store.open(root, home) as store:
        commit(store, record(3), [state("a", "third")])
    assert verify(root) == []


def test_a_writer_that_was_overtaken_stops_in_its_transaction(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock.Held, "refuse_lost", lambda _: None)
    root = home / "store"
    with Store.open(root, home) as one, one.begin(day(2), 1, day(2)) as late:
        (root / "lock").unlink()
        with Store.open(root, home) as two:
            commit(two, record(2))
        quarantined = table(QUARANTINE, [])
        found = problem_of(lambda: late.finish(record(2), quarantined))
    assert found.code == "store-lock-lost"
    assert [each.on for each in Reader(root).runs()] == [day(0), day(1), day(2)]


def test_a_lock_that_was_replaced_before_it_was_locked_is_taken_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, opened = home / "store", []
    really = lock._open

    def replaced(folder: Path) -> lock.Held:
        held = really(folder)
        if not opened:
            (folder / "lock").unlink()
        opened.append(held)
        return held

    monkeypatch.setattr(lock, "_open", replaced)
    with lock.hold_lock(root) as held:
        assert held.lies_there
        assert len(opened) == 2
        with pytest.raises(lock.Locked), lock.hold_lock(root):
            pass


def test_wide_permissions_are_tightened_with_a_warning(home: Path) -> None:
    root = home / "store"
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (found,) = open_once(root, home)
    assert (found.code, found.severity) == ("store-open-to-others", "warning")
    assert found.message.startswith(f"other users of this machine could use {root} and ")
    assert found.hint == "they are for their owner alone again"
    folders = [path for path in root.iterdir() if path.is_dir()]
    assert len(folders) >= 2
    for path in (root, *folders, *root.glob("*/*"), root / "store.db", root / "lock"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert open_once(root, home) == ()


def test_files_of_several_users_are_mentioned(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = home / "store"
    monkeypatch.setattr(permissions.os, "geteuid", lambda: root.stat().st_uid + 1)
    (found,) = permissions.warn(root)
    owner = root.stat().st_uid
    assert (found.code, found.severity) == ("store-owner", "warning")
    assert found.message == f"the store {root} belongs to user {owner}, this is user {owner + 1}"
    assert found.hint == (
        "run as one user only, and give everything to that user with `chown -R`, as in"
        f" `chown -R {owner} {root}`"
    )


def test_names_differ_between_writers_of_the_same_run() -> None:
    made = {file_names.parquet("delta", 3, file_names.new_token(), 0) for _ in range(100)}
    assert len(made) == 100
    for kind in file_names.FOLDERS:
        on = FIRST if kind == "history" else None
        name = file_names.parquet(kind, 3, file_names.new_token(), 0, on)
        assert file_names.is_sweepable(Path(name).name)
        assert not file_names.is_sweepable("x" + Path(name).name)
