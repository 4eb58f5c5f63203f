"""Explanation of one account: its state in each playbook, and which conditions are true, false or unknown.

Takes a project, an account and a date, and returns an explanation. It reads the store and the newest snapshot, and
writes nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from ..calendar.schedule import due_dates
from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.schemas import only_account
from ..evaluation.candidates import UNBELIEVED
from ..evaluation.coming_moves import ComingMove
from ..evaluation.cross_references import standing_values
from ..evaluation.fact_columns import columns_of_facts
from ..evaluation.gentle_start import BEFORE_START, is_first_date
from ..evaluation.inputs import Day, Rules
from ..evaluation.plan_entries import waiting_reason
from ..evaluation.reference_dates import UNBELIEVED_SINCE, without_doubted_dates
from ..evaluation.reference_enrolment import Enrolment
from ..evaluation.reference_executor import ReferenceExecutor
from ..language.expressions import ConstantValue, Row
from ..machine.dates import followed_field
from ..playbook.holdouts import is_held_out
from ..playbook.model import Playbook
from ..runs.action_facts import questions_of, read_facts
from ..runs.history import history_dates, known_values
from ..runs.managers import read_managers
from ..runs.required_fields import events_of, required_fields, with_optional
from ..sources import Snapshots
from ..sources.events import EventTables
from ..sources.merges import NO_MERGES, Merges, read_merges
from ..store import Overlay, Reader
from ..workspace.settings import CATCH_UP
from .account_future import earlier_on, moves_ahead
from .explain_model import (
    PlaybookExplanation,
    StateRow,
    WaitingContact,
    explain_playbook,
)
from .people_history import PeopleEntry, people_history
from .plan_standing import PlanAction, plan_actions

if TYPE_CHECKING:
    from ..project.loading import Project


@dataclass(frozen=True, slots=True)
class AccountExplanation:
    """Result of `explain` for an account; `row` is None where the snapshot lacks the account."""

    account: str
    on: dt.date
    snapshot_on: dt.date | None
    committed: dt.date | None
    row: Row | None
    left_out: str
    """The reasons why the account's row is left out; empty where it is not."""
    bad_values: str
    """Its other bad values with their reasons; their fields are unknown."""
    playbooks: tuple[PlaybookExplanation, ...]
    merged_into: str | None = None
    """The account that goes on for this one; None where it was not merged."""
    people: tuple[PeopleEntry, ...] = ()
    """The outcomes of its actions and the moves by hand up to the date."""
    plan: tuple[PlanAction, ...] = ()
    """The actions of its success plan."""


def explain_account(
    project: Project,
    account: str,
    on: dt.date,
    playbooks: tuple[Playbook, ...],
    *,
    ahead: bool = False,
) -> AccountExplanation | None:
    """Return the explanation of the account in these playbooks; None where it is in neither snapshot nor store.

    Args:
        project: The workspace.
        account: The account's id.
        on: The date.
        playbooks: The playbooks.
        ahead: True for the moves to come too, which takes longer.
    """
    reader = Overlay(Reader.of(project))
    snapshot_on, row, bad, merges = _row(project, account, on)
    left_out, bad_values = ("", bad) if row else (bad, "")
    states = reader.states().filter(pl.col(ACCOUNT_ID) == account)
    if row is None and not left_out and states.is_empty():
        return None
    by_playbook: dict[str, StateRow] = {s["playbook"]: s for s in states.iter_rows(named=True)}
    workspace = project.workspace
    rules = Rules(
        workspace.roles,
        workspace.policy,
        workspace.calendar(),
        workspace.language,
        workspace.doubt,
        managers=read_managers(workspace, playbooks).by_person,
    )
    date = Day(on, on, snapshot_on)
    waiting = _waiting(reader, on, account)
    stands_days = workspace.doubt.stands_days
    known = {**(row or {}), **_events(project, account, date, merges)}
    earlier = {
        each.id: earlier_on(each, reader, on, {ACCOUNT_ID: account, **known}, states, stands_days)
        for each in project.playbooks
    }
    doubting = [
        ReferenceExecutor(
            each,
            rules,
            date,
            {**known, **earlier[each.id]},
            _enrolment(by_playbook.get(each.id)),
        )
        for each in project.enabled
    ]
    due = {each.id for each in project.enabled if due_dates(each.schedule, None, on)}
    moves = reader.hand_moves(until=on).filter(pl.col(ACCOUNT_ID) == account).to_dicts()
    questions = questions_of(playbooks, project.playbooks)
    facts = read_facts(reader, questions, on, [account]).of_states(states)
    last = reader.last_committed()
    explained = []
    for playbook in playbooks:
        # As in a run: what another playbook doubts is unknown on its own dates alone.
        others = [each for each in doubting if each.playbook.id in due | {playbook.id}]
        fields = without_doubted_dates(known, playbook, others)
        values = {**fields, **earlier[playbook.id]}
        if fields.get(UNBELIEVED) is not None:
            values[UNBELIEVED_SINCE] = _since(reader, on, account, playbook, fields[UNBELIEVED])
        for other in {reference.playbook for reference in playbook.references}:
            seen = None if other in project.disabled else by_playbook.get(other)
            values |= standing_values(other, seen)
        values |= _facts(playbook, facts.get(playbook.id))
        state = by_playbook.get(playbook.id)
        executor = ReferenceExecutor(playbook, rules, date, values, _enrolment(state), moves=moves)
        without_room = ReferenceExecutor(
            playbook, rules, date, values, _enrolment(state), moves=moves, may_open=False
        )
        coming: tuple[ComingMove, ...] = ()
        now = ReferenceExecutor(playbook, rules, date, values, _enrolment(state), moves=moves)
        explanation = explain_playbook(executor, state)
        if ahead and row is not None and playbook.enabled and not now.is_merged():
            dated = [each for each, _ in explanation.dates]
            fields_of = project.catalogue.fields
            coming = tuple(moves_ahead(now, reader, states, dated, fields_of, has_run=last == on))
        explained.append(
            replace(
                explanation,
                coming=coming,
                waiting=waiting.get(playbook.id, ()),
                waits_for_room=row is not None and _would_wait(without_room),
                held_out=is_held_out(playbook, account),
                done_before=_done_before(playbook, reader, account, state, on),
            )
        )
    return AccountExplanation(
        account,
        on,
        snapshot_on,
        last,
        row,
        left_out,
        bad_values,
        tuple(explained),
        str(row[MERGED_INTO]) if row and row.get(MERGED_INTO) is not None else None,
        people_history(reader, account, on),
        plan_actions(reader, account, on),
    )


