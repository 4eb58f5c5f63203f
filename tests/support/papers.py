"""A small workspace for the tests of documents: two snapshots a quarter apart, and plans as given."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from tenure.cli.main import main

from support.workspaces import SETTINGS, snapshot, workspace

ON = dt.date(2026, 4, 1)
BEFORE = dt.date(2025, 12, 30)
"""Ninety-two days before."""

FULL: dict[str, Any] = {
    "account_id": "A-7",
    "account_name": "Delta *SAS* | <script>alert(1)</script>",
    "status": "active",
    "language": "fr",
    "currency": "EUR",
    "arr": 63700,
    "health_score": 62,
    "nps_score": -12,
    "csat": 91,
    "signup_date": "2023-11-23",
    "renewal_date": "2026-06-07",
    "customer_sponsor": "Léa Bonnet",
    "champion": "Hugo Lemaire",
    "contact_name": "Romane Joly",
    "contact_first_name": "Romane",
    "csm": "Bruno Keller",
    "next_review_date": "2026-07-02",
    "last_review_date": "2026-03-20",
    "plan_utilisation": 0.5,
}
EMPTY: dict[str, Any] = {"account_id": "bare"}
"""An account of which nothing is known but that it is there."""


def papers(root: Path, rows: list[dict[str, Any]] | None = None, settings: str = "") -> Path:
    """The workspace, with these rows in its newest snapshot."""
    workspace(root, {}, SETTINGS + "variables: {product: Acme}\n" + settings)
    rows = rows or [FULL, EMPTY]
    keys = list(FULL)
    snapshot(root, BEFORE, [{**dict.fromkeys(keys), **FULL, "health_score": 69}])
    snapshot(root, ON, [{**dict.fromkeys(keys), **row} for row in rows])
    return root


def plan(root: Path, text: str, file: str = "A-7.yaml") -> Path:
    """Writes a success plan, byte for byte."""
    path = root / "plans" / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
    return path


def report(root: Path, *args: str, code: int = 0) -> str:
    """What `tenure report` prints on standard output; the date is `ON`."""
    result = run(root, *args)
    assert result.exit_code == code, result.output
    return result.stdout


def run(root: Path, *args: str) -> Any:
    """The result of `tenure report`."""
    result = CliRunner().invoke(
        main, ["report", *args, "--workspace", str(root), "--on", ON.isoformat()]
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
