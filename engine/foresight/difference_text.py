"""Text of a comparison: a sentence, a table by step, whom it hits, the load of owners, and each action."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..reports.listing import Listing, plain_cell, to_markdown
from ..reports.table import draw_text_table
from .differences import CHANGES, DIFFERENCES, Comparison

LISTED_ACTIONS = 50
"""Actions that the text lists one by one; JSON has all."""
_VERBS = {
    "comes": ("comes", "come"),
    "goes": ("goes", "go"),
    "earlier": ("moves to an earlier day", "move to earlier days"),
    "later": ("moves to a later day", "move to later days"),
    "changes": ("changes", "change"),
}
"""The verbs of one action, and of several."""
_ACTIONS = (ACCOUNT_ID, "account_name", "playbook", "step", "what", "before_on", "after_on", "why")


def difference_text(comparison: Comparison, against: str, form: str) -> str:
    """Return the comparison as `table`, `markdown` or `json`; `against` names the earlier version."""
    if form == "json":
        return _json(comparison, against)
    return "".join(_pieces(comparison, against, markdown=form == "markdown"))


def _pieces(comparison: Comparison, against: str, *, markdown: bool) -> Iterator[str]:
    rows = comparison.rows
    yield f"{_sentence(comparison, against)}\n"
    if rows.is_empty():
        return
    sections = [
        ("By playbook and step", _by_step(comparison)),
        ("Never get it", _never(rows)),
        ("Get it twice", _listed(rows.filter("again"))),
        ("Wait or are held back now", _listed(rows.filter(_held_back()))),
        (
            "Actions of an owner in a week",
            Listing(tuple(comparison.load.columns), comparison.load.rows()),
        ),
    ]
    for title, listing in sections:
        if listing.rows:
            yield _section(title, listing, markdown)
    yield _section("Action by action", _listed(rows), markdown)
    if rows.height > LISTED_ACTIONS:
        yield f"\nand {rows.height - LISTED_ACTIONS:,} more; --format json lists all of them\n"


def _section(title: str, listing: Listing, markdown: bool) -> str:
    if markdown:
        return f"\n### {title}\n\n{''.join(to_markdown(listing))}"
    return f"\n{title}\n\n{draw_text_table(listing)}"


def _sentence(comparison: Comparison, against: str) -> str:
    rows = comparison.rows
    period = f"{comparison.first} to {comparison.last}, against {against}"
    if rows.is_empty():
        return f"{period}: no action differs."
    counts = dict(rows["what"].value_counts().iter_rows())
    parts = [
        f"{counts[kind]:,} {_VERBS[kind][counts[kind] > 1]}" for kind in CHANGES if kind in counts
    ]
    accounts = rows[ACCOUNT_ID].n_unique()
    amount = comparison.arr["arr"].sum() if comparison.arr.height else None
    worth = "" if amount is None else f" with {amount:,.0f} of ARR"
    noun = "account" if accounts == 1 else "accounts"
    return f"{period}: of the actions, {', '.join(parts)}. That is {accounts:,} {noun}{worth}."


def _by_step(comparison: Comparison) -> Listing:
    """Return a row a playbook and step: how many of each kind, by how many days they move, accounts and their ARR."""
    keys = ["playbook", "step"]
    joined = comparison.rows.join(comparison.arr, on=ACCOUNT_ID, how="left")
    of_accounts = joined.unique([*keys, ACCOUNT_ID]).group_by(keys).agg(pl.col("arr").sum())
    table = (
        joined.group_by(keys)
        .agg(
            *((pl.col("what") == kind).sum().alias(kind) for kind in CHANGES),
            pl.col("days").filter(pl.col("days") != 0).median().alias("days moved"),
            pl.col(ACCOUNT_ID).n_unique().alias("accounts"),
        )
        .join(of_accounts, on=keys)
        .sort(keys)
    )
    if comparison.arr.is_empty():
        table = table.drop("arr")
    return Listing(tuple(table.columns), table.rows())


def _never(rows: pl.DataFrame) -> Listing:
    """Return how many accounts lose a step for good, in the period."""
    lost = rows.filter("never").group_by("playbook", "step")
    table = lost.agg(pl.col(ACCOUNT_ID).n_unique().alias("accounts")).sort("playbook", "step")
    return Listing(tuple(table.columns), table.rows())


def _held_back() -> pl.Expr:
    reason = pl.col("after_reason").fill_null("")
    return reason.str.contains("; (postponed from|withheld:)") & (
        pl.col("before_reason").ne_missing(pl.col("after_reason"))
    )


def _listed(rows: pl.DataFrame) -> Listing:
    why = (
        pl.when(pl.col("what") == "changes")
        .then("changed")
        .otherwise(pl.coalesce("after_reason", "before_reason"))
        .alias("why")
    )
    shown = rows.head(LISTED_ACTIONS).with_columns(why).select(_ACTIONS)
    return Listing(_ACTIONS, shown.rows())


def _json(comparison: Comparison, against: str) -> str:
    def records(frame: pl.DataFrame) -> list[dict[str, Any]]:
        return [{k: plain_cell(v) for k, v in row.items()} for row in frame.iter_rows(named=True)]

    value = {
        "from": comparison.first.isoformat(),
        "until": comparison.last.isoformat(),
        "against": against,
        "counts": {kind: comparison.rows.filter(what=kind).height for kind in CHANGES},
        "load": records(comparison.load),
        "actions": records(comparison.rows.select(list(DIFFERENCES))),
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