def _enrolment(state: StateRow | None) -> Enrolment | None:
    return Enrolment.of_row(state) if state is not None else None


def _row(
    project: Project, account: str, on: dt.date
) -> tuple[dt.date | None, Row | None, str, Merges]:
    """Return the newest snapshot's date, the account's values in it, its bad values with reasons, and all mergers."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    snapshot_on = snapshots.newest(on)
    if snapshot_on is None:
        return None, None, "", NO_MERGES
    fields = required_fields(project.playbooks, project.workspace)
    snapshot = snapshots.load(snapshot_on, with_optional(fields, snapshots, snapshot_on))
    is_account = pl.col(ACCOUNT_ID) == account
    merges = read_merges(snapshot.merge_rows(), snapshot.account_ids())
    frame, bad = (
        merges.resolve(snapshot.accounts().filter(is_account)),
        snapshot.quarantined.filter(is_account),
    )
    reasons = [f"{r['field']} {r['value']!r}, {r['reason']}" for r in bad.iter_rows(named=True)]
    row = frame.row(0, named=True) if frame.height else None
    return snapshot_on, row, "; ".join(reasons), merges


def _events(project: Project, account: str, day: Day, merges: Merges) -> Row:
    """Return the account's values of functions of events, by column."""
    calls = events_of(project.playbooks, project.workspace)
    events = EventTables(project.workspace, project.catalogue.events, calls)
    rows = events.values(day.on, day.snapshot_on, merges).join(
        pl.DataFrame({ACCOUNT_ID: [account]})
    )
    return rows.drop(ACCOUNT_ID).row(0, named=True)


def _facts(playbook: Playbook, facts: pl.DataFrame | None) -> Row:
    """Return what became of the actions that the playbook asks about, by column."""
    if facts is None or facts.is_empty():
        return dict.fromkeys(columns_of_facts(playbook))
    return dict.fromkeys(columns_of_facts(playbook)) | facts.drop(ACCOUNT_ID).row(0, named=True)


def _would_wait(without_room: ReferenceExecutor) -> bool:
    """Return whether the account would enrol on the date, in a playbook that caps its openings."""
    playbook = without_room.playbook
    if playbook.at_most is None or not playbook.enabled:
        return False
    without_room.run()
    return without_room.waits_for is not None


def _done_before(
    playbook: Playbook, reader: Overlay, account: str, state: StateRow | None, on: dt.date
) -> dt.date | None:
    """Return the date before which what was due in the account's enrolment counts as done.

    Without an enrolment, it is the date explained, if it would be the first date.
    """
    if state is None and playbook.start == CATCH_UP:
        return None
    if state is None:
        never = reader.last_evaluation(playbook.id, on + dt.timedelta(days=1)) is None
        first = is_first_date(playbook, first_evaluation=never, first_enrolment=True)
        return on if first else None
    opened: dt.date = state["opened_on"]
    # The playbook may have got its `start` later: the run's record has what was counted then.
    counted = any(
        count["playbook"] == playbook.id and count["what"] == BEFORE_START
        for record in reader.runs(opened)
        for count in record.counts
    )
    if not counted:
        return None
    ended = reader.ended(date_to=opened, accounts=[account], playbooks=[playbook.id])
    first_evaluation = reader.last_evaluation(playbook.id, opened) is None
    return opened if first_evaluation or ended.is_empty() else None


def _waiting(reader: Overlay, on: dt.date, account: str) -> dict[str, tuple[WaitingContact, ...]]:
    """Return the account's postponed contacts by playbook."""
    pending = reader.pending(on, pl.Series([account])).filter(pl.col("status") == "postponed")
    found: dict[str, tuple[WaitingContact, ...]] = {}
    for row in pending.iter_rows(named=True):
        contact = WaitingContact(
            row["step"],
            row["action"],
            row["planned_on"],
            row["until"],
            waiting_reason(row["reason"]),
        )
        found[row["playbook"]] = (*found.get(row["playbook"], ()), contact)
    return found


def _since(
    reader: Overlay, on: dt.date, account: str, playbook: Playbook, date: ConstantValue | None
) -> dt.date:
    """Return the date of the first of the last snapshots that have the date which the playbook follows."""
    since, field = on, followed_field(playbook.machine)
    if field is None:
        return since
    for day in reversed(history_dates(reader, on)):
        values = known_values(reader, day, None, [field], only_account(account))
        if date not in values.get_column(field).to_list():
            return since
        since = day
    return since
