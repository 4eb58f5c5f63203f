"""Profile of an export: of each column what it holds, and how it writes dates, numbers, yes and no, and nothing.

Takes a table of texts, and returns a record for each column. Types are recognised on a sample, and then checked on all
values with the conversion of a run: a bad value here is a bad value there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import polars as pl

from ..fields.catalogue import PLAIN_NUMBERS, FieldSpec
from ..sources.convert import convert
from .knowledge import boolean_words, is_missing_word, plain_word
from .written_dates import DateStyle, date_spec, date_style, epoch_of
from .written_numbers import (
    WrittenNumbers,
    common_decimal,
    is_coded,
    is_number,
    number_style,
)

ColumnKind = Literal["empty", "text", "number", "date", "boolean"]

_SAMPLE = 500
"""Values on which types are recognised."""
FEW_WORDS = 60
"""The most distinct values of a column that are listed."""
NUMBER_SHARE = 0.8
"""The share of values that must be numbers for a column to be one of numbers."""
EXACT_ROWS = 50_000
"""Rows up to which every value counts.

Distinct values of a longer column are counted within a few per cent, and its least, greatest and bad values are those
of rows spread evenly. The first day, which the import shows, reads them all.
"""
_LAST_BLANK = " \uffff"
"""Texts that begin with a blank in ASCII sort up to this one."""
_EMAIL = re.compile(r"[^\s@;,]+@[^\s@;,]+\.[A-Za-z]{2,}")


class ColumnProfile(NamedTuple):
    """The contents of a column.

    `words` has the column's values with their number of rows, the most frequent first, if they are few.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    kind: ColumnKind
    examples: tuple[str, ...] = ()
    least: str | None = None
    most: str | None = None
    numbers: WrittenNumbers | None = None
    dates: DateStyle | None = None
    words: tuple[tuple[str, int], ...] = ()
    missing: tuple[str, ...] = ()
    """The words for no value among its values, as written."""
    bad: tuple[str, ...] = ()
    """Values that the rest of the column does not explain."""
    emails: bool = False
    unclear_numbers: bool = False
    """True if its numbers are written in several ways."""
    epoch: str = ""
    """The format in which its numbers may be dates, such as `unix seconds`."""

    @property
    def unique(self) -> bool:
        """Return whether every row has a value, and no two the same."""
        return 0 < self.filled == self.rows == self.distinct

    @property
    def share(self) -> float:
        """Return the share of rows with a value."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def values(self) -> tuple[str, ...]:
        """Return the distinct values other than the words for none; empty if they are many."""
        return tuple(word for word, _ in self.words if word not in self.missing)

    def range(self) -> tuple[float, float] | None:
        """Return the least and the greatest number; None for other columns."""
        if self.kind != "number" or self.least is None or self.most is None:
            return None
        return float(self.least), float(self.most)


def profile_columns(table: pl.DataFrame) -> list[ColumnProfile]:
    """Return the profile of each column of a table of texts."""
    columns = [_Column(series) for series in table.get_columns()]
    decimal = common_decimal(column.numbers for column in columns)
    day_first = decide_order(column.dates for column in columns)
    return [column.profile(decimal, day_first) for column in columns]


def decide_order(styles: Iterable[DateStyle | None]) -> bool | None:
    """Return whether days come before months, where some column of the file proves it; None if none does."""
    proved = {
        style.format.startswith("%d")
        for style in styles
        if style is not None and style.other is None and style.separator in ("/", "-")
        if style.format.startswith(("%d/", "%d-%m", "%m"))
    }
    return proved.pop() if len(proved) == 1 else None


class _Column:
    """A column while it is profiled: what a sample of it shows."""

    def __init__(self, series: pl.Series) -> None:
        self.series = _without_blanks(series)
        sample = spread(self.series.drop_nulls(), _SAMPLE).str.strip_chars()
        self.distinct = sample.unique(maintain_order=True).to_list()
        self.missing = tuple(text for text in self.distinct if is_missing_word(text))
        plain = [text for text in self.distinct if text not in self.missing]
        self.numbers: WrittenNumbers | None = None
        self.dates: DateStyle | None = None
        self.unclear_numbers = False
        self.sample = pl.Series(series.name, plain, dtype=pl.String)
        if plain:
            self.dates = date_style(self.sample)
        if plain and self.dates is None:
            written = [text for text in plain if is_number(text)]
            if len(written) >= NUMBER_SHARE * len(plain) and not _codes(plain):
                self.numbers = number_style(written)
                self.unclear_numbers = self.numbers is None
        self.emails = bool(plain) and all(_EMAIL.fullmatch(text) for text in plain)

    def profile(self, decimal: str, day_first: bool | None) -> ColumnProfile:
        """Return the profile; `decimal` and `day_first` are what other columns of the file prove."""
        series = self.series
        words = _words(series, self.distinct)
        numbers = self.numbers.settled(decimal) if self.numbers else None
        dates = self.dates
        if dates is not None and day_first is not None:
            dates = dates.settled(day_first)
        profile = ColumnProfile(
            self.series.name,
            len(series),
            0,
            0,
            self._kind(words),
            tuple(self.sample.head(3).to_list()),
            numbers=numbers,
            dates=dates,
            words=words,
            missing=self.missing,
            emails=self.emails,
            unclear_numbers=self.unclear_numbers,
            epoch=epoch_of(self.sample.to_list()) if numbers is not None else "",
        )
        return _with_counts(_with_range(profile, spread(series, EXACT_ROWS)), series)

    def _kind(self, words: Sequence[tuple[str, int]]) -> ColumnKind:
        if not self.distinct or not len(self.sample):
            return "empty"
        if self.dates is not None:
            return "date"
        if self.numbers is not None:
            return "number"
        plain = self.sample.to_list()
        known = boolean_words()
        if len(plain) <= 4 and words and all(plain_word(text) in known for text in plain):
            return "boolean"
        return "text"


def _without_blanks(series: pl.Series) -> pl.Series:
    """Return texts trimmed, blank ones as null.

    A long column without blank text stays as it is: what begins with a blank sorts first, so one look at the least
    saves a copy. Blanks at the end are trimmed where its words and types are looked at.
    """
    if len(series) > EXACT_ROWS:
        least = series.min()
        if least is None or (isinstance(least, str) and least > _LAST_BLANK):
            return series
    stripped = series.str.strip_chars()
    return stripped.set(stripped == "", None)


def spread(values: pl.Series, most: int) -> pl.Series:
    """Return at most `most` of the values, spread evenly over all."""
    step = max(1, -(-len(values) // most))
    return values.gather_every(step) if step > 1 else values


def count_distinct(values: pl.Series) -> int:
    """Return the number of distinct values; of very long columns within a few per cent."""
    values = values.drop_nulls()
    if len(values) <= EXACT_ROWS:
        return values.n_unique()
    return int(values.to_frame().select(pl.all().approx_n_unique()).item())


def _codes(texts: Sequence[str]) -> bool:
    return any(is_coded(text) for text in texts)


def _words(series: pl.Series, sampled: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return the values with their number of rows, if they are few; the sample shows most columns that have many."""
    if len(sampled) > FEW_WORDS:
        return ()
    counts = series.drop_nulls().value_counts(sort=True, name="@rows")
    if counts.height > FEW_WORDS:
        return ()
    rows: Counter[str] = Counter()
    for word, count in counts.iter_rows():
        rows[word.strip()] += count
    return tuple(sorted(rows.items(), key=lambda row: (-row[1], row[0])))


