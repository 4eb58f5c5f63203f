"""Warnings about deliveries that have failed, for `deliver` and `run`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..core.problems import Problem

if TYPE_CHECKING:
    from ..store import Reader

SHOWN_DAYS = 7
"""Days for which a delivery that failed is shown."""


def warn_of_failures(store: Reader, on: dt.date, known: Collection[str] = ()) -> list[Problem]:
    """Return a warning about the deliveries of the last days that have failed, except those with `known` keys."""
    since = on - dt.timedelta(days=SHOWN_DAYS)
    failed = [row for row in store.deliveries(("failed",), since) if row.key not in known]
    if not failed:
        return []
    first = failed[0]
    what = "1 delivery has failed" if len(failed) == 1 else f"{len(failed)} deliveries have failed"
    message = f"{what}; the first, on {first.day} by `{first.channel}`: {first.error}"
    hint = "correct the reason, then `tenure deliver --retry`"
    return [Problem("delivery-failed", message, hint=hint, severity="warning")]
