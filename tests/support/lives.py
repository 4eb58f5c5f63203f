"""One playbook over the lives of a few accounts, day by day, without store or files."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

import polars as pl
from tenure.engine.calendar.working_days import Calendar
from tenure.engine.core.schemas import CONTACTS, HAND_MOVES, LEDGER, STATES
from tenure.engine.core.upsert import upsert
from tenure.engine.evaluation.evaluator import evaluate_day
from tenure.engine.evaluation.fact_columns import columns_of_facts
from tenure.engine.evaluation.inputs import Day, DayEvaluation, EmptyLedger, Rules, Tables
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.evaluation.quiet_accounts import QuietAccounts
from tenure.engine.language.actions_read import fact_column
from tenure.engine.runs.required_fields import fields_of, history_of
from tenure.engine.workspace.settings import ContactPolicy, Role

from support.playbook_texts import FIELDS, loaded

DTYPES: dict[str, Any] = {
    "number": pl.Float64,
    "text": pl.String,
    "date": pl.Date,
    "boolean": pl.Boolean,
}
DAY = dt.timedelta(days=1)
RULES = Rules(
    {"csm": Role("csm", "csm", None, {}), "operations": Role("operations", None, "Ops", {})},
    ContactPolicy(caps=(), priorities=("renewal", "other"), quiet=()),
    Calendar("FR"),
    "en",
)


class LivesLedger(EmptyLedger):
    """The entries so far, as the date after `on` sees them."""

    def __init__(self, entries: pl.DataFrame, on: dt.date | None) -> None:
        self._entries = entries
        self._on = on

    def issued(self, action_ids: pl.Series) -> pl.Series:
        """Return those of the ids that have an entry."""
        return action_ids.filter(action_ids.is_in(self._entries["action_id"].to_list()))

    def pending(self) -> pl.DataFrame:
        """Return each action's last entry, where it is a promise for the date or later, or postponed."""
        newest = self._newest
        to_come = pl.max_horizontal("due_on", "contact_on") > (self._on or dt.date.min)
        issued = (pl.col("status") == "issued") & to_come
        return newest.filter(issued | (pl.col("status") == "postponed"))

    def contacts(self, accounts: pl.Series) -> pl.DataFrame:
        """Return the contacts made, as last revised."""
        made = self._newest.filter(pl.col("contact_on") <= (self._on or dt.date.min))
        return made.filter(pl.col("account_id").is_in(accounts.to_list())).select(list(CONTACTS))

    def latest(self, accounts: pl.Series) -> pl.DataFrame:
        """Return each action's last entry."""
        return self._newest.filter(pl.col("account_id").is_in(accounts.to_list()))

    @cached_property
    def _newest(self) -> pl.DataFrame:
        return self._entries.sort("revision").unique("action_id", keep="last")


class Lives:
    """What became of the accounts so far; rows are given as dicts, and stay until they are given anew."""

    def __init__(self, text: str) -> None:
        self.playbook = loaded(text)
        self.prepared = prepare(self.playbook)
        self.states = pl.DataFrame(schema=STATES)
        self.ledger = pl.DataFrame(schema=LEDGER)
        self.rows: dict[str, dict[str, Any]] = {}
        self.before: dict[str, dict[str, Any]] | None = None
        self.on: dt.date | None = None
        self.last: DayEvaluation | None = None
        self.moves: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}
        self.quiet = QuietAccounts()

    def move(self, move: str, on: dt.date, id: str = "a", **more: Any) -> None:
        """Records a move by hand of an account, by Ann, in all playbooks unless one is given."""
        number = len(self.moves) + 1
        row = {"number": number, "move": move, "account_id": id, "on": on, "by": "Ann"}
        self.moves.append(dict.fromkeys(HAND_MOVES) | row | {"recorded_on": on} | more)

    def became(self, action: str, **facts: Any) -> None:
        """Says what became of an action of the account `a`, from the next day on."""
        self.facts |= {fact_column(action, name): value for name, value in facts.items()}

    def put(self, id: str = "a", **values: Any) -> None:
        """Changes an account from the next day on; one that is new is active and has a CSM."""
        old = self.rows.get(id, {"account_id": id, "status": "active", "csm": "Zoé"})
        self.rows[id] = old | values

    def day(self, on: dt.date) -> list[str]:
        """Evaluates a date; its entries as `due step.action`, with the status where it is not `issued`."""
        evaluation = evaluate_day([self.prepared], RULES, Day(on, on, on), self._tables())
        self.states = upsert(self.states, evaluation.states)
        self.ledger = pl.concat([self.ledger, evaluation.entries])
        self.before = {id: dict(row) for id, row in self.rows.items()}
        self.on, self.last = on, evaluation
        return [_entry(row) for row in evaluation.entries.iter_rows(named=True)]

    def until(self, first: dt.date, last: dt.date) -> list[str]:
        """Evaluates each date from the first to the last; every entry, with the date it came on."""
        found = []
        while first <= last:
            found += [f"{first.isoformat()}: {entry}" for entry in self.day(first)]
            first += DAY
        return found

    def state(self, id: str = "a") -> str | None:
        """Where the account stands, or stood in the end."""
        found = self.states.filter(pl.col("account_id") == id)["state"].to_list()
        return found[0] if found else None

    def counts(self) -> dict[tuple[str, str], int]:
        """Of the last date, by what and step."""
        assert self.last is not None
        rows = self.last.counts.select("what", "step", "accounts").iter_rows()
        return {(what, step): accounts for what, step, accounts in rows}

    def _tables(self) -> Tables:
        names = sorted({"account_name", "country", "csm"} | fields_of(self.playbook))
        schema = {"account_id": pl.String} | {name: DTYPES[FIELDS[name][0]] for name in names}
        rows = [{name: row.get(name) for name in schema} for _, row in sorted(self.rows.items())]
        id = self.playbook.id
        return Tables(
            pl.DataFrame(rows, schema=schema),
            self.states,
            {id: self._history()},
            {id: self.on},
            LivesLedger(self.ledger, self.on),
            first=frozenset() if self.on else frozenset({id}),
            moves=pl.DataFrame(self.moves, schema=HAND_MOVES),
            facts={id: self._facts()} if self.facts else {},
            quiet=self.quiet,
        )

    def _facts(self) -> pl.DataFrame:
        schema = {"account_id": pl.String()} | columns_of_facts(self.playbook)
        return pl.DataFrame([{"account_id": "a"} | self.facts], schema=schema)

    def _history(self) -> pl.DataFrame:
        names = sorted(name for name, days in history_of(self.playbook) if days is None)
        schema = {"account_id": pl.String}
        schema |= {f"{name}@previous": DTYPES[FIELDS[name][0]] for name in names}
        rows = [
            {"account_id": id} | {f"{name}@previous": row.get(name) for name in names}
            for id, row in sorted((self.before or {}).items())
        ]
        return pl.DataFrame(rows, schema=schema)


def _entry(row: dict[str, Any]) -> str:
    status = "" if row["status"] == "issued" else f" {row['status']}"
    return f"{row['due_on'].isoformat()} {row['step']}.{row['action']}{status}"
