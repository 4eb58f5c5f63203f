"""How a column writes its numbers: the decimal mark, the marks between thousands, percent signs and currencies.

One number can have two meanings (`1,234`). A column with another number decides it, else the file's other columns do,
else a person does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ..fields.catalogue import PLAIN_NUMBERS, NumberStyle

CURRENCY_OF = {
    "USD$": "USD",
    "US$": "USD",
    "HK$": "HKD",
    "NZ$": "NZD",
    "MX$": "MXN",
    "CA$": "CAD",
    "C$": "CAD",
    "AU$": "AUD",
    "A$": "AUD",
    "S$": "SGD",
    "R$": "BRL",
    "euros": "EUR",
    "Euros": "EUR",
    "euro": "EUR",
    "Euro": "EUR",
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "Kč": "CZK",
    "₺": "TRY",
    "₪": "ILS",
    "₩": "KRW",
    "Ft": "HUF",
    "lei": "RON",
    "Rs.": "INR",
    "SFr.": "CHF",
    "Fr.": "CHF",
    "kr.": "",
    "kr": "",
}
"""The codes of the signs of currencies, the longer signs first; empty for one that several countries have."""
CROWNS = ("SEK", "NOK", "DKK")
"""The currencies whose sign is `kr`."""
_CODES = (
    "EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN",
    "RSD", "UAH", "TRY", "JPY", "CNY", "INR", "KRW", "TWD", "THB", "IDR", "MYR", "PHP", "VND", "BRL", "MXN", "ARS",
    "CLP", "COP", "PEN", "SGD", "HKD", "ZAR", "NGN", "KES", "EGP", "MAD", "TND", "XOF", "XAF", "AED", "SAR", "QAR",
    "ILS",
)  # fmt: skip
"""Codes of currencies that exports write next to amounts."""
_SPACES = " \u00a0\u202f\u2009"
_APOSTROPHES = "'’"
_UNIT = f"(?:{'|'.join(map(re.escape, (*CURRENCY_OF, *_CODES)))})"
_NUMBER = re.compile(
    rf"[{_SPACES}]*[-−]?[{_SPACES}]*(?P<before>{_UNIT})?[{_SPACES}]*[-−]?"
    rf"(?P<body>\d(?:[\d.,{_APOSTROPHES}{_SPACES}]*\d)?|[.,]\d+)"
    rf"[{_SPACES}]*(?P<percent>%)?[{_SPACES}]*(?P<after>{_UNIT})?[{_SPACES}]*"
)
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_CODED = re.compile(r"0\d[\d ()/.-]*|\+\d[\d ()/.-]{6,}")
"""Ids with leading zeros, and numbers of telephones."""


class WrittenNumbers(NamedTuple):
    """How a column writes its numbers.

    `decimal` and `thousands` are empty where no number has such a mark; `doubtful` is a mark that may be either.
    """

    decimal: str = ""
    thousands: str = ""
    percent: bool = False
    currency: str = ""
    doubtful: str = ""
    said: tuple[str, ...] = ()
    """Keys of the style that a question decided, and which are written though they are the usual ones."""

    @property
    def style(self) -> NumberStyle:
        """Return the style in which a run reads them; a doubtful mark is taken for one between thousands."""
        if self.doubtful:
            return self.decided(thousands=True).style
        return NumberStyle(self.decimal or ".", self.thousands, self.percent, self.currency)

    @property
    def plain(self) -> bool:
        """Return whether the numbers are read as they are."""
        return self.style == PLAIN_NUMBERS and not self.doubtful and not self.said

    def settled(self, decimal: str) -> WrittenNumbers:
        """Return the style with its doubtful mark decided, if the file's other numbers have a decimal mark."""
        if not self.doubtful or not decimal:
            return self
        return self.decided(thousands=self.doubtful != decimal)

    def decided(self, *, thousands: bool) -> WrittenNumbers:
        """Return the style with its doubtful mark between thousands, or before decimals."""
        if not thousands:
            return self._replace(decimal=self.doubtful, doubtful="")
        decimal = "," if self.doubtful == "." else "."
        return self._replace(decimal=decimal, thousands=self.doubtful, doubtful="")


def is_coded(text: str) -> bool:
    """Return whether digits are a code and not a number, such as `007`."""
    return _CODED.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Return whether a text is a number in any of the ways in which people write one."""
    return _PLAIN.fullmatch(text) is not None or _NUMBER.fullmatch(text) is not None


def number_style(texts: Iterable[str]) -> WrittenNumbers | None:
    """Return how these numbers are written; None if two of them contradict each other."""
    found = _Marks()
    for text in texts:
        if _PLAIN.fullmatch(text) and "." not in text:
            continue
        match = _NUMBER.fullmatch(text)
        if match is not None:
            found.add(match)
    return found.style()


def common_decimal(styles: Iterable[WrittenNumbers | None]) -> str:
    """Return the decimal mark of most columns of a file; empty if none has one for certain."""
    marks = Counter(style.decimal for style in styles if style is not None and style.decimal)
    return marks.most_common(1)[0][0] if marks else ""


def currencies_of(texts: Iterable[str]) -> dict[str, str]:
    """Return the codes of the signs next to these amounts, by sign; empty if one of them is not an amount."""
    found: dict[str, str] = {}
    for text in texts:
        match = _NUMBER.fullmatch(text)
        if match is None:
            return {}
        found |= {
            unit: CURRENCY_OF.get(unit, unit) for unit in (match["before"], match["after"]) if unit
        }
    return found


class _Marks:
    """The marks seen in numbers."""

    def __init__(self) -> None:
        self.decimals: set[str] = set()
        self.thousands: set[str] = set()
        self.doubtful: set[str] = set()
        self.currencies: Counter[str] = Counter()
        self.percents = 0

    def add(self, match: re.Match[str]) -> None:
        """Add the marks of one number."""
        self.percents += match["percent"] is not None
        for unit in (match["before"], match["after"]):
            if unit:
                self.currencies[unit] += 1
        body = match["body"]
        if spaces := [mark for mark in body if mark in _SPACES + _APOSTROPHES]:
            self.thousands.add(" " if spaces[0] in _SPACES else "'")
        marks = [mark for mark in body if mark in ".,"]
        if len(set(marks)) == 2:
            self.decimals.add(marks[-1])
            self.thousands.add(marks[0])
        elif len(marks) > 1:
            self.thousands.add(marks[0])
        elif marks:
            whole, _, rest = body.partition(marks[0])
            grouped = len(rest) == 3 and whole.isdigit() and 1 <= len(whole) <= 3 and whole != "0"
            (self.doubtful if grouped else self.decimals).add(marks[0])

    def style(self) -> WrittenNumbers | None:
        """Return the style that all numbers have; None if there is none."""
        if len(self.decimals) > 1 or self.decimals & self.thousands:
            return None
        decimal = next(iter(self.decimals), "")
        thousands, doubtful = set(self.thousands), self.doubtful - self.thousands - self.decimals
        if decimal or thousands:
            grouping = doubtful if decimal else set()
            decimal = decimal or next(iter(doubtful), "")
            thousands |= grouping
            doubtful = set()
        if len(thousands) > 1 or len(doubtful) > 1:
            return None
        if thousands == {"."}:
            decimal = ","
        return WrittenNumbers(
            decimal,
            next(iter(thousands), ""),
            self.percents > 0,
            self.currencies.most_common(1)[0][0] if self.currencies else "",
            next(iter(doubtful), ""),
        )
