"""Amounts in one currency: the rates that a workspace states, and what may be said without them.

In go the settings and the first date of a window; out come rates, and states in the reporting currency. The rule:
currencies are constant, one rate for the whole window, so that no figure moves because a rate did.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

from ..playbook.model import Texts
from ..sources.convert import AMOUNT
from ..text.problem import Problem, Problems, Span
from ..text.yaml import decode
from ..workspace.model import Workspace
from .reading import State

COLUMNS = ("on", "currency", "rate")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What amounts are reported in, and what a unit of each currency is worth of it; without `rates`, as they are."""

    currency: str | None
    rates: Mapping[str, Decimal] | None = None

    def convert(self, state: State) -> State:
        """Every amount in the reporting currency; null where its currency has no rate."""
        if self.rates is None or self.currency is None:
            return state
        known = {**self.rates, self.currency: Decimal(1)}
        worth = pl.Series(list(known.values()), dtype=AMOUNT)
        # An account that does not say what it pays in pays in what is reported.
        rate = (
            pl.col("currency")
            .fill_null(self.currency)
            .replace_strict(list(known), worth, default=None)
        )
        return State(
            state.on,
            state.frame.with_columns(pl.col("amount") * rate),
            state.unknown,
            state.nameless,
        )

    def reported(self, paid: Collection[str], first: dt.date) -> tuple[str | None, Texts | None]:
        """The currency of figures over accounts that pay in these; or why there is none."""
        if self.rates is not None:
            unknown = sorted(set(paid) - self.rates.keys() - {self.currency})
            return (None, _no_rate(unknown, first)) if unknown else (self.currency, None)
        if len(paid) > 1:
            return None, _several(sorted(paid), self.currency)
        return next(iter(paid), self.currency), None


def currencies_paid(state: State) -> set[str]:
    """The currencies of those who pay something."""
    currency = state.frame["currency"]
    if currency.null_count() == len(currency):
        return set()
    paying = state.frame.filter(pl.col("is_there") & (pl.col("amount") > 0))
    return set(paying["currency"].drop_nulls().unique())


def read_exchange(workspace: Workspace, first: dt.date) -> Exchange:
    """The newest rate of each currency that is not later than the date; raises `Problems` over a bad file."""
    settings = workspace.metrics
    if settings.rates is None:
        return Exchange(settings.currency)
    newest: dict[str, tuple[dt.date, Decimal]] = {}
    for on, currency, rate in _read(Path(workspace.root) / settings.rates, settings.rates):
        if on <= first and (currency not in newest or newest[currency][0] <= on):
            newest[currency] = on, rate
    return Exchange(settings.currency, {currency: rate for currency, (_, rate) in newest.items()})


def _read(path: Path, shown: str) -> list[tuple[dt.date, str, Decimal]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{shown} cannot be read: {(error.strerror or 'unknown error').lower()}"
        hint = "`rates` under `metrics` in tenure.yaml names the file"
        raise Problems([Problem("unreadable-file", message, hint=hint)]) from None
    text, problems = decode(content, shown)
    if text is None:
        raise Problems(problems)
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        hint = f"begin the file with the line {','.join(COLUMNS)}"
        raise Problems([_bad(shown, 1, f"there is no column `{missing[0]}`", hint)])
    found = []
    for row in rows:
        try:
            found.append(_row(row))
        except (ValueError, InvalidOperation):
            written = ",".join(row[name] or "" for name in COLUMNS)
            hint = "write a date, a currency, and what one unit of it is worth: 2026-01-31,USD,0.92"
            problems.append(_bad(shown, rows.line_num, f"`{written}` is no rate", hint))
    if problems:
        raise Problems(problems)
    return found


def _row(row: Mapping[str, str | None]) -> tuple[dt.date, str, Decimal]:
    on, currency, rate = ((row[name] or "").strip() for name in COLUMNS)
    worth = Decimal(rate)
    if len(on) != 10 or not currency or not worth.is_finite() or worth <= 0:
        raise ValueError
    return dt.date.fromisoformat(on), currency, worth


def _bad(shown: str, line: int, message: str, hint: str) -> Problem:
    return Problem("bad-rate", message, Span(shown, line, 1, line, 1), hint)


def _several(paid: list[str], currency: str | None) -> Texts:
    listed = ", ".join(paid)
    target = currency or "EUR"
    return {
        "en": f"accounts pay in {listed}; write `metrics: {{currency: {target}, rates: rates.csv}}` in tenure.yaml",
        "fr": f"les comptes paient en {listed} ; écrivez `metrics: {{currency: {target}, rates: rates.csv}}` dans "
        "tenure.yaml",
    }


def _no_rate(unknown: list[str], first: dt.date) -> Texts:
    listed = ", ".join(unknown)
    return {
        "en": f"the rates have none for {listed} of {first} or before",
        "fr": f"les taux n'en donnent pas pour {listed} au {first} ou avant",
    }
