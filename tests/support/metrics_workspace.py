"""A workspace of nothing but accounts over time, and what metrics make of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from tenure.engine.metrics.metric_value import Figure, Window
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.project.loading import load_project

from support import workspaces

SETTINGS = """\
workspace: Metrics
time_zone: Europe/Paris
snapshots: {files: "data/accounts-{date}.csv"}
"""

Rows = Iterable[Mapping[str, Any]]


def lay_out(root: Path, snapshots: Mapping[str, Rows], settings: str = SETTINGS) -> Path:
    """A workspace with these snapshots by date; a row need not have every column."""
    workspaces.workspace(root, {}, settings)
    for on, rows in snapshots.items():
        columns = dict.fromkeys(name for row in rows for name in row)
        filled = [{name: row.get(name, "") for name in columns} for row in rows]
        workspaces.snapshot(root, dt.date.fromisoformat(on), filled)
    return root


def ask(root: Path, first: str, last: str, on: str | None = None, **options: Any) -> MetricRequest:
    """What is known on the window's last date, or on another."""
    window = Window(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    return MetricRequest(load_project(root), dt.date.fromisoformat(on or last), window, **options)


def values(figures: Iterable[Figure], group: str | None = None) -> dict[str, Decimal | None]:
    """The value of each metric, of one group."""
    return {figure.metric.id: figure.value for figure in figures if figure.group == group}
