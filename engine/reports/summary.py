"""Summary of a run or of a preview, with the same text for both.

Takes a run's entries and counts, and returns text in a format. The table has counts by playbook and step, unknown
conditions and the first actions. `brief` has only counts and quarantined rows. Machine formats have everything.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..core.ids import ACCOUNT_ID
from ..core.languages import ENGLISH
from ..core.schemas import LEDGER_ORDER
from ..text.printable import fit_json
from .action_detail import detail_text, head_of, lists_to_work_through, markdown_lists, read_detail
from .formats import ACTION_STATUSES
from .listing import WRITERS, Listing, plain_cell
from .table import draw_text_table

if TYPE_CHECKING:
    import polars as pl

CONTRACT = 16
"""Number of an entry's first columns, which every listing has in this order."""

TEXT_CHUNK = 20_000
"""Rows converted to Python objects at a time."""

SHOWN_COLUMNS = 50
"""Maximum number of entries in the table for people."""


WIDEST_CHOSEN = 100
"""Maximum width of a cell where columns are selected, in terminal columns: long texts stay readable."""


class _Rows(Collection[tuple[Any, ...]]):
    """A frame's rows, converted in chunks: all of them as Python objects take ten times the frame's memory."""

    __slots__ = ("_frame", "_show")

    def __init__(self, frame: pl.DataFrame, show: Callable[[str | None], Any] | None) -> None:
        self._frame, self._show = frame, show

    def __len__(self) -> int:
        return self._frame.height

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        show = self._show
        at = self._frame.get_column_index("detail") if show else 0
        for chunk in self._frame.iter_slices(TEXT_CHUNK):
            rows = chunk.rows()
            yield from (
                ((*row[:at], show(row[at]), *row[at + 1 :]) for row in rows) if show else rows
            )

    def __contains__(self, row: object) -> bool:
        return any(row == each for each in self)


def listing_of(frame: pl.DataFrame, detail: Callable[[str | None], Any] | None = None) -> Listing:
    """Return a frame as a listing; `detail` converts the column of that name."""
    return Listing(tuple(frame.columns), _Rows(frame, detail if "detail" in frame else None))


def report_run(
    dates: Sequence[dt.date],
    entries: pl.LazyFrame,
    counts: pl.DataFrame,
    quarantined: pl.DataFrame,
    form: str,
    workspace: str = "",
) -> Iterable[str]:
    """Yield a run's result in one of `ACTION_FORMATS`, in pieces; runs and previews give the same bytes.

    The table for people loads only few of the entries into memory at a time.
    """
    if form in ("table", "brief"):
        return [_run_table(dates, entries, counts, quarantined, listed=form == "table")]
    collected = entries.collect().sort(LEDGER_ORDER)
    if form == "json":
        return [_run_json(dates, collected, counts, quarantined)]
    return _listed(collected, form, workspace=workspace)


def report_actions(
    entries: pl.DataFrame,
    form: str,
    columns: Sequence[str] = (),
    workspace: str = "",
    language: str = ENGLISH,
) -> Iterable[str]:
    """Yield ledger entries in one of `ACTION_FORMATS`, in pieces, with `columns` where they are given.

    `language` is that of the descriptions of calendar entries.

    Without `columns` the table for people has the contract's columns, followed by agendas, checklists and messages.
    """
    if form == "brief":
        return [draw_text_table(by_owner(entries))]
    if form != "table":
        return _listed(entries, form, columns, workspace, language)
    if columns:
        return [
            draw_text_table(listing_of(entries.select(columns)), WIDEST_CHOSEN),
            _messages(entries),
        ]
    table = draw_text_table(listing_of(entries[:, :CONTRACT]))
    return [table, *lists_to_work_through(entries), _messages(entries)]


def by_owner(entries: pl.DataFrame) -> Listing:
    """Return the number of entries of each owner, by kind and in total; the owner with the most is first."""
    import polars as pl

    if entries.is_empty():
        return Listing(("owner", "all"), [])
    wide = (
        entries.with_columns(pl.col("owner").fill_null("(no owner)"))
        .group_by("owner", "kind")
        .agg(n=pl.len().cast(pl.Int64))
        .pivot(on="kind", index="owner", values="n")
    )
    kinds = sorted(set(wide.columns) - {"owner"})
    totals = wide.select("owner", pl.col(kinds).fill_null(0), all=pl.sum_horizontal(kinds))
    return listing_of(totals.sort("all", "owner", descending=[True, False]))


def _listed(
    entries: pl.DataFrame,
    form: str,
    columns: Sequence[str] = (),
    workspace: str = "",
    language: str = ENGLISH,
) -> Iterable[str]:
    """Yield all entries; details are objects for programs, and lists for people."""
    if form == "ical":
        from .ical import to_ical

        return [to_ical(entries.iter_rows(named=True), "Tenure", workspace, language)]
    if form == "markdown":
        shown = entries.select(columns) if columns else entries.drop("detail")
        table = WRITERS[form](listing_of(shown))
        return chain(table, markdown_lists(entries))
    chosen = entries.select(columns) if columns else entries
    return WRITERS[form](listing_of(chosen, detail_text if form == "csv" else read_detail))


