"""Playbooks that no account is in: the sign of a field that is not mapped, or written otherwise than they read it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import polars as pl

from ..core.problems import Problem
from ..evaluation.prepare import condition, outcomes
from ..language.expressions import Expression
from ..language.traversal import actions_read, event_calls, fields_read, history_read, references
from ..playbook.model import Playbook
from ..text.name_most import count_accounts

Membership = Counter[tuple[str, str]]
"""Numbers of accounts: by playbook, for which its `for` is `true` or `unknown`; by field, which lack it (`missing`)."""


def count_members(
    accounts: pl.DataFrame, playbooks: Iterable[Playbook], on: dt.date, snapshot_on: dt.date
) -> Membership:
    """Return for how many accounts the `for` of each playbook is true or unknown, and how many lack its fields.

    A `for` that reads more than the account's own values is counted as true.
    """
    dated = accounts.with_columns(
        pl.lit(on, pl.Date).alias("@today"), pl.lit(snapshot_on, pl.Date).alias("@snapshot_date")
    )
    counts: Membership = Counter()
    read: set[str] = set()
    for playbook in playbooks:
        entry = playbook.machine.entry
        if entry is None or reads_more(entry):
            counts[playbook.id, "true"] += accounts.height
            continue
        outcome = outcomes(dated, condition(entry).outcome)
        counts[playbook.id, "true"] += int(outcome.sum() or 0)
        counts[playbook.id, "unknown"] += outcome.null_count()
        read |= fields_read(entry)
    counts.update({(name, "missing"): accounts[name].null_count() for name in sorted(read)})
    return counts


def membership_warnings(
    counts: Mapping[tuple[str, str], int], playbooks: Collection[Playbook], accounts: int
) -> list[Problem]:
    """Return a warning if no account is in some playbooks because their `for` is unknown, or in any for all reasons.

    Args:
        counts: The sums of `count_members`.
        playbooks: The playbooks counted.
        accounts: The number of all accounts.
    """
    empty = [p for p in playbooks if not counts.get((p.id, "true"))] if accounts else []
    unknown = [p for p in empty if 2 * counts.get((p.id, "unknown"), 0) >= accounts]
    if unknown:
        read = {name for p in unknown if p.machine.entry for name in fields_read(p.machine.entry)}
        lacking = [name for name in sorted(read) if counts.get((name, "missing")) == accounts]
        most = max(counts[p.id, "unknown"] for p in unknown)
        because = f"; every account lacks {_listed(lacking)}" if lacking else ""
        message = (
            f"no account is in {_listed(p.id for p in unknown)}: `for` is true for none, and unknown for "
            f"{count_accounts(most)}{because}"
        )
    elif empty and len(empty) == len(playbooks):
        message = f"no account is in any playbook: `for` is false for {count_accounts(accounts)}"
    else:
        return []
    hint = "map the fields that `for` reads in fields.yaml with `from:`, and the export's words with `translate:`"
    return [Problem("no-members", message, hint=hint, severity="warning")]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def reads_more(e: Expression) -> bool:
    """Return whether a condition reads more than an account's own values: earlier ones, states, actions or events."""
    return bool(history_read(e) or references(e) or actions_read(e) or event_calls([e]))
