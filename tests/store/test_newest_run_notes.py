"""The notes of the newest run, on the disk: which there are, whose they are, and when one is written again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from support.store_rows import commit, day, entry, record, table
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES
from tenure.engine.store import Store, connection, file_names, newest_run
from tenure.engine.store.newest_run import Note, Notes


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace whose store has two runs, three outcomes and a move by hand."""
    home = tmp_path / "w"
    home.mkdir()
    with Store.open(home / "store", home) as store:
        commit(store, record(0, issued=3), entries=[entry("1")])
        done = {"action_id": "1", "outcome": "done", "on": day(0)}
        move = {"move": "hold", "account_id": "a", "on": day(0)}
        store.record(table(OUTCOMES, [done] * 2), table(HAND_MOVES, []))
        commit(store, record(1, issued=4))
        store.record(table(OUTCOMES, [done]), table(HAND_MOVES, [move]))
    return home


def note_of(root: Path) -> Note | None:
    with connection.connect_reader(root) as database:
        return newest_run.of(database)


def noted(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text())
    return {name: each for name, each in found.items() if name != "sha256"}


def test_both_notes_say_the_newest_run_and_all_that_was_issued_and_recorded(home: Path) -> None:
    note = note_of(home / "store")
    assert note is not None
    assert astuple(note)[1:4] == (2, "2026-01-02", 7)
    assert note.recorded == 4
    names = ("store", "run", "on", "issued", "seal", "recorded")
    as_noted = dict(zip(names, astuple(note), strict=True))
    assert noted(home / "store" / file_names.NOTE) == as_noted
    assert noted(home / ".tenure" / file_names.NOTE) == {"store": as_noted}
    assert Notes(home / "store", home).newest() == note


def test_the_notes_of_two_stores_of_a_workspace_are_apart(home: Path) -> None:
    with Store.open(home / "other", home) as store:
        commit(store, record(5))
    other = note_of(home / "other")
    assert set(noted(home / ".tenure" / file_names.NOTE)) == {"store", "other"}
    for root, expected in (("store", note_of(home / "store")), ("other", other)):
        assert Notes(home / root, home).newest() == expected
        assert Notes(home / root, home).problems() == []
    Notes(home / "store", home).forget()
    assert set(noted(home / ".tenure" / file_names.NOTE)) == {"other"}
    Notes(home / "none", None).forget()


def test_a_note_that_says_the_same_is_not_written_again(home: Path) -> None:
    paths = [home / "store" / file_names.NOTE, home / ".tenure" / file_names.NOTE]
    before = [path.stat().st_ino for path in paths]
    handles = [path.open() for path in paths]  # so that no number is used again
    with Store.open(home / "store", home):
        pass
    assert [path.stat().st_ino for path in paths] == before
    with Store.open(home / "store", home) as store:
        commit(store, record(2))
    after = [path.stat().st_ino for path in paths]
    assert all(one != other for one, other in zip(before, after, strict=True))
    for handle in handles:
        handle.close()


def test_what_a_killed_writer_left_of_a_note_goes_with_the_next_one(home: Path) -> None:
    folder = home / ".tenure"
    left = folder / file_names.partial(file_names.NOTE, "0a1b2c3d")
    left.write_text("half")
    (folder / "mine.json").write_text("{}")
    (folder / file_names.NOTE).write_text("not a note")
    with connection.connect_reader(home / "store") as database:
        Notes(home / "store", home).write(database)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [".gitignore", "mine.json", file_names.NOTE]
    assert set(noted(folder / file_names.NOTE)) == {"store"}


def test_the_later_note_counts_and_one_that_cannot_be_read_does_not(home: Path) -> None:
    notes = Notes(home / "store", home)
    paths = [home / "store" / file_names.NOTE, home / ".tenure" / file_names.NOTE]
    older = [path.read_bytes() for path in paths]
    first = notes.newest()
    with Store.open(home / "store", home) as store:
        commit(store, record(2))
    newer = [path.read_bytes() for path in paths]
    assert first != (newest := notes.newest())
    assert newest is not None
    for old in range(2):
        paths[old].write_bytes(older[old])
        assert notes.newest() == newest
        paths[old].write_bytes(b"{}")
        assert notes.newest() == newest
        paths[old].write_bytes(newer[old])
    for path in paths:
        path.write_bytes(b"?")
    assert notes.newest() is None


def changed(note: Note) -> list[tuple[Note, str | None]]:
    """Notes of a store that is as noted, and of others; each with what is then said."""
    return [
        (note, None),
        (replace(note, run=note.run - 1, seal="?"), "but not from the runs noted here"),
        (replace(note, run=note.run + 1), "it ends with run 2 of 2026-01-02; run 3"),
        (replace(note, seal="?"), "but not from the runs noted here"),
        (replace(note, store=note.store + 1), "is not the one to which run 2"),
        (replace(note, recorded=note.recorded - 1), None),
        (replace(note, recorded=note.recorded + 1), "it lacks 1 outcome or move by hand"),
        (replace(note, recorded=note.recorded + 2), "it lacks 2 outcomes and moves by hand"),
    ]


@pytest.mark.parametrize("case", range(8))
def test_a_store_is_compared_with_each_note(home: Path, case: int) -> None:
    root = home / "store"
    right = note_of(root)
    assert right is not None
    note, said = changed(right)[case]
    inside = root / file_names.NOTE
    before = inside.read_bytes()
    sealed = newest_run._sealed(dict(zip(Note.__annotations__, astuple(note), strict=True)))
    inside.write_bytes(sealed)
    in_store = Notes(root, None).problems()
    inside.write_bytes(before)
    Notes(root, home)._write_in_workspace(note)
    in_workspace = Notes(root, home).problems()
    assert in_store == in_workspace
    assert len(in_store) == (said is not None)
    assert said is None or said in in_store[0].message
    # Without the workspace, its note is of no one.
    assert Notes(root, None).problems() == []
    assert refused(lambda: opened(root, home)) == in_workspace


def opened(root: Path, home: Path) -> None:
    with Store.open(root, home):
        pass


def refused(call: Callable[[], None]) -> list[Problem]:
    try:
        call()
    except Problems as raised:
        return list(raised.problems)
    return []


def test_a_store_that_is_gone_is_missed_where_it_was_noted(home: Path, tmp_path: Path) -> None:
    (home / "store").rename(tmp_path / "away")
    (problem,) = Notes(home / "store", home).problems()
    assert problem.message == (
        f"the store {home / 'store'} is gone: run 2 of 2026-01-02 was committed to it; a run would"
        " issue again the 7 actions issued up to 2026-01-02, emails among them"
    )
    assert Notes(home / "store", None).problems() == []
    assert Notes(home / "elsewhere", home).problems() == []


def test_a_store_without_a_run_has_no_note(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with Store.open(root, tmp_path):
        pass
    assert not (root / file_names.NOTE).exists()
    assert not (tmp_path / ".tenure" / file_names.NOTE).exists()
    assert note_of(root) is None
    (root / file_names.NOTE).write_bytes(newest_run._sealed({}))
    with connection.connect_reader(root) as database:
        Notes(root, None).write(database)
    assert not (root / file_names.NOTE).exists()
