"""Convert exported rows to accounts: typed, bad values unknown, rows without an essential value left out, sorted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..core.schemas import QUARANTINE, null_series, with_unreadable
from ..fields.catalogue import Catalogue
from .convert import AMOUNT, POLARS_TYPES, as_text, bad_value_reason, convert, exact_decimals
from .derived import count_missing, fill_field
from .how_to_read import how_to_read
from .readers import ROW, Rows
from .refusal import empty_snapshot, refuse

NAMED = 5
"""The most repeated accounts named in a message."""
ACCOUNT_LEFT_OUT = "; the field is essential, so the account is left out"
"""Added to the reason of a bad value that leaves its row out."""
SAMPLE = 3
"""The most bad values of a column that a message shows."""
_RETYPED = (
    "see what has changed in the export; fields.yaml can `translate` words, list those that mean `missing`, and "
    "state the `format` of dates and how `numbers` are written"
)
_CORRECT = "correct them where the export comes from"
RETYPED = 5
"""The fewest bad values, all being bad, for which a column counts as one with a changed type."""


@dataclass(frozen=True, slots=True)
class AccountReader:
    """Converter of one snapshot's rows to accounts; `columns` has the export's column of each field.

    Instants have their dates in `time_zone`. `replaced` has values by `account_id` that count in place of those of the
    export; what follows from them follows.
    """

    shown: str
    on: dt.date
    catalogue: Catalogue
    rows: Rows
    columns: dict[str, str]
    time_zone: str
    replaced: pl.DataFrame | None = None

    def accounts(
        self, ordered_fields: Sequence[str], amounts: Collection[str] = ()
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the accounts with the requested fields and `UNREADABLE_FIELDS`, and the quarantine.

        A bad value is null in its field, which then is not filled from elsewhere. If the field is essential, the row is
        left out.

        Args:
            ordered_fields: The fields, each after its dependencies.
            amounts: Those to return as exact decimals. Fields that depend on them are computed as in every run.
        """
        raw = self.rows.frame
        self._refuse_empty()
        typed: dict[str, pl.Series] = {}
        bad: dict[str, pl.Series] = {}
        decimals: dict[str, pl.Series] = {}
        for name in ordered_fields:
            spec = self.catalogue.fields[name]
            if name not in self.columns:
                # No literal: Polars computes with literals alone as if there were one row.
                missing = pl.Series(name, [None], POLARS_TYPES[spec.type])
                typed[name] = missing.new_from_index(0, raw.height)
                continue
            values, wrong = convert(raw[self.columns[name]], spec, self.time_zone)
            typed[name] = values.alias(name)
            if name in amounts:
                decimals[name] = exact_decimals(raw[self.columns[name]], spec)
                wrong = _any(wrong, _lost(values, decimals[name]))
            if wrong is not None:
                bad[name] = wrong
        ordered = ascends(typed[ACCOUNT_ID])
        unusable = [*self._retyped(bad), *([] if ordered else self._repeated(typed[ACCOUNT_ID]))]
        if unusable:
            raise Problems(unusable)
        frame = with_unreadable(pl.DataFrame(typed))
        if self.replaced is not None:
            known = [name for name in self.replaced.columns if name in frame.columns]
            frame = frame.update(self.replaced.select(known), on=ACCOUNT_ID)
        for name in ordered_fields:
            frame = fill_field(frame, self.catalogue.fields[name], self.on, bad.get(name))
        exact = {name: _exactly(frame, name, decimals.get(name)) for name in amounts}
        frame = frame.with_columns(**exact)
        quarantined = self._quarantine(typed[ACCOUNT_ID], bad)
        left_out = _any(
            typed[ACCOUNT_ID].is_null() if typed[ACCOUNT_ID].null_count() else None,
            *(wrong for name, wrong in bad.items() if self.catalogue.is_essential(name)),
        )
        if left_out is not None:
            frame = frame.filter(~left_out)
        self._refuse_all_bad(frame, quarantined)
        return frame if ordered else frame.sort(ACCOUNT_ID), quarantined

    def problems(self, ordered_fields: Sequence[str]) -> list[Problem]:
        """Return all problems of the values of these fields, for those of them that have a column.

        Errors are those for which `accounts` refuses the snapshot; columns with some bad values are warnings.
        """
        self._refuse_empty()
        bad: dict[str, pl.Series] = {}
        repeated: list[Problem] = []
        for name in (name for name in ordered_fields if name in self.columns):
            raw = self.rows.frame[self.columns[name]]
            values, wrong = convert(raw, self.catalogue.fields[name], self.time_zone)
            if name == ACCOUNT_ID:
                repeated = [*self._repeated(values)]
            if wrong is not None:
                bad[name] = wrong
        retyped = {name: problem for name in bad for problem in self._retyped({name: bad[name]})}
        some = [self._some_bad(name, wrong) for name, wrong in bad.items() if name not in retyped]
        return [*retyped.values(), *repeated, *some]

    def _refuse_empty(self) -> None:
        if self.rows.frame.height == 0 and not self.rows.bad:
            raise Problems([empty_snapshot(self.shown)])

    def _some_bad(self, name: str, wrong: pl.Series) -> Problem:
        """Return a warning that shows a sample of a column's bad values."""
        spec, values = self.catalogue.fields[name], self.rows.frame[self.columns[name]]
        bad = as_text(values.filter(wrong))
        rows = self.rows.frame[ROW].filter(wrong).head(SAMPLE)
        sample = "; ".join(
            f"row {row} `{value}` is {bad_value_reason(value, spec)}"
            for row, value in zip(rows, bad.head(SAMPLE), strict=True)
        )
        more = f"; and {len(bad) - SAMPLE:,} more" if len(bad) > SAMPLE else ""
        left_out = "; their accounts are left out" if self.catalogue.is_essential(name) else ""
        message = (
            f"{len(bad):,} of the {self._filled(values):,} values of the column `{self.columns[name]}` of "
            f"{self.shown} {'is' if len(bad) == 1 else 'are'} bad for the {spec.type} field `{name}`"
            f"{left_out}: {sample}{more}"
        )
        hint = how_to_read(bad.unique().sort().to_list(), spec, others=True) or _CORRECT
        return Problem("bad-values", message, spec.span, hint, severity="warning")

    def _refuse_all_bad(self, good: pl.DataFrame, quarantined: pl.DataFrame) -> None:
        """Refuse a snapshot without a good row: a run without accounts would treat all of them as lost."""
        if good.height:
            return
        essential = [self.catalogue.is_essential(name) for name in quarantined["field"]]
        first = quarantined.filter(essential).row(0, named=True)
        what = f"`{first['field']}` is {first['reason']}" if first["field"] else first["reason"]
        refuse(
            "empty-snapshot",
            f"no row of {self.shown} can be used; in row {first['row']}, {what}",
            "see what has changed in the export",
        )

    def _retyped(self, bad: dict[str, pl.Series]) -> Iterator[Problem]:
        """Yield a problem for each column without any good value."""
        for name, wrong in bad.items():
            values = self.rows.frame[self.columns[name]]
            count = int(wrong.sum())
            if count < RETYPED or count < self._filled(values):
                continue
            spec = self.catalogue.fields[name]
            written = as_text(values.filter(wrong))
            example = written[0]
            message = (
                f"no value of the column `{self.columns[name]}` of {self.shown} is good for the "
                f"{spec.type} field `{name}`: `{example}` is {bad_value_reason(example, spec)}"
            )
            hint = how_to_read(written.unique().sort().to_list(), spec)
            yield Problem("retyped-column", message, spec.span, hint or _RETYPED)

    def _filled(self, values: pl.Series) -> int:
        """Return the number of values; blank text does not count."""
        if values.dtype != pl.String:
            return values.len() - values.null_count()
        return int((values.str.strip_chars() != "").sum())

    def _repeated(self, ids: pl.Series) -> Iterator[Problem]:
        counts = ids.drop_nulls().value_counts().filter(pl.col("count") > 1)
        if counts.height == 0:
            return
        named = counts[ACCOUNT_ID].sort().head(NAMED).to_list()
        more = counts.height - len(named)
        listed = ", ".join(named) + (f" and {more:,} more" if more else "")
        yield Problem(
            "repeated-account",
            f"{self.shown} has several rows for one account: {listed}",
            hint="a snapshot has one row an account; see what the export joins it with",
        )

    def _quarantine(self, ids: pl.Series, bad: dict[str, pl.Series]) -> pl.DataFrame:
        """Return a row for each bad value, in the order of the rows."""
        parts = [
            pl.DataFrame(
                [(None, row.row, row.column, row.value, row.reason) for row in self.rows.bad],
                schema=QUARANTINE,
                orient="row",
            )
        ]
        if ids.null_count():
            nameless = self.rows.frame.filter(
                ids.is_null() & ~bad.get(ACCOUNT_ID, ids.is_not_null())
            )
            parts.append(
                self._entries(nameless[ROW], ACCOUNT_ID, None, "missing: the account has no id")
            )
        for name, wrong in sorted(bad.items()):
            spec = self.catalogue.fields[name]
            bad_rows = self.rows.frame.filter(wrong)
            values = as_text(bad_rows[self.columns[name]])
            left_out = ACCOUNT_LEFT_OUT if self.catalogue.is_essential(name) else ""
            reasons = {
                value: f"{bad_value_reason(value, spec)}{left_out}"
                for value in values.unique().to_list()
            }
            entries = self._entries(bad_rows[ROW], name, values, "").with_columns(
                ids.filter(wrong).alias(ACCOUNT_ID),
                values.replace_strict(reasons, return_dtype=pl.String).alias("reason"),
            )
            parts.append(entries)
        return pl.concat(parts).sort("row", "field", nulls_last=True)

    def _entries(
        self, rows: pl.Series, name: str, values: pl.Series | None, why: str
    ) -> pl.DataFrame:
        empty = pl.lit(None, pl.String())
        return pl.DataFrame({"row": rows.cast(QUARANTINE["row"])}).select(
            empty.alias(ACCOUNT_ID),
            "row",
            pl.lit(name).alias("field"),
            empty.alias("value") if values is None else values.alias("value"),
            pl.lit(why).alias("reason"),
        )


def _any(*masks: pl.Series | None) -> pl.Series | None:
    combined: pl.Series | None = None
    for mask in masks:
        if mask is not None:
            combined = mask if combined is None else combined | mask
    return combined


def _lost(values: pl.Series, decimals: pl.Series) -> pl.Series | None:
    """Return a mask of the numbers that have no exact form; None if there are none."""
    if values.null_count() == decimals.null_count():
        return None
    return values.is_not_null() & decimals.is_null()


def _exactly(frame: pl.DataFrame, name: str, decimals: pl.Series | None) -> pl.Series:
    """Return a field's exact numbers: those read, and, where they are missing, the filled values."""
    missing = count_missing(frame, name)
    if missing == frame.height:
        return null_series(name, AMOUNT, frame.height)
    if decimals is not None and decimals.null_count() == missing:
        return decimals
    filled = frame[name].cast(pl.String).cast(AMOUNT, strict=False)
    return filled if decimals is None else decimals.fill_null(filled)


def ascends(ids: pl.Series) -> bool:
    """Return whether the ids are sorted and unique; most exports are, and it is the cheapest check."""
    return ids.null_count() == 0 and bool((ids.shift(1) < ids).all())
