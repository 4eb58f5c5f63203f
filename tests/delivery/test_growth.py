"""A delivery reads no more of the outbox and of the ledger than it needs, however much was delivered before."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from support.deliveries import DAY, TestClock, make_workspace, run_day
from tenure.engine.core.schemas import ENDED, QUARANTINE, STATES, empty_table
from tenure.engine.delivery.delivering import OUTBOX_SPAN, deliver
from tenure.engine.store import Store, ledger_rows
from tenure.engine.store import deliveries as outbox_rows
from tenure.engine.store.deliveries import Delivery

CHANNELS = """\
channels:
  desk: {folder: {path: outbox}}
  crm: {folder: {path: crm, tasks: hubspot}, kinds: [task]}
"""


def old_rows(number: int) -> list[Delivery]:
    """Deliveries that ended before the span of the outbox: letters, digests, tasks, and entries taken back."""
    day = (DAY - OUTBOX_SPAN - dt.timedelta(days=1)).isoformat()
    ended = {"attempts": 1, "ended_on": day}
    return [
        Delivery(f"{channel}-{n}", channel, item, f"{n:020x}", 1, day, state, **ended)
        for n in range(number)
        for channel, item, state in (
            ("letters", "letter", "sent"),
            ("desk", "digest", "sent"),
            ("crm", "action", "sent"),
            ("crm", "action", "failed"),
        )
    ]


@pytest.mark.parametrize("number", [3, 400])
def test_what_was_delivered_long_ago_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    root = make_workspace(tmp_path / "w", CHANNELS)
    project = run_day(root)
    read: list[Delivery] = []

    def counting(name: str) -> None:
        ask = getattr(outbox_rows, name)

        def asked(*args: object, **more: object) -> list[Delivery]:
            found: list[Delivery] = ask(*args, **more)
            read.extend(found)
            return found

        monkeypatch.setattr(outbox_rows, name, asked)

    with Store.open(project.store, project.root) as store:
        store.plan_deliveries(old_rows(number))
        counting("read_deliveries")
        counting("deliveries_with_keys")
        deliver(project, store, DAY, TestClock())
        deliver(project, store, DAY, TestClock())
    assert {row.day for row in read} == {DAY.isoformat()}


def add_old_entries(store: Store, number: int) -> None:
    """Add actions of 100 days before the day, all of them open, in a run over the same date."""
    (record,) = store.runs()
    entries = store.ledger()
    before = dt.timedelta(days=100)
    dates = ("due_on", "issued_on", "evaluated_on", "contact_on")
    copies = [
        entries.with_columns(
            *(pl.col(name) - before for name in dates),
            pl.format("{}{}", pl.col("action_id").str.head(16), pl.lit(f"{n:04x}")).alias(
                "action_id"
            ),
        )
        for n in range(number)
    ]
    record = replace(record, attempt=2, snapshot_on=DAY - before)
    with store.begin(DAY, 2, record.snapshot_on) as part:
        part.add(empty_table(STATES), pl.concat(copies), empty_table(ENDED), None)
        part.finish(record, empty_table(QUARANTINE), DAY)


@pytest.mark.parametrize("number", [3, 400])
def test_what_was_issued_long_ago_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    root = make_workspace(tmp_path / "w", CHANNELS)
    project = run_day(root)
    read: list[pl.DataFrame] = []
    select = ledger_rows.select

    def selected(*args: object) -> object:
        found = select(*args)  # type: ignore[arg-type]
        if args[2] is ledger_rows.ENTRIES:
            read.append(found[0])
        return found

    with Store.open(project.store, project.root) as store:
        add_old_entries(store, number)
        assert store.ledger().height == 2 * (1 + number)
        monkeypatch.setattr(ledger_rows, "select", selected)
        report = deliver(project, store, DAY, TestClock())
    assert report.sent == 2
    assert {day for frame in read for day in frame["issued_on"]} == {DAY}
