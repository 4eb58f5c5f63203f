"""The outbox: one row for each delivery, from when it is planned until it was sent or has failed.

A row's key is derived from what is delivered and the channel, so that planning twice adds nothing. A process that is
killed while it sends leaves the row `sending`: whether the message arrived is not known, and the next delivery sends it
again under the same key. Rows have no names and no addresses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal, NamedTuple

from .store_database import Database

DeliveryState = Literal["planned", "sending", "sent", "failed", "dropped"]
"""`dropped` is a delivery that was planned and is not wanted any more, such as that of a withdrawn action."""


class Delivery(NamedTuple):
    """A row of `deliveries`.

    `item` is digest, letter, action or entry (of a calendar); `action_id` and `revision` are null for a digest. `day`
    is the date for which it is delivered.
    """

    key: str
    channel: str
    item: str
    action_id: str | None
    revision: int | None
    day: str
    state: DeliveryState = "planned"
    attempts: int = 0
    error: str | None = None
    acknowledgement: str | None = None
    ended_on: str | None = None
    """The date on which it was sent, failed or dropped."""


DELIVERIES_TABLE = (
    "CREATE TABLE deliveries (key TEXT PRIMARY KEY, channel TEXT NOT NULL, item TEXT NOT NULL, action_id TEXT,"
    " revision INTEGER, day TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, error TEXT,"
    " acknowledgement TEXT, ended_on TEXT) WITHOUT ROWID"
)
DELIVERIES_INDEX = "CREATE INDEX deliveries_state ON deliveries (state, day)"

_MOST_KEYS = 500
"""The number of keys in one query: SQLite takes 999 values in its oldest versions."""

_ORDER = " ORDER BY day, channel, key"


def read_deliveries(
    database: Database,
    states: Iterable[DeliveryState] = (),
    since: dt.date | None = None,
    channels: Iterable[str] = (),
    ended_since: dt.date | None = None,
) -> list[Delivery]:
    """Return the deliveries in these states and of these channels (all without any), with dates those since then.

    Those that have not ended are among those that ended since a date.
    """
    clauses: list[str] = []
    values: list[str] = []
    for column, wanted in (("state", sorted(states)), ("channel", sorted(channels))):
        if wanted:
            clauses.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if since is not None:
        clauses.append("day >= ?")
        values.append(since.isoformat())
    if ended_since is not None:
        clauses.append("(ended_on IS NULL OR ended_on >= ?)")
        values.append(ended_since.isoformat())
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    rows = database.execute(
        f"SELECT {', '.join(Delivery._fields)} FROM deliveries{where}{_ORDER}", values
    )
    return [Delivery(*row) for row in rows]


def deliveries_with_keys(database: Database, keys: Iterable[str]) -> list[Delivery]:
    """Return the deliveries that have these keys."""
    wanted = sorted({*keys})
    found = []
    for first in range(0, len(wanted), _MOST_KEYS):
        some = wanted[first : first + _MOST_KEYS]
        rows = database.execute(
            f"SELECT {', '.join(Delivery._fields)} FROM deliveries"
            f" WHERE key IN ({', '.join('?' * len(some))})",
            some,
        )
        found += [Delivery(*row) for row in rows]
    return found


def plan_deliveries(database: Database, planned: Iterable[Delivery]) -> None:
    """Add deliveries whose keys are new."""
    marks = ", ".join("?" * len(Delivery._fields))
    database.executemany(
        f"INSERT INTO deliveries VALUES ({marks}) ON CONFLICT (key) DO NOTHING", planned
    )


def write_delivery(database: Database, delivery: Delivery) -> None:
    """Replace the row of a delivery."""
    marks = ", ".join("?" * len(Delivery._fields))
    renewed = ", ".join(f"{name} = excluded.{name}" for name in Delivery._fields)
    database.execute(
        f"INSERT INTO deliveries VALUES ({marks}) ON CONFLICT (key) DO UPDATE SET {renewed}",
        delivery,
    )
