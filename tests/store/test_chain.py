"""What was written to the store's database is known again: a row that changed, went or came since is found."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.store_rows import commit_tables
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, STATES
from tenure.engine.store import Reader, RunRecord, Store, ledger_rows, verify
from tenure.engine.store import reader as reading

FIRST = dt.date(2026, 1, 1)
DAY = dt.timedelta(days=1)


def table(schema: dict[str, pl.DataType], rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def entries(day: int) -> list[dict[str, Any]]:
    """Ten new actions, and the first of the day before withdrawn."""
    on = FIRST + day * DAY
    rows = [
        {
            "action_id": f"{day:010x}{n:010x}",
            "revision": 1,
            "account_id": f"account {n % 4}",
            "account_name": f"Account No {n % 4}",
            "playbook": "renewal",
            "step": "grace",
            "status": "issued",
            "owner": "Ann",
            "reason": f"{n} days before {on}",
            "due_on": on + n * DAY,
            "issued_on": on,
            "evaluated_on": on,
            "contact_on": on if n % 2 else None,
            "late_days": 0,
        }
        for n in range(10)
    ]
    return rows + (
        [rows[0] | {"action_id": f"{day - 1:010x}{0:010x}", "revision": 2, "status": "withdrawn"}]
        if day
        else []
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of three runs, each with rows of every kind."""
    root = tmp_path_factory.mktemp("made") / "store"
    with Store.open(root) as store:
        for day in range(3):
            on = FIRST + day * DAY
            commit_tables(
                store,
                RunRecord(on, 1, on, on, "ab", 4, 1, {"renewal": "cd"}, "1", [], issued=10),
                table(STATES, [{"account_id": "account 0", "playbook": "renewal"}]),
                table(LEDGER, entries(day)),
                table(
                    ENDED,
                    [
                        {"account_id": f"e{n}", "playbook": "renewal", "cycle": "1", "ended_on": on}
                        for n in range(3)
                    ],
                ),
                table(QUARANTINE, [{"account_id": "q", "row": day}]),
            )
    return root


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(made, tmp_path / "store"))


def damage(store: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(store / "store.db")) as database:
        assert database.execute(statement, values).rowcount > 0
        database.commit()


def messages(store: Path) -> list[str]:
    found = verify(store)
    assert {problem.code for problem in found} <= {"store-damaged"}
    return [problem.message.partition("damaged: ")[2] for problem in found]


def test_a_store_as_it_was_written_is_in_order(store: Path) -> None:
    assert messages(store) == []
    rows = [row for day in range(3) for row in entries(day)]
    wanted = table(LEDGER, rows).sort("action_id", "revision")
    found = Reader(store).ledger(history=True).sort("action_id", "revision")
    assert_frame_equal(found, wanted)


@pytest.mark.parametrize("column", [name for name in ledger_rows.ENTRIES.stored if name != "entry"])
def test_an_entry_that_was_changed_is_not_read(store: Path, column: str) -> None:
    other = "x'00112233445566778899'" if column == "action_id" else "3"
    damage(store, f'UPDATE entries SET "{column}" = {other} WHERE entry = 15')
    with pytest.raises(Problems, match="an entry of the ledger is not as it was written"):
        Reader(store).ledger(history=True)
    assert messages(store) == ["an entry of the ledger is not as it was written"]


@pytest.mark.parametrize(
    ("statement", "run"),
    [
        ("DELETE FROM entries WHERE entry = 15", 2),
        ("DELETE FROM ends WHERE entry = 9", 3),
        ("DELETE FROM replaced WHERE run = 2", 2),
        ("INSERT INTO replaced VALUES (x'00000000020000000005', 1, 3)", 3),
        ("DELETE FROM quarantine WHERE run = 1", 1),
        ("UPDATE quarantine SET reason = 'other' WHERE run = 1", 1),
    ],
)
def test_a_row_that_went_or_came_is_found_and_its_run_named(
    store: Path, statement: str, run: int
) -> None:
    damage(store, statement)
    assert messages(store) == [f"of run {run}, its rows are not those that were written"]


@pytest.mark.parametrize(
    "text", ["Ann", "issued", "account 2", "Account No 1", "9 days before 2026-01-02"]
)
def test_a_text_that_was_changed_is_not_read(store: Path, text: str) -> None:
    damage(store, "UPDATE texts SET text = text || '.' WHERE text = ?", text)
    with pytest.raises(Problems, match="is not as it was written"):
        Reader(store).ledger(history=True)


def test_a_form_that_was_changed_or_is_missing_is_not_read(store: Path) -> None:
    damage(store, "UPDATE forms SET step = 'other'")
    with pytest.raises(Problems, match="is not as it was written"):
        Reader(store).ledger()
    damage(store, "DELETE FROM forms")
    with pytest.raises(Problems, match="is not as it was written"):
        Reader(store).ledger()


