"""Commands of people wait for the store's lock: they end well if it is released, and with 3 if it is not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.done_work import actions, tenure, with_actions
from tenure.cli.patience import patiently
from tenure.engine.store import Locked
from tenure.engine.store.lock import hold_lock

HAND_MOVES = (
    ("done", "{a1}"),
    ("snooze", "{a1}", "--until", "2026-04-01"),
    ("hold", "a1", "--until", "2026-04-01", "--because", "merger"),
)


@contextmanager
def locked(store: Path, seconds: float) -> Iterator[None]:
    """Hold the lock in another thread for some seconds, or until the block ends."""
    taken, end = threading.Event(), threading.Event()

    def hold() -> None:
        with hold_lock(store):
            taken.set()
            end.wait(seconds)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait()
    yield
    end.set()
    holder.join()


@pytest.mark.parametrize("words", HAND_MOVES, ids=lambda words: words[0])
def test_a_command_waits_until_the_lock_is_released(tmp_path: Path, words: tuple[str, ...]) -> None:
    root = with_actions(tmp_path / "w")
    given = [word.format(**actions(root)) for word in words]
    with locked(root / "store", 0.3):
        result = tenure(root, *given)
    assert result.exit_code == 0, result.output
    assert "waiting up to 10 seconds for it" in result.stderr


@pytest.mark.parametrize("words", HAND_MOVES, ids=lambda words: words[0])
def test_without_waiting_it_ends_with_3_and_names_the_process(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    root = with_actions(tmp_path / "w")
    given = [word.format(**actions(root)) for word in words]
    with locked(root / "store", 60):
        result = tenure(root, *given, "--wait", "0")
    assert result.exit_code == 3
    assert "tenure: process " in result.stderr


def test_it_gives_up_after_its_seconds(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()

    def work() -> None:
        with hold_lock(tmp_path / "store"):
            raise AssertionError("another process holds it")

    begun = time.monotonic()
    with locked(tmp_path / "store", 60), pytest.raises(Locked):
        patiently(work, 1)
    assert time.monotonic() - begun >= 1


@pytest.mark.parametrize("written", ["-1", "soon", "1.5", "99999999"])
def test_a_wait_that_is_no_number_of_seconds_is_wrong_usage(tmp_path: Path, written: str) -> None:
    root = with_actions(tmp_path / "w")
    assert tenure(root, "done", "abcd", "--wait", written).exit_code == 2
