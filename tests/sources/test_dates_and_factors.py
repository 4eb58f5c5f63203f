"""Dates with names of months and numbers since 1970, and numbers that a field multiplies."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.fields.catalogue import FieldSpec
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.sources.convert import bad_value_reason, convert, exact_decimals
from tenure.engine.text.yaml_reader import read_yaml

MARCH = dt.date(2026, 3, 12)


def dates(texts: list[str | None], format: str, zone: str = "UTC") -> list[dt.date | None]:
    spec = FieldSpec("d", "date", format=format)
    return convert(pl.Series("d", texts, dtype=pl.String), spec, zone)[0].to_list()


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("12 mars 2026", "%d %B %Y"),
        ("12 MARS 2026", "%d %b %Y"),
        ("12 mar. 2026", "%d %B %Y"),
        ("12. März 2026", "%d. %B %Y"),
        ("12. Ma\u0308rz 2026", "%d. %B %Y"),
        ("12.Mär.2026", "%d.%b.%Y"),
        ("Mar 12th, 2026", "%B %d, %Y"),
        ("12MAR2026", "%d%b%Y"),
        ("12-Mrz-26", "%d-%b-%y"),
        ("2026-Mar-12T08:00:00", "%Y-%b-%dT%H:%M:%S"),
    ],
)
def test_a_month_may_be_written_by_its_name(text: str, format: str) -> None:
    assert dates([text, None], format) == [MARCH, None]


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("12 march 2026", "%B %d %Y"),
        ("12 marz 2026", "%d %B %Y"),
        ("12 03 2026", "%d %B %Y"),
        ("12 marsh 2026", "%d %B %Y"),
        ("31 avril 2026", "%d %B %Y"),
        ("~03 12 2026", "%B %d %Y"),
    ],
)
def test_what_is_not_written_so_is_bad(text: str, format: str) -> None:
    assert dates([text], format) == [None]


@pytest.mark.parametrize(
    ("text", "format", "zone", "day"),
    [
        ("1773273600", "unix seconds", "UTC", MARCH),
        ("1773273599", "unix seconds", "UTC", dt.date(2026, 3, 11)),
        ("1773273599", "unix seconds", "Europe/Paris", MARCH),
        ("1773273600000", "unix milliseconds", "America/New_York", dt.date(2026, 3, 11)),
        ("1773273600.25", "unix seconds", "UTC", MARCH),
        ("-1", "unix seconds", "UTC", dt.date(1969, 12, 31)),
        ("soon", "unix seconds", "UTC", None),
        ("1773273600000", "unix seconds", "UTC", None),
        ("1e300", "unix seconds", "UTC", None),
        ("NaN", "unix seconds", "UTC", None),
        # Microsoft's own example of a serial number: 39448 is the first of January 2008.
        ("39448", "excel days", "America/New_York", dt.date(2008, 1, 1)),
        ("39448.99", "excel days", "UTC", dt.date(2008, 1, 1)),
        ("61", "excel days", "UTC", dt.date(1900, 3, 1)),
        ("1e7", "excel days", "UTC", None),
    ],
)
def test_numbers_since_1970_are_instants(
    text: str, format: str, zone: str, day: dt.date | None
) -> None:
    assert dates([text], format, zone) == [day]


def test_numbers_with_a_type_may_count_since_1970_too() -> None:
    spec = FieldSpec("d", "date", format="unix milliseconds")
    for values in (pl.Series([1773273600000]), pl.Series([1773273600000.0])):
        assert convert(values, spec, "UTC")[0].to_list() == [MARCH]
    assert convert(pl.Series([True]), spec, "UTC")[0].to_list() == [None]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12/03/2026", MARCH),
        ("2026-03-12", MARCH),
        ("2026-03-12 09:30", MARCH),
        ("12/03/26", MARCH),
        ("46093", MARCH),
        ("03-12-2026", None),
        ("", None),
    ],
)
def test_a_column_may_have_dates_in_several_formats(text: str, day: dt.date | None) -> None:
    assert dates([text], "%d/%m/%Y or %d/%m/%y or %Y-%m-%d or excel days") == [day]


def test_each_of_several_formats_must_be_whole() -> None:
    node, _ = read_yaml('fields: {renewal_date: {format: "%d/%m/%Y or %Y-%m"}}', "f")
    assert [each.code for each in load_catalogue(node)[1]] == ["bad-date-format"]


@given(
    st.decimals(-(10**6), 10**6, allow_nan=False, places=4),
    st.sampled_from(["12", "0.01", "0.12", "1000", "0.000001"]),
)
def test_a_product_is_that_of_decimals(number: Decimal, times: str) -> None:
    spec = FieldSpec("n", "number", times=Decimal(times))
    texts = pl.Series("n", [str(number)])
    product = number * Decimal(times)
    assert exact_decimals(texts, spec).to_list() == [product]
    assert convert(texts, spec, "UTC")[0].to_list() == [float(product)]


def test_limits_and_styles_are_those_of_the_field() -> None:
    node, _ = read_yaml(
        'fields: {x: {type: number, times: 12, maximum: 100, numbers: {decimal: ","}}}', "f"
    )
    spec = load_catalogue(node)[0].fields["x"]
    values, bad = convert(pl.Series("x", ["8,25", "9", "x", ""]), spec, "UTC")
    assert values.to_list() == [99, None, None, None]
    assert bad is not None
    assert bad.to_list() == [False, True, True, False]
    assert bad_value_reason("9", spec) == "above the maximum of 100"
    shares = FieldSpec("s", "number", unit="share", times=Decimal(2))
    assert convert(pl.Series("s", [0.25]), shares, "UTC")[0].to_list() == [0.5]


def test_the_id_of_accounts_cannot_be_ignored() -> None:
    node, _ = read_yaml("ignore: [account_id]", "fields.yaml")
    assert [each.code for each in load_catalogue(node)[1]] == ["conflicting-keys"]
    node, _ = read_yaml("ignore: [account_id]\nfields: {account_id: {from: Ref}}", "fields.yaml")
    catalogue, problems = load_catalogue(node)
    assert not problems
    assert catalogue.ignored == {"account_id"}