def _messages(entries: pl.DataFrame) -> str:
    """Return the rendered messages, each under its action's title line; empty without messages."""
    if "subject" not in entries.columns:
        return ""
    parts = []
    for entry in entries.iter_rows(named=True):
        mark = "" if entry["status"] == "issued" else f"{entry['status']}: "
        head = f"\n-- {mark}{head_of(entry)}\n"
        if entry["message_problem"]:
            parts.append(f"{head}not written: {entry['message_problem']}\n")
        elif entry["body"]:
            subject = f"{entry['subject']}\n\n" if entry["subject"] else ""
            parts.append(f"{head}{subject}{entry['body'].rstrip()}\n")
    return "".join(parts)


def tally(entries: pl.LazyFrame, counts: pl.DataFrame) -> Listing:
    """Return counts by playbook and step: entries of each status, and accounts of each other outcome.

    Empty columns are left out.
    """
    import polars as pl

    keys = ["playbook", "step"]
    by_status = entries.group_by(*keys, what="status").agg(n=pl.len().cast(pl.Int64)).collect()
    by_what = (
        counts.filter(pl.col("what") != "cannot_tell", pl.col("playbook") != "")
        .with_columns(pl.col("step").fill_null(""))
        .group_by(*keys, "what")
        .agg(n=pl.col("accounts").sum())
    )
    together = pl.concat([by_status, by_what.select(by_status.columns)])
    if together.is_empty():
        return Listing((*keys, "issued"), [])
    wide = together.pivot(on="what", index=keys, values="n", aggregate_function="sum").sort(keys)
    others = sorted(set(wide.columns) - {*keys, *ACTION_STATUSES})
    columns = [name for name in (*others, *ACTION_STATUSES) if name in wide.columns]
    return listing_of(wide.select(*keys, *(pl.col(name).fill_null(0) for name in columns)))


def unknown_counts(counts: pl.DataFrame) -> Listing:
    """Return the number of accounts with unknown conditions, by playbook, step and missing field."""
    import polars as pl

    keys = ["playbook", "step", "field"]
    unknown = counts.filter(pl.col("what") == "cannot_tell").with_columns(
        pl.col("step", "field").fill_null("")
    )
    return listing_of(unknown.group_by(keys).agg(pl.col("accounts").sum()).sort(keys))


def _run_table(
    dates: Sequence[dt.date],
    entries: pl.LazyFrame,
    counts: pl.DataFrame,
    quarantined: pl.DataFrame,
    *,
    listed: bool,
) -> str:
    import polars as pl

    number = entries.select(pl.len()).collect().item()
    parts = [_headline(dates, number)]
    parts.append(draw_text_table(tally(entries, counts)))
    if listed and (missing := unknown_counts(counts)).rows:
        parts.append("Unknown because a field is missing:\n\n" + draw_text_table(missing))
    if not quarantined.is_empty():
        bad = listing_of(quarantined.head(SHOWN_COLUMNS))
        accounts = quarantined.select(ACCOUNT_ID, "row").n_unique()
        title = f"Bad values of {accounts} account{'s' if accounts > 1 else ''}:\n\n"
        parts.append(title + draw_text_table(bad) + _more(quarantined.height, ""))
    if number and listed:
        parts.append(_actions(entries, number))
        if "subject" in entries.collect_schema():
            parts.append(_messages(entries.collect().sort(LEDGER_ORDER)))
    return "\n".join(part for part in parts if part)


def _actions(entries: pl.LazyFrame, number: int) -> str:
    """Return the first entries as text; skipped actions are only counted, because they need no work."""
    import polars as pl

    rest = entries.filter(pl.col("status") != "skipped")
    height = rest.select(pl.len()).collect().item()
    text = ""
    if height:
        first = rest.sort(LEDGER_ORDER).head(SHOWN_COLUMNS).collect()
        shown = draw_text_table(listing_of(first[:, :CONTRACT]))
        text = f"Actions:\n\n{shown}{_more(height, '; --format csv lists all')}"
    if number > height:
        text += f"{number - height} skipped; --format csv lists them with their reasons\n"
    return text


def _headline(dates: Sequence[dt.date], number: int) -> str:
    if not dates:
        return "Nothing was evaluated.\n"
    span = dates[0].isoformat()
    if len(dates) > 1:
        span += f" to {dates[-1].isoformat()}, {len(dates)} dates"
    return f"{span}: {number} {'entry' if number == 1 else 'entries'}\n"


def _more(height: int, command: str) -> str:
    return f"and {height - SHOWN_COLUMNS} more{command}\n" if height > SHOWN_COLUMNS else ""


def _run_json(
    dates: Sequence[dt.date],
    entries: pl.DataFrame,
    counts: pl.DataFrame,
    quarantined: pl.DataFrame,
) -> str:
    result = {
        "dates": [plain_cell(date) for date in dates],
        "entries": _records(listing_of(entries, read_detail)),
        "counts": _records(listing_of(counts)),
        "quarantined": _records(listing_of(quarantined)),
    }
    return fit_json(json.dumps(result, ensure_ascii=False, allow_nan=False, indent=1)) + "\n"


def _records(listing: Listing) -> list[dict[str, object]]:
    return [{name: plain_cell(value) for name, value in each.items()} for each in listing.records()]
