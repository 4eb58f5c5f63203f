"""Outcomes and moves by hand: recorded whole, read back, never changed without notice, erased with the rest."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.store_rows import FIRST, commit_tables, day, entry, record, table
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import (
    ENDED,
    HAND_MOVES,
    LEDGER,
    OUTCOMES,
    QUARANTINE,
    STATES,
    empty_table,
)
from tenure.engine.store import Overlay, Reader, Retention, Store, commit, verify
from tenure.engine.store.backup import backup
from tenure.engine.store.redaction import NameMatcher, Redaction
from tenure.engine.store.restore import foresee, put_back

NO_OUTCOMES, NO_MOVES = empty_table(OUTCOMES), empty_table(HAND_MOVES)


def outcome(action: str, on: dt.date = FIRST, **values: Any) -> dict[str, Any]:
    fixed = {"outcome": "done", "source": "test", "recorded_on": on}
    return {"action_id": action, "on": on} | fixed | values


def move(account: str, on: dt.date = FIRST, **values: Any) -> dict[str, Any]:
    fixed = {"move": "hold", "until": on, "source": "test", "recorded_on": on}
    return {"account_id": account, "on": on} | fixed | values


def outcomes(*rows: dict[str, Any]) -> pl.DataFrame:
    return table(OUTCOMES, list(rows)) if rows else NO_OUTCOMES


def moves(*rows: dict[str, Any]) -> pl.DataFrame:
    return table(HAND_MOVES, list(rows)) if rows else NO_MOVES


def commit_day(store: Store, number: int, *entries: dict[str, Any], **more: Any) -> None:
    frames = [empty_table(schema) for schema in (STATES, ENDED, QUARANTINE)]
    rows = table(LEDGER, list(entries)) if entries else empty_table(LEDGER)
    commit_tables(store, record(number, **more), frames[0], rows, frames[1], frames[2])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with two actions of accounts `a` and `b`, two recordings, and an action id of ten bytes."""
    path = tmp_path / "store"
    with Store.open(path) as store:
        commit_day(store, 0, entry("0" * 20), entry("x-1", account_id="b"))
        store.record(outcomes(outcome("0" * 20, by="Ana", note="“é”\n2")), moves(move("a")))
        store.record(outcomes(outcome("x-1", day(3)), outcome("x-1", day(1))), NO_MOVES)
    return path


def test_rows_are_numbered_in_the_order_in_which_they_were_recorded(root: Path) -> None:
    found = Reader(root).outcomes()
    assert found.select("number", "action_id", "on", "note").rows() == [
        (1, "0" * 20, FIRST, "“é”\n2"),
        (2, "x-1", day(3), None),
        (3, "x-1", day(1), None),
    ]
    assert found.schema == OUTCOMES
    assert Reader(root).hand_moves().schema == HAND_MOVES
    assert verify(root) == []


def test_what_counts_on_a_date_and_for_whom(root: Path) -> None:
    for store in (Reader(root), Overlay(Reader(root))):
        assert store.outcomes(until=day(2))["number"].to_list() == [1, 3]
        assert store.outcomes(actions=pl.Series(["x-1"]))["number"].to_list() == [2, 3]
        assert store.outcomes(until=day(2), actions=pl.Series(["x-1"]))["number"].to_list() == [3]
        assert store.outcomes(actions=pl.Series(["0" * 20, "?"]))["note"].to_list() == ["“é”\n2"]
        assert store.hand_moves(until=FIRST - dt.timedelta(days=1)).is_empty()
        assert store.hand_moves(until=FIRST).height == 1
        for on in (FIRST - dt.timedelta(days=9), day(1), day(2), day(9)):
            numbers = store.outcomes(until=on)["number"].to_list()
            assert store.outcomes_to(on) == max(numbers, default=0)


