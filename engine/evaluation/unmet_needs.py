"""Actions that need a contact which did not go out: they are skipped, not issued as if it had.

Takes the entries of a date as planned, and what the ledger has of the same accounts. A contact has gone out if its last
entry is `issued`; a promise counts. A contact that never came up, because its condition was not true, stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.membership import is_one_of
from ..core.upsert import without
from ..playbook.model import Playbook
from ..playbook.needed_contacts import needed_contacts
from .inputs import LedgerLookup
from .owners import ActionKey

CONTACT = (ACCOUNT_ID, "playbook", "cycle", "step", "action")
PAST_COLUMNS = ("action_id", *CONTACT, "occurrence", "status", "evaluated_on")
"""Columns that are read of the ledger."""
ContactNeeds = Mapping[ActionKey, tuple[str, tuple[tuple[str, str], ...]]]
"""By action: the name that it needs, and the step and id of each contact that this names."""

_STATE = {
    "postponed": "is postponed",
    "withheld": "was withheld",
    "held_out": "was held out",
    "skipped": "was skipped",
}


def needs_by_action(playbooks: Sequence[Playbook]) -> ContactNeeds:
    """Return what the actions of the playbooks need."""
    return {
        (playbook.id, action.step, action.id): (
            action.needs.id,
            needed_contacts(playbook.machine, action),
        )
        for playbook in playbooks
        for action in playbook.machine.actions()
        if action.needs is not None
    }


def skip_unmet(
    entries: pl.DataFrame, planned: pl.DataFrame, needs: ContactNeeds, ledger: LedgerLookup
) -> pl.DataFrame | None:
    """Return the new entries with those skipped whose need is not met; None where there are none.

    Args:
        entries: New entries before the plan.
        planned: The entries of the date as planned.
        needs: The contacts that actions need.
        ledger: The ledger's look-ups.
    """
    action = ("playbook", "step", "action")
    with_needs = is_one_of(pl.col("playbook"), sorted({playbook for playbook, _, _ in needs}))
    issued = entries.filter(pl.col("status") == "issued", with_needs)
    if issued.is_empty():
        return None
    waiting = _among(issued, action, needs)
    if waiting.is_empty():
        return None
    hanging = waiting.select("action_id", ACCOUNT_ID, *action, "cycle").to_dicts()
    accounts = waiting[ACCOUNT_ID].unique()
    past = ledger.past(accounts, set(waiting["playbook"]))
    needed = [
        (playbook, *contact)
        for (playbook, _, _), (_, contacts) in needs.items()
        for contact in contacts
    ]
    of_accounts = planned.filter(pl.col(ACCOUNT_ID).is_in(accounts.implode()))
    statuses = _statuses(past, _among(of_accounts, action, needed))
    unmet = [
        (row["action_id"], why) for row in hanging if (why := unmet_need(row, needs, statuses))
    ]
    if not unmet:
        return None
    reasons = pl.DataFrame(
        unmet, schema={"action_id": pl.String, "@unmet": pl.String}, orient="row"
    )
    joined = entries.join(reasons, on="action_id", how="left", maintain_order="left")
    met = pl.col("@unmet").is_null()
    skipped = joined.with_columns(
        pl.concat_str("reason", pl.lit("; skipped: "), "@unmet").alias("@skipped")
    ).with_columns(
        pl.when(met).then("status").otherwise(pl.lit("skipped")).alias("status"),
        pl.when(met).then("reason").otherwise("@skipped").alias("reason"),
        *(pl.when(met).then(name).alias(name) for name in ("planned_on", "until")),
    )
    return skipped.drop("@unmet", "@skipped")


def _among(
    entries: pl.DataFrame, names: Sequence[str], keys: Iterable[tuple[str, ...]]
) -> pl.DataFrame:
    """Return the entries whose values in these columns are one of the keys."""
    wanted = pl.DataFrame([*keys], schema=dict.fromkeys(names, pl.String), orient="row")
    return entries.join(wanted, on=list(names), how="semi", maintain_order="left")


def _key(row: Mapping[str, Any]) -> ActionKey:
    return row["playbook"], row["step"], row["action"]


def _statuses(past: pl.DataFrame, planned: pl.DataFrame) -> dict[tuple[Any, ...], str]:
    """Return the status of each contact's last occurrence."""
    old = without(past, planned, "action_id")
    every = pl.concat([each.select(PAST_COLUMNS) for each in (old, planned)])
    in_order = every.sort("evaluated_on", pl.col("occurrence").str.len_chars(), "occurrence")
    return {row[:-1]: row[-1] for row in in_order.select(*CONTACT, "status").iter_rows()}


def unmet_need(
    row: Mapping[str, Any], needs: ContactNeeds, statuses: Mapping[tuple[Any, ...], str]
) -> str | None:
    """Return why the need of an entry is not met; None where it is."""
    name, contacts = needs[_key(row)]
    of_cycle = (row[ACCOUNT_ID], row["playbook"], row["cycle"])
    found = [statuses[key] for each in contacts if (key := (*of_cycle, *each)) in statuses]
    if "issued" in found:
        return None
    state = next((_STATE[status] for status in found if status in _STATE), None)
    return None if state is None else f"it needs `{name}`, which {state}"
