"""Selection of what is delivered on a date: open actions for people, letters for customers.

Takes the ledger and the outcomes, and leaves out what was withdrawn, superseded, done, dismissed or snoozed. However
long the ledger is, only what was current of late is read of it, and what the outbox has.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from ..language.actions_read import OPEN_NOW
from ..store.action_standing import (
    others_before,
    valid_assignments,
    valid_outcomes,
    with_standing,
)
from ..store.reader import in_ledger_order
from ..workspace.channels import Channel

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..sources.people_table import PeopleTable
    from ..store import Reader

RECENT_DAYS = 3
"""Days after its issue on which a channel still gets an action: a new channel does not get the whole ledger."""

ACTS = "acts"
"""Column of who acts for the owner on the date: the owner, or a deputy."""

CURRENT_DAYS = 60
"""Days for which an action is read after it was last current: those of digests, which list it for half of them."""

CURRENT_ON = "current_on"
"""Column of the last date on which an action was issued, due, sent, snoozed until, reopened or assigned."""

BACK_ON = "back_on"
"""Column of the date until which an action was snoozed last; null if it never was."""

_OPEN = pl.col("standing").is_in(list(OPEN_NOW))


def actions_on(
    store: Reader, people: PeopleTable, on: dt.date, delivered: Collection[str] = ()
) -> pl.DataFrame:
    """Return the issued and postponed actions of a date with their standing, owner, and who acts.

    An action without a person is for its role. `CURRENT_ON` and `BACK_ON` are added too.

    Args:
        store: The store.
        people: The table of people.
        on: The date.
        delivered: The ids of the actions that the outbox has. All others were current within `CURRENT_DAYS`.
    """
    since = on - dt.timedelta(days=CURRENT_DAYS)
    entries = store.current(since, on)
    touched = store.outcomes(until=on, since=since)["action_id"]
    named = pl.concat([touched, pl.Series(list(delivered), dtype=pl.String)])
    rest = named.filter(~named.is_in(entries["action_id"].implode()))
    entries = pl.concat([entries, _named(store, rest, on)])
    others = others_before(store, entries, since)
    together = pl.concat([entries, others])
    outcomes = store.outcomes(until=on, actions=together["action_id"])
    actions = with_standing(together, outcomes, on).head(entries.height)
    actions = in_ledger_order(_with_current(actions, outcomes))
    owner = pl.coalesce("owner", "owner_role")
    actions = actions.with_columns(owner.alias("owner"))
    names = actions["owner"].drop_nulls().unique().sort().to_list()
    acting = pl.DataFrame(
        {"owner": names, ACTS: [people.stand_in(name, on) for name in names]},
        schema={"owner": pl.String(), ACTS: pl.String()},
    )
    return actions.join(acting, on="owner", how="left", maintain_order="left")


def _named(store: Reader, ids: pl.Series, on: dt.date) -> pl.DataFrame:
    """Return those of the actions that are issued or postponed on a date, as last revised."""
    latest = store.revisions(ids).unique("action_id", keep="last", maintain_order=True)
    return latest.filter(
        pl.col("status").is_in(["issued", "postponed"]) & (pl.col("issued_on") <= on)
    )


def _with_current(actions: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Add `CURRENT_ON` and `BACK_ON`."""
    kind = pl.col("outcome")
    valid = valid_outcomes(outcomes).select(
        "action_id",
        pl.when(kind == "snoozed").then("until").alias(BACK_ON),
        pl.when(kind == "reopened").then("on").alias("@reopened"),
    )
    given = valid_assignments(outcomes).select("action_id", pl.col("on").alias("@given"))
    dates = ("due_on", "issued_on", "contact_on", BACK_ON, "@reopened", "@given")
    return (
        actions.join(valid, on="action_id", how="left", maintain_order="left")
        .join(given, on="action_id", how="left", maintain_order="left")
        .with_columns(pl.max_horizontal(dates).alias(CURRENT_ON))
        .drop("@reopened", "@given")
    )


def of_channel(actions: pl.DataFrame, channel: Channel) -> pl.DataFrame:
    """Return the actions that a channel has, by role, kind and playbook."""
    wanted = (
        ("owner_role", channel.roles),
        ("kind", channel.kinds),
        ("playbook", channel.playbooks),
    )
    for column, values in wanted:
        if values:
            actions = actions.filter(pl.col(column).is_in(list(values)))
    return actions


def letters_on(actions: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return the emails with a message whose contact day is the date."""
    return actions.filter(
        _OPEN
        & (pl.col("kind") == "email")
        & pl.col("message").is_not_null()
        & (pl.col("contact_on") == on)
    )


def recent_actions(actions: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return the open actions issued within `RECENT_DAYS`; a contact counts from its contact day, and not before."""
    recent = pl.max_horizontal("issued_on", "contact_on") > on - dt.timedelta(days=RECENT_DAYS)
    reached = pl.col("contact_on").is_null() | (pl.col("contact_on") <= on)
    return actions.filter(_OPEN & recent & reached)


def open_actions(actions: pl.DataFrame) -> pl.DataFrame:
    """Return the open and overdue actions."""
    return actions.filter(_OPEN)


def postponed_on(actions: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return the actions that were postponed on the date."""
    return actions.filter((pl.col("status") == "postponed") & (pl.col("evaluated_on") == on))
