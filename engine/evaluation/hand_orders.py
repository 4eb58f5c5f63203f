"""Moves by hand as they count on a date for one account in one playbook.

A hold stops everything of an enrolment up to and including its last date. `enrol` and `close` count once, and the one
recorded last is valid. A step that is skipped is skipped until the enrolment ends, or the next one where none is open.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ..core.offsets import ONE_DAY

Move = Mapping[str, Any]
"""A row of HAND_MOVES."""


class Hold(NamedTuple):
    """A hold: the date since which nothing has been issued, its last date, and who says so and why."""

    since: dt.date
    until: dt.date
    why: str


class HandOrders(NamedTuple):
    """The moves by hand that count for one account in one playbook on a date.

    Attributes:
        hold: The hold; None where the account may move.
        quiet_from: The first date of a hold that has just ended; nothing was issued since then.
        decision: `enrol` if an enrolment is to be opened, `close` if the open one is to end; None if neither.
        why: Who decided that and why.
        done: Marks of the decisions that are carried out once an enrolment is open (see `STATES`, `by_hand`).
        past: Marks of the moves that count no more once an enrolment has ended.
        skips: By step that is skipped, who says so and why; None is the key for all steps.
    """

    hold: Hold | None = None
    quiet_from: dt.date | None = None
    decision: Literal["enrol", "close"] | None = None
    why: str = ""
    done: str = ""
    past: str = ""
    skips: Mapping[str | None, str] = MappingProxyType({})


NO_ORDERS = HandOrders()


def hand_orders(
    moves: Sequence[Move],
    playbook: str,
    on: dt.date,
    since: dt.date | None,
    by_hand: str | None,
    *,
    is_open: bool,
) -> HandOrders:
    """Return the moves by hand that count for an account in a playbook on a date.

    Args:
        moves: The account's moves, in order of `number`.
        playbook: The playbook's id.
        on: The date.
        since: The playbook's due date before this one.
        by_hand: The marks in the account's state of moves that count no more.
        is_open: True if the account is enrolled.
    """
    moves = [move for move in moves if move["on"] <= on and move["playbook"] in (None, playbook)]
    if not moves:
        return NO_ORDERS
    fresh = [move for move in moves if mark_of(move) not in (by_hand or "")]
    decisions = [
        move
        for move in fresh
        if move["move"] == "close" or (move["move"] == "enrol" and move["playbook"])
    ]
    last = decisions[-1] if decisions else None
    decision: Literal["enrol", "close"] | None = None
    if last is not None and (last["move"] == "close") == is_open:
        decision = "close" if is_open else "enrol"
    hold = hold_on(moves, playbook, on)
    quiet_from = None
    if hold is None and since is not None and (ended := hold_on(moves, playbook, since)):
        quiet_from = ended.since
    stepwise = [move for move in fresh if move["move"] in ("skip", "unskip")]
    return HandOrders(
        hold,
        quiet_from,
        decision,
        "" if last is None else _who("closed" if is_open else "enrolled", last),
        "".join(map(mark_of, decisions)),
        "".join(map(mark_of, sorted([*decisions, *stepwise], key=lambda move: move["number"]))),
        _skips(fresh),
    )


def mark_of(move: Move) -> str:
    """Return the text in a state's `by_hand` that says that the move counts no more."""
    return f";{move['number']};"


def hold_on(moves: Iterable[Move], playbook: str, on: dt.date) -> Hold | None:
    """Return the hold of a playbook's enrolment on a date; None where there is none.

    A later hold replaces an earlier one of the same scope, the account or one playbook of it; of both scopes, the one
    that lasts longer counts. A release ends all holds before it: those of the playbook, or of the whole account.
    """
    held = [move for move in moves if move["move"] in ("hold", "release")]
    found = _in_force(held, playbook, on)
    if found is None:
        return None
    changes = {move["on"] for move in held} | {_last(move) + ONE_DAY for move in held}
    since = on
    for change in sorted((day for day in changes if day <= on), reverse=True):
        if _in_force(held, playbook, change) is None:
            break
        since = change
    return Hold(since, _last(found), _hold_text(found))


def _in_force(moves: Iterable[Move], playbook: str, on: dt.date) -> Move | None:
    by_scope: dict[str | None, Move] = {}
    for move in moves:
        if move["on"] > on or move["playbook"] not in (None, playbook):
            continue
        if move["move"] == "hold":
            by_scope[move["playbook"]] = move
        else:
            by_scope.clear()
    lasting = [move for move in by_scope.values() if _last(move) >= on]
    return max(lasting, key=lambda move: (_last(move), move["number"]), default=None)


_NO_END = dt.date(9999, 12, 30)


def _last(move: Move) -> dt.date:
    """Return the last date of a hold; the date of a release, and a date beyond all others for a hold without end."""
    if move["move"] == "release":
        until: dt.date = move["on"]
        return until
    return min(move["until"] or _NO_END, _NO_END)


def _hold_text(move: Move) -> str:
    until = f" until {move['until'].isoformat()}" if move["until"] else ""
    return _who(f"held{until}", move)


def _skips(moves: Iterable[Move]) -> dict[str | None, str]:
    """Return by step who says that it is skipped, and why; None is the key for all steps."""
    skips: dict[str | None, str] = {}
    for move in moves:
        if move["move"] == "skip":
            skips[move["step"]] = _who("skipped", move)
        elif move["move"] == "unskip" and move["step"] is None:
            skips.clear()
        elif move["move"] == "unskip":
            skips.pop(move["step"], None)
    return skips


def _who(what: str, move: Move) -> str:
    """Return who did what by hand and why, as in "closed by Ann: the contract ended"."""
    by, because = move["by"] or "hand", move["because"]
    return f"{what} by {by}: {because}" if because else f"{what} by {by}"


_WRITTEN = re.compile(
    r"(?s)\b((?:closed|enrolled|skipped|held(?: until \d{4}-\d{2}-\d{2})?) by )([^:]+)(: .*)?\Z"
)
"""The end of a reason that `_who` wrote: who made the move by hand, and the remark, which may be any text."""


def replace_remark(reason: str, remark: str, by: str | None = None) -> str:
    """Return a reason of the ledger with the remark of the move by hand that it ends with replaced.

    Args:
        reason: The reason.
        remark: The text in place of the remark.
        by: The text in place of the person who made the move; None to leave the person.
    """

    def replaced(found: re.Match[str]) -> str:
        person = found[2] if by is None or found[2] == "hand" else by
        return f"{found[1]}{person}{f': {remark}' if found[3] else ''}"

    return _WRITTEN.sub(replaced, reason)


def present_owner(
    name: str | None, moves: Iterable[Move], account: str, playbook: str
) -> str | None:
    """Return who does the work of an owner, after everything that was reassigned.

    Args:
        name: The owner, as the account's fields or the workspace's roles name it.
        moves: The moves `reassign`, in order of `number`; a null account, playbook or step means all.
        account: The account of the work.
        playbook: The playbook of the work.
    """
    moves = [
        move
        for move in moves
        if move["account_id"] in (None, account) and move["playbook"] in (None, playbook)
    ]
    number = -1
    while name is not None:
        later = [move for move in moves if move["owner"] == name and move["number"] > number]
        if not later:
            break
        name, number = later[-1]["to"], later[-1]["number"]
    return name
