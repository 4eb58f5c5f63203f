"""Working hours of customers: letters go out on the contact day, at the hours that are the customer's own.

An account has its time zone in the field `time_zone`, and its holidays by its country and region, as the newest
snapshot has them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem
from ..sources import Snapshots
from ..workspace.channels import Channel

if TYPE_CHECKING:
    from ..project.loading import Project

_FIELDS = ("time_zone", "country", "region")


class CustomerHours:
    """The working hours of accounts on one date.

    Attributes:
        warnings: A warning about time zones that are not known.
    """

    def __init__(self, project: Project, on: dt.date, accounts: Collection[str]) -> None:
        """Read the accounts' time zones and places.

        Raises:
            Problems: The snapshot cannot be used.
        """
        self._on = on
        self._calendar = project.workspace.calendar()
        self._usual = ZoneInfo(project.workspace.time_zone)
        self._accounts = _read_accounts(project, on, accounts)
        self.warnings = self._unknown_zones()

    def is_open(self, channel: Channel, account_id: str, now: dt.datetime) -> bool:
        """Return whether it is a working hour of the account's date, and that a working day of its place.

        An account without a time zone has the workspace's.
        """
        if channel.hours is None:
            return True
        account = self._accounts.get(account_id, {})
        local = now.astimezone(_zone_of(account.get("time_zone")) or self._usual)
        first, last = channel.hours
        if local.date() != self._on or not first <= local.time() < last:
            return False
        place = self._calendar.place(account.get("country"), account.get("region"))
        return self._calendar.is_working(self._on, place, True)

    def _unknown_zones(self) -> list[Problem]:
        written = [account.get("time_zone") for account in self._accounts.values()]
        unknown = [name for name in written if name and _zone_of(name) is None]
        if not unknown:
            return []
        accounts = "1 account has" if len(unknown) == 1 else f"{len(unknown)} accounts have"
        message = f"{accounts} a time zone that does not exist, such as `{min(unknown)}`"
        hint = "write IANA names, such as Europe/Paris; the workspace's zone counts for them"
        return [Problem("unknown-time-zone", message, hint=hint, severity="warning")]


def _read_accounts(
    project: Project, on: dt.date, accounts: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    snapshots = Snapshots(project.workspace, project.catalogue)
    snapshot_on = snapshots.newest(on)
    if snapshot_on is None or not accounts:
        return {}
    known = [name for name in _FIELDS if name in project.catalogue.fields]
    fields = [name for name in known if not snapshots.unfilled(snapshot_on, (name,))]
    frame = snapshots.load(snapshot_on, fields).frame
    frame = frame.filter(pl.col(ACCOUNT_ID).is_in(list(accounts))).select(ACCOUNT_ID, *fields)
    return {row[ACCOUNT_ID]: row for row in frame.iter_rows(named=True)}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_of(name: object) -> ZoneInfo | None:
    """Return the time zone of an IANA name; None for anything else."""
    written = name.strip() if isinstance(name, str) else ""
    return ZoneInfo(written) if written in _zones() else None
