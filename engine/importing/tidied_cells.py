"""Cells that only the program that wrote them understands, as plain values: `="0042"`, `42.0` as an id, `10-`.

Takes a table of texts. Returns it with these cells as a run reads them, and a sentence for each column that changed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from .column_profile import spread
from .knowledge import header_names, header_spellings, is_missing_word
from .written_numbers import currencies_of, is_number

_SAMPLE = 500
_GUARDED = r'^="([^"]*)"$'
"""A formula whose result is a text, as programs write ids so that Excel leaves their zeros."""
_TEXT_MARK = r"^'([^'].*)$"
"""A value with the mark by which a spreadsheet takes it for text."""
_NO_COINS = r"^(.*\d)[.,](?:[-–—]{1,2})(\D*)$"
"""An amount without coins, as Swiss and Dutch people write it: `1'200.-`."""
_FLOAT_ID = r"^(\d+)\.0+$"
_NEGATIVE = r"^\(\s*([^()]*\d[^()]*)\s*\)$|^([^-]*\d[^-]*)-$"
"""Negative numbers as accountants write them, `(10)`, and as SAP does, `10-`."""
_SHARE_WITHOUT_SIGN = re.compile(r"^[01][.,]\d+$", re.MULTILINE)
"""A share without a percent sign, among values of which some have one."""
_PLAIN_SHARE = r"^(?:0|1|0?[.,]\d+|0[.,]\d+|1[.,]0+)$"
_SHORTENED = (
    r"^([^\d\s]{0,3}\s?-?\d{1,4}(?:[.,]\d{1,2})?)\s?([kKmM]|Tsd\.?|Mio\.?)(\s?(?:[^\d\s]{1,3})?)$"
)
"""Amounts in thousands or millions, such as `$1.2M` or `64k`, as people write them in a sheet."""
_CURRENCY = "Currency"
"""The name of a column of currencies that were next to amounts."""
_ID_FIELDS = frozenset(("account_id", "parent_account_id", "merged_into"))


class Tidied(NamedTuple):
    """The table, and a sentence for each column whose cells were changed."""

    table: pl.DataFrame
    notes: tuple[str, ...]


def tidy_cells(table: pl.DataFrame) -> Tidied:
    """Return the table with the cells as a run reads them."""
    columns: list[pl.Series] = []
    notes: list[str] = []
    for column in table.get_columns():
        sample = spread(column, _SAMPLE).drop_nulls().str.strip_chars()
        sample = sample.filter(sample != "")
        tidied, note = _tidied(column, sample, {*table.columns, *(each.name for each in columns)})
        columns += tidied
        notes += [note] if note else []
    return Tidied(pl.DataFrame(columns), tuple(notes)) if notes else Tidied(table, ())


def _tidied(
    column: pl.Series, sample: pl.Series, taken: Collection[str]
) -> tuple[list[pl.Series], str]:
    """Return the column, or those that it becomes, and a sentence if it changed."""
    name = column.name
    if sample.is_empty():
        return [column], ""
    if sample.str.contains(_GUARDED).all():
        shown = sample[0]
        return [column.str.strip_chars().str.replace(_GUARDED, "$1")], (
            f"`{name}` has formulas such as `{shown}`: they are read as the text in them"
        )
    if sample.str.contains(_TEXT_MARK).all():
        return [column.str.strip_chars().str.replace(_TEXT_MARK, "$1")], (
            f"`{name}` has values such as `{sample[0]}`: they are read without the mark in front"
        )
    if sample.str.contains(_NO_COINS).any() and _are_numbers(_without_coins(sample)):
        shown = sample.filter(sample.str.contains(_NO_COINS))[0]
        return [_without_coins(column.str.strip_chars())], (
            f"`{name}` has amounts such as `{shown}`: they are read without the dash for no coins"
        )
    if (
        _is_id(name)
        and column.drop_nulls().str.strip_chars().str.contains(r"^$|" + _FLOAT_ID).all()
    ):
        return [column.str.strip_chars().str.replace(_FLOAT_ID, "$1")], (
            f"the ids in `{name}` are decimal numbers, such as `{sample[0]}`: they are read without the `.0`"
        )
    if sample.str.contains(_NEGATIVE).any() and _are_numbers(_with_minus(sample)):
        shown = sample.filter(sample.str.contains(_NEGATIVE))[0]
        return [_with_minus(column.str.strip_chars())], (
            f"`{name}` has negative numbers such as `{shown}`: they are read with their minus in front"
        )
    if sample.str.contains(_SHORTENED).any() and _are_numbers(
        sample.str.replace(_SHORTENED, "$1$3")
    ):
        return _in_full(column, sample)
    if sample.str.ends_with("%").any() and _SHARE_WITHOUT_SIGN.search("\n".join(sample.to_list())):
        return _one_kind_of_share(column, sample)
    currencies = currencies_of(text for text in sample.to_list() if not is_missing_word(text))
    if len(currencies) > 1:
        return _by_currency(column, currencies, taken)
    return [column], ""


def _is_id(header: str) -> bool:
    return any(
        known.field in _ID_FIELDS
        for spelling in header_spellings(header)
        for known in header_names().get(spelling, ())
    )


def _with_minus(values: pl.Series) -> pl.Series:
    return values.str.replace(_NEGATIVE, "-$1$2")


def _without_coins(values: pl.Series) -> pl.Series:
    return values.str.replace(_NO_COINS, "$1$2")


def _are_numbers(values: pl.Series) -> bool:
    return all(is_number(text) or is_missing_word(text) for text in values.to_list())


def _one_kind_of_share(column: pl.Series, sample: pl.Series) -> tuple[list[pl.Series], str]:
    """Return shares such as `0.85` as `85%` where others in the column have that form; no number above 1 is one."""
    values = column.str.strip_chars()
    plain = values.str.contains(_PLAIN_SHARE)
    others = values.filter(values.str.ends_with("%") | plain.fill_null(True) | (values == ""))
    if others.len() < values.len() - sum(map(is_missing_word, values.drop_nulls().unique())):
        return [column], ""
    shares = [_as_percent(text) if here else text for text, here in zip(values, plain, strict=True)]
    shown = sample.filter(sample.str.contains(_PLAIN_SHARE))[0]
    note = f"`{column.name}` has shares with and without a percent sign: `{shown}` is read as `{_as_percent(shown)}`"
    return [pl.Series(column.name, shares, pl.String)], note


def _in_full(column: pl.Series, sample: pl.Series) -> tuple[list[pl.Series], str]:
    """Return amounts such as `1.2M` with all their digits."""
    values = [None if text is None else _without_suffix(text.strip()) for text in column]
    shown = sample.filter(sample.str.contains(_SHORTENED))[0]
    note = f"`{column.name}` has shortened numbers: `{shown}` is read as `{_without_suffix(shown)}`"
    return [pl.Series(column.name, values, pl.String)], note


def _without_suffix(text: str) -> str:
    match = re.fullmatch(_SHORTENED, text)
    if match is None:
        return text
    before, suffix, after = match.groups()
    number = re.sub(r"[^\d.,-]", "", before).replace(",", ".")
    whole = Decimal(number) * (1_000 if suffix.lower() in ("k", "tsd", "tsd.") else 1_000_000)
    sign = re.sub(r"[\d.,\s-]", "", before)
    return f"{sign}{whole.normalize():f}{after}"


def _as_percent(text: str) -> str:
    mark = "," if "," in text else "."
    return f"{(Decimal(text.replace(',', '.')) * 100).normalize():f}%".replace(".", mark)


def _by_currency(
    column: pl.Series, currencies: dict[str, str], taken: Collection[str]
) -> tuple[list[pl.Series], str]:
    """Return the amounts, and their currencies as another column."""
    name = column.name
    signs = sorted(currencies, key=len, reverse=True)
    marks = "|".join(_escaped(sign) for sign in signs)
    found = column.str.extract(f"({marks})").replace(currencies)
    amounts = column.str.replace_all(f"\\s*(?:{marks})\\s*", "").str.strip_chars()
    listed = ", ".join(dict.fromkeys(currencies[sign] for sign in currencies))
    new = _CURRENCY if _CURRENCY not in taken else f"{name} currency"
    note = (
        f"`{name}` has amounts in several currencies ({listed}): they are in the column `{new}` now"
    )
    return [amounts, found.alias(new)], note


def _escaped(sign: str) -> str:
    return "".join(f"\\{each}" if each in "$.^|()[]*+?\\" else each for each in sign)
