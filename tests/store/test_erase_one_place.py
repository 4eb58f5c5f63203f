"""A name that is in one cell of the store alone: that cell changes, nothing else, and the store is whole."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.store_rows import commit_tables, day, entry, record, table
from tenure.engine.core.schemas import (
    ENDED,
    HAND_MOVES,
    LEDGER,
    OUTCOMES,
    QUARANTINE,
    READER,
    STATES,
)
from tenure.engine.store import Reader, Retention, Store, verify
from tenure.engine.store import commit as committing
from tenure.engine.store.erase import count_places, names_of_account
from tenure.engine.store.redaction import ERASED, NameMatcher, Redaction

OTHER = "Bruno Keller"
PLACES = {
    "table": "ledger",
    "file": "ledger",
    "history": "history",
    "carried": "history",
    "value": "quarantine",
    "reason": "quarantine",
    "outcome": "recorded",
    "move": "recorded",
    "text": "texts",
}
"""By place of a name, what counts it."""


def name_in(place: str) -> str:
    return f"Zoé {place.title()}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of three runs with a name in each place; the second wrote its entries to a file."""
    root = tmp_path_factory.mktemp("made") / "store"

    def said(place: str, number: int) -> str:
        return name_in(place) if number == 1 else OTHER

    with pytest.MonkeyPatch.context() as patch, Store.open(root) as store:
        for number in range(3):
            patch.setattr(committing, "MOST_IN_TABLE", 0 if number == 1 else 9)
            more = {"account_id": f"{number}", "account_name": OTHER, "owner": OTHER}
            rows = [entry(f"{number}-{n}", **more, reason="none") for n in range(3)]
            rows[1] |= {"owner": (OTHER, name_in("file"), name_in("table"))[number]}
            bad = [
                {"account_id": f"{number}", "row": n, "field": "arr", "value": "?", "reason": "no"}
                for n in range(3)
            ]
            bad[1] |= {"value": said("value", number), "reason": said("reason", number)}
            carried = {"account_id": ["z"], READER: ["p"], "csm": [said("carried", number)]}
            commit_tables(
                store,
                record(number),
                table(STATES, []),
                table(LEDGER, rows),
                table(ENDED, [{"account_id": "e", "playbook": "p", "cycle": f"{number}"}]),
                table(QUARANTINE, bad),
                pl.DataFrame({"account_id": ["a"], "csm": [said("history", number)]}),
                None,
                pl.DataFrame(carried),
                {"tenure.yaml": f"# {said('text', number)} {number}"},
            )
            outcome = {"action_id": f"{number}-0", "outcome": "done", "on": day(number)}
            move = {"move": "hold", "account_id": "a", "on": day(number)}
            store.record(
                table(OUTCOMES, [outcome | {"by": said("outcome", number)}]),
                table(HAND_MOVES, [move | {"because": said("move", number)}]),
            )
    assert verify(root) == []
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy to erase names from."""
    return Path(shutil.copytree(made, tmp_path / "store"))


def everything(root: Path) -> dict[str, Any]:
    reader = Reader(root)
    days = reader.history_days()
    return {
        "ledger": reader.ledger(history=True).rows(),
        "ended": reader.ended().rows(),
        "history": [reader.history(on, ["csm"]).rows() for on in days],
        "carried": [reader.carried(on).rows() for on in days],
        "quarantine": [reader.quarantine(on).rows() for on in days],
        "outcomes": reader.outcomes().rows(),
        "moves": reader.hand_moves().rows(),
    }


def without(name: str, found: Any) -> Any:
    """Return the same with the name replaced, in whatever it lies."""
    if isinstance(found, dict):
        return {key: without(name, each) for key, each in found.items()}
    if isinstance(found, list | tuple):
        return type(found)(without(name, each) for each in found)
    return ERASED if found == name else found


def rows(root: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(root / "store.db") as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


def files_with(root: Path, name: str) -> list[str]:
    paths = [path for path in root.rglob("*") if path.is_file()]
    return [path.name for path in paths if name.encode() in path.read_bytes()]


def test_a_person_goes_from_the_one_place_where_the_name_is(root: Path) -> None:
    """One after another, so that each time all else stays."""
    expected = everything(root)
    for number, (place, counted) in enumerate(PLACES.items(), 1):
        name = name_in(place)
        redaction = Redaction(NameMatcher([name]))
        foreseen = count_places(root, redaction)
        with Store.open(root) as store:
            found = store.erase(redaction, "person", day(9))
        nothing = dict.fromkeys(("ledger", "history", "quarantine", "recorded", "texts"), 0)
        assert asdict(found) == asdict(foreseen) == nothing | {counted: 1}, place
        assert found.total == 1
        expected = without(name, expected)
        assert everything(root) == expected
        erasures = rows(root, "SELECT number, run, erased_on, kind, places FROM erasures")
        assert erasures[number - 1 :] == [(number, 3, "2026-01-10", "person", 1)]
        assert files_with(root, name) == []
        assert rows(root, "PRAGMA user_version") == [(0,)]
        texts = Reader(root).run_texts(day(1))
        assert texts is not None
        assert texts.erased == (("tenure.yaml",) if place == "text" else ())
    assert verify(root) == []
    assert count_places(root, Redaction(NameMatcher(map(name_in, PLACES)))).total == 0
    assert rows(root, "SELECT count(*) FROM texts WHERE text LIKE 'Zoé%'") == [(0,)]


@pytest.mark.parametrize(("names", "left_out"), [(0, 3), (1, 0), (2, 1), (3, 2)])
def test_names_of_runs_before_a_date_go_with_the_next_run(
    root: Path, names: int, left_out: int
) -> None:
    whole = everything(root)
    last = Retention(day(names), day(left_out))
    with Store.open(root) as store, store.begin(day(4), 1, day(4)) as part:
        part.add(table(STATES, []), table(LEDGER, []), table(ENDED, []))
        part.finish(record(4), table(QUARANTINE, []), retention=last)
    assert verify(root) == []
    found = everything(root)
    for number in range(3):
        gone = number < names
        owners = [row for row in found["ledger"] if row[0].startswith(f"{number}-")]
        assert [ERASED in row for row in owners] == [gone] * 3
        values = [row[3] for row in found["quarantine"][number]]
        before_it = [row[3] for row in whole["quarantine"][number]]
        assert values == ([ERASED] * 3 if number < left_out else before_it)
        texts = Reader(root).run_texts(day(number))
        assert texts is not None
        assert bool(texts.erased) == gone
    # Of who did what there is no date of recording, so all of it stays.
    for same in ("history", "carried", "ended", "outcomes", "moves"):
        assert found[same] == whole[same]


def test_old_records_lose_who_and_why_but_no_reassignment(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with Store.open(root) as store:
        outcomes = [
            {"action_id": f"{n}", "outcome": "assigned", "by": "Ann", "to": "Bo", "note": "why"}
            | {"on": day(0), "recorded_on": day(n)}
            for n in range(3)
        ]
        moves = [
            {"move": "reassign", "owner": "Ann", "to": "Bo", "by": "Cy", "because": "why"}
            | {"on": day(0), "recorded_on": day(n)}
            for n in range(3)
        ]
        moves.append(moves[0] | {"by": None, "because": None})
        store.record(table(OUTCOMES, outcomes), table(HAND_MOVES, moves))
        with store.begin(day(4), 1, day(4)) as part:
            part.add(table(STATES, []), table(LEDGER, []), table(ENDED, []))
            part.finish(record(4), table(QUARANTINE, []), retention=Retention(day(2)))
        found = store.outcomes().select("by", "to", "note").rows()
        assert found == [(ERASED,) * 3] * 2 + [("Ann", "Bo", "why")]
        assert store.hand_moves().select("by", "because", "owner", "to").rows() == [
            *[(ERASED, ERASED, "Ann", "Bo")] * 2,
            ("Cy", "why", "Ann", "Bo"),
            (None, None, "Ann", "Bo"),
        ]
    assert verify(root) == []
    assert rows(root, "SELECT run, kind, places FROM erasures") == [(1, "retention", 10)]


def test_the_names_of_an_account_are_those_of_its_rows(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with Store.open(root) as store, pytest.MonkeyPatch.context() as patch:
        for number in range(2):
            patch.setattr(committing, "MOST_IN_TABLE", 9 * number)
            entries = [
                entry(f"{account}{number}", account_id=account, account_name=f"{account} {number}")
                for account in "ab"
            ]
            values = {"account_id": ["a", "b"], "csm": ["Ann", "Bo"], "tier": ["top", None]}
            commit_tables(
                store,
                record(number),
                table(STATES, []),
                table(LEDGER, entries),
                table(ENDED, []),
                table(QUARANTINE, []),
                pl.DataFrame(values | {"champion": [f"Cy {number}", "Di"], "arr": [1.0, 2.0]}),
            )
    redaction = Redaction(
        NameMatcher(()), account="a", fixed=frozenset(("tier",)), owners=frozenset(("csm",))
    )
    assert names_of_account(root, redaction) == {
        "account_name": {"a 0", "a 1"},
        "champion": {"Cy 0", "Cy 1"},
    }
    with Store.open(root) as store:
        places = store.erase(redaction, "account", dt.date(2026, 1, 9))
    assert (places.ledger, places.history, places.total) == (2, 2, 4)
    reader = Reader(root)
    for number in range(2):
        found = reader.history(day(number), ["csm", "tier", "champion"]).rows()
        assert found == [("a", "Ann", "top", ERASED), ("b", "Bo", None, "Di")]
    names = dict(reader.ledger().select("action_id", "account_name").iter_rows())
    assert names == {"a0": ERASED, "a1": ERASED, "b0": "b 0", "b1": "b 1"}
    assert verify(root) == []


def test_the_next_writer_ends_what_an_erasure_left_to_do(root: Path) -> None:
    """A disk without room for a second database leaves free pages, which may hold what was erased."""
    database = sqlite3.connect(root / "store.db")
    database.execute("PRAGMA secure_delete = OFF")
    database.execute("CREATE TABLE large AS SELECT zeroblob(100000) AS free, 'Zoé Free' AS name")
    database.execute("DROP TABLE large")
    database.execute("PRAGMA user_version = 1")
    database.commit()
    database.close()
    assert rows(root, "PRAGMA freelist_count")[0][0] > 20
    with Store.open(root) as store:
        assert not store.is_unfinished
    assert rows(root, "PRAGMA freelist_count") == [(0,)]
    assert rows(root, "PRAGMA user_version") == [(0,)]
    assert verify(root) == []
