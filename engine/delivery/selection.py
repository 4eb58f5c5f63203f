"""Selection of what is delivered on a date: open actions for people, letters for customers.

Takes the ledger and the outcomes, and leaves out what was withdrawn, superseded, done, dismissed or snoozed.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from ..language.actions_read import OPEN_NOW
from ..store.action_standing import with_standing
from ..workspace.channels import Channel

if TYPE_CHECKING:
    from ..sources.people_table import PeopleTable
    from ..store import StoreView

RECENT_DAYS = 3
"""Days after its issue on which a channel still gets an action: a new channel does not get the whole ledger."""

ACTS = "acts"
"""Column of who acts for the owner on the date: the owner, or a deputy."""

_OPEN = pl.col("standing").is_in(list(OPEN_NOW))


def actions_on(store: StoreView, people: PeopleTable, on: dt.date) -> pl.DataFrame:
    """Return the issued and postponed actions up to a date with their standing, owner, and who acts.

    An action without a person is for its role.
    """
    entries = store.ledger(issued_to=on, statuses=("issued", "postponed"))
    actions = with_standing(entries, store.outcomes(until=on), on)
    owner = pl.coalesce("owner", "owner_role")
    actions = actions.with_columns(owner.alias("owner"))
    names = actions["owner"].drop_nulls().unique().sort().to_list()
    acting = pl.DataFrame(
        {"owner": names, ACTS: [people.stand_in(name, on) for name in names]},
        schema={"owner": pl.String(), ACTS: pl.String()},
    )
    return actions.join(acting, on="owner", how="left", maintain_order="left")


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
