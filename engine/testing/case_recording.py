"""The test of a real account: its fields over the last days, what people did, and what it got, as YAML.

Names, addresses and amounts of money are replaced. Fields are those that the playbook reads; the actions are those of
the store's ledger, so a test that fails at once shows what depends on other accounts or other playbooks.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.list_texts import split_items
from ..core.offsets import ONE_DAY
from ..fields.catalogue import FieldSpec
from ..language.expressions import ConstantValue
from ..playbook.holdouts import is_held_out
from ..playbook.model import Playbook
from ..project.loading import Project
from ..runs.required_fields import required_fields, with_optional
from ..sources import Snapshots
from ..store import Reader
from .case_loader import read_tests
from .case_run import CaseRunner
from .case_schema import MISSING

_SCHEMA_LINE = "# yaml-language-server: $schema=../schemas/test.json"
_PLAIN = re.compile(r"[A-Za-z][\w .]*[\w.]|[A-Za-z]")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", MISSING})
_NOT_PERSONAL = frozenset({"country", "region", "language", "currency", "time_zone"})
_LARGE = 1000
"""Numbers from here on are taken for amounts, if their field has no upper limit."""
_SCALES = (1.37, 0.73, 1.13, 0.89, 1.03, 0.97, 1.01, 0.99)
"""Amounts are multiplied by the first of these with which the test passes: no amount crosses a threshold then."""


class _Day(NamedTuple):
    """The fields of the account that a snapshot changes."""

    on: dt.date
    fields: Mapping[str, ConstantValue | None]


def record_case(
    project: Project, playbook: Playbook, account: str, last: dt.date, days: int
) -> str | None:
    """Return the text of a test file for an account; None where no snapshot of these days has it.

    Where the test fails with every replacement of amounts, the first one is written.

    Args:
        project: The workspace.
        playbook: The playbook that is tested.
        account: The id of the account.
        last: The last day.
        days: How many days the test has.
    """
    first = last - dt.timedelta(days=days - 1)
    changes = _changes(project, playbook, account, first, last)
    if not changes:
        return None
    texts = (
        _text(project, playbook, account, last, changes, _Replacements(project.catalogue.fields, s))
        for s in _SCALES
    )
    first_text = next(texts)
    return next((text for text in (first_text, *texts) if _passes(project, text)), first_text)


def _passes(project: Project, text: str) -> bool:
    cases, problems = read_tests(project, text, "account.test.yaml")
    runner = CaseRunner(project)
    return not problems and all(runner.run(case).passed for case in cases)


def _text(
    project: Project,
    playbook: Playbook,
    account: str,
    last: dt.date,
    changes: Sequence[_Day],
    replaced: _Replacements,
) -> str:
    """Return the text of the test with these replacements."""
    start, first_row = changes[0]
    lines = [_SCHEMA_LINE, f"playbook: {playbook.id}", "tests:"]
    lines += [f"  - name: {playbook.id} from {start} to {last}", f"    starts: {start}"]
    lines += [f"    until: {last}", "    daily_snapshots: false"]
    lines += ["    held_out: true"] if is_held_out(playbook, account) else []
    lines += ["    account:"]
    lines += [f"      {name}: {replaced.written(name, v)}" for name, v in first_row.items()]
    happened = [*_happened(project, playbook, account, start, last, changes[1:], replaced)]
    lines += ["    days:", *happened] if happened else []
    expected = [*_expected(project, playbook, account, start, last)]
    lines += ["    expect:", *expected] if expected else []
    lines += ["    only: true"]
    return "\n".join(lines) + "\n"


def _changes(
    project: Project, playbook: Playbook, account: str, first: dt.date, last: dt.date
) -> list[_Day]:
    """Return the account's fields on the first day that has it, and the changes of each later snapshot."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    wanted = required_fields([playbook], project.workspace)
    found: list[_Day] = []
    before: Mapping[str, ConstantValue | None] = {}
    seen: dt.date | None = None
    on = first
    while on <= last:
        snapshot_on = snapshots.newest(on)
        if snapshot_on is not None and snapshot_on != seen:
            seen = snapshot_on
            snapshot = snapshots.load(snapshot_on, with_optional(wanted, snapshots, snapshot_on))
            rows = snapshot.accounts().filter(pl.col(ACCOUNT_ID) == account)
            if rows.height:
                row = _tested(rows.row(0, named=True), project)
                changed = {n: v for n, v in row.items() if not before or before.get(n) != v}
                if changed:
                    found.append(_Day(on, changed))
                before = row
        on += ONE_DAY
    return found


