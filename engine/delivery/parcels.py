"""Parcels: what a channel delivers at once, to whom, and under which key."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..store.deliveries import Delivery
from ..workspace.channels import Channel

TRIAL = "-trial"
"""Added to a channel's id in keys of letters that go to the address of a dry run: those to customers differ."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to a customer, rendered."""

    recipient: str
    subject: str
    body: str
    language: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """A file or an email's part: the digest of one owner in one format."""

    ending: str
    text: str


@dataclass(frozen=True, slots=True)
class DigestPages:
    """The digest of an owner's day: its subject, address and pages."""

    owner: str
    address: str | None
    subject: str
    language: str
    pages: tuple[Page, ...]


ParcelContent = Letter | DigestPages | Mapping[str, Any]
"""The content that is sent: a letter, a digest, or the values of an action."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery of a channel.

    Attributes:
        delivery: The parcel's row of the outbox.
        channel: The channel.
        to: The person or account that it is for, as people read it.
        what: Its content, in a few words for people.
        build: Returns the content, when it is about to be sent.
        problem: The reason why it cannot be sent, such as a missing address.
        is_open: Returns whether its recipient can be reached at an instant; None for at any time of the channel.
    """

    delivery: Delivery
    channel: Channel
    to: str
    what: str
    build: Callable[[], ParcelContent] = field(repr=False)
    problem: str | None = None
    is_open: Callable[[dt.datetime], bool] | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Return the key by which a receiver can tell that it has the parcel already."""
        return self.delivery.key


def calendar_digest(calendar: str) -> str:
    """Return the digest of a person's calendar, by which keys name it: rows of the outbox have no names."""
    return hashlib.sha256(calendar.encode()).hexdigest()[:12]


def digest_in_key(row: Delivery) -> str:
    """Return the digest of the person's calendar in the key of an entry."""
    return row.key.rpartition(".")[2]


def of_digest(channel: Channel, owner: str, on: dt.date) -> Delivery:
    """Return the row of an owner's digest for a day."""
    digest = hashlib.sha256("\0".join((owner, on.isoformat())).encode()).hexdigest()[:20]
    return Delivery(
        f"{digest}.{on:%Y%m%d}.{channel.id}", channel.id, "digest", None, None, on.isoformat()
    )


def of_action(
    channel: Channel,
    action_id: str,
    revision: int,
    on: dt.date,
    trial: bool = False,
    calendar: str | None = None,
) -> Delivery:
    """Return the row of an action's revision; of one in a person's calendar, its key names that by a digest."""
    key = f"{action_id}.{revision}.{channel.id}{TRIAL if trial else ''}"
    if calendar is not None:
        key = f"{key}.{calendar_digest(calendar)}"
    item = "letter" if channel.has_letters else "entry" if channel.takes_back else "action"
    return Delivery(key, channel.id, item, action_id, revision, on.isoformat())
