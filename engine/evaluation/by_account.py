"""Evaluation of one playbook account by account, for few accounts.

The columns take as long for one account as for thousands: a date of a playbook is hundreds of small operations on
them. So few accounts are walked by the one-account executor. Cycles that move, end or go on with a promise in the
ledger are left to the columns, which date and withdraw promises.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..core.schemas import (
    ENDED,
    LEDGER,
    STATE_COLUMNS,
    STATES,
    UNDECIDED,
    empty_table,
    table_of_rows,
)
from ..playbook.model import Playbook
from .drafts import DRAFT_SCHEMA
from .gentle_start import BEFORE_START
from .hand_moves import HandMoves
from .inputs import Day, Rules, Tables
from .playbook_result import PlaybookResult, counts_of
from .quiet_accounts import ROW_NUMBER, QuietAccount, QuietAccounts, is_checked, row_numbers
from .reference_dates import present_date
from .reference_enrolment import Enrolment
from .reference_executor import ReferenceExecutor
from .unknowns import UNKNOWN

MOST_ACCOUNTS = 1_500
"""Accounts of a playbook that are walked one by one; more are evaluated over columns.

Measured on the shipped playbooks and the example: there both take about as long.
"""


@dataclass(slots=True)
class _Walked:
    """The results of the accounts walked so far."""

    states: list[tuple[Any, ...]] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)
    ended: list[tuple[Any, ...]] = field(default_factory=list)
    undecided: list[tuple[str, str, str]] = field(default_factory=list)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)
    checked: dict[str, QuietAccount] = field(default_factory=dict)


def walk_accounts(
    playbook: Playbook,
    rules: Rules,
    day: Day,
    tables: Tables,
    moves: HandMoves,
    accounts: pl.DataFrame,
    pending: pl.DataFrame,
    absent: int,
) -> tuple[PlaybookResult, list[str]]:
    """Return the result of the accounts, and the ids of those that must be evaluated over columns instead.

    Args:
        playbook: The playbook; without a cap on openings, which depends on all accounts.
        rules: The workspace's rules.
        day: The dates.
        tables: The tables of the date.
        moves: The moves by hand.
        accounts: The accounts with all columns that conditions read, and their states as `@` columns.
        pending: The playbook's LEDGER rows that are still to come.
        absent: The number of open enrolments whose accounts the snapshot lacks.

    Raises:
        Problems: Something happens to an account that was quiet.
    """
    promised = set(pending[ACCOUNT_ID])
    walked = _Walked(counts=Counter({("", "absent", ""): absent}))
    if tables.quiet is not None:
        accounts = _without_quiet(walked, playbook.id, tables.quiet, day, accounts, moves)
    for row in accounts.iter_rows(named=True):
        walk = _account(playbook, rules, day, tables, moves, row)
        before = walk.enrolment and replace(walk.enrolment)
        moving = _moves_date(walk)
        walk.run()
        account = row[ACCOUNT_ID]
        if account in walked.checked:
            _confirm(walked.checked[account], walk, before, moving)
        if walk.went_back or (account in promised and _moved_promises(walk, before)):
            walked.left.append(account)
            continue
        _add(walked, walk, before, moving)
        if tables.quiet is not None and _is_quiet(walk, before, moving):
            tables.quiet.note(playbook.id, account, _as_quiet(walk, row[ROW_NUMBER]))
    counted = [(*what, accounts) for what, accounts in sorted(walked.counts.items())]
    result = PlaybookResult(
        table_of_rows(walked.states, STATES),
        table_of_rows(walked.drafts, DRAFT_SCHEMA),
        empty_table(LEDGER),
        table_of_rows(walked.ended, ENDED),
        counts_of(counted, playbook.id),
        table_of_rows(walked.undecided, UNDECIDED),
    )
    return result, walked.left


def _account(
    playbook: Playbook,
    rules: Rules,
    day: Day,
    tables: Tables,
    moves: HandMoves,
    row: dict[str, Any],
) -> ReferenceExecutor:
    return ReferenceExecutor(
        playbook,
        rules,
        day,
        row,
        None if row["@state"] is None else _enrolment(row),
        tables.since.get(playbook.id),
        row["@edited_after"],
        first_evaluation=playbook.id in tables.first,
        moves=moves.by_account.get(row[ACCOUNT_ID], ()),
        changes_on=None if tables.quiet is None else dt.date.max,
    )


def _without_quiet(
    walked: _Walked,
    playbook: str,
    quiet: QuietAccounts,
    day: Day,
    accounts: pl.DataFrame,
    moves: HandMoves,
) -> pl.DataFrame:
    """Add the counts of the quiet accounts, and return the others, with their rows' numbers."""
    accounts = accounts.with_columns(row_numbers(accounts))
    busy = []
    known = quiet.among(playbook, accounts[ACCOUNT_ID], accounts[ROW_NUMBER], day.on)
    for account, same in zip(accounts[ACCOUNT_ID], known, strict=True):
        busy.append(same is None or account in moves.by_account or is_checked(account, day.on))
        if same is None or account in moves.by_account:
            continue
        if busy[-1]:
            walked.checked[account] = same
        else:
            walked.counts.update(same.counts)
            walked.undecided += [(account, playbook, name) for name in same.undecided]
    return accounts.filter(pl.Series(busy, dtype=pl.Boolean))


