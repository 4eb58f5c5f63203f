"""The reference executor over all accounts of a date, and the comparison of both executors within runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from typing import Any, NamedTuple
from unittest import mock

import polars as pl
from polars.testing import assert_frame_equal
from tenure.engine.core.schemas import ENDED, STATES
from tenure.engine.evaluation import evaluator
from tenure.engine.evaluation.by_account import MOST_ACCOUNTS
from tenure.engine.evaluation.cross_references import reading_order
from tenure.engine.evaluation.drafts import DRAFT_SCHEMA
from tenure.engine.evaluation.inputs import Day, DayEvaluation, Rules, Tables
from tenure.engine.evaluation.playbook_result import PlaybookResult
from tenure.engine.evaluation.prepare import Prepared
from tenure.engine.evaluation.reference_dates import without_doubted_dates
from tenure.engine.evaluation.reference_executor import ReferenceExecutor
from tenure.engine.playbook.model import Playbook
from tenure.engine.runs import part_evaluation

from support.random_days import enrolment_of


class Walked(NamedTuple):
    """What the reference executor finds: drafts, states that changed, enrolments that ended, and unknown conditions."""

    drafts: pl.DataFrame
    states: pl.DataFrame
    ended: pl.DataFrame
    untold: dict[tuple[str, str, str], int]


def walk_accounts(
    playbooks: Sequence[Playbook],
    day: Day,
    tables: Tables,
    rules: Rules,
    unknown_before: Mapping[str, Any],
) -> Walked:
    """Walk through each account of the snapshot.

    Args:
        playbooks: The playbooks that are due, each after those that it asks about.
        day: The dates.
        tables: The tables.
        rules: The workspace's rules.
        unknown_before: The earlier values of an account that has none.
    """
    drafts, states, ended, untold = [], [], [], {}
    moves: dict[str, list[dict[str, Any]]] = {}
    for move in tables.moves.to_dicts():
        moves.setdefault(move["account_id"], []).append(move)
    stood = {
        (row["account_id"], row["playbook"]): row
        for row in tables.states.to_dicts()
        if row["playbook"] not in rules.disabled
    }
    earlier = {p.id: _by_account(tables.history.get(p.id)) for p in playbooks}
    facts = {p.id: _by_account(tables.facts.get(p.id)) for p in playbooks}
    for row in tables.snapshot.iter_rows(named=True):
        account = row["account_id"]
        before = {p.id: earlier[p.id].get(account, unknown_before) for p in playbooks}
        due_ones = [
            ReferenceExecutor(
                p, rules, day, {**row, **before[p.id]}, enrolment_of(stood.get((account, p.id)))
            )
            for p in playbooks
        ]
        seen = {p.id: without_doubted_dates(row, p, due_ones) for p in playbooks}
        for playbook in playbooks:
            walk = ReferenceExecutor(
                playbook,
                rules,
                day,
                {
                    **seen[playbook.id],
                    **before[playbook.id],
                    **seen_of(playbook, account, stood),
                    **facts[playbook.id].get(account, {}),
                },
                enrolment_of(stood.get((account, playbook.id))),
                tables.since[playbook.id],
                edited_after(playbook, account, tables),
                first_evaluation=playbook.id in tables.first,
                moves=moves.get(account, []),
            )
            was = walk.enrolment and asdict(walk.enrolment)
            walk.run()
            keys = {"account_id": account, "playbook": playbook.id}
            drafts += walk.drafts
            if walk.enrolment and asdict(walk.enrolment) != was:
                states.append({**keys, **asdict(walk.enrolment)})
                stood[account, playbook.id] = states[-1]
            ended += [{**keys, **asdict(e), "outcome": e.state} for e in walk.ended]
            before_start = [(step, "before_start") for step in walk.before_start]
            not_enrolled = [("", "not_enrolled")] if walk.not_enrolled else []
            for step, name in (*walk.unknowns, *walk.came, *before_start, *not_enrolled):
                item = (playbook.id, step, name)
                untold[item] = untold.get(item, 0) + 1
    return Walked(
        pl.DataFrame(drafts, schema=DRAFT_SCHEMA),
        pl.DataFrame(states, schema=STATES),
        pl.DataFrame(ended),
        untold,
    )


def _by_account(frame: pl.DataFrame | None) -> dict[str, dict[str, Any]]:
    return {row["account_id"]: row for row in frame.to_dicts()} if frame is not None else {}


def edited_after(playbook: Playbook, account: str, tables: Tables) -> dt.date | None:
    """The last date on which the account was evaluated with the earlier text of a playbook that was edited."""
    edit = tables.edits.get(playbook.id)
    return edit.after if edit and account in edit.accounts else None


def seen_of(playbook: Playbook, account: str, stood: Mapping[Any, Any]) -> dict[str, Any]:
    """Where the account stands now in the playbooks that this one asks about, under their columns' names."""
    found: dict[str, Any] = {}
    for other in {reference.playbook for reference in playbook.references}:
        row = stood.get((account, other)) or dict.fromkeys(STATES)
        enrolled = row["state"] is not None and row["ended_on"] is None
        found[f"@{other}.state"] = row["state"]
        found[f"@{other}.entered_on"] = row["entered_on"]
        found[f"@{other}.opened_on"] = row["opened_on"] if enrolled else None
    return found