def _tested(row: Mapping[str, Any], project: Project) -> dict[str, ConstantValue | None]:
    """Return the fields of a row that a test states, in order: all but ids and those that are derived."""
    fields = project.catalogue.fields
    return {
        name: row[name]
        for name in sorted(row)
        if name in fields and name not in (ACCOUNT_ID, "merged_into") and not fields[name].derive
    }


class _Replacements:
    """Values as YAML, with names, addresses and amounts replaced; the same text by the same one."""

    def __init__(self, fields: Mapping[str, FieldSpec], scale: float) -> None:
        self.fields, self.scale = fields, scale
        self.names: dict[str, dict[str, str]] = {}

    def written(self, name: str, value: ConstantValue | None) -> str:
        """Return a field's value as YAML."""
        spec = self.fields[name]
        if value is None:
            return MISSING
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, int | float):
            is_amount = spec.maximum is None and abs(value) >= _LARGE
            return f"{round(value * self.scale) if is_amount else value:.15g}"
        if spec.type == "list":
            return f"[{', '.join(_quoted(item) for item in split_items(value))}]"
        if spec.values or name in _NOT_PERSONAL:
            return _quoted(value)
        known = self.names.setdefault(name, {})
        number = "" if not known else f" {len(known) + 1}"
        replacement = f"{spec.title or name}{number}"
        if "email" in name:
            replacement = f"customer{number.strip()}@example.com"
        return _quoted(known.setdefault(value, replacement))


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _happened(
    project: Project,
    playbook: Playbook,
    account: str,
    first: dt.date,
    last: dt.date,
    changes: Iterable[_Day],
    replaced: _Replacements,
) -> Iterator[str]:
    """Yield the days on which fields changed or people did something, as lines of YAML."""
    reader = Reader.of(project)
    days: dict[dt.date, list[str]] = {}
    for day in changes:
        written = (f"{name}: {replaced.written(name, v)}" for name, v in day.fields.items())
        days.setdefault(day.on, []).append(f"fields: {{{', '.join(written)}}}")
    actions = reader.ledger(accounts=[account], playbooks=[playbook.id])
    keys = {row["action_id"]: f"{row['step']}/{row['action']}" for row in actions.to_dicts()}
    outcomes = reader.outcomes(until=last).filter(pl.col("action_id").is_in([*keys]))
    did: dict[dt.date, list[str]] = {}
    for row in outcomes.filter(pl.col("on") >= first).iter_rows(named=True):
        parts = [f"action: {keys[row['action_id']]}", f"outcome: {row['outcome']}"]
        parts += [f"result: {_quoted(row['result'])}"] if row["result"] else []
        parts += [f"until: {row['until']}"] if row["until"] else []
        parts += ["to: somebody else"] if row["to"] else []
        did.setdefault(row["on"], []).append(f"{{{', '.join(parts)}}}")
    for on, written_outcomes in did.items():
        days.setdefault(on, []).append(f"did: [{', '.join(written_outcomes)}]")
    moves = reader.hand_moves(until=last).filter(
        pl.col(ACCOUNT_ID) == account, pl.col("move") != "reassign", pl.col("on") >= first
    )
    by_hand: dict[dt.date, list[str]] = {}
    for row in moves.iter_rows(named=True):
        if row["playbook"] not in (None, playbook.id):
            continue
        parts = [f"move: {row['move']}"]
        parts += [f"step: {row['step']}"] if row["step"] else []
        parts += [f"until: {row['until']}"] if row["until"] else []
        by_hand.setdefault(row["on"], []).append(f"{{{', '.join(parts)}}}")
    for on, written_moves in by_hand.items():
        days.setdefault(on, []).append(f"by_hand: [{', '.join(written_moves)}]")
    for on in sorted(days):
        yield f"      - {{on: {on}, {', '.join(days[on])}}}"


def _expected(
    project: Project, playbook: Playbook, account: str, first: dt.date, last: dt.date
) -> Iterator[str]:
    """Yield the actions that the account got, as lines of YAML."""
    ledger = Reader.of(project).ledger(accounts=[account], playbooks=[playbook.id])
    rows = ledger.filter(pl.col("evaluated_on").is_between(first, last))
    for row in rows.sort("due_on", "step", "action").iter_rows(named=True):
        parts = [f"step: {row['step']}", f"action: {row['action']}", f"on: {row['due_on']}"]
        parts += [f"status: {row['status']}"] if row["status"] != "issued" else []
        yield f"      - {{{', '.join(parts)}}}"
