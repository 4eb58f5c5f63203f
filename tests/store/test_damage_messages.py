"""One row of the database that is not as it was written: `verify` says which, in these words and in no others."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import polars as pl
import pytest
from support.store_rows import commit_tables, day, entry, record, state, table
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, HAND_MOVES, LEDGER, OUTCOMES, QUARANTINE, STATES
from tenure.engine.store import Reader, Store, connection, recordings, seals, verify, version_texts
from tenure.engine.store.version_texts import RunTexts


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of three runs with two rows each, a recording after each of them, and a text that stays the same."""
    root = tmp_path_factory.mktemp("made") / "store"
    with Store.open(root) as store:
        for number in range(3):
            ids = [f"{number}-{n}" for n in range(2)]
            again = [entry(f"{number - 1}-0", 2)] if number else []
            commit_tables(
                store,
                record(number),
                table(STATES, [state("a", f"{number}")]),
                table(LEDGER, [*(entry(id) for id in ids), *again]),
                table(ENDED, [{"account_id": id, "playbook": "p", "cycle": "1"} for id in ids]),
                table(QUARANTINE, [{"account_id": id, "row": 1, "field": "arr"} for id in ids]),
                texts={"tenure.yaml": "same", "playbooks/p.yaml": f"{number}"},
            )
            outcomes = [{"action_id": id, "outcome": "done", "on": day(number)} for id in ids]
            moves = [{"move": "hold", "account_id": id, "on": day(number)} for id in ids]
            store.record(table(OUTCOMES, outcomes), table(HAND_MOVES, moves))
    assert verify(root) == []
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(made, tmp_path / "store"))


def change(root: Path, statement: str) -> None:
    database = sqlite3.connect(root / "store.db")
    assert database.execute(statement).rowcount > 0
    database.commit()
    database.close()
    seals._checked.clear()


def messages(root: Path) -> list[str]:
    found = verify(root)
    assert {problem.code for problem in found} <= {"store-damaged"}
    return [problem.message.removeprefix(f"the store {root} is damaged: ") for problem in found]


OTHER = "are not those that were written"
STRAY = "rows of the database belong to no run"


@pytest.mark.parametrize("number", [0, 99])
@pytest.mark.parametrize(
    ("table", "column", "last", "said"),
    [
        ("entries", "entry", 8, f"1 {STRAY}"),
        ("ends", "entry", 6, f"1 {STRAY}"),
        ("replaced", "run", 3, f"1 {STRAY}"),
        ("quarantine", "run", 3, f"2 {STRAY}"),
        ("outcome_rows", "entry", 6, "1 rows of outcome_rows belong to no recording"),
        ("move_rows", "entry", 6, "1 rows of move_rows belong to no recording"),
    ],
)
def test_rows_before_the_first_and_after_the_last_are_found(
    root: Path, table: str, column: str, last: int, said: str, number: int
) -> None:
    """Rows of the last run or recording get another number, so that they are missed where they were, too."""
    change(root, f'UPDATE {table} SET "{column}" = {number} WHERE "{column}" = {last}')
    assert messages(root)[-1] == said


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM entries WHERE entry = 1", f"of run 1, its rows {OTHER}"),
        ("DELETE FROM ends WHERE entry = 6", f"of run 3, its rows {OTHER}"),
        ("DELETE FROM replaced WHERE run = 3", f"of run 3, its rows {OTHER}"),
        ("DELETE FROM versions WHERE run = 2", f"of run 2, its rows {OTHER}"),
        ("UPDATE runs SET engine = '0' WHERE run = 1", "of run 1, its record is not as it was written"),
        ("UPDATE chain SET issued_from = 7 WHERE run = 2", "of run 2, its record is not as it was written"),
        ("DELETE FROM outcome_rows WHERE entry = 3", f"the rows of recording 2 {OTHER}"),
        ("DELETE FROM move_rows WHERE entry = 6", f"the rows of recording 3 {OTHER}"),
        ("UPDATE outcome_rows SET \"on\" = 7 WHERE entry = 1", "an outcome is not as it was written"),
        ("UPDATE move_rows SET \"on\" = 7 WHERE entry = 1", "a move by hand is not as it was written"),
        ("UPDATE recordings SET digest = x'' WHERE number = 3", f"the rows of recording 3 {OTHER}"),
        ("UPDATE recordings SET number = 7 WHERE number = 3", f"the rows of recording 7 {OTHER}"),
    ],
)  # fmt: skip
def test_what_changed_is_named_with_its_run_or_recording(
    root: Path, statement: str, said: str
) -> None:
    change(root, statement)
    found = messages(root)
    assert said in found
    named = {each for each in found if each.startswith(("of run ", "the rows"))}
    assert named <= {said}


