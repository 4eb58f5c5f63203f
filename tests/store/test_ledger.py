"""The ledger's rows by id, in the table and in files: each revision once, whichever way it is looked up."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from support.store_rows import commit, entry, record
from tenure.engine.core.problems import Problems
from tenure.engine.store import Store, connection, ledger, ledger_rows
from tenure.engine.store import commit as committing

HEX = [f"{n:020x}" for n in range(1, 4)]
IDS = [*HEX, "named", f"{255:020X}"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five actions, the first with three revisions."""
    root = tmp_path_factory.mktemp("made") / "store"
    with Store.open(root) as store:
        commit(store, record(0), entries=[entry(id) for id in IDS])
        for number in (1, 2):
            commit(store, record(number), entries=[entry(HEX[0], number + 1)])
    return root


@pytest.mark.parametrize("more", [0, 20])
def test_each_revision_is_found_once_however_often_it_is_asked_for(root: Path, more: int) -> None:
    """Many ids are compared with the whole table, few are looked up in it."""
    asked = [HEX[0], HEX[0], "named", IDS[4], *(f"none {n}" for n in range(more))]
    with connection.connect_reader(root) as database:
        found = ledger.rows_with_ids(database, "entries", pl.Series(asked))
        replaced = ledger.rows_with_ids(database, "replaced", pl.Series(asked))
        nothing = ledger.rows_with_ids(database, "entries", pl.Series([], dtype=pl.String))
    assert sorted(found.rows()) == sorted(
        [*((HEX[0], n) for n in (1, 2, 3)), ("named", 1), (IDS[4], 1)]
    )
    assert sorted(replaced.rows()) == [(HEX[0], 1), (HEX[0], 2)]
    assert nothing.is_empty()
    assert found.schema == replaced.schema == nothing.schema == ledger.REVISION_KEY


def test_rows_are_counted_up_to_the_number_asked_for(root: Path) -> None:
    with connection.connect_reader(root) as database:
        assert [ledger.has_fewer_rows(database, "entries", n) for n in (6, 7, 8, 900)] == [
            False,
            False,
            True,
            True,
        ]
        assert ledger.has_fewer_rows(database, "quarantine", 1)


@pytest.mark.parametrize(
    ("beginnings", "found"),
    [
        (["0" * 19], [IDS[0], IDS[1], IDS[2]]),
        (["0" * 17], sorted(id for id in IDS if id.startswith("0"))),
        ([HEX[1]], [HEX[1]]),
        ([f"{HEX[1]}0"], []),
        ([f"{255:020X}"[:-1]], [IDS[4]]),
        (["n", "named", "x"], ["named"]),
        (["nam", HEX[2][:20]], [HEX[2], "named"]),
        ([""], sorted(IDS)),
        ([], []),
    ],
)
def test_ids_are_found_by_how_they_begin(
    root: Path, beginnings: list[str], found: list[str]
) -> None:
    with connection.connect_reader(root) as database:
        assert ledger.ids_beginning(database, root, beginnings) == found


def test_an_id_of_tenure_is_stored_as_ten_bytes_and_any_other_as_it_is() -> None:
    for id in HEX:
        assert ledger_rows.key(id) == bytes.fromhex(id)
        assert ledger_rows.unkey(bytes.fromhex(id)) == id
    for id in ("named", f"{255:020X}", "0" * 19, "0" * 21, f"{'0' * 20}\n", "٠" * 20):
        assert ledger_rows.key(id) == ledger_rows.unkey(id) == id
    with closing(connection.connect_empty()) as database:
        some = pl.Series([HEX[0], None, "named"])
        assert ledger_rows.keys(database, some) == [bytes.fromhex(HEX[0]), None, "named"]
        ours = pl.Series([*HEX[:2], None])
        assert ledger_rows.keys(database, ours) == [*map(bytes.fromhex, HEX[:2]), None]
        assert len(ledger_rows.key_bounds(database, "0" * 20)) == 2
        assert ledger_rows.key_bounds(database, "0a") == [
            ("0a", "0a\U0010ffff"),
            (bytes.fromhex(f"0a{'0' * 18}"), bytes.fromhex(f"0a{'f' * 18}")),
        ]
        for beginning in ("0A", "x", "0" * 21):
            assert len(ledger_rows.key_bounds(database, beginning)) == 1


@pytest.mark.parametrize("most", [0, 99])
@pytest.mark.parametrize(
    ("added", "said"),
    [
        ([(HEX[1], 1)], f"action {HEX[1]}, revision 1, is in the ledger already"),
        ([(HEX[0], 3), (HEX[0], 2)], f"action {HEX[0]}, revision 2, is in the ledger already"),
        ([("new", 1), ("new", 1)], "action new, revision 1, is in the ledger already"),
        ([("new", 2)], None),
        ([(HEX[0], 5)], None),
    ],
)
def test_an_entry_that_is_there_or_that_skips_one_is_refused(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    added: list[tuple[str, int]],
    said: str | None,
) -> None:
    monkeypatch.setattr(committing, "MOST_IN_TABLE", most)
    rows = [entry(id, revision) for id, revision in added]
    with Store.open(shutil.copytree(root, tmp_path / "store")) as store:
        if said is None:
            with pytest.raises(ValueError, match="must follow the action's last one"):
                commit(store, record(3), entries=rows)
        else:
            with pytest.raises(Problems) as raised:
                commit(store, record(3), entries=rows)
            (problem,) = raised.value.problems
            assert problem.message.startswith(said)
        assert store.ledger(history=True).height == 7
        commit(store, record(3), entries=[entry(HEX[0], 4), entry("new"), entry("new", 2)])
        found = store.ledger().select("action_id", "revision").rows()
    assert {("new", 2), (HEX[0], 4)} < {*found}
    assert len(found) == 6
