"""An explanation as JSON knows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ..core.ids import ACCOUNT_ID
from ..language.trace import Trace
from ..playbook.model import ENROLLED
from .explain_model import PossibleMove, Standing, place_text
from .explanation import Explanation


def explanation_data(explanation: Explanation) -> dict[str, Any]:
    """The explanation as JSON knows it."""
    return {
        ACCOUNT_ID: explanation.account,
        "on": explanation.on.isoformat(),
        "snapshot_on": _iso(explanation.snapshot_on),
        "committed": _iso(explanation.committed),
        "in_snapshot": explanation.row is not None,
        "left_out": explanation.left_out or None,
        "playbooks": [_standing_data(standing) for standing in explanation.standings],
    }


def _standing_data(standing: Standing) -> dict[str, Any]:
    state: Mapping[str, Any] = standing.state or {}
    kept = ("state", "cycle", "anchor", "opened_on", "opened_by", "entered_on", "ended_on")
    return {
        "playbook": standing.playbook.id,
        "place": place_text(standing.playbook.span),
        **{name: _iso(state.get(name)) for name in kept},
        "ways": [_way_data(way) for way in standing.ways],
        "dates": [{"on": _iso(date), "step": target} for date, target in standing.dates],
    }


def _way_data(way: PossibleMove) -> dict[str, Any]:
    return {
        "to": way.target or ENROLLED,
        "place": place_text(way.place),
        "moment": way.moment or None,
        "date": _iso(way.date),
        "conditions": [_trace_data(each.trace, each.label) for each in way.findings],
        "actions": [_trace_data(each.trace, each.label) for each in way.actions],
    }


def _trace_data(found: Trace, label: str | None = None) -> dict[str, Any]:
    return {
        **({"label": label} if label else {}),
        "text": found.text,
        "value": _iso(found.value),
        "note": found.note or None,
        "place": place_text(found.span),
        "parts": [_trace_data(child) for child in found.children],
    }


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
