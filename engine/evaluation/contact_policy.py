"""Contact policy: suppresses and caps the contacts of each account.

Takes the entries of a date and the contacts made or promised before. Returns the entries; those that the policy
forbids are withheld, with a reason. A contact is everything that one step sends one account on one day, such as an
email and a banner. New contacts are judged by priority, then date, then lateness, then playbook and step. A step
contacts an account at most once a day, also where a run catches up with several repeats.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import CONTACTS
from ..language.traversal import references
from ..workspace.settings import Cap, ContactPolicy
from .cross_references import StateIndex
from .prepare import condition


class Contact(NamedTuple):
    """A contact of an account.

    Attributes:
        on: The contact day.
        what: `playbook/step`.
        cycle: The enrolment's cycle.
        occurrence: The occurrence within the cycle.
    """

    on: dt.date
    what: str
    cycle: str
    occurrence: str


def apply_contact_policy(
    entries: pl.DataFrame,
    contacts: pl.DataFrame,
    snapshot: pl.DataFrame,
    policy: ContactPolicy,
    state_index: StateIndex,
) -> pl.DataFrame:
    """Withhold the entries that the policy forbids: clear their `contact_on` and add the reason.

    Args:
        entries: Needs `status`, `reason`, `kind`, `priority`, `rank` and the columns of TOUCH.
        contacts: The contacts made or promised before, columns TOUCH.
        snapshot: One row an account, for the conditions of suppressions.
        policy: The workspace's contact policy.
        state_index: The accounts' states in all playbooks.

    Returns:
        All entries, in no particular order.
    """
    reaching = pl.col("contact_on").is_not_null()
    # On a first day one entry in thirty reaches a customer. The others need not be rewritten for each rule.
    judged = _judged(entries.filter(reaching), contacts, snapshot, policy, state_index)
    return pl.concat([entries.filter(~reaching), judged])


def _judged(
    entries: pl.DataFrame,
    contacts: pl.DataFrame,
    snapshot: pl.DataFrame,
    policy: ContactPolicy,
    state_index: StateIndex,
) -> pl.DataFrame:
    """Apply the policy to entries that all would reach a customer."""
    entries = _suppress(entries, snapshot, policy, state_index)
    touches = _touches(entries, policy)
    if not touches.height:
        return entries
    verdicts = _verdicts(touches, contacts, policy)
    if not verdicts.height:
        return entries
    judged = entries.join(verdicts, on=list(CONTACTS), how="left", nulls_equal=True)
    return _withhold(judged, pl.col("@verdict")).drop("@verdict")


def _withhold(entries: pl.DataFrame, why: pl.Expr) -> pl.DataFrame:
    """Withhold the entries that would reach the customer and whose reason `why` is not null."""
    withheld = pl.col("contact_on").is_not_null() & why.is_not_null()
    return entries.with_columns(
        pl.when(withheld).then(pl.lit("withheld")).otherwise("status").alias("status"),
        pl.when(withheld)
        .then(pl.concat_str("reason", pl.lit("; "), why))
        .otherwise("reason")
        .alias("reason"),
        pl.when(withheld).then(pl.lit(None, pl.Date)).otherwise("contact_on").alias("contact_on"),
    )


def _suppress(
    entries: pl.DataFrame, snapshot: pl.DataFrame, policy: ContactPolicy, state_index: StateIndex
) -> pl.DataFrame:
    """Withhold the contacts of accounts for which a suppression's condition is true."""
    for rule in policy.suppress:
        concerned = pl.col("contact_on").is_not_null()
        if rule.kinds:
            concerned &= pl.col("kind").is_in(list(rule.kinds))
        if rule.priorities:
            concerned &= pl.col("priority").is_in(list(rule.priorities))
        accounts = entries.filter(concerned).select(ACCOUNT_ID).unique()
        if not accounts.height:
            continue
        rows = snapshot.join(accounts, on=ACCOUNT_ID, how="semi")
        rows = state_index.with_references(rows, references(rule.when))
        suppressed = rows.filter(condition(rule.when).outcome.fill_null(False))[ACCOUNT_ID]
        forbidden = concerned & pl.col(ACCOUNT_ID).is_in(suppressed.implode())
        entries = _withhold(entries, pl.when(forbidden).then(pl.lit(f"held back: {rule.reason}")))
    return entries


def _touches(entries: pl.DataFrame, policy: ContactPolicy) -> pl.DataFrame:
    """Return the new contacts in the order in which they are judged."""
    ranks = {name: index for index, name in enumerate(policy.priorities)}
    exempt = pl.concat_str("playbook", pl.lit("/"), "step").is_in(list(policy.exempt))
    return (
        entries.filter(pl.col("contact_on").is_not_null())
        .group_by(list(CONTACTS))
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
    """Return TOUCH and a reason (`@verdict`) for each contact that a cap forbids.

    Accounts with one new contact and none before are skipped, unless a cap forbids every contact.
    """
    several = touches.filter(pl.len().over(ACCOUNT_ID) > 1)[ACCOUNT_ID]
    known = contacts.join(touches, on=ACCOUNT_ID, how="semi")
    contested = pl.concat([several, known[ACCOUNT_ID]]).unique()
    if forbids_any_contact(policy.caps):
        contested = touches[ACCOUNT_ID].unique()
    judged = touches.filter(pl.col(ACCOUNT_ID).is_in(contested.implode()))
    before: dict[str, list[Contact]] = {}
    for row in (
        known.select(list(CONTACTS)).unique().sort("contact_on", *CONTACTS).iter_rows(named=True)
    ):
        before.setdefault(row[ACCOUNT_ID], []).append(_contact(row))
    verdicts = [_judge(row, before, policy.caps) for row in judged.iter_rows(named=True)]
    return (
        judged.select(list(CONTACTS))
        .with_columns(pl.Series("@verdict", verdicts, dtype=pl.String))
        .filter(pl.col("@verdict").is_not_null())
    )


def forbids_any_contact(caps: Iterable[Cap]) -> bool:
    """Return whether some cap forbids every contact."""
    return any(cap.contacts < 1 for cap in caps)


def _contact(row: Mapping[str, Any]) -> Contact:
    what = f"{row['playbook']}/{row['step']}"
    return Contact(row["contact_on"], what, row["cycle"], row["occurrence"])


def _judge(
    row: Mapping[str, Any], before: dict[str, list[Contact]], caps: Sequence[Cap]
) -> str | None:
    """Return None if the contact is allowed, and add it to `before`; else return the reason against it."""
    contact = _contact(row)
    made = before.setdefault(row[ACCOUNT_ID], [])
    if contact in made:
        return None
    if any(_same_step_and_day(contact, other) for other in made):
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


def _same_step_and_day(contact: Contact, other: Contact) -> bool:
    """Return whether both are contacts of one step on one day, as where a run catches up with several repeats."""
    return (contact.on, contact.what, contact.cycle) == (other.on, other.what, other.cycle)


def cap_exceeded(on: dt.date, made: Sequence[Contact], cap: Cap) -> list[Contact] | None:
    """Return the contacts of the first period of `cap.days` days containing `on` that is full; None if none is."""
    if len(made) < cap.contacts:
        return None
    for days in range(cap.days - 1, -1, -1):
        first = on - dt.timedelta(days=days)
        last = first + dt.timedelta(days=cap.days - 1)
        within = [contact for contact in made if first <= contact.on <= last]
        if len(within) >= cap.contacts:
            return within
    return None
