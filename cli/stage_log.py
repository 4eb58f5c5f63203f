"""The log of runs and previews: one line per evaluated date, on standard error, only on request.

A line has dates, counts and seconds. It never has a name, an id, or any other value of an account.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

import click

from .options import Command
from .streams import note

if TYPE_CHECKING:
    from ..engine.runs.observer import Observer
    from ..engine.runs.plan import Stage
    from ..engine.store.run_record import RunRecord

LOG_FORMATS = ("text", "json")
"""Logfmt (`key=value`), or one JSON object per line."""

LOG_KEYS = (
    *("timestamp", "level", "event", "on", "run_on", "snapshot_on", "attempt", "playbooks"),
    *(
        "rows",
        "quarantined",
        "issued",
        "postponed",
        "skipped",
        "withheld",
        "superseded",
        "withdrawn",
    ),
    "seconds",
)
"""Every key of a line, in order."""

VERSION_KEY = "snapshot_version"
"""Key that follows where the snapshot is a version of a lake's table."""

FORCED_KEYS = ("forced", "passed")
"""Keys that follow in a line of a forced run: the reason, and the brakes passed."""


def log_option(command: Command) -> Command:
    """Add the option `--log`, whose default the environment variable TENURE_LOG gives."""
    return click.option(
        "--log",
        type=click.Choice(LOG_FORMATS),
        envvar="TENURE_LOG",
        help="Log a line for each date evaluated, on standard error.  [default: none; env: TENURE_LOG]",
    )(command)


class LineLogger:
    """A logger for structlog that writes finished lines to standard error."""

    def info(self, line: str) -> None:
        """Write a line; one that standard error does not take is lost, and the work goes on."""
        note(line + "\n")


class StageLog:
    """An observer that logs a line when a date ends."""

    def __init__(self, event: str, form: str) -> None:
        import structlog

        renderer: Any = structlog.processors.JSONRenderer()
        if form == "text":
            renderer = structlog.processors.LogfmtRenderer()
        self._event = event
        self._logger = structlog.wrap_logger(
            LineLogger(),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _in_order,
                renderer,
            ],
            wrapper_class=structlog.BoundLogger,
        )
        self._began = time.monotonic()
        self._spent: dict[tuple[dt.date, int], float] = {}

    def begin_stage(self, stage: Stage) -> None:
        """Start the stage's clock."""
        del stage
        self._began = time.monotonic()

    def rest_stage(self, stage: Stage) -> None:
        """Note how long the stage has taken so far."""
        self._spent[stage.on, stage.attempt] = time.monotonic() - self._began

    def end_stage(self, record: RunRecord) -> None:
        """Log the stage's dates, counts and seconds."""
        before = self._spent.pop((record.on, record.attempt), 0.0)
        self._logger.info(
            self._event,
            on=record.on.isoformat(),
            run_on=record.run_on.isoformat(),
            snapshot_on=record.snapshot_on.isoformat(),
            attempt=record.attempt,
            playbooks=len(record.playbooks),
            rows=record.snapshot_rows,
            quarantined=record.quarantined,
            issued=record.issued,
            postponed=record.postponed,
            skipped=record.skipped,
            withheld=record.withheld,
            superseded=record.superseded,
            withdrawn=record.withdrawn,
            seconds=round(before + time.monotonic() - self._began, 3),
            **_versioned(record),
            **_forced(record),
        )


def stage_log(event: str, form: str | None) -> Observer | None:
    """Return the observer that logs; None where no log is asked for."""
    return StageLog(event, form) if form else None


def _versioned(record: RunRecord) -> dict[str, str]:
    from ..engine.store.run_record import VERSION_READ

    version = record.events.get(VERSION_READ)
    return {VERSION_KEY: version} if version else {}


def _forced(record: RunRecord) -> dict[str, str]:
    if not record.force_reason:
        return {}
    return {"forced": record.force_reason, "passed": ", ".join(record.passed)}


def _in_order(_logger: object, _method: str, line: Any) -> dict[str, Any]:
    """Return the line with its keys in order, and no others."""
    return {key: line[key] for key in (*LOG_KEYS, VERSION_KEY, *FORCED_KEYS) if key in line}