@pytest.mark.parametrize(
    "change",
    [
        "issued = 11",
        "evaluated_on = '2026-01-04'",
        "snapshot_rows = 5",
        "counts = '[{}]'",
        'libraries = \'{"polars":"0"}\'',
    ],
)
def test_a_record_that_was_changed_is_not_read(store: Path, change: str) -> None:
    damage(store, f"UPDATE runs SET {change} WHERE run = 3")
    with pytest.raises(Problems, match=r"not as (it was|they were) written"):
        Reader(store).last_committed()
    assert "of run 3, its record is not as it was written" in messages(store)


def test_a_record_that_is_missing_is_named(store: Path) -> None:
    damage(store, "DELETE FROM runs WHERE run = 2")
    assert "of run 2, its record is missing" in messages(store)


def test_rows_of_no_run_are_found(store: Path) -> None:
    damage(store, "INSERT INTO ends SELECT 99, account_id, playbook, cycle, outcome, anchor,"
           ' opened_on, opened_by, ended_on, "check" FROM ends WHERE entry = 1')  # fmt: skip
    assert messages(store) == ["1 rows of the database belong to no run"]


def test_a_changed_value_does_not_keep_its_entry_out_of_sight(store: Path) -> None:
    damage(store, "UPDATE entries SET status = form, owner = form WHERE entry = 15")
    asked = (
        lambda reader: reader.pending(FIRST),
        lambda reader: reader.ledger(owner="Ann", issued_on=FIRST + DAY),
        lambda reader: reader.ledger(statuses=["issued"], date_from=FIRST),
        lambda reader: reader.ledger(accounts=["account 0"]),
    )
    for ask in asked:
        with pytest.raises(Problems, match="is not as it was written"):
            ask(Reader(store))


def test_a_replaced_revision_stays_replaced_where_the_note_of_it_is_lost(store: Path) -> None:
    before = Reader(store).pending(FIRST)
    damage(store, "DELETE FROM replaced")
    assert_frame_equal(Reader(store).pending(FIRST), before)


def test_an_index_that_leads_astray_is_damage(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of all dates, as an index out of order would give them for one."""
    monkeypatch.setattr(reading, "in_sql", lambda _: ([], []))
    with pytest.raises(Problems, match="an index of the database is not in order"):
        Reader(store).ledger(date_from=FIRST + 9 * DAY)


def test_flipped_bits_of_tables_are_never_read_as_truth(made: Path, tmp_path: Path) -> None:
    """Every table but indexes: what an index leads to is checked, what it leaves out `verify` finds."""

    def everything(root: Path) -> list[pl.DataFrame]:
        reader = Reader(root)
        return [reader.ledger(history=True), reader.ended(), pl.DataFrame([repr(reader.runs())])]

    whole = everything(made)
    content = (made / "store.db").read_bytes()
    used = [place for place, byte in enumerate(content) if byte and place >= 100]
    chosen = random.Random(1)
    root = tmp_path / "store"
    shutil.copytree(made, root)
    found = 0
    for _ in range(200):
        flipped = bytearray(content)
        flipped[chosen.choice(used)] ^= 1 << chosen.randrange(8)
        (root / "store.db").write_bytes(flipped)
        try:
            read = everything(root)
        except Problems:
            found += 1
        else:
            for one, other in zip(read, whole, strict=True):
                assert_frame_equal(one, other)
    assert found > 10


@pytest.mark.parametrize(
    "text", ["", "\x00", "a\x00b", "a\x1fb", "'", "é\n", "\U0001f600", "x" * 9_000]
)
def test_any_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    names = [name for name, kind in LEDGER.items() if kind == pl.String and name != "action_id"]
    ids = ["0123456789abcdef0123", "0123456789ABCDEF0123", "0123", text]
    rows = [{"action_id": id, "revision": 1, **dict.fromkeys(names, text)} for id in ids]
    given = table(LEDGER, [*rows, {"action_id": "nulls", "revision": 1}])
    with Store.open(tmp_path / "store") as store:
        record = RunRecord(FIRST, 1, FIRST, FIRST, "", 0, 0, {}, "1", [])
        commit_tables(
            store, record, table(STATES, []), given, table(ENDED, []), table(QUARANTINE, [])
        )
    reader = Reader(tmp_path / "store")
    found = reader.ledger(history=True)
    assert_frame_equal(found.sort("action_id"), given.sort("action_id"))
    assert sorted(reader.known(given["action_id"])["action_id"]) == sorted(given["action_id"])
    assert reader.ledger(accounts=[text]).height == len(ids)
    assert verify(tmp_path / "store") == []


def test_people_read_the_ledger_with_its_texts(store: Path) -> None:
    query = "SELECT action_id, due_on, account_name, step, owner, contact_on FROM ledger"
    query += " WHERE revision = 1 ORDER BY 1 LIMIT 2"
    with closing(sqlite3.connect(store / "store.db")) as database:
        found = database.execute(query).fetchall()
        ended = database.execute("SELECT account_id, ended_on FROM ended ORDER BY 2, 1").fetchone()
    assert found == [
        ("00000000000000000000", "2026-01-01", "Account No 0", "grace", "Ann", None),
        ("00000000000000000001", "2026-01-02", "Account No 1", "grace", "Ann", "2026-01-01"),
    ]
    assert ended == ("e0", "2026-01-01")
