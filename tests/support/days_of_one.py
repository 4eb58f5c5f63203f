"""Days of one account beside another that is always there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

from support.one_account import DAY, MONDAY, row
from support.workspaces import snapshot

OTHER = row(health_score=90, arr=9000, renewal_date=MONDAY + 90 * DAY) | {"account_id": "z"}
"""An account that is always there."""


def days(root: Path, accounts: list[dict[str, Any] | None]) -> list[dt.date]:
    """Run a day for each state of the account, None being absent; return the dates of its calls."""
    for n, account in enumerate(accounts):
        on = MONDAY + n * DAY
        snapshot(root, on, [OTHER, *([OTHER | account | {"account_id": "a"}] if account else [])])
        run(load_project(root), on)
    ledger = Reader(root / "store").ledger(accounts=["a"])
    return ledger["issued_on"].sort().to_list()


def health(*scores: Any) -> list[dict[str, Any] | None]:
    """A day for each score; `absent` is a day without the account."""
    return [None if score == "absent" else {"health_score": score} for score in scores]
