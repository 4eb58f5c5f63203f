"""The morning digest of one owner: grouped by account, the most urgent first, up to a number of actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..core.ids import ACCOUNT_ID
from ..reports.action_detail import detail_lines
from ..text.printable import fit_words

STALE_DAYS = 30
"""Days after which an overdue action is only counted: the digest is about what can still be done.

They count from the day on which it was last current: due, issued, back from a snooze, reopened or assigned.
"""
MOST_POSTPONED = 10

Urgency = Literal["overdue", "today", "new", "open"]
URGENCIES: tuple[Urgency, ...] = ("today", "overdue", "new", "open")
"""Groups of actions, the most urgent first: what must be done today before what was not done in time."""


@dataclass(frozen=True, slots=True)
class DigestLetter:
    """A letter to send oneself: ready to copy, or the reason why it is not."""

    recipient: str | None
    subject: str
    body: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DigestItem:
    """An action in a digest."""

    action_id: str
    title: str
    kind: str
    urgency: Urgency
    due_on: dt.date
    days_overdue: int
    reason: str
    details: tuple[str, ...]
    letter: DigestLetter | None
    instead_of: str | None
    """The owner for whom the reader acts as deputy; None for the reader's own."""


@dataclass(frozen=True, slots=True)
class DigestAccount:
    """An account with its actions, the most urgent first."""

    account_id: str
    name: str
    items: tuple[DigestItem, ...]

    @property
    def urgency(self) -> Urgency:
        """Return the urgency of its most urgent action."""
        return self.items[0].urgency


@dataclass(frozen=True, slots=True)
class PostponedItem:
    """A contact that was postponed on the day, and why."""

    account: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The content of one owner's morning digest."""

    owner: str
    on: dt.date
    accounts: tuple[DigestAccount, ...]
    today: int
    overdue: int
    new: int
    open: int
    left_out: int
    """Actions that are not listed, as they are more than the digest may have."""
    stale: int
    """Actions that are not listed, as they have been overdue for long."""
    sent: int
    """Letters that are sent in the owner's name today."""
    postponed: tuple[PostponedItem, ...]
    more_postponed: int

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing new to read: old actions alone are not a reason to write."""
        return not (self.accounts or self.sent or self.postponed)


def build_digest(
    owner: str,
    on: dt.date,
    actions: Iterable[Mapping[str, Any]],
    postponed: Iterable[Mapping[str, Any]],
    priorities: Sequence[str],
    at_most: int,
    sent: int = 0,
) -> Digest:
    """Return the digest of an owner.

    Args:
        owner: Who reads it.
        on: The date.
        actions: The open actions that the reader acts on: ledger entries with `standing`, with messages where rendered.
        postponed: The contacts that were postponed on the date.
        priorities: The workspace's priorities, the highest first.
        at_most: How many actions are listed.
        sent: The letters that a channel sends today.
    """
    listed: list[tuple[tuple[Any, ...], Mapping[str, Any], Urgency]] = []
    stale = 0
    for entry in actions:
        urgency = urgency_of(entry, on)
        if urgency == "overdue" and (on - entry["current_on"]).days > STALE_DAYS:
            stale += 1
            continue
        listed.append((_rank(entry, urgency, priorities), entry, urgency))
    listed.sort(key=lambda each: each[0])
    counts = {each: sum(urgency == each for *_, urgency in listed) for each in URGENCIES}
    waiting = list(postponed)
    return Digest(
        owner,
        on,
        _by_account([(entry, urgency) for _, entry, urgency in listed[:at_most]], owner, on),
        **counts,
        left_out=max(0, len(listed) - at_most),
        stale=stale,
        sent=sent,
        postponed=tuple(
            PostponedItem(_account_name(entry), _line(entry["title"]), _line(entry["reason"]))
            for entry in waiting[:MOST_POSTPONED]
        ),
        more_postponed=max(0, len(waiting) - MOST_POSTPONED),
    )


def urgency_of(entry: Mapping[str, Any], on: dt.date) -> Urgency:
    """Return how urgent an action is on a date.

    One that was issued after it was due is for the day of its issue: it could not be done in time. So is one that was
    snoozed beyond its due date for the day until which it was.
    """
    if on in (entry["issued_on"], entry["back_on"]) and entry["due_on"] < on:
        return "today"
    if entry["due_on"] == on or entry["contact_on"] == on:
        return "today"
    if entry["due_on"] < on:
        return "overdue"
    return "new" if entry["issued_on"] == on else "open"


def _rank(entry: Mapping[str, Any], urgency: Urgency, priorities: Sequence[str]) -> tuple[Any, ...]:
    priority = entry["priority"]
    place = priorities.index(priority) if priority in priorities else len(priorities)
    # Of two that are overdue, the one that is so for fewer days can be mended sooner.
    due = -entry["due_on"].toordinal() if urgency == "overdue" else entry["due_on"].toordinal()
    return (URGENCIES.index(urgency), place, due, entry[ACCOUNT_ID], entry["action_id"])


def _by_account(
    listed: list[tuple[Mapping[str, Any], Urgency]], owner: str, on: dt.date
) -> tuple[DigestAccount, ...]:
    """Return the accounts in the order of their most urgent actions."""
    groups: dict[str, list[tuple[Mapping[str, Any], Urgency]]] = {}
    for entry, urgency in listed:
        groups.setdefault(entry[ACCOUNT_ID], []).append((entry, urgency))
    return tuple(
        DigestAccount(
            account,
            _account_name(group[0][0]),
            tuple(_item(entry, urgency, owner, on) for entry, urgency in group),
        )
        for account, group in groups.items()
    )


def _item(entry: Mapping[str, Any], urgency: Urgency, owner: str, on: dt.date) -> DigestItem:
    overdue = (on - entry["due_on"]).days
    return DigestItem(
        entry["action_id"],
        _line(entry["title"]),
        entry["kind"],
        urgency,
        entry["due_on"],
        max(0, overdue),
        _line(entry["reason"]),
        tuple(line.strip() for line in detail_lines(entry["detail"]) if "[ ]" in line),
        _letter(entry),
        None if entry["owner"] in (None, owner) else entry["owner"],
    )


def _letter(entry: Mapping[str, Any]) -> DigestLetter | None:
    if entry.get("message") is None or "body" not in entry:
        return None
    if entry["message_problem"] is not None and entry["body"] is None:
        return DigestLetter(None, "", "", _line(entry["message_problem"]))
    if entry["body"] is None:
        return None
    return DigestLetter(
        entry["recipient"],
        _line(entry["subject"]),
        entry["body"].strip(),
        entry["message_problem"] and _line(entry["message_problem"]),
    )


def _account_name(entry: Mapping[str, Any]) -> str:
    return _line(entry["account_name"] or entry[ACCOUNT_ID])


def _line(text: str | None) -> str:
    return fit_words(text or "")
