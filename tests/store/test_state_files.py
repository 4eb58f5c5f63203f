"""The states on disk: when deltas go into a new base, and that a base has one file for each bucket with states."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from support.store_rows import commit, record, state
from tenure.engine.store import Reader, Store, connection, manifest, sqlite_schema, state_files
from tenure.engine.store.manifest import File, FileKind


def file(kind: FileKind, number: int, rows: int) -> File:
    bucket = number if kind == "base" else None
    return File(f"{kind}-{number}", kind, number, bucket, None, rows, 1, "")


@pytest.mark.parametrize(
    ("base", "deltas", "new", "outgrown"),
    [
        # A small store may have thirty deltas.
        ([], [1] * 29, [1], False),
        ([], [1] * 30, [1], True),
        ([], [1] * 29, [1, 1], True),
        # Few rows are never too many, whatever the base has.
        ([], [10_000], [10_000], False),
        ([], [10_000], [10_001], True),
        ([30_000, 29_999], [20_000], [1], True),
        # Of a larger base, a third of its rows.
        ([60_000, 30_000], [20_000], [10_000], False),
        ([60_000, 30_000], [20_000], [10_001], True),
        ([60_000, 30_002], [20_000], [10_000], False),
        ([60_000, 30_003], [20_000], [10_001], False),
    ],
)
def test_deltas_are_outgrown_by_their_number_or_by_their_rows(
    base: list[int], deltas: list[int], new: list[int], outgrown: bool
) -> None:
    database = connection.connect_empty()
    there = [file("base", n, rows) for n, rows in enumerate(base)]
    there += [file("delta", n, rows) for n, rows in enumerate(deltas)]
    there += [file("ledger", 1, 10**6), file("history", 1, 10**6)]
    manifest.record_change(database, manifest.ManifestChange(tuple(there)))
    own = [file("delta", 100 + n, rows) for n, rows in enumerate(new)]
    assert state_files.outgrown(database, own) is outgrown
    database.close()


def test_a_base_has_one_file_for_each_bucket_with_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_schema, "BUCKETS", 4)
    monkeypatch.setattr(state_files, "MOST_DELTAS", 1)
    root = tmp_path / "store"
    parts = [["a", "b", "c"], ["b", "d"], ["a"], ["e", "c"]]
    expected: dict[str, str] = {}
    for number, accounts in enumerate(parts):
        with Store.open(root) as store:
            commit(store, record(number), [state(account, f"{number}") for account in accounts])
        expected |= dict.fromkeys(accounts, f"{number}")
        found = Reader(root).states()
        assert dict(found.select("account_id", "state").iter_rows()) == expected
        with connection.connect_reader(root) as database:
            base = manifest.live_files(database, "base")
            deltas = manifest.live_files(database, "delta")
        assert len(deltas) == (number + 1) % 2
        known = [account for each in parts[: number + number % 2] for account in each]
        buckets = {account: zlib.crc32(account.encode()) % 4 for account in known}
        assert {each.bucket for each in base} == {*buckets.values()}
        assert sum(each.rows for each in base) == len(buckets)
        assert {each.run for each in base} <= {2 * (number // 2 + number % 2)}
        names = {path.name for path in (root / "states").iterdir()}
        assert names == {each.name.partition("/")[2] for each in [*base, *deltas]}
