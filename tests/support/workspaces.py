"""Small workspaces for tests: settings, snapshots as CSV files by date, and playbooks as given."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

SETTINGS = """\
workspace: Test
time_zone: Europe/Paris
language: en
country: FR
snapshots:
  files: data/accounts-{date}.csv
roles:
  csm: {field: csm}
  operations: {name: Ops}
contact_policy:
  at_most: [{contacts: 2, within: 7 days}]
  priorities: [renewal, other]
  suppress: [{when: status == 'lapsed', kinds: [email], reason: the account has lapsed}]
"""

RENEWAL = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active'
priority: renewal
catch_up: {within: 3 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - email: {owner: csm}
        - task: {owner: [csm, operations], due: 10 days}
    - {id: push, at: -7 days, do: [{call: {owner: csm}}]}
  outcomes:
    renewed: {when: renewal_date > anchor + 60 days, do: [{email: {owner: csm}}]}
    lapsed: {at: 30 days}
"""
"""A short renewal playbook, for whoever needs one that does a little of everything."""


def workspace(root: Path, playbooks: Mapping[str, str], settings: str = SETTINGS) -> Path:
    """Lays out a workspace without snapshots."""
    (root / "data").mkdir(parents=True)
    (root / "playbooks").mkdir()
    (root / "tenure.yaml").write_text(settings, encoding="utf-8")
    for name, text in playbooks.items():
        (root / "playbooks" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return root


def snapshot(root: Path, on: dt.date, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes the snapshot of one date."""
    rows = list(rows)
    with (root / "data" / f"accounts-{on.isoformat()}.csv").open(
        "w", newline="", encoding="utf-8"
    ) as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
