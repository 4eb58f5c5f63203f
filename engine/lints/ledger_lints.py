"""Lints of what happened: contacts that the policy postpones, steps that no account got, two contacts on one day.

They read the ledger of the last year. Few contacts say nothing: a lint needs `FEWEST_CONTACTS` of them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Span
from ..playbook.model import Playbook
from ..store.reader import Reader
from .same_day_contacts import same_day_problem

LAST_YEAR = dt.timedelta(days=365)
OFTEN = 0.5
"""The share from which on something happens as a rule."""
FEWEST_CONTACTS = 20
"""Contacts of a step, or entries of a playbook, from which on a share of them says something."""

_COLUMNS = (ACCOUNT_ID, "playbook", "cycle", "step", "status", "due_on", "planned_on", "contact_on")
_STEP = ("playbook", "step")


def lint_ledger(
    store: Reader, playbooks: Collection[Playbook], on: dt.date, paired: Collection[frozenset[str]]
) -> list[Problem]:
    """Return the warnings about the year up to a date.

    Args:
        store: The store.
        playbooks: The playbooks that are evaluated.
        on: The date.
        paired: The pairs of steps, as `playbook/step`, that are known to contact accounts on the same day.
    """
    # A contact that the policy postpones is due later than it was planned for.
    entries = store.ledger(date_from=on - LAST_YEAR, columns=_COLUMNS)
    contacts = _contacts(entries, on)
    places = _places(playbooks)
    return [
        *_often_postponed(contacts, places, on),
        *_same_day(contacts, places, on, paired),
        *_without_actions(store, entries, playbooks, on),
    ]


def _places(playbooks: Collection[Playbook]) -> dict[tuple[str, str], Span]:
    """Return where each step is in the files: its first action."""
    places: dict[tuple[str, str], Span] = {}
    for playbook in playbooks:
        for action in playbook.machine.actions():
            places.setdefault((playbook.id, action.step), action.span)
    return places


def _contacts(entries: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return one row a contact: what one step sends one account on one day, and whether the policy held it up.

    A contact that is withheld has no planned day any more: it was due on it.
    """
    withheld = pl.col("status") == "withheld"
    planned = pl.when(withheld).then(pl.coalesce("planned_on", "due_on")).otherwise("planned_on")
    later = (pl.col("contact_on") > pl.col("planned_on")).fill_null(False)
    late = later | withheld | (pl.col("status") == "postponed")
    return (
        entries.with_columns(planned.alias("planned_on"), late.alias("late"))
        .filter(pl.col("planned_on").is_between(on - LAST_YEAR, on))
        .group_by(ACCOUNT_ID, "playbook", "cycle", "step", "planned_on")
        .agg(pl.col("late").all())
    )


def _often_postponed(
    contacts: pl.DataFrame, places: dict[tuple[str, str], Span], on: dt.date
) -> Iterator[Problem]:
    counts = contacts.group_by(_STEP).agg(pl.len(), pl.col("late").sum()).sort(_STEP)
    for playbook, step, all_of_it, late in counts.iter_rows():
        if (
            all_of_it < FEWEST_CONTACTS
            or late <= OFTEN * all_of_it
            or (playbook, step) not in places
        ):
            continue
        yield Problem(
            "often-postponed",
            f"in the year to {on}, the contact policy postponed or withheld {late} of {all_of_it} contacts of "
            f"`{playbook}/{step}`",
            places[playbook, step],
            f"give it another date or a higher priority; `tenure actions --playbook {playbook}` has the reasons",
            severity="warning",
        )


def _same_day(
    contacts: pl.DataFrame,
    places: dict[tuple[str, str], Span],
    on: dt.date,
    paired: Collection[frozenset[str]],
) -> Iterator[Problem]:
    """Yield a warning for each two steps of two playbooks of which one is seldom planned without the other."""
    days = contacts.select(ACCOUNT_ID, "planned_on", *_STEP).unique()
    totals = {
        (playbook, step): count for playbook, step, count in days.group_by(_STEP).len().iter_rows()
    }
    pairs = (
        days.join(days, on=[ACCOUNT_ID, "planned_on"], suffix="_2")
        .filter(pl.col("playbook") < pl.col("playbook_2"))
        .group_by("playbook", "step", "playbook_2", "step_2")
        .len()
        .sort("playbook", "step", "playbook_2", "step_2")
    )
    for playbook, step, other_playbook, other_step, together in pairs.iter_rows():
        first, later = (playbook, step), (other_playbook, other_step)
        seldomer = min(totals[first], totals[later])
        if together < FEWEST_CONTACTS or together <= OFTEN * seldomer:
            continue
        if first in places and later in places:
            names = ("/".join(first), "/".join(later))
            if frozenset(names) not in paired:
                when = f"in the year to {on}, {together} times"
                yield same_day_problem(names, (places[first], places[later]), when)


def _without_actions(
    store: Reader, entries: pl.DataFrame, playbooks: Collection[Playbook], on: dt.date
) -> Iterator[Problem]:
    """Yield a warning for each step that was there for the year, and of which the ledger has nothing."""
    before = _texts_of_a_year_ago(store, on)
    if not before:
        return
    counts = dict(entries.group_by("playbook").len().iter_rows())
    issued = set(entries.select(_STEP).unique().iter_rows())
    for playbook in playbooks:
        if counts.get(playbook.id, 0) < FEWEST_CONTACTS:
            continue
        steps = {action.step: action for action in playbook.machine.actions()}
        for step, action in steps.items():
            if (playbook.id, step) not in issued and _has_step(before.get(playbook.file, ""), step):
                yield Problem(
                    "step-without-actions",
                    f"in the year to {on}, no account got anything of `{playbook.id}/{step}`",
                    action.span,
                    "correct its condition, or take the step out; `tenure test` shows whether it can be reached",
                    severity="warning",
                )


def _texts_of_a_year_ago(store: Reader, on: dt.date) -> dict[str, str]:
    """Return the texts of the last run that was at least a year ago, by file; none where there is none."""
    # A later run can have evaluated dates of that time too.
    days = [record.on for record in store.runs() if record.run_on <= on - LAST_YEAR]
    read = store.run_texts(max(days)) if days else None
    return (read.texts or {}) if read else {}


def _has_step(text: str, step: str) -> bool:
    """Return whether a playbook's text has a step or an outcome of this id, or the level of its notice."""
    id = re.escape(step.removesuffix("_notice").removesuffix("_lost").removeprefix("to_"))
    return re.search(rf"\bid: *{id}\b|^ *{id}:", text, re.MULTILINE) is not None
