"""Caps count people: accounts that share an address share their caps, in whatever parts the accounts are evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.one_account import DAY, MONDAY, row, text
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs import stages
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

NOTICE = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: early, at: -31 days, do: [{task: {owner: csm}}]}
    - {id: notice, at: -30 days, do: [{email: {owner: csm}}]}
    - {id: push, at: -29 days, do: [{in_app: {owner: csm}}]}
  outcomes: {over: {at: 30 days}}
"""
ONE_A_DAY = SETTINGS.replace("{contacts: 2, within: 7 days}", "{contacts: 1, within: 1 day}")
ACCOUNTS = 40


def lived(root: Path, rows: list[dict[str, Any]], days: int) -> pl.DataFrame:
    """The ledger after some days of the same rows."""
    workspace(root, {"p": text(NOTICE, within="9 days")}, ONE_A_DAY)
    for n in range(days):
        snapshot(root, MONDAY + n * DAY, rows)
        run(load_project(root), MONDAY + n * DAY)
    return Reader(root / "store").ledger(history=True)


def test_one_address_on_five_accounts_gets_one_mail_a_day(tmp_path: Path) -> None:
    rows = [
        row(account_id=f"a{n}", renewal_date=MONDAY + 30 * DAY, contact_email=address)
        for n, address in enumerate(["x@example.com", "x@EXAMPLE.com", *["X@example.com"] * 3])
    ]
    ledger = lived(tmp_path / "w", rows, 1)
    mails = ledger.filter(kind="email").sort("contact_on")
    assert mails["contact_on"].to_list() == [MONDAY + n * DAY for n in range(5)]


def test_parts_of_the_accounts_give_what_the_whole_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every third account has one of four addresses, so that those who share one are in different parts.
    rows = [
        row(
            account_id=f"a{n:02}",
            renewal_date=MONDAY + (29 + n % 3) * DAY,
            contact_email=f"{n % 4 if n % 3 == 0 else f'own{n}'}@example.com",
        )
        for n in range(ACCOUNTS)
    ]
    whole = lived(tmp_path / "whole", rows, 3)
    monkeypatch.setattr(stages, "BATCH", 7)
    monkeypatch.setattr(stages, "FIRST_BATCH", 7)
    in_parts = lived(tmp_path / "parts", rows, 3)
    assert_frame_equal(in_parts, whole)
    assert in_parts.filter(pl.col("reason").str.contains("postponed from")).height > 10
    states = [Reader(tmp_path / name / "store").states() for name in ("whole", "parts")]
    assert_frame_equal(*states)
    counts = [Reader(tmp_path / name / "store").runs()[-1].counts for name in ("whole", "parts")]
    assert counts[0] == counts[1]
    days = [Reader(tmp_path / n / "store").history_days() for n in ("whole", "parts")]
    assert days[0] == days[1]
