"""Fields that the export does not fill: derived ones, ranks over the portfolio, defaults.

Each fills only missing values, in that order, never bad ones: their meaning is unknown. Ranks use every row of the
snapshot whose compared values are good, even if other values of it are bad. So they don't depend on which other fields
are read.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ..columns.compiler import compile_expression
from ..core.ids import UNREADABLE_FIELDS, unreadable_mark
from ..core.schemas import with_marks
from ..fields.catalogue import Case, FieldSpec, Rank
from ..fields.derivation_order import needs
from .convert import POLARS_TYPES

SNAPSHOT_DATE = "@snapshot_date"


def fill_field(
    frame: pl.DataFrame, spec: FieldSpec, on: dt.date, bad: pl.Series | None = None
) -> pl.DataFrame:
    """Return the frame with the field's missing values filled, but not its `bad` ones.

    The frame has the fields that this one depends on, and `UNREADABLE_FIELDS`, which gets those of this one: bad
    values, and values that follow from unreadable ones.
    """
    return _mark(_filled(frame, spec, on, bad), spec, bad)


def count_missing(frame: pl.DataFrame, name: str) -> int:
    """Return the number of missing values of a column, of one that is a literal without filling it in."""
    return int(frame.select(pl.col(name).null_count()).item())


def _mark(frame: pl.DataFrame, spec: FieldSpec, bad: pl.Series | None) -> pl.DataFrame:
    """Return the frame with the field's unreadable values in `UNREADABLE_FIELDS`."""
    masks = [] if bad is None else [pl.lit(bad)]
    if count_missing(frame, UNREADABLE_FIELDS) < frame.height:
        marks = [unreadable_mark(field) for field in needs(spec)]
        masks += [pl.col(UNREADABLE_FIELDS).str.contains(mark, literal=True) for mark in marks]
    if not masks:
        return frame
    unreadable = pl.any_horizontal(masks).fill_null(False) & pl.col(spec.name).is_null()
    mark = pl.when(unreadable).then(pl.lit(unreadable_mark(spec.name)))
    return frame.with_columns(with_marks(mark))


def _filled(
    frame: pl.DataFrame, spec: FieldSpec, on: dt.date, bad: pl.Series | None
) -> pl.DataFrame:
    column = pl.col(spec.name)
    sources = []
    if count_missing(frame, spec.name) == 0:
        return frame
    if spec.derive:
        sources.append(_derived(spec.derive, spec))
    if spec.rank is not None:
        sources.append(_ranked(spec.rank, frame.schema[spec.rank.of]))
    if spec.default is not None:
        sources.append(pl.lit(spec.default, POLARS_TYPES[spec.type]))
    if not sources:
        return frame
    dated = frame.with_columns(pl.lit(on, pl.Date()).alias(SNAPSHOT_DATE))
    value = pl.coalesce(column, *sources)
    if bad is not None:
        value = pl.when(~bad).then(value)
    return dated.with_columns(value.alias(spec.name)).drop(SNAPSHOT_DATE)


def _derived(cases: tuple[Case, ...], spec: FieldSpec) -> pl.Expr:
    """Return the value of the first case that is true; null if a case before it is unknown."""
    dtype = POLARS_TYPES[spec.type]
    value = pl.lit(None, dtype)
    for case in reversed(cases):
        then = pl.lit(case.then, dtype)
        if case.when is None:
            value = then
        else:
            holds = compile_expression(case.when)
            value = pl.when(holds).then(then).when(holds.is_not_null()).then(value)
    return value


def _ranked(rank: Rank, dtype: pl.DataType) -> pl.Expr:
    """Return (rank - 1) / n, the largest number or the earliest date first, with ties sharing the better rank."""
    compared = pl.col(rank.of)
    if rank.among is not None:
        compared = pl.when(compile_expression(rank.among)).then(compared)
    above = compared.rank("min", descending=dtype != pl.Date).cast(pl.Float64) - 1.0
    # Divided by a column: Polars divides by one number by multiplying with its inverse, and 7 of 70 would be below
    # 0.10.
    return above / (above * 0.0 + compared.count())