def _is_quiet(walk: ReferenceExecutor, before: Enrolment | None, moving: bool) -> bool:
    """Return whether nothing happened to the account, and nothing of it waits or is of the date itself."""
    waits = walk.moves or moving or walk.not_enrolled
    return not waits and walk.is_uneventful(before)


def _as_quiet(walk: ReferenceExecutor, number: int) -> QuietAccount:
    until = walk.changes_on or walk.day.on
    counts = tuple(_counted(walk, moving=False))
    return QuietAccount(number, walk.day.on, until, counts, tuple(walk.undecided))


def _confirm(
    known: QuietAccount, walk: ReferenceExecutor, before: Enrolment | None, moving: bool
) -> None:
    """Raise the problem of an account that was said to be quiet on a date, and is not or has other counts."""
    found = tuple(_counted(walk, moving)), tuple(walk.undecided)
    if _is_quiet(walk, before, moving) and found == (known.counts, known.undecided):
        return
    drafts = [f"{draft['step']}.{draft['action']}" for draft in walk.drafts]
    state = walk.enrolment.state if walk.enrolment else None
    message = (
        f"account {walk.row[ACCOUNT_ID]} in `{walk.playbook.id}` on {walk.day.on}: after {known.since} nothing was to "
        f"happen before {known.until}, with counts {known.counts}, undecided {known.undecided}; its evaluation has "
        f"counts {found[0]}, undecided {found[1]}, actions {drafts}, state {state}"
    )
    hint = "report this, a fault of Tenure; `--everybody` of `run` and `preview` evaluates every account on every date"
    raise Problems([Problem("unequal-evaluation", message, hint=hint)])


def _enrolment(row: dict[str, Any]) -> Enrolment:
    return Enrolment.of_row({name: row[column] for name, column in STATE_COLUMNS.items()})


def _moves_date(walk: ReferenceExecutor) -> bool:
    """Return whether the account's date is another one than its open enrolment's, and not doubted yet."""
    current = walk.enrolment
    if current is None or not walk.is_open() or current.anchor is None or current.doubted:
        return False
    if walk.is_merged() or walk.orders.hold is not None or walk.orders.decision == "close":
        return False
    return present_date(walk) not in (None, current.anchor)


def _moved_promises(walk: ReferenceExecutor, before: Enrolment | None) -> bool:
    """Return whether the cycle ended, or its anchor moved: what it promised has another date, or is withdrawn."""
    now = walk.enrolment
    return bool(walk.ended) or (now and now.anchor) != (before and before.anchor)


def _add(walked: _Walked, walk: ReferenceExecutor, before: Enrolment | None, moving: bool) -> None:
    """Add the results of one account."""
    account, playbook = str(walk.row[ACCOUNT_ID]), walk.playbook.id
    keys = account, playbook
    if walk.enrolment is not None and walk.enrolment != before:
        values = (getattr(walk.enrolment, name) for name in STATE_COLUMNS)
        walked.states.append((*keys, *values))
    walked.drafts += walk.drafts
    walked.ended += [(*keys, *_ended(each)) for each in walk.ended]
    walked.undecided += [(*keys, name) for name in walk.undecided]
    walked.counts.update(_counted(walk, moving))


def _ended(
    enrolment: Enrolment,
) -> tuple[str, str, dt.date | None, dt.date, str, dt.date | None]:
    """Return the columns of ENDED after the keys."""
    return (
        enrolment.cycle,
        enrolment.state,
        enrolment.anchor,
        enrolment.opened_on,
        enrolment.opened_by,
        enrolment.ended_on,
    )


def _counted(walk: ReferenceExecutor, moving: bool) -> Iterator[tuple[str, str, str]]:
    """Yield step, what happened and missing field, once for each count that the account belongs to."""
    yield from ((step, UNKNOWN, name) for step, name in walk.unknowns)
    yield from ((state, "moved", "") for state in walk.entered)
    yield from ((trigger, what, "") for trigger, what in walk.came)
    yield from ((step, BEFORE_START, "") for step in walk.before_start)
    yield from [("", "opened", "")] * len(walk.opened)
    yield from [("", "doubted", "")] * walk.doubts
    if moving:
        yield "", "dates", ""
    if walk.not_enrolled:
        yield "", "not_enrolled", ""
    if walk.orders.hold is not None and not walk.is_merged() and walk.is_open():
        yield "", "held", ""
