"""The contact policy: what reaches a customer, how often, and what is held back with a reason.

A contact is what one step sends one account on one day, be it an email, a banner or both. Contacts already made or
promised count; of today's, the higher priority goes first, then the earlier date, what is on time before what is late,
then playbook and step. No step says
the same thing twice on one day, however many of its repeats a run catches up with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..language.traversal import references
from ..workspace.settings import Cap, ContactPolicy
from .cross_references import StateIndex
from .prepare import condition

TOUCH = [ACCOUNT_ID, "playbook", "cycle", "step", "occurrence", "contact_on"]
"""What makes actions one contact."""


class Contact(NamedTuple):
    """A contact's date, what it is in words, and which of its cycle's occurrences."""

    on: dt.date
    what: str
    cycle: str
    occurrence: str


def apply_contact_policy(
    entries: pl.DataFrame,
    contacts: pl.DataFrame,
    snapshot: pl.DataFrame,
    policy: ContactPolicy,
    standings: StateIndex,
) -> pl.DataFrame:
    """Withholds what the policy forbids: issued entries with a `contact_on` lose it, and get the reason.

    `entries` needs `status`, `reason`, `kind`, `priority`, `rank` and the columns of a contact; `contacts` are those
    of before. In no order.
    """
    reaching = pl.col("contact_on").is_not_null()
    # On a first day one entry in thirty reaches a customer: the others are not rewritten rule by rule.
    judged = _judged(entries.filter(reaching), contacts, snapshot, policy, standings)
    return pl.concat([entries.filter(~reaching), judged])


def _judged(
    entries: pl.DataFrame,
    contacts: pl.DataFrame,
    snapshot: pl.DataFrame,
    policy: ContactPolicy,
    standings: StateIndex,
) -> pl.DataFrame:
    """Entries that all would reach a customer."""
    entries = _suppress(entries, snapshot, policy, standings)
    touches = _touches(entries, policy)
    if not touches.height:
        return entries
    verdicts = _verdicts(touches, contacts, policy)
    if not verdicts.height:
        return entries
    judged = entries.join(verdicts, on=TOUCH, how="left", nulls_equal=True)
    return _withhold(judged, pl.col("@verdict")).drop("@verdict")


def _withhold(entries: pl.DataFrame, why: pl.Expr) -> pl.DataFrame:
    """Entries about to reach the customer for which `why` is not null are withheld for it."""
    held = pl.col("contact_on").is_not_null() & why.is_not_null()
    return entries.with_columns(
        pl.when(held).then(pl.lit("withheld")).otherwise("status").alias("status"),
        pl.when(held)
        .then(pl.concat_str("reason", pl.lit("; "), why))
        .otherwise("reason")
        .alias("reason"),
        pl.when(held).then(pl.lit(None, pl.Date)).otherwise("contact_on").alias("contact_on"),
    )


def _suppress(
    entries: pl.DataFrame, snapshot: pl.DataFrame, policy: ContactPolicy, standings: StateIndex
) -> pl.DataFrame:
    """Withholds contacts of accounts for which a suppression's condition holds."""
    for rule in policy.suppress:
        mine = pl.col("contact_on").is_not_null()
        if rule.kinds:
            mine &= pl.col("kind").is_in(list(rule.kinds))
        if rule.priorities:
            mine &= pl.col("priority").is_in(list(rule.priorities))
        accounts = entries.filter(mine).select(ACCOUNT_ID).unique()
        if not accounts.height:
            continue
        rows = snapshot.join(accounts, on=ACCOUNT_ID, how="semi")
        rows = standings.beside(rows, references(rule.when))
        holding = rows.filter(condition(rule.when).outcome.fill_null(False))[ACCOUNT_ID]
        stopped = mine & pl.col(ACCOUNT_ID).is_in(holding.implode())
        entries = _withhold(entries, pl.when(stopped).then(pl.lit(f"held back: {rule.reason}")))
    return entries


