"""Facts about actions that conditions ask about: computed once a date for all accounts, before evaluation.

Facts of a date are of the ledger before it, as last revised, and of the outcomes on it or before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.membership import is_one_of
from ..core.revisions import last_revisions
from ..core.schemas import empty_table
from ..evaluation.fact_columns import FACT_TYPES
from ..language.actions_read import AGAIN, FACTS, fact_column
from ..playbook.asked_actions import AskedAction, resolve_action
from ..playbook.model import Playbook
from ..store import StoreView
from ..store.action_standing import with_standing

_KEY = (ACCOUNT_ID, "cycle")
_COLUMNS = (
    *("action_id", "revision", ACCOUNT_ID, "playbook", "cycle", "step", "action", "occurrence"),
    *("due_on", "status", "owner", "evaluated_on", "until"),
)


_FACT_COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(_KEY, pl.String()),
    **{name: FACT_TYPES[type] for name, type in FACTS.items()},
}


class ActionQuestion(NamedTuple):
    """An action that a playbook asks about, and the text by which it names it."""

    playbook: str
    text: str
    asked: AskedAction


def questions_of(
    playbooks: Iterable[Playbook], every: Iterable[Playbook]
) -> tuple[ActionQuestion, ...]:
    """Return what the playbooks ask about actions, each once.

    Args:
        playbooks: The playbooks that ask.
        every: All playbooks. Of a disabled one nothing was issued.
    """
    by_id = {playbook.id: playbook for playbook in every if playbook.enabled}
    found: dict[ActionQuestion, None] = {}
    for playbook in playbooks:
        for reference in playbook.actions_read:
            asked = resolve_action(reference, playbook, by_id)
            if asked is not None:
                found[ActionQuestion(playbook.id, reference.text, asked)] = None
    return tuple(found)


class ActionFacts:
    """The facts of a date, by question: `account_id`, `cycle` and a column for each of `FACTS`."""

    def __init__(self, by_question: Mapping[ActionQuestion, pl.DataFrame]) -> None:
        self._by_question = by_question

    def within(self, passes: pl.Expr) -> ActionFacts:
        """Return the facts of those accounts that pass a condition on `account_id`."""
        return ActionFacts(
            {each: found.filter(passes) for each, found in self._by_question.items()}
        )

    def of_states(self, states: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Return by asking playbook: `account_id`, and those columns that its conditions read and that have a value.

        Args:
            states: The states before the date, `STATES`: an action counts if it is of the account's latest cycle.
        """
        found: dict[str, pl.DataFrame] = {}
        for question, facts in self._by_question.items():
            if facts.is_empty():
                continue
            of_playbook = states.lazy().filter(pl.col("playbook") == question.asked.playbook)
            cycles = collect_in_memory(of_playbook.select(_KEY))
            present = cycles.join(facts, on=list(_KEY)).drop("cycle")
            columns = {fact: fact_column(question.text, fact) for fact in FACTS}
            present = present.rename(columns)
            if question.playbook in found:
                present = found[question.playbook].join(
                    present, on=ACCOUNT_ID, how="full", coalesce=True
                )
            found[question.playbook] = present
        return found


def read_facts(
    store: StoreView,
    questions: Iterable[ActionQuestion],
    on: dt.date,
    accounts: Collection[str] | None = None,
) -> ActionFacts:
    """Return the facts of a date that the questions are about, of all accounts or of some."""
    questions = tuple(questions)
    asked = {question.asked: None for question in questions}
    if not asked:
        return ActionFacts({})
    playbooks = sorted({each.playbook for each in asked})
    steps = sorted({step for each in asked for step in each.steps})
    if accounts is None:
        actions = sorted({each.action for each in asked})
        entries = store.step_history(playbooks, steps, actions, _COLUMNS)
    else:
        entries = store.ledger(
            accounts=accounts, playbooks=playbooks, steps=steps, history=True, columns=_COLUMNS
        )
    latest = last_revisions(entries.filter(pl.col("evaluated_on") < on))
    latest = latest.filter(pl.col("status") == "issued")
    outcomes = store.outcomes(until=on, actions=latest["action_id"])
    known = with_standing(latest, outcomes, on)
    facts = _facts(known, tuple(asked))
    return ActionFacts({question: facts[question.asked] for question in questions})


def _facts(entries: pl.DataFrame, asked: Sequence[AskedAction]) -> dict[AskedAction, pl.DataFrame]:
    """Return by action `account_id`, `cycle` and the facts about it, of each cycle in which it was issued."""
    # One query for all actions: most have few entries, and a query of none takes a millisecond.
    of_actions = [
        entries.lazy()
        .filter(
            pl.col("playbook") == each.playbook,
            is_one_of(pl.col("step"), sorted(each.steps)),
            pl.col("action") == each.action,
        )
        .with_columns(pl.lit(number).alias("@asked"))
        for number, each in enumerate(asked)
    ]
    cycle = ("@asked", *_KEY)
    is_again = pl.col("occurrence").str.contains(AGAIN, literal=True)
    in_order = (
        pl.concat(of_actions)
        .with_columns(
            pl.col("occurrence").str.split(AGAIN).list.first().alias("label"),
            pl.len().over(cycle).cast(pl.Float64).alias("attempts"),
        )
        .sort("due_on", is_again, pl.col("occurrence").str.len_chars(), "occurrence")
    )
    standing = pl.col("standing")
    groups = in_order.group_by(*cycle, "label", maintain_order=True).agg(
        pl.col("attempts").first(),
        pl.len().cast(pl.Float64).alias("times"),
        pl.when((standing == "done").any())
        .then(pl.lit("done"))
        .when((standing == "dismissed").any())
        .then(pl.lit("dismissed"))
        .otherwise(standing.last())
        .alias("standing"),
        pl.col("done_on").max(),
        pl.col("result").drop_nulls().last(),
        pl.col("owner").last(),
        pl.col("due_on").sort_by(is_again, maintain_order=True).first(),
    )
    found = collect_in_memory(
        groups.sort("due_on", pl.col("label").str.len_chars(), "label")
        .unique(cycle, keep="last", maintain_order=True)
        .select("@asked", *(pl.col(name).cast(type) for name, type in _FACT_COLUMNS.items()))
    ).partition_by("@asked", as_dict=True, include_key=False)
    nothing = empty_table(_FACT_COLUMNS)
    return {each: found.get((number,), nothing) for number, each in enumerate(asked)}
