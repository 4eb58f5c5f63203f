"""The shipped playbooks, under the settings that `tenure init` writes, over accounts that tests make up.

A date at a time, without store or files: who stands where, and what evaluation makes of everybody on that date.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from tenure.cli.init import settings_text
from tenure.engine.calendar.working_days import Calendar
from tenure.engine.core.schemas import CONTACTS, STATES
from tenure.engine.evaluation.evaluator import evaluate_day
from tenure.engine.evaluation.inputs import Day, DayEvaluation, EmptyLedger, Rules, Tables
from tenure.engine.evaluation.prepare import Prepared, prepare
from tenure.engine.project.loading import Project, load_project
from tenure.engine.runs.required_fields import history_of
from tenure.engine.text.problem_text import render
from tenure.engine.workspace.settings import ContactPolicy

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
DTYPES: dict[str, Any] = {
    "number": pl.Float64,
    "text": pl.String,
    "date": pl.Date,
    "boolean": pl.Boolean,
}

Account = Mapping[str, Any]
"""Fields, and earlier values as `health_score@previous` and `health_score@30`; what is not said is missing."""


def lay_out(root: Path) -> Path:
    """A workspace of the shipped playbooks and settings."""
    (root / "tenure.yaml").write_text(settings_text("Shipped"), encoding="utf-8")
    (root / "playbooks").mkdir()
    for path in PLAYBOOKS.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        (root / "playbooks" / path.name).write_text(text, encoding="utf-8")
    return root


def loaded(root: Path) -> Project:
    """A workspace that has to be in order."""
    project = load_project(root)
    assert not project.errors, render(project.errors, project.texts)
    return project


@cache
def shipped() -> Project:
    with tempfile.TemporaryDirectory() as folder:
        return loaded(lay_out(Path(folder)))


@cache
def prepared(playbook: str) -> Prepared:
    (found,) = (each for each in shipped().playbooks if each.id == playbook)
    return prepare(found)


def rules(held_back: bool) -> Rules:
    """The shipped ones; contacts are held back by the contact policy, or none is."""
    workspace = shipped().workspace
    free = ContactPolicy(caps=(), priorities=workspace.policy.priorities)
    policy = workspace.policy if held_back else free
    return Rules(workspace.roles, policy, Calendar(workspace.country, ()), "fr")


def enrolled(account: str, playbook: str, state: str, **known: Any) -> dict[str, Any]:
    """A row of STATES: since `opened_on`, or the first of January 2020, with this anchor."""
    since = known.get("opened_on", dt.date(2020, 1, 1))
    usual = {"cycle": "1", "opened_on": since, "opened_by": "", "entered_on": since}
    usual |= {"due_on": since, "moves": 1, "disarmed": ""}
    return {"account_id": account, "playbook": playbook, "state": state, **usual, **known}


def on_date(
    playbook: str,
    on: dt.date,
    accounts: Mapping[str, Account],
    states: Iterable[Mapping[str, Any]] = (),
    contacts: Iterable[tuple[str, dt.date]] | None = None,
) -> DayEvaluation:
    """What the playbook makes of these accounts on a date, whose snapshot is of that date too.

    `states` are rows of STATES, of this playbook and of those it reads. Where `contacts` of other playbooks are given,
    by account and date, the contact policy counts; otherwise it holds nothing back.
    """
    chosen = prepared(playbook)
    catalogue = shipped().catalogue
    types = {name: DTYPES[spec.type] for name, spec in catalogue.fields.items()}
    # Where nothing is said of it, each account has an address of its own.
    addresses = {
        id: {"contact_email": f"{number}@customer.example"} for number, id in enumerate(accounts)
    }
    rows = [{**addresses[id], **row, "account_id": id} for id, row in sorted(accounts.items())]
    earlier = {
        f"{name}@{'previous' if days is None else days}": types[name]
        for name, days in history_of(chosen.playbook)
    }
    columns = {"account_id": pl.String, **earlier}
    history = [{name: row.get(name) for name in columns} for row in rows]
    tables = Tables(
        pl.DataFrame([{name: row.get(name) for name in types} for row in rows], schema=types),
        pl.DataFrame([dict(state) for state in states], schema=STATES),
        {playbook: pl.DataFrame(history, schema=columns)},
        {playbook: None},
        OtherContacts(contacts or ()),
    )
    return evaluate_day([chosen], rules(contacts is not None), Day(on, on, on), tables)


class OtherContacts(EmptyLedger):
    """A ledger that has contacts of another playbook only, by account and date."""

    def __init__(self, made: Iterable[tuple[str, dt.date]]) -> None:
        self._made = made

    def contacts(self, accounts: pl.Series) -> pl.DataFrame:
        """Return all of them, as of some accounts."""
        del accounts
        rows = [(account, "other", "1", "step", on, "email") for account, on in self._made]
        return pl.DataFrame(rows, schema=CONTACTS, orient="row")


def facts_on(evaluation: DayEvaluation) -> dict[str, set[str]]:
    """What changed of each account: `step.action`, where it came to, how it opened, its anchor, and if all is armed."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in evaluation.entries.iter_rows(named=True):
        found[row["account_id"]].add(f"{row['step']}.{row['action']}")
    for row in evaluation.states.iter_rows(named=True):
        said = {
            f"in {row['state']}",
            f"opened by {row['opened_by']}",
            f"anchored on {row['anchor']}",
        }
        found[row["account_id"]] |= said | (
            set() if re.search(";[a-z]", row["disarmed"]) else {"armed"}
        )
    return found


def due_dates(evaluation: DayEvaluation) -> dict[str, dict[str, dt.date]]:
    """By account: each action issued or skipped, as `step.action`, with its due date."""
    found: dict[str, dict[str, dt.date]] = defaultdict(dict)
    for row in evaluation.entries.iter_rows(named=True):
        found[row["account_id"]][f"{row['step']}.{row['action']}"] = row["due_on"]
    return found