def _touches(entries: pl.DataFrame, policy: ContactPolicy) -> pl.DataFrame:
    """Today's contacts in the order in which they are judged."""
    ranks = {name: place for place, name in enumerate(policy.priorities)}
    exempt = pl.concat_str("playbook", pl.lit("/"), "step").is_in(list(policy.exempt))
    return (
        entries.filter(pl.col("contact_on").is_not_null())
        .group_by(TOUCH)
        .agg(
            pl.col("priority")
            .replace_strict(ranks, default=len(ranks), return_dtype=pl.Int32)
            .min(),
            pl.col("rank").min(),
            pl.col("late_days").min(),
        )
        .with_columns(exempt.alias("exempt"))
        .sort(
            ACCOUNT_ID,
            pl.col("exempt").not_(),
            "priority",
            "contact_on",
            "late_days",
            "playbook",
            "rank",
            "step",
            "cycle",
            "occurrence",
        )
    )


def _verdicts(touches: pl.DataFrame, contacts: pl.DataFrame, policy: ContactPolicy) -> pl.DataFrame:
    """A reason for each contact that goes beyond a cap; accounts with one contact and no other pass unseen."""
    several = touches.filter(pl.len().over(ACCOUNT_ID) > 1)[ACCOUNT_ID]
    known = contacts.join(touches, on=ACCOUNT_ID, how="semi")
    contested = pl.concat([several, known[ACCOUNT_ID]]).unique()
    if forbids_any_contact(policy.caps):
        contested = touches[ACCOUNT_ID].unique()
    mine = touches.filter(pl.col(ACCOUNT_ID).is_in(contested.implode()))
    before: dict[str, list[Contact]] = {}
    for row in known.select(TOUCH).unique().sort("contact_on", *TOUCH).iter_rows(named=True):
        before.setdefault(row[ACCOUNT_ID], []).append(_contact(row))
    verdicts = [_judge(row, before, policy.caps) for row in mine.iter_rows(named=True)]
    return (
        mine.select(TOUCH)
        .with_columns(pl.Series("@verdict", verdicts, dtype=pl.String))
        .filter(pl.col("@verdict").is_not_null())
    )


def forbids_any_contact(caps: Iterable[Cap]) -> bool:
    """Whether even a single contact is one too many."""
    return any(cap.contacts < 1 for cap in caps)


def _contact(row: Mapping[str, Any]) -> Contact:
    what = f"{row['playbook']}/{row['step']}"
    return Contact(row["contact_on"], what, row["cycle"], row["occurrence"])


def _judge(
    row: Mapping[str, Any], before: dict[str, list[Contact]], caps: Sequence[Cap]
) -> str | None:
    """None if the contact may be made, which it then counts as; else why not."""
    contact = _contact(row)
    made = before.setdefault(row[ACCOUNT_ID], [])
    if contact in made:
        return None
    if any(_said(contact, other) for other in made):
        return f"held back: {contact.what} reaches the customer on {contact.on.isoformat()} already"
    if not row["exempt"]:
        for cap in caps:
            full = cap_exceeded(contact.on, made, cap)
            if full is not None:
                others = ", ".join(f"{other.what} on {other.on.isoformat()}" for other in full)
                return f"held back: no more than {_cap_text(cap)}" + (
                    f" ({others})" if full else ""
                )
    made.append(contact)
    return None


def _cap_text(cap: Cap) -> str:
    contacts = "1 contact" if cap.contacts == 1 else f"{cap.contacts} contacts"
    return f"{contacts} within {'1 day' if cap.days == 1 else f'{cap.days} days'}"


def _said(contact: Contact, other: Contact) -> bool:
    """The same step says it again on the same day: a repeat that a machine which was off catches up with."""
    return (contact.on, contact.what, contact.cycle) == (other.on, other.what, other.cycle)


def cap_exceeded(on: dt.date, made: Sequence[Contact], cap: Cap) -> list[Contact] | None:
    """The contacts of the first stretch of `cap.days` days around `on` that is full already; None if none is."""
    if len(made) < cap.contacts:
        return None
    for back in range(cap.days - 1, -1, -1):
        first = on - dt.timedelta(days=back)
        last = first + dt.timedelta(days=cap.days - 1)
        within = [contact for contact in made if first <= contact.on <= last]
        if len(within) >= cap.contacts:
            return within
    return None
