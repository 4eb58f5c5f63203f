"""Headers of real exports: facts from the documentation of vendors, and from public code that reads their exports.

Each file under `real_headers/` has a column, a value as the vendor writes it, and the field that the column fills, by
what the vendor says that it means.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from tenure.engine.fields.standard_fields import STANDARD
from tenure.engine.importing.column_profile import profile_columns
from tenure.engine.importing.knowledge import find_preset, presets
from tenure.engine.importing.proposal import Context
from tenure.engine.importing.propose import propose

HERE = Path(__file__).with_name("real_headers")
FILES = sorted(path.stem for path in HERE.glob("*.txt"))
ON = dt.date(2026, 3, 31)
FEWEST = {"stripe": 25, "pipedrive": 30}
"""The columns that an export has at least; others have 30. The two of Stripe have 60 together."""


class Column(NamedTuple):
    """A column of a real export."""

    header: str
    value: str
    field: str


def columns_of(name: str) -> list[Column]:
    lines = (HERE / f"{name}.txt").read_text("utf-8").splitlines()
    cells = [line.split("|") for line in lines if not line.startswith("#")]
    return [Column(*(cell.strip() for cell in row)) for row in cells]


def context(headers: list[str]) -> Context:
    return Context({spec.name: spec for spec in STANDARD}, ON, "EUR", preset=find_preset(headers))


@pytest.mark.parametrize("name", FILES)
def test_every_column_of_a_real_export_fills_what_its_vendor_says(name: str) -> None:
    columns = columns_of(name)
    table = pl.DataFrame(
        {each.header: pl.Series([each.value], dtype=pl.String) for each in columns}
    )
    proposal = propose(profile_columns(table), context([each.header for each in columns]))
    assert proposal.preset is presets()[name.partition("_")[0]]
    read = {each.column.name: field for field, each in proposal.columns.items() if each.sure}
    expected = {each.header: each.field for each in columns if each.field}
    if "arr" not in expected.values():
        # Twelve times the revenue of a month fills that of a year too.
        read |= {
            each.column.name: field for field, each in proposal.columns.items() if field == "mrr"
        }
    assert read == expected


@pytest.mark.parametrize("name", FILES)
def test_the_preset_knows_nine_in_ten_columns_of_a_real_export(name: str) -> None:
    headers = [each.header for each in columns_of(name)]
    assert len(headers) >= FEWEST.get(name, 30)
    assert presets()[name.partition("_")[0]].share(headers) >= 0.9


def test_each_vendor_has_thirty_real_headers() -> None:
    for preset in presets():
        headers = {
            each.header for file in FILES if file.startswith(preset) for each in columns_of(file)
        }
        assert len(headers) >= 30


@pytest.mark.parametrize("header", ["Annual revenue", "Annual Revenue"])
def test_the_customers_own_revenue_is_not_arr_in_either_case(header: str) -> None:
    """In sentence case, as the labels are today; the presets were written when they had capital letters."""
    headers = [each.header for each in columns_of("hubspot")]
    preset = find_preset([each[:1] + each[1:].lower() for each in headers])
    assert preset is presets()["hubspot"]
    assert header in preset.unneeded
