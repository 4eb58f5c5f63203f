"""Every date to come on which something can happen to an account, if nothing about it changes.

Takes an explanation, and returns its dates in order: steps that can be reached, entries, reminders and escalations of
open actions, contacts that wait, and the end of a hold. A condition without a date can come true on any day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from ..playbook.model import ENROLLED
from .explain_model import PlaybookExplanation
from .explanation import AccountExplanation
from .listing import Listing


class ComingDate(NamedTuple):
    """A date, the playbook by which something can happen on it, and what can."""

    on: dt.date
    playbook: str
    what: str


def coming_dates(explanation: AccountExplanation) -> list[ComingDate]:
    """Return the dates after that of the explanation, the earliest first."""
    found = {each for explained in explanation.playbooks for each in _of_playbook(explained)}
    tomorrow = explanation.on + dt.timedelta(days=1)
    # What is due already comes with the next run.
    return sorted(each._replace(on=max(each.on, tomorrow)) for each in found)


def coming_dates_listing(explanation: AccountExplanation) -> Listing:
    """Return the dates as a table."""
    return Listing(ComingDate._fields, coming_dates(explanation))


def _of_playbook(explained: PlaybookExplanation) -> Iterator[ComingDate]:
    id = explained.playbook.id
    for on, step in explained.dates:
        yield ComingDate(on, id, "entry" if step == ENROLLED else f"step {step}")
    for each in explained.follow_ups:
        what = f"reminder {each.number} of {each.at_most}" if each.number else "escalation"
        yield ComingDate(each.on, id, f"{what}, if {each.of} is open")
    for contact in explained.waiting:
        what = f"last day of the waiting {contact.step}/{contact.action}"
        yield ComingDate(contact.until, id, what)
    if explained.doubted is not None:
        what = f"the doubtful date {explained.doubted.date} is taken"
        yield ComingDate(explained.doubted.until, id, what)
    if explained.by_hand.hold is not None:
        yield ComingDate(explained.by_hand.hold.until, id, "last day of the hold")
