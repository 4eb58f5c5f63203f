"""Currency conversion at the exchange rates of a workspace's file.

The input is the settings and the first date of a window. The output is the rates. Currencies are constant: one rate
applies to the whole window, so a change of rates moves no figure. A bad line refuses the whole file, because figures
without it would be different figures.

`validate` reads the file too, so this module imports Polars only where it converts.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.languages import Texts
from ..core.problems import Problem, Problems, Span
from ..text.input_files import read_text
from ..workspace.settings import WorkspaceSettings
from .metric_value import remark

if TYPE_CHECKING:
    import polars as pl

    from ..fields.catalogue import Catalogue
    from ..project.loading import Project


@dataclass(frozen=True, slots=True)
class Exchange:
    """The reporting currency, and the worth of one unit of each currency in it. Without `rates`, amounts stay."""

    currency: str | None
    rates: Mapping[str, Decimal] | None = None

    def rate(self, currency: pl.Expr) -> pl.Expr | None:
        """Return the worth of one unit of a currency; null where it has no rate. None where amounts stay."""
        if self.rates is None or self.currency is None:
            return None
        import polars as pl

        from ..sources.convert import AMOUNT

        known = {**self.rates, self.currency: Decimal(1)}
        worth = pl.Series(list(known.values()), dtype=AMOUNT)
        # An account without any currency yet is taken to pay in the reporting currency.
        stated = currency.fill_null(self.currency)
        return stated.replace_strict(list(known), worth, default=None)

    def comparable(self, amount: Decimal, currency: str | None) -> Decimal:
        """Return an amount to order accounts by: converted where there is a rate, else as it is."""
        return amount * (self.rates or {}).get(currency or "", Decimal(1))

    def reported(self, paid: Collection[str], first: dt.date) -> tuple[str | None, Texts | None]:
        """Return the currency of figures over accounts that pay in these currencies; or None and the reason."""
        if self.rates is not None:
            unknown = sorted(set(paid) - self.rates.keys() - {self.currency})
            return (None, _no_rate(unknown, first)) if unknown else (self.currency, None)
        if len(paid) > 1:
            return None, _several(sorted(paid), self.currency)
        return next(iter(paid), self.currency), None


def read_exchange(workspace: WorkspaceSettings, first: dt.date) -> Exchange:
    """Return the newest rate of each currency up to `first`.

    Raises:
        Problems: Where the file of rates cannot be read or has a bad line.
    """
    settings = workspace.metrics
    if settings.rates is None:
        return Exchange(settings.currency)
    newest: dict[str, tuple[dt.date, Decimal]] = {}
    for on, currency, rate in read_rates(Path(workspace.root), settings.rates):
        if on <= first and (currency not in newest or newest[currency][0] <= on):
            newest[currency] = on, rate
    return Exchange(settings.currency, {currency: rate for currency, (_, rate) in newest.items()})


def with_stated_currencies(project: Project) -> Catalogue:
    """Return the catalogue in which an account without a currency has none, so that its last known one counts."""
    fields = project.catalogue.fields
    spec = fields["currency"]
    if spec.default != project.workspace.metrics.currency:
        return project.catalogue
    return project.catalogue._replace(fields={**fields, "currency": spec._replace(default=None)})


def _several(paid: list[str], currency: str | None) -> Texts:
    return remark("several_currencies", listed=", ".join(paid), currency=currency or "EUR")


def _no_rate(unknown: list[str], first: dt.date) -> Texts:
    return remark("no_rate", listed=", ".join(unknown), on=first)


RATE_COLUMNS = ("on", "currency", "rate")


def read_rates(root: Path, file: str) -> list[tuple[dt.date, str, Decimal]]:
    """Return the date, currency and rate of each line.

    Raises:
        Problems: Where the file cannot be read or has a bad line; all of them are listed.
    """
    return _rates(_text(root, file), file)


def check_rates(root: Path, file: str) -> tuple[list[Problem], dict[str, str]]:
    """Return every problem of the file, and its text by file name where it could be read."""
    texts: dict[str, str] = {}
    try:
        texts[file] = _text(root, file)
        _rates(texts[file], file)
    except Problems as error:
        return list(error.problems), texts
    return [], texts


def _text(root: Path, file: str) -> str:
    hint = "`rates` under `metrics` in tenure.yaml names the file"
    text, problems = read_text(root / file, file, hint=hint)
    if text is None:
        raise Problems(problems)
    return text


def _rates(text: str, file: str) -> list[tuple[dt.date, str, Decimal]]:
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in RATE_COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        hint = f"begin the file with the line {','.join(RATE_COLUMNS)}"
        raise Problems([_bad(file, 1, f"there is no column `{missing[0]}`", hint)])
    rates, problems = [], []
    for row in rows:
        try:
            rates.append(_row(row))
        except (ValueError, InvalidOperation):
            written = ",".join(row[name] or "" for name in RATE_COLUMNS)
            hint = "write a date, a currency, and what one unit of it is worth: 2026-01-31,USD,0.92"
            problems.append(_bad(file, rows.line_num, f"`{written}` is not a rate", hint))
    if problems:
        raise Problems(problems)
    return rates


def _row(row: Mapping[str, str | None]) -> tuple[dt.date, str, Decimal]:
    on, currency, rate = ((row[name] or "").strip() for name in RATE_COLUMNS)
    worth = Decimal(rate)
    if len(on) != 10 or not currency or not worth.is_finite() or worth <= 0:
        raise ValueError
    return dt.date.fromisoformat(on), currency, worth


def _bad(file: str, line: int, message: str, hint: str) -> Problem:
    return Problem("bad-rate", message, Span(file, line, 1, line, 1), hint)