def _with_counts(profile: ColumnProfile, series: pl.Series) -> ColumnProfile:
    """Return the profile with the number of values, and of different ones; words for nothing are none."""
    values = series.drop_nulls()
    if profile.missing:
        values = values.filter(~values.is_in(list(profile.missing)))
    return profile._replace(filled=len(values), distinct=count_distinct(values))


def _with_range(profile: ColumnProfile, series: pl.Series) -> ColumnProfile:
    """Return the profile with the least and greatest value, and with the values that are not of its kind."""
    if profile.kind not in ("number", "date"):
        return profile
    spec = spec_of(profile)
    read, wrong = convert(series, spec, "UTC")
    least, most = read.min(), read.max()
    left = series.filter(wrong).unique(maintain_order=True).to_list() if wrong is not None else []
    missing = dict.fromkeys((*profile.missing, *(t for t in left if is_missing_word(t))))
    return profile._replace(
        least=None if least is None else str(least),
        most=None if most is None else str(most),
        missing=tuple(missing),
        bad=tuple(text for text in left[:200] if text not in missing)[:20],
    )


def as_dates(profile: ColumnProfile) -> ColumnProfile:
    """Return the profile of a column whose numbers are dates."""
    if profile.kind != "number" or not profile.epoch:
        return profile
    ends = pl.Series([profile.least, profile.most], dtype=pl.String)
    least, most = convert(ends, date_spec(profile.epoch), "UTC")[0].to_list()
    return profile._replace(
        kind="date",
        dates=DateStyle(profile.epoch),
        numbers=None,
        least=None if least is None else str(least),
        most=None if most is None else str(most),
    )


def spec_of(profile: ColumnProfile) -> FieldSpec:
    """Return a field that reads the column."""
    if profile.kind == "date" and profile.dates is not None:
        return date_spec(profile.dates.format)
    style = profile.numbers.style if profile.numbers is not None else PLAIN_NUMBERS
    return FieldSpec(profile.name, "number", numbers=style)
