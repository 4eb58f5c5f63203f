"""Amounts that an export writes in another size than the field: in cents, or for a month in place of a year."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ..fields.catalogue import FieldSpec
from .knowledge import header_names, header_spellings, plain_header

YEARLY, MONTHLY = "arr", "mrr"
"""The revenue of a contract over a year, and over a month."""

RECURRING_AMOUNTS = (YEARLY, MONTHLY)
"""Fields in money, whose currency has to be known."""

MONTHS = Decimal(12)
CENTS = Decimal("0.01")
_THOUSANDS = "k€ €k $k k$ £k k£ k keur kusd kchf teur t€ tsd tsd. thousands milliers"
_MILLIONS = "m€ €m $m m$ £m meur musd mio mio. millions millionen"
_FACTORS = {
    Decimal(1_000): frozenset(_THOUSANDS.split()),
    Decimal(1_000_000): frozenset(_MILLIONS.split()),
}
"""Words in the names of columns whose amounts are in thousands, or in millions."""
_SIZES = frozenset(plain_header(word) for words in _FACTORS.values() for word in words) | {"k", "m"}
_CENT_WORDS = frozenset(("cent", "cents", "centime", "centimes"))
_WORDS_AROUND = frozenset(("in", "en"))


def is_in_cents(header: str) -> bool:
    """Return whether a column's name says that its amounts are in cents, such as `mrr_cents` or `MRR (in cents)`."""
    return bool(_CENT_WORDS & {*plain_header(header).split()})


def spelling_without_size(header: str) -> str | None:
    """Return what the name of a column in cents, thousands or millions is compared as; None for other columns."""
    if not is_in_cents(header) and thousands_in(header) is None:
        return None
    left_out = _CENT_WORDS | _WORDS_AROUND | _SIZES
    return " ".join(word for word in plain_header(header).split() if word not in left_out)


def thousands_in(header: str) -> Decimal | None:
    """Return the factor that a column's name says, such as `ARR (k€)` or `CA en milliers`; None where it says none."""
    words = {
        *header.casefold()
        .replace("(", " ")
        .replace(")", " ")
        .replace("[", " ")
        .replace("]", " ")
        .split()
    }
    return next((factor for factor, known in _FACTORS.items() if known & words), None)


def factor_of(header: str, spec: FieldSpec) -> Decimal | None:
    """Return what the numbers of a column are multiplied by: as the workspace says, or as its name says; None for 1."""
    if spec.times is not None:
        return spec.times
    if spec.name not in RECURRING_AMOUNTS:
        return None
    return CENTS if is_in_cents(header) else thousands_in(header)


def read_twice(field: str, column: str, times: Decimal | None, read: Mapping[str, str]) -> bool:
    """Return whether a field multiplies a column that is first of all another field's.

    Args:
        field: The field, and the column and factor that fields.yaml states for it.
        column: See above.
        times: See above.
        read: The columns of the other fields that fields.yaml states.
    """
    if field != YEARLY or times is None:
        return False
    named = {
        known.field
        for spelling in header_spellings(column)
        for known in header_names().get(spelling, ())
    }
    others = (name for name, each in read.items() if each == column and name != field)
    return MONTHLY in {*named, *others}
