"""The same accounts, whatever the format, the order of their rows and of their columns."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
import unicodedata
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support.profiles import examples
from tenure.engine.fields.catalogue import Catalogue
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.sources.snapshots import Snapshot, Snapshots
from tenure.engine.workspace.settings import ContactPolicy, SnapshotSource, WorkspaceSettings

DAY = dt.date(2026, 1, 31)
FIELDS = ["account_name", "arr", "auto_renew", "renewal_date", "seats_active", "segment", "status"]
STANDARD = load_catalogue(None)[0].fields
CATALOGUE = Catalogue(STANDARD | {"status": STANDARD["status"]._replace(essential=True)})


WITHOUT_WIDTH = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


def is_tidy(word: str) -> bool:
    """Return whether a text stays as it is when it is read, and is not blank, which is missing."""
    tidied = unicodedata.normalize("NFC", word)
    for space in "\u00a0\u2007\u202f":
        tidied = tidied.replace(space, " ")
    edges = {tidied[:1], tidied[-1:]}
    return tidied.strip() == word != "" and not edges & set(WITHOUT_WIDTH)


# Lone surrogates are no UTF-8.
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1, max_size=8)
texts = words.filter(is_tidy)
numbers = st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 4))
accounts = st.fixed_dictionaries(
    {
        "account_id": texts,
        "account_name": st.none() | texts,
        "arr": st.none() | numbers,
        "auto_renew": st.none() | st.booleans(),
        "renewal_date": st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)),
        "seats_active": st.none() | st.integers(-2, 1000),
        "status": st.none() | st.sampled_from(["active", "lapsed", "gone"]),
    }
)
portfolios = st.lists(accounts, min_size=1, max_size=12, unique_by=lambda row: row["account_id"])
SCHEMA = {
    "account_id": pl.String,
    "account_name": pl.String,
    "arr": pl.Float64,
    "auto_renew": pl.Boolean,
    "renewal_date": pl.Date,
    "seats_active": pl.Int64,
    "status": pl.String,
}

SPARE: dict[str, object] = {**dict.fromkeys(SCHEMA), "status": "active", "seats_active": 1}
"""A good row, so that no column is refused as a whole for having bad values only."""


def known(row: dict[str, object]) -> dict[str, object]:
    """Return the row without its bad number of seats."""
    seats = row["seats_active"]
    return row | {"seats_active": None if seats is None or int(str(seats)) < 0 else seats}


def load(frame: pl.DataFrame, format: str) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{DAY}.{format}"
        if format == "csv":
            frame.write_csv(path)
        elif format == "jsonl":
            frame.write_ndjson(path)
        else:
            frame.write_parquet(path)
        source = SnapshotSource(path=f"{{date}}.{format}")
        workspace = WorkspaceSettings(
            folder, "tenure.yaml", "W", "UTC", "en", "FR", source, {}, {}, ContactPolicy()
        )
        return Snapshots(workspace, CATALOGUE).load(DAY, FIELDS)


@examples(60)
@given(portfolios, st.randoms(use_true_random=False))
def test_formats_and_orders_give_the_same_accounts(
    rows: list[dict[str, object]], shuffle: random.Random
) -> None:
    spare = {**SPARE, "account_id": "spare"}
    if not any(row["account_id"] == "spare" for row in rows):
        rows = [*rows, spare]
    good = [known(row) for row in rows if row["status"] != "gone"]
    if not good:
        return
    bad = [row for row in rows if row["status"] == "gone" or known(row) != row]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    shuffle.shuffle(rows)
    mixed = pl.DataFrame(rows, schema=SCHEMA).select(
        *sorted(SCHEMA, key=lambda _: shuffle.random())
    )
    wanted = pl.DataFrame(good, schema=SCHEMA).cast({"seats_active": pl.Float64}).sort("account_id")
    for table, format in [(frame, "parquet"), (mixed, "csv"), (mixed, "jsonl")]:
        snapshot = load(table, format)
        assert_frame_equal(snapshot.frame.select(wanted.columns), wanted)
        assert snapshot.rows == len(rows)
        assert snapshot.quarantined["row"].n_unique() == len(bad)


@examples(60)
@given(portfolios)
def test_every_row_is_an_account_or_in_quarantine(rows: list[dict[str, object]]) -> None:
    rows = [*rows, {**SPARE, "account_id": "a spare one"}]
    snapshot = load(pl.DataFrame(rows, schema=SCHEMA), "csv")
    used = set(snapshot.frame["account_id"])
    apart = set(snapshot.quarantined["account_id"])
    gone = {row["account_id"] for row in rows if row["status"] == "gone"}
    assert used | apart == {row["account_id"] for row in rows}
    assert apart - used == gone
    assert set(snapshot.account_ids()) == used | apart
