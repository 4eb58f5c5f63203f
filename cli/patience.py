"""Waiting for the store's lock: a command of a person waits some seconds for a run or a delivery to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import click

from .options import Command
from .output import echo_status

Result = TypeVar("Result")

WAIT_SECONDS = 10
"""The time that a command waits by default: longer than most runs hold the lock."""
_PAUSE_SECONDS = 0.1


def wait_option(command: Command) -> Command:
    """Add `--wait`, the seconds to wait for another process to release the store."""
    return click.option(
        "--wait",
        type=click.IntRange(0, 86_400),
        default=WAIT_SECONDS,
        metavar="SECONDS",
        help=f"How long to wait for a run or delivery that is under way; {WAIT_SECONDS} by default.",
    )(command)


def patiently(work: Callable[[], Result], seconds: int) -> Result:
    """Return the result of work that begins with locking the store, trying again while another process holds it.

    Raises:
        Locked: The lock was not released within these seconds.
    """
    from ..engine.store.lock import Locked

    until, said = time.monotonic() + seconds, False
    while True:
        try:
            return work()
        except Locked as error:
            if time.monotonic() >= until:
                raise
            if not said:
                echo_status(f"{error}: waiting up to {seconds} seconds for it")
            said = True
        time.sleep(_PAUSE_SECONDS)