def test_after_a_recording_that_went_the_next_one_does_not_follow(root: Path) -> None:
    change(root, "DELETE FROM recordings WHERE number = 1")
    assert messages(root) == ["the rows of recording 2 are not those that were written"]


def test_numbers_of_recordings_have_no_gap(root: Path) -> None:
    """Their digests alone are those of the numbers that are there."""
    change(root, "UPDATE recordings SET number = 7 WHERE number = 3")
    database = sqlite3.connect(root / "store.db")
    recordings.renew_recordings(database, root, None, None)
    database.commit()
    database.close()
    assert messages(root) == ["the rows of recording 7 are not those that were written"]


def test_rows_of_what_people_did_that_are_missing_are_counted(root: Path) -> None:
    change(root, "DELETE FROM outcome_rows WHERE entry IN (1, 4)")
    change(root, "DELETE FROM move_rows WHERE entry = 6")
    for read, said in (
        (Reader(root).outcomes, "2 rows of outcome_rows are missing"),
        (Reader(root).hand_moves, "1 rows of move_rows are missing"),
    ):
        with pytest.raises(Problems, match=said):
            read()


def texts_of(root: Path, digests: str) -> list[str]:
    with sqlite3.connect(root / "store.db") as database:
        found = [digest for (digest,) in database.execute(digests)]
    database.close()
    return found


TEXTS = (
    "SELECT sha256 FROM version_texts WHERE sha256 NOT IN (SELECT sha256 FROM versions) ORDER BY 1"
)
LISTINGS = "SELECT sha256 FROM versions ORDER BY 1"


@pytest.mark.parametrize("query", [TEXTS, LISTINGS])
@pytest.mark.parametrize("place", [0, -1])
def test_a_text_that_is_missing_or_changed_is_named_by_its_digest(
    root: Path, query: str, place: int
) -> None:
    digest = texts_of(root, query)[place]
    begins = f"of the settings and playbooks of runs, the text {digest[:12]} is"
    change(root, f"UPDATE version_texts SET content = x'00' WHERE sha256 = '{digest}'")
    assert messages(root) == [f"{begins} not as it was written"]
    change(root, f"DELETE FROM version_texts WHERE sha256 = '{digest}'")
    found = messages(root)
    assert found[0] == f"{begins} missing"
    # Without its listing, a run's own playbook is named by no run; the text of all runs still is.
    extra = "of the settings and playbooks of runs, 1 texts belong to no run"
    assert found[1:] == ([extra] if query == LISTINGS else [])


def test_a_text_of_no_run_is_counted(root: Path) -> None:
    change(root, "INSERT INTO version_texts VALUES ('ab', NULL), ('cd', NULL)")
    assert messages(root) == ["of the settings and playbooks of runs, 2 texts belong to no run"]


def test_texts_are_counted_and_read_by_run(root: Path) -> None:
    with connection.connect_reader(root) as database:
        assert version_texts.count_versions(database) == (3, 4)
        read = [version_texts.read_version(database, day(n)) for n in range(4)]
        until = [set(version_texts.texts_until(database, run)) for run in range(4)]
        assert version_texts.read_version(database, None) == read[2]
    assert read == [
        *(RunTexts(day(n), {"tenure.yaml": "same", "playbooks/p.yaml": f"{n}"}) for n in range(3)),
        None,
    ]
    # The last run still reads the text that all have.
    assert [len(each) for each in until] == [0, 1, 2, 4]


@pytest.mark.parametrize("number", [0, 99])
def test_a_row_of_no_recording_is_not_read(root: Path, number: int) -> None:
    before = Reader(root).outcomes().rows(), Reader(root).hand_moves().rows()
    database = sqlite3.connect(root / "store.db")
    for name in ("outcome_rows", "move_rows"):
        database.execute(f"CREATE TEMP TABLE one AS SELECT * FROM {name} WHERE entry = 1")
        database.execute(f"UPDATE one SET entry = {number}")
        database.execute(f"INSERT INTO {name} SELECT * FROM one")
        database.execute("DROP TABLE one")
    database.commit()
    database.close()
    reader = Reader(root)
    assert (reader.outcomes().rows(), reader.hand_moves().rows()) == before
    ids = pl.Series(["0-0"])
    assert reader.outcomes(actions=ids).height == 1
    assert reader.outcomes(since=day(0)).height == 6
