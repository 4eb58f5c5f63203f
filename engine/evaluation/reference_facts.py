"""Facts about one account's actions, for the reference executor: the counterpart of `runs.action_facts`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..language.actions_read import AGAIN, FACTS, FINISHED, fact_column
from ..language.expressions import ConstantValue
from ..playbook.asked_actions import AskedAction
from .reference_promises import AccountEntry, entry_key


class RecordedOutcome(NamedTuple):
    """An outcome of an action: a row of OUTCOMES, with the action's key in place of its id."""

    of: tuple[str, ...]
    outcome: str
    on: dt.date
    result: str | None = None
    until: dt.date | None = None
    to: str | None = None


class _Standing(NamedTuple):
    """An issued action on a date, by its outcomes."""

    entry: AccountEntry
    standing: str
    done_on: dt.date | None
    result: str | None
    owner: str | None
    given: int

    @property
    def label(self) -> str:
        return str(self.entry["occurrence"]).split(AGAIN)[0]

    @property
    def number(self) -> int:
        _, sign, number = str(self.entry["occurrence"]).partition(AGAIN)
        return int(number) if sign else 1

    @property
    def order(self) -> tuple[Any, ...]:
        occurrence = self.entry["occurrence"]
        return self.entry["due_on"], AGAIN in occurrence, len(occurrence), occurrence


def action_facts(
    asked: AskedAction,
    text: str,
    entries: Iterable[AccountEntry],
    outcomes: Sequence[RecordedOutcome],
    cycle: str | None,
    on: dt.date,
) -> dict[str, ConstantValue | None]:
    """Return the facts about an action of the account's latest cycle, by the columns that conditions read.

    Args:
        asked: The action.
        text: The text by which conditions name it.
        entries: The actions of the account, as last revised before the date.
        outcomes: The outcomes, in the order in which they were recorded.
        cycle: The account's latest cycle in the action's playbook; None without one.
        on: The date.
    """
    issued = [
        _standing(entry, outcomes, on)
        for entry in entries
        if entry["status"] == "issued"
        and (entry["playbook"], entry["action"]) == (asked.playbook, asked.action)
        and entry["step"] in asked.steps
        and entry["cycle"] == cycle
    ]
    facts: Mapping[str, ConstantValue | None] = dict.fromkeys(FACTS)
    series: dict[str, list[_Standing]] = {}
    for each in sorted(issued, key=lambda each: each.order):
        series.setdefault(each.label, []).append(each)
    found = [_facts(_together(each), len(issued)) for each in series.values()]
    if found:
        facts = max(found, key=lambda f: (f["due_on"], len(str(f["label"])), f["label"]))
    return {fact_column(text, fact): facts[fact] for fact in FACTS}


def _standing(entry: AccountEntry, outcomes: Sequence[RecordedOutcome], on: dt.date) -> _Standing:
    own = [(n, o) for n, o in enumerate(outcomes) if o.of == entry_key(entry) and o.on <= on]
    valid = next((o for _, o in reversed(own) if o.outcome != "assigned"), None)
    given = next(((n, o.to) for n, o in reversed(own) if o.outcome == "assigned"), (-1, None))
    standing = "overdue" if entry["due_on"] < on else "open"
    if valid is not None and valid.outcome in FINISHED:
        standing = valid.outcome
    elif valid is not None and valid.outcome == "snoozed" and valid.until and valid.until > on:
        standing = "snoozed"
    return _Standing(
        entry,
        standing,
        valid.on if valid and standing == "done" else None,
        valid.result if valid and standing in FINISHED else None,
        given[1] or entry["owner"],
        given[0],
    )


def _together(series: Sequence[_Standing]) -> list[_Standing]:
    """Give an action and its reminders one standing, and one person whom they are assigned to."""
    if all(each.number == 1 for each in series):
        return [*series]
    standings = {each.standing for each in series}
    last = max(each.number for each in series)
    person = max(series, key=lambda each: each.given)

    def one(each: _Standing) -> str:
        if each.standing in FINISHED:
            return each.standing
        for finished in FINISHED:
            if finished in standings:
                return finished
        if each.number < last:
            return "reminded"
        return "snoozed" if "snoozed" in standings else each.standing

    return [
        each._replace(
            standing=one(each),
            owner=each.owner if each.given >= 0 or person.given < 0 else person.owner,
        )
        for each in series
    ]


def _facts(series: Sequence[_Standing], attempts: int) -> dict[str, Any]:
    standings = [each.standing for each in series]
    done = [each.done_on for each in series if each.done_on is not None]
    results = [each.result for each in series if each.result is not None]
    first = min(series, key=lambda each: AGAIN in each.entry["occurrence"])
    return {
        "attempts": float(attempts),
        "times": float(len(series)),
        "standing": next((each for each in FINISHED if each in standings), standings[-1]),
        "done_on": max(done, default=None),
        "result": results[-1] if results else None,
        "owner": series[-1].owner,
        "due_on": first.entry["due_on"],
        "label": series[0].label,
    }
