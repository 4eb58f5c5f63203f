"""Dates on which something can come to an account if nothing about it changes, and the changes that matter to it.

Takes an explanation with its moves to come, and returns a row for each: steps, entries, ends and actions with a
condition, whether they come, and the smallest change by which they would not, or would. Reminders and escalations of
open actions, contacts that wait, and the end of a hold have dates alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..evaluation.coming_moves import ComingMove
from ..language.smallest_change import WayThere, change_text
from ..playbook.model import ENROLLED
from .explain_model import PlaybookExplanation
from .explanation import AccountExplanation
from .listing import Listing

WIDEST_CHANGE = 240
"""Maximum width of a change, in terminal columns."""


class ComingDate(NamedTuple):
    """A move that can come, on a date or on any.

    Attributes:
        on: The date; None for what any date may bring.
        playbook: The playbook.
        what: The move in words.
        comes: True if it comes as the account is; None where that depends on something else.
        changes: The smallest change by which it would not come, or would; empty where none was found.
        unmet: Its conditions that are not true, each with its outcome.
    """

    on: dt.date | None
    playbook: str
    what: str
    comes: bool | None = None
    changes: WayThere = ()
    unmet: tuple[tuple[str, bool | None], ...] = ()


def coming_dates(explanation: AccountExplanation) -> list[ComingDate]:
    """Return what can come after the date of the explanation, the earliest first; last what any date may bring."""
    found = [each for explained in explanation.playbooks for each in _of_playbook(explained)]
    tomorrow = explanation.on + dt.timedelta(days=1)
    # What is due already comes with the next run.
    first = tomorrow if explanation.committed == explanation.on else explanation.on
    dated = [each._replace(on=max(each.on, first)) for each in found if each.on is not None]
    any_day = [each for each in found if each.on is None]
    return [
        *sorted(dated, key=lambda each: (each.on, each.playbook, each.what)),
        *sorted(any_day, key=lambda each: each.playbook),
    ]


def coming_dates_listing(explanation: AccountExplanation) -> Listing:
    """Return what can come as a table, the changes in words."""
    rows = [
        (each.on or "any day", each.playbook, each.what, _comes(each), _change(each))
        for each in coming_dates(explanation)
    ]
    return Listing(("on", "playbook", "what", "comes", "change"), rows)


def coming_dates_data(explanation: AccountExplanation) -> list[dict[str, Any]]:
    """Return what can come as JSON values."""
    return [
        {
            "on": _json(each.on),
            "playbook": each.playbook,
            "what": each.what,
            "comes": each.comes,
            "unmet": [{"condition": text, "value": value} for text, value in each.unmet],
            "changes": [
                {
                    "what": change.what,
                    "must": change.must,
                    "now": _json(change.now),
                    "to": _json(change.to),
                }
                for change in each.changes
            ],
        }
        for each in coming_dates(explanation)
    ]


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _comes(each: ComingDate) -> str:
    return "" if each.comes is None else "yes" if each.comes else "no"


def _change(each: ComingDate) -> str:
    """Return the change in words, such as `not if auto_renew is true (now false)`, or else the unmet conditions."""
    if not each.changes:
        unmet = (f"`{text}` is {'unknown' if v is None else 'false'}" for text, v in each.unmet)
        return "" if each.comes else " and ".join(unmet)
    return f"{'not ' * bool(each.comes)}if {' and '.join(map(change_text, each.changes))}"


def _of_playbook(explained: PlaybookExplanation) -> Iterator[ComingDate]:
    id = explained.playbook.id
    for move in explained.coming:
        yield ComingDate(move.on, id, _what(move), move.comes, move.changes, move.unmet)
    seen = {(move.on, move.target) for move in explained.coming}
    entries = {move.on for move in explained.coming if move.kind == "entry"}
    for on, step in explained.dates:
        if (on, step) not in seen and not (step == ENROLLED and on in entries):
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


def _what(move: ComingMove) -> str:
    if move.kind == "action":
        return f"action {move.target}/{move.action}"
    by = f", by {move.target}" * bool(move.target)
    if move.kind in ("entry", "restart"):
        return f"{'entry' if move.kind == 'entry' else 'new start'}{by}"
    return f"{move.kind} {move.target}"
