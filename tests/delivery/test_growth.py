"""A delivery reads no more of the outbox than it needs, however much was delivered before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.deliveries import DAY, TestClock, make_workspace, run_day
from tenure.engine.delivery.delivering import OUTBOX_SPAN, deliver
from tenure.engine.store import Store
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
