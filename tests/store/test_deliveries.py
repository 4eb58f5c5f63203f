"""The outbox: which deliveries are read, and that planning twice adds nothing."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tenure.engine.core.problems import Problems
from tenure.engine.store import Reader, Store, deliveries
from tenure.engine.store.deliveries import (
    DELIVERIES_TABLE,
    Delivery,
    deliveries_with_keys,
    plan_deliveries,
    read_deliveries,
    write_delivery,
)

ON = dt.date(2026, 1, 5)
ROWS = [
    Delivery("k1", "mail", "digest", None, None, "2026-01-04", "sent", 1, ended_on="2026-01-04"),
    Delivery("k2", "mail", "action", "a1", 1, "2026-01-05", "failed", 3, ended_on="2026-01-06"),
    Delivery("k3", "chat", "action", "a1", 1, "2026-01-05"),
    Delivery("k4", "chat", "action", "a2", 2, "2026-01-06", "sending", 1),
]


@pytest.fixture
def database() -> Iterator[Any]:
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute(DELIVERIES_TABLE)
        plan_deliveries(opened, ROWS)
        yield opened


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({}, ["k1", "k3", "k2", "k4"]),
        ({"states": ["planned", "sending"]}, ["k3", "k4"]),
        ({"channels": ["mail"]}, ["k1", "k2"]),
        ({"channels": ["chat", "mail"], "states": ["sent"]}, ["k1"]),
        ({"since": ON}, ["k3", "k2", "k4"]),
        ({"since": ON, "channels": ["chat"]}, ["k3", "k4"]),
        # What has not ended is among what ended since any date.
        ({"ended_since": ON}, ["k3", "k2", "k4"]),
        ({"ended_since": ON + dt.timedelta(days=1)}, ["k3", "k2", "k4"]),
        ({"ended_since": ON + dt.timedelta(days=2)}, ["k3", "k4"]),
        ({"ended_since": ON - dt.timedelta(days=1)}, ["k1", "k3", "k2", "k4"]),
    ],
)
def test_deliveries_are_read_by_day_channel_and_key(
    database: Any, asked: dict[str, Any], keys: list[str]
) -> None:
    found = read_deliveries(database, **asked)
    assert [each.key for each in found] == keys
    assert {*found} <= {*ROWS}


@pytest.mark.parametrize("most", [1, 2, 3, 4, 500])
def test_any_number_of_keys_is_looked_up(
    database: Any, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "_MOST_KEYS", most)
    asked = ["k4", "k1", "k2", "k1", "nowhere"]
    assert deliveries_with_keys(database, asked) == [ROWS[0], ROWS[1], ROWS[3]]
    assert deliveries_with_keys(database, []) == []


def test_a_delivery_that_is_planned_again_stays_as_it_is_and_one_that_is_written_is_replaced(
    database: Any,
) -> None:
    plan_deliveries(database, [ROWS[3]._replace(state="planned", attempts=0)])
    assert read_deliveries(database)[3] == ROWS[3]
    sent = ROWS[3]._replace(state="sent", attempts=2, ended_on="2026-01-06")
    write_delivery(database, sent)
    assert read_deliveries(database)[3] == sent
    assert len(read_deliveries(database)) == len(ROWS)


def test_a_store_plans_notes_and_reads_deliveries(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "store")
    assert reader.deliveries() == reader.deliveries_with_keys(["k1"]) == []
    with Store.open(tmp_path / "store") as store:
        store.plan_deliveries(ROWS)
        assert store.deliveries() == [ROWS[0], ROWS[2], ROWS[1], ROWS[3]]
        store.note_delivery(ROWS[3]._replace(state="sent", ended_on="2026-01-07"))
        noted = [row._replace(state="dropped", ended_on="2026-01-07") for row in ROWS[1:3]]
        store.note_deliveries(noted)
    assert [each.key for each in reader.deliveries(["dropped"])] == ["k3", "k2"]
    assert [each.key for each in reader.deliveries(since=ON)] == ["k3", "k2", "k4"]
    assert [each.key for each in reader.deliveries(channels=["mail"])] == ["k1", "k2"]
    assert [each.key for each in reader.deliveries((), None, (), ON)] == ["k3", "k2", "k4"]
    assert reader.deliveries_with_keys(["k2", "k9"]) == [noted[0]]


def test_of_deliveries_that_cannot_all_be_written_none_is(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        store.plan_deliveries(ROWS)
        (tmp_path / "store" / "lock").unlink()
        for call in (
            lambda: store.plan_deliveries([ROWS[0]._replace(key="new")]),
            lambda: store.note_delivery(ROWS[3]._replace(state="sent")),
        ):
            with pytest.raises(Problems, match="was deleted or another run wrote"):
                call()
        assert len(store.deliveries()) == 4
        assert store.deliveries(["sent"]) == [ROWS[0]]
    with Store.open(tmp_path / "store") as store:
        bad = [ROWS[2]._replace(state="sent"), ROWS[3]._replace(day=None)]  # type: ignore[arg-type]
        with pytest.raises(Problems):
            store.note_deliveries(bad)
        assert store.deliveries(["sent"]) == [ROWS[0]]
