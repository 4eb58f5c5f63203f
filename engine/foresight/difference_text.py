"""Text of a comparison: a sentence, a summary by step, whom it hits, the load of owners, and each action by account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.languages import ENGLISH
from ..documents.html_page import draw_html_page
from ..reports.explain_data import explanation_data
from ..reports.explain_text import explanation_text
from ..reports.explanation import AccountExplanation
from ..reports.listing import Listing, plain_cell, to_markdown
from ..reports.table import draw_text_table
from .differences import CHANGES, DIFFERENCES, Comparison

LISTED_ACTIONS = 100
"""Actions that the details list one by one; JSON has all."""
_VERBS = {
    "comes": ("comes", "come"),
    "goes": ("goes", "go"),
    "earlier": ("moves to an earlier day", "move to earlier days"),
    "later": ("moves to a later day", "move to later days"),
    "changes": ("changes", "change"),
}
"""The verbs of one action, and of several."""
_ACTIONS = ("account", "step", "what", "before", "after")


class _Section(NamedTuple):
    """A part of the summary; of its rows, the most important first, only the `most` first are shown."""

    title: str
    listing: Listing
    most: int


Explained = tuple[AccountExplanation | None, AccountExplanation | None]
"""How an account is explained by the earlier version and by the later one."""


def difference_text(
    comparison: Comparison, against: str, form: str, explained: Explained | None = None
) -> str:
    """Return the comparison as `table`, `markdown`, `html` or `json`.

    Args:
        comparison: The two versions compared.
        against: The name of the earlier one.
        form: The format. The summary of Markdown has at most 60 lines; the details follow.
        explained: The explanations of the only account compared, to be added.
    """
    if form == "json":
        return _json(comparison, against, explained)
    text = "".join(_pieces(comparison, against, explained, markdown=form != "table"))
    if form == "html":
        return draw_html_page(text, f"Against {against}", ENGLISH)
    return text


def _pieces(
    comparison: Comparison, against: str, explained: Explained | None, *, markdown: bool
) -> Iterator[str]:
    sentence = _sentence(comparison, against)
    yield f"# Effect on actions\n\n{sentence}\n" if markdown else f"{sentence}\n"
    if comparison.rows.height:
        for section in _summary(comparison):
            yield from _shown(section, markdown)
        if markdown:
            yield "\n## Details\n"
        for section in _details(comparison):
            yield from _shown(section, markdown)
        if comparison.rows.height > LISTED_ACTIONS:
            yield "\n--format json lists all of them\n"
    for title, explanation in zip(("Before", "After"), explained or (), strict=False):
        text = "No account of this id." if explanation is None else explanation_text(explanation)
        yield f"\n## {title}\n\n```text\n{text}```\n" if markdown else f"\n{title}\n\n{text}"


def _shown(section: _Section, markdown: bool) -> Iterator[str]:
    rows = list(section.listing.rows)
    if not rows:
        return
    title, shown = section.title, Listing(section.listing.columns, rows[: section.most])
    if len(rows) > section.most:
        title = f"{title} (the first {section.most:,} of {len(rows):,})"
    if markdown:
        yield f"\n### {title}\n\n{''.join(to_markdown(shown))}"
    else:
        yield f"\n{title}\n\n{draw_text_table(shown)}"


def _summary(comparison: Comparison) -> list[_Section]:
    """Return the parts of the summary. With five lines for each title and header, all have 60 lines at most."""
    rows = comparison.rows
    return [
        _Section("By playbook and step", _by_step(comparison), 10),
        _Section("Never get it", _never(comparison), 6),
        _Section("Get it twice", _listed(rows.filter("again")), 5),
        _Section("Wait or are held back now", _listed(rows.filter(_held_back())), 5),
        _Section("Owners whose week changes most", _load(comparison, by_size=True), 6),
    ]


def _details(comparison: Comparison) -> list[_Section]:
    load = _load(comparison, by_size=False)
    by_account = comparison.rows.sort("account_name", ACCOUNT_ID, "playbook", "step", "action_id")
    return [
        _Section("Actions of an owner in a week", load, LISTED_ACTIONS),
        _Section("Account by account", _listed(by_account), LISTED_ACTIONS),
    ]


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
    """Return a row a playbook and step: how many of each kind, by how many days they move, accounts and their ARR.

    Those that concern the most accounts are first. A kind that no action has is left out.
    """
    keys = ["playbook", "step"]
    kinds = [kind for kind in CHANGES if kind in comparison.rows["what"]]
    moves = pl.col("days").filter(pl.col("days") != 0).median().alias("days moved")
    counts = comparison.rows.group_by(keys).agg(
        *((pl.col("what") == kind).sum().alias(kind) for kind in kinds),
        *([moves] if {"earlier", "later"} & set(kinds) else []),
    )
    return _with_accounts(comparison, comparison.rows, counts)


def _never(comparison: Comparison) -> Listing:
    """Return how many accounts lose a step for good, in the period, and their ARR."""
    lost = comparison.rows.filter("never")
    return _with_accounts(comparison, lost, lost.select("playbook", "step").unique())


def _with_accounts(comparison: Comparison, rows: pl.DataFrame, steps: pl.DataFrame) -> Listing:
    """Return steps with the number of their accounts, and the ARR of these where it is known."""
    keys = ["playbook", "step"]
    accounts = (
        rows.select(*keys, ACCOUNT_ID).unique().join(comparison.arr, on=ACCOUNT_ID, how="left")
    )
    sums = accounts.group_by(keys).agg(pl.len().alias("accounts"), pl.col("arr").sum())
    table = steps.join(sums, on=keys).sort("accounts", *keys, descending=[True, False, False])
    if comparison.arr.is_empty():
        table = table.drop("arr")
    return Listing(tuple(table.columns), table.rows())


def _load(comparison: Comparison, *, by_size: bool) -> Listing:
    load = comparison.load
    if by_size:
        change = (pl.col("after") - pl.col("before")).abs()
        load = load.sort(change, "owner", "week", descending=[True, False, False])
    return Listing(tuple(load.columns), load.rows())


def _held_back() -> pl.Expr:
    reason = pl.col("after_reason").fill_null("")
    return reason.str.contains("; (postponed from|withheld:)") & (
        pl.col("before_reason").ne_missing(pl.col("after_reason"))
    )


def _listed(rows: pl.DataFrame) -> Listing:
    """Return the actions with their day and reason on both sides; what changes in place is named after the reason."""
    changed = pl.when(pl.col("what") == "changes").then(pl.format("; changes: {}", "changed"))
    sides = [
        pl.coalesce(
            pl.format("{}: {}{}", f"{side}_on", pl.col(f"{side}_reason").fill_null(""), extra),
            f"{side}_reason",
        ).alias(side)
        for side, extra in (("before", pl.lit("")), ("after", changed.otherwise(pl.lit(""))))
    ]
    account = pl.concat_str(ACCOUNT_ID, "account_name", separator=" ", ignore_nulls=True)
    step = pl.concat_str("playbook", "step", separator="/")
    columns = [account.alias("account"), step.alias("step"), *sides]
    return Listing(_ACTIONS, rows.with_columns(columns).select(_ACTIONS).rows())


def _json(comparison: Comparison, against: str, explained: Explained | None) -> str:
    def records(frame: pl.DataFrame) -> list[dict[str, Any]]:
        return [{k: plain_cell(v) for k, v in row.items()} for row in frame.iter_rows(named=True)]

    value: dict[str, Any] = {
        "from": comparison.first.isoformat(),
        "until": comparison.last.isoformat(),
        "against": against,
        "counts": {kind: comparison.rows.filter(what=kind).height for kind in CHANGES},
        "load": records(comparison.load),
        "actions": records(comparison.rows.select(list(DIFFERENCES))),
    }
    if explained is not None:
        sides = [None if each is None else explanation_data(each) for each in explained]
        value["explained"] = dict(zip(("before", "after"), sides, strict=True))
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
