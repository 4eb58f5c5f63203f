"""One account in a small workspace on disk, day by day; playbooks of a few lines for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tenure.engine.project.loading import load_project
from tenure.engine.runs import history, stages
from tenure.engine.runs.running import run
from tenure.engine.store import Reader, verify

from support.workspaces import snapshot, workspace

MONDAY = dt.date(2026, 3, 2)
"""Far from holidays."""
DAY = dt.timedelta(days=1)

HEAD = """\
playbook: {id}
schedule: "{schedule}"
for: status == 'active'
catch_up: {{within: {within}, then: skip}}
"""

TIERS = """\
tiers:
  since: signup_date
  levels:
    - {id: silver, after: 50 days}
    - {id: gold, after: 100 days, do: [{task: {owner: csm, due: 10 days, shift: none}}]}
"""

CASES = """\
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: [{when: vip, then: -8 days}, -7 days]
      do: [{task: {owner: csm, due: 1 business day}}]
  outcomes: {over: {at: 30 days}}
"""

DROP = """\
triggers:
  open: [{id: drop, when: "crossed_below(health_score, 70)"}]
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
"""

GRACE = """\
timeline:
  anchor: renewal_date
  steps:
    - id: grace
      at: 0 days
      do: [{email: {owner: csm, repeat: {every: 1 business day, at_most: 5}}}]
  outcomes: {over: {at: 30 days}}
"""

ROUND = """\
machine:
  again: status == 'active'
  initial: s0
  states:
    - {id: s0, do: [{task: {owner: csm}}]}
    - {id: gone, final: true}
  transitions:
    - {from: s0, to: gone, when: vip}
"""

HEALTH = """\
triggers:
  open: [{id: drop, when: health_score < 70, rearm: health_score >= 75}]
  steps: [{id: call, at: 0 days, do: [{email: {owner: csm}}]}]
"""

RENEW = """\
timeline:
  anchor: renewal_date
  steps:
    - id: early
      at: -120 days
      do: [{task: {owner: csm, shift: none}}]
    - id: notice
      at: -30 days
      do: [{task: {owner: csm, shift: none}}, {email: {owner: csm, shift: none, due: 5 days}}]
    - {id: last, at: 0 days}
  outcomes:
    renewed: {when: renewal_date > anchor + 60 days, do: [{task: {owner: csm, shift: none}}]}
    lapsed: {at: 30 days}
"""


def text(body: str, schedule: str = "0 6 * * *", within: str = "7 days", id: str = "p") -> str:
    """A playbook with that body."""
    return HEAD.format(id=id, schedule=schedule, within=within) + body


def row(**more: Any) -> dict[str, Any]:
    """The account `a`, or another."""
    return {"account_id": "a", "account_name": "A", "status": "active", "csm": "Zoé"} | more


def told(root: Path, account: str | None = None) -> list[str]:
    """The ledger, of one account if named: due date, step, action and occurrence, revision, status."""
    ledger = Reader(root / "store").ledger(history=True)
    rows = of_account(ledger, account).sort("action_id", "revision")
    return [
        f"{r['due_on']} {r['step']}.{r['action']}.{r['occurrence']} {r['revision']} {r['status']}"
        for r in rows.iter_rows(named=True)
    ]


def of_account(rows: pl.DataFrame, account: str | None) -> pl.DataFrame:
    """The rows of an account; all of them if none is named."""
    return rows if account is None else rows.filter(account_id=account)


def life(
    root: Path, body: str, dates: Mapping[int, Any], days: int, off: Collection[int] = ()
) -> Path:
    """Runs every day but those `off`; `dates` gives the renewal date from the nth day on."""
    return lives_together(root, body, {"a": dates}, days, off)


def lives_together(
    root: Path,
    body: str,
    lives: Mapping[str, Mapping[int, Any]],
    days: int,
    off: Collection[int] = (),
) -> Path:
    """Runs a workspace of several accounts; `lives` gives the renewal dates of each, as for `life`."""
    workspace(root, {"p": text(body)})
    now: dict[str, Any] = {}
    for n in sorted({n for dates in lives.values() for n in dates}):
        now |= {id: dates[n] for id, dates in lives.items() if n in dates}
        rows = [row(account_id=id, renewal_date=date) for id, date in now.items()]
        snapshot(root, MONDAY + n * DAY, rows)
    for n in range(days):
        if n not in off:
            run(load_project(root), MONDAY + n * DAY)
    return root


def run_lives(root: Path, days: int, way: str, monkeypatch: pytest.MonkeyPatch) -> pl.DataFrame:
    """Run a workspace every day, off for days, in parts, or pruned at once; returns the ledger."""
    if way == "in parts":
        monkeypatch.setattr(stages, "BATCH", 7)
        monkeypatch.setattr(stages, "FIRST_BATCH", 9)
    if way == "pruned at once":
        monkeypatch.setattr(history, "MARGIN_DAYS", 0)
        monkeypatch.setattr(stages, "MARGIN_DAYS", 0)
    off = {2, 3, 8, 9} if way == "off for days" else set()
    for n in range(days):
        if n not in off:
            run(load_project(root), MONDAY + n * DAY)
    assert verify(root / "store") == []
    return Reader(root / "store").ledger()


def write_lives(
    root: Path, lives: Mapping[str, Sequence[Mapping[str, Any] | None]], days: int
) -> None:
    """Write a snapshot for each day of some lives; on days without a row, an account is absent.

    The brake lets any number of accounts go.
    """
    for n in range(days):
        rows = [
            {"account_id": id, "csm": "Zoé", **row}
            for id, life in lives.items()
            if (row := life[n]) is not None
        ]
        snapshot(root, MONDAY + n * DAY, rows)
    settings = root / "tenure.yaml"
    settings.write_text(settings.read_text("utf-8") + "brake: {gone: 100 %}\n", "utf-8")