@contextmanager
def executor(most_accounts: int) -> Iterator[None]:
    """Let dates of at most so many accounts be evaluated account by account, and larger ones over columns."""
    with mock.patch.object(evaluator, "MOST_ACCOUNTS", most_accounts):
        yield


def evaluate_both_ways(
    prepared: Sequence[Prepared], rules: Rules, day: Day, tables: Tables
) -> DayEvaluation:
    """Evaluate a date over columns, and fail where evaluating it account by account gives anything else."""
    with executor(-1):
        columns = evaluator.evaluate_day(prepared, rules, day, tables)
    with executor(1_000_000):
        by_account = evaluator.evaluate_day(prepared, rules, day, tables)
    _assert_same_results(columns, by_account)
    return columns


@contextmanager
def both_ways() -> Iterator[None]:
    """Let what goes account by account go over columns too, and fail where these give anything else.

    What a test evaluates by `executor` goes as it says.
    """
    playbook = evaluator._playbook

    def evaluate(prepared: Prepared, *others: Any) -> PlaybookResult:
        found = playbook(prepared, *others)
        if evaluator.MOST_ACCOUNTS == MOST_ACCOUNTS and prepared.playbook.at_most is None:
            with executor(-1):
                _assert_same_results(playbook(prepared, *others), found)
        return found

    with mock.patch.object(evaluator, "_playbook", evaluate):
        yield


@contextmanager
def compared() -> Iterator[list[dt.date]]:
    """Let runs walk through each date with the reference executor too, and fail where the columns differ.

    Yields:
        The dates compared so far.
    """
    dates: list[dt.date] = []
    plain, finish = evaluator.evaluate_day, evaluator.finalize

    def evaluate(
        prepared: Sequence[Prepared], rules: Rules, day: Day, tables: Tables
    ) -> DayEvaluation:
        with executor(-1), mock.patch.object(evaluator, "finalize", wraps=finish) as finalized:
            found = plain(prepared, rules, day, tables)
        evaluate_both_ways(prepared, rules, day, tables)
        playbooks = reading_order([each.playbook for each in prepared])
        unknown = {name: None for frame in tables.history.values() for name in frame.columns}
        unknown.pop("account_id", None)
        walked = walk_accounts(playbooks, day, tables, rules, unknown)
        _assert_same(finalized.call_args.args[0], walked.drafts, "drafts")
        _assert_same(found.states, walked.states, "states")
        if walked.ended.height or found.ended.height:
            _assert_same(found.ended, walked.ended.select(list(ENDED)), "ended")
        dates.append(day.on)
        return found

    with mock.patch.object(part_evaluation, "evaluate_day", evaluate):
        yield dates


def _assert_same_results(columns: Any, by_account: Any) -> None:
    for each in fields(columns):
        _assert_same(getattr(columns, each.name), getattr(by_account, each.name), each.name)


def _assert_same(columns: pl.DataFrame, walked: pl.DataFrame, what: str) -> None:
    """Fail if both are not the same rows, in any order."""
    if columns.equals(walked):
        return
    try:
        assert_frame_equal(
            columns, walked.select(columns.columns), check_row_order=False, check_dtypes=False
        )
    except AssertionError as error:
        with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=80):
            message = f"{what} differ: {error}\ncolumns: {columns}\nreference: {walked}"
        raise AssertionError(message) from error
