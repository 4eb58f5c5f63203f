"""Random playbooks with random exports of some days, for tests that run them in two ways."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from tenure.engine.core.offsets import ONE_DAY

from support.random_playbooks import FIRST, busy_accounts, busy_workspace, workspace_playbooks
from support.workspaces import snapshot

DAYS = tuple(FIRST + n * ONE_DAY for n in range(3))
ACCOUNTS = 64
DRAWN = 6
"""Different accounts; the others are like one of them, under ids of their own."""
FORCED = "the accounts are random"
"""The reason for which no brake stops a run: values change from day to day, of many accounts at once."""


@dataclass(frozen=True)
class Book:
    """Playbooks by id, and the accounts by day."""

    texts: Mapping[str, str]
    exports: Mapping[dt.date, list[dict[str, Any]]] = field(repr=False)

    def lay_out(self, root: Path) -> Path:
        """Make a workspace with all exports."""
        busy_workspace(root, self.texts)
        for on, rows in self.exports.items():
            snapshot(root, on, rows)
        return root


@st.composite
def books(draw: Any) -> Book:
    """Playbooks that are due each day, and accounts of which some have other values each day."""
    texts = {
        id: re.sub(r"(?m)^schedule:.*$", 'schedule: "0 6 * * *"', text)
        for id, text in draw(workspace_playbooks()).items()
    }
    rows = [draw(busy_accounts("a")) for _ in range(DRAWN)]
    exports = {}
    for on in DAYS:
        exports[on] = [_account(rows[number % DRAWN], number) for number in range(ACCOUNTS)]
        rows[draw(st.integers(0, DRAWN - 1))] = draw(busy_accounts("a"))
    return Book(texts, exports)


def _account(row: dict[str, Any], number: int) -> dict[str, Any]:
    """One account like the drawn one; of the first some are merged, and some share an address."""
    merged = {"merged_into": "a9" if number < DRAWN and row["merged_into"] else None}
    shared = number // 2 if number < DRAWN else number
    return row | merged | {"account_id": f"a{number}", "contact_email": f"{shared}@example.com"}
