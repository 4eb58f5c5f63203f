"""Segments of the ledger: each action is found in them, whatever its id and whichever version wrote them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support.profiles import examples
from support.store_rows import commit, day, entry, record, table
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import LEDGER
from tenure.engine.store import Reader, Store, manifest, segments, verify
from tenure.engine.store import commit as committing
from tenure.engine.store.filters import Filter
from tenure.engine.store.parquet_files import encode_parquet, prepare_folders
from tenure.engine.store.store_files import files_of

ALIKE = "0123456789abcdef"
IDS = st.sampled_from([f"{ALIKE}{n:04x}" for n in range(4)]) | st.text(max_size=20)
"""Ids with the same first 64 bits, and those of which a key has nothing."""


def encode_before(entries: pl.DataFrame) -> bytes:
    """A segment's content as versions without keys wrote it."""
    return encode_parquet(entries.sort("due_on", "account_id"))


def test_the_key_of_an_action_is_the_first_64_bits_of_its_id() -> None:
    ids = ["0123456789abcdef0123", "ffffffffffffffff0000", "of before"]
    rows = table(LEDGER, [entry(id) for id in ids])
    found = pl.read_parquet(segments.encode_segment(rows)).sort("action_id")
    assert found[segments.ACTION_KEY].to_list() == [0x0123456789ABCDEF, 2**64 - 1, None]


def written(root: Path, number: int, entries: pl.DataFrame, *, keyed: bool) -> manifest.File:
    """A segment on disk."""
    content = (segments.encode_segment if keyed else encode_before)(entries)
    file, _ = manifest.describe_file(
        f"ledger/{number}.parquet", "ledger", number, entries.height, content
    )
    files_of(root).write(file, content)
    return file


@examples(20)
@given(
    st.lists(st.tuples(st.lists(IDS, min_size=1, max_size=5), st.booleans()), max_size=3),
    st.lists(IDS, max_size=5),
    st.sampled_from([None, "b"]),
)
def test_actions_are_those_whose_id_is_asked_for(
    parts: list[tuple[list[str], bool]], asked: list[str], until: str | None
) -> None:
    rows = [[entry(id, account_id="abc"[n % 3]) for n, id in enumerate(ids)] for ids, _ in parts]
    frames = [table(LEDGER, each) for each in rows]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        prepare_folders(root)
        listed = [
            written(root, number, frame, keyed=keyed)
            for number, (frame, (_, keyed)) in enumerate(zip(frames, parts, strict=True))
        ]
        found = segments.read_actions(
            root,
            listed,
            pl.Series(asked, dtype=pl.String),
            list(LEDGER),
            [Filter("account_id", "<", until)],
        )
    expected = pl.concat([table(LEDGER, []), *frames]).filter(
        pl.col("action_id").is_in(pl.Series(asked, dtype=pl.String).implode())
    )
    if until is not None:
        expected = expected.filter(pl.col("account_id") < until)
    assert_frame_equal(found, expected, check_row_order=False)


@pytest.mark.parametrize("action", ["0123456789abcdef0123", "1"])
@pytest.mark.parametrize("before", [True, False])
def test_what_a_segment_of_any_version_has_is_not_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, before: bool
) -> None:
    root = tmp_path / "store"
    with Store.open(root) as store, monkeypatch.context() as patch:
        patch.setattr(committing, "MOST_IN_TABLE", 0)
        if before:
            patch.setattr(segments, "encode_segment", encode_before)
        commit(store, record(0), entries=[entry(action), entry("fedcba98765432100123")])
    for most in (0, 50):
        monkeypatch.setattr(committing, "MOST_IN_TABLE", most)
        with Store.open(root) as store, pytest.raises(Problems) as raised:
            commit(store, record(1), entries=[entry("2"), entry(action)])
        assert [each.code for each in raised.value.problems] == ["store-duplicate"]
        with Store.open(root) as store, pytest.raises(ValueError, match="must follow"):
            commit(store, record(1), entries=[entry(action, 3)])
    monkeypatch.setattr(committing, "MOST_IN_TABLE", 0)
    with Store.open(root) as store:
        commit(store, record(1), entries=[entry(action, 2, "withdrawn"), entry("3")])
    reader = Reader(root)
    expected: list[dict[str, Any]] = [entry(action, 2, "withdrawn")]
    found = reader.ledger(statuses=["withdrawn"]).select(list(expected[0]))
    assert found.rows(named=True) == expected
    assert reader.revisions(pl.Series([action]))["revision"].to_list() == [1, 2]
    assert reader.known(pl.Series([action, "4"]))["revision"].to_list() == [2]
    assert reader.pending(day(-1)).height == 2
    assert verify(root) == []


def test_a_commit_is_in_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "store"
    monkeypatch.setattr(committing, "MOST_IN_TABLE", 2)
    for number in range(4):
        with Store.open(root) as store:
            commit(store, record(number), entries=[entry(f"{number}-{n}") for n in range(number)])
            assert len(list((root / "ledger").iterdir())) == (number == 3)
    assert Reader(root).ledger()["action_id"].to_list() == [
        "1-0",
        "2-0",
        "2-1",
        "3-0",
        "3-1",
        "3-2",
    ]