def test_actions_are_read_by_id_and_by_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second date is in a segment, the third in memory over the store."""
    root = tmp_path / "store"
    ids = [["ab" * 10, "abc" + "0" * 17, "ab~"], ["ab" * 9 + "ff", "abd"], ["ab" * 9 + "00"]]
    with Store.open(root) as store:
        commit_day(store, 0, *(entry(id) for id in ids[0]))
        monkeypatch.setattr(commit, "MOST_ENTRIES", 1)
        commit_day(store, 1, *(entry(id) for id in ids[1]), entry("ab" * 10, revision=2))
    overlay = Overlay(Reader(root))
    commit_day(overlay, 2, *(entry(id) for id in ids[2]), entry("abd", revision=2))
    for reader, every in ((Reader(root), ids[0] + ids[1]), (overlay, [*ids[0], *ids[1], *ids[2]])):
        for text in ("ab", "abab", "ab" * 9, "ab" * 9 + "f", "ab" * 10, "abd", "ab~", "b", "é"):
            assert reader.action_ids([text]) == sorted(id for id in every if id.startswith(text))
        assert reader.action_ids(["abc", "ab~", "x"]) == ["abc" + "0" * 17, "ab~"]
        assert reader.action_ids([]) == []
        asked = pl.Series(["ab" * 10, "abd", "ab", "ab" * 9 + "00"])
        history = reader.ledger(history=True)
        expected = history.filter(pl.col("action_id").is_in(asked.implode()))
        key = ["action_id", "revision"]
        assert reader.revisions(asked).equals(expected.sort(key))
        assert reader.revisions(asked.head(1), key).rows() == [("ab" * 10, 1), ("ab" * 10, 2)]
        assert reader.revisions(asked.head(0), key).is_empty()


def test_an_overlay_reads_as_a_store_that_recorded_the_same(root: Path) -> None:
    overlay = Overlay(Reader(root))
    more = outcomes(outcome("0" * 20, day(4))), moves(move("b", day(4)))
    overlay.record(*more)
    seen = overlay.outcomes(), overlay.hand_moves()
    assert Reader(root).outcomes().height == 3
    assert overlay.outcomes_to(day(4)) == 4
    with Store.open(root) as store:
        store.record(*more)
        assert seen[0].equals(store.outcomes())
        assert seen[1].equals(store.hand_moves())


def test_a_store_without_a_run_takes_moves(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", tmp_path) as store:
        store.record(NO_OUTCOMES, moves(move("a")))
    assert Reader(tmp_path / "store").hand_moves().height == 1
    assert verify(tmp_path / "store") == []


def test_a_former_id_of_a_playbook_is_read_as_its_present_one(root: Path) -> None:
    with Store.open(root) as store:
        store.record(NO_OUTCOMES, moves(move("a", playbook="old")))
    assert Reader(root, {"old": "new"}).hand_moves()["playbook"].to_list() == [None, "new"]


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE outcome_rows SET "on" = "on" + 1 WHERE entry = 2',
        "DELETE FROM outcome_rows WHERE entry = 2",
        "DELETE FROM outcome_rows WHERE entry = 3",
        "DELETE FROM move_rows",
    ],
)
def test_a_row_that_changed_or_went_is_found_by_reading_and_by_verify(
    root: Path, statement: str
) -> None:
    with sqlite3.connect(root / "store.db") as database:
        database.execute(statement)
    assert [problem.code for problem in verify(root)] == ["store-damaged"]
    reader = Reader(root)
    with pytest.raises(Problems):
        reader.hand_moves() if "move" in statement else reader.outcomes()


@pytest.mark.parametrize(
    "statement",
    [
        'INSERT INTO move_rows SELECT 2, move, account_id, playbook, step, owner, "to", "on",'
        ' until, "by", because, source, recorded_on, "check" FROM move_rows',
        "UPDATE recordings SET moves_to = 0",
        "DELETE FROM recordings WHERE number = 1",
        "DELETE FROM recordings WHERE number = 2",
    ],
)
def test_a_row_too_many_and_a_wrong_recording_are_found_by_verify(
    root: Path, statement: str
) -> None:
    with sqlite3.connect(root / "store.db") as database:
        database.execute(statement)
    assert {problem.code for problem in verify(root)} == {"store-damaged"}


def test_a_failed_recording_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tenure.engine.store import recordings

    def fail(_name: str) -> None:
        raise OSError(28, "No space left on device")

    with Store.open(root) as store:
        with monkeypatch.context() as patched:
            patched.setattr(recordings.failpoints, "failpoint", fail)
            with pytest.raises(Problems):
                store.record(outcomes(outcome("x-1", day(9))), NO_MOVES)
        assert store.outcomes().height == 3
        store.record(outcomes(outcome("x-1", day(9))), NO_MOVES)
    assert Reader(root).outcomes()["number"].to_list() == [1, 2, 3, 4]


def test_a_backup_has_them_and_an_older_one_is_noticed(root: Path, tmp_path: Path) -> None:
    workspace = tmp_path
    with Store.open(root, workspace):
        pass
    backup(root, tmp_path / "saved")
    with Store.open(root, workspace) as store:
        store.record(outcomes(outcome("x-1", day(5))), moves(move("b")))
    assert Reader(tmp_path / "saved").outcomes().height == 3
    change = foresee(root, workspace, tmp_path / "saved")
    assert (change.loses, change.lost_records) == (False, 2)
    (root / "store.db").write_bytes((tmp_path / "saved" / "store.db").read_bytes())
    with pytest.raises(Problems, match="lacks 2 outcomes and moves by hand"), Store.open(root):
        pass
    put_back(root, workspace, tmp_path / "saved")
    with Store.open(root, workspace) as store:
        assert store.outcomes().height == 3


def test_a_persons_names_are_erased_everywhere(root: Path) -> None:
    reassigned = move(
        "a", move="reassign", account_id=None, owner="Ana", to="Bo", because="Ana left"
    )
    with Store.open(root) as store:
        more = outcome("x-1", by="ana", to="Ana", outcome="assigned", result="asked Ana Bo")
        store.record(outcomes(more), moves(reassigned))
        places = store.erase(Redaction(NameMatcher(["Ana"])), "person", day(5))
    assert places.recorded == 6
    assert b"Ana" not in (root / "store.db").read_bytes()
    assert verify(root) == []
    found = Reader(root).outcomes()
    assert found["by"].to_list() == ["erased", None, None, "erased"]
    assert found["note"].to_list() == ["“é”\n2", None, None, None]
    last = Reader(root).hand_moves().row(-1, named=True)
    assert (last["owner"], last["to"], last["because"]) == ("erased", "Bo", "erased left")


def test_an_accounts_remarks_are_erased_and_the_facts_stay(root: Path) -> None:
    with Store.open(root) as store:
        store.record(outcomes(outcome("x-1", by="Ana", note="of b")), moves(move("a", because="x")))
        store.erase(Redaction(NameMatcher(["Firm"]), account="a"), "account", day(5))
    found = Reader(root).outcomes()
    assert found["note"].to_list() == ["erased", None, None, "of b"]
    assert found["by"].to_list() == ["Ana", None, None, "Ana"]
    assert Reader(root).hand_moves()["because"].to_list() == [None, "erased"]
    assert verify(root) == []


def test_names_expire_with_those_of_runs(root: Path) -> None:
    with Store.open(root) as store:
        store.record(
            outcomes(outcome("x-1", day(8), by="Bo")),
            moves(move("a", move="reassign", owner="Cy", to="Bo", by="Ana")),
        )
        retention = Retention(names_before=day(5))
        frames = [empty_table(schema) for schema in (STATES, LEDGER, ENDED)]
        with store.begin(day(9), 1, day(9)) as commit:
            commit.add(*frames)
            commit.finish(record(9), empty_table(QUARANTINE), None, retention)
    assert verify(root) == []
    found = Reader(root)
    assert found.outcomes()["by"].to_list() == ["erased", None, None, "Bo"]
    last = found.hand_moves().row(-1, named=True)
    assert (last["by"], last["owner"], last["to"]) == ("erased", "Cy", "Bo")
