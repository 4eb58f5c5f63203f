"""Revisions of actions: the ledger never changes an entry, a later revision of the same action replaces it."""

from __future__ import annotations

import polars as pl


def last_revisions(entries: pl.DataFrame) -> pl.DataFrame:
    """Return each action as last revised, in no order: few are revised, and only those are compared.

    Args:
        entries: Entries of the ledger, with at least `action_id` and `revision`, each revision once.
    """
    again = entries.filter(pl.col("revision") > 1)["action_id"]
    revised = entries["action_id"].is_in(again.implode())
    last = entries.filter(revised).sort("action_id", "revision").unique("action_id", keep="last")
    return pl.concat([entries.filter(~revised), last])
