"""An explanation as JSON values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..core.ids import ACCOUNT_ID
from ..evaluation.hand_orders import Hold
from ..evaluation.reference_dates import DoubtedDate
from ..language.trace import Trace
from ..playbook.model import ENROLLED
from .explain_model import PlaybookExplanation, PossibleMove, place_text
from .explanation import AccountExplanation


def explanation_data(explanation: AccountExplanation) -> dict[str, Any]:
    """Return the explanation as JSON values."""
    return {
        ACCOUNT_ID: explanation.account,
        "on": explanation.on.isoformat(),
        "snapshot_on": _iso(explanation.snapshot_on),
        "committed": _iso(explanation.committed),
        "in_snapshot": explanation.row is not None,
        "left_out": explanation.left_out or None,
        "bad_values": explanation.bad_values or None,
        "merged_into": explanation.merged_into,
        "plan": [
            {name: _iso(value) for name, value in each._asdict().items()}
            for each in explanation.plan
        ],
        "people": [
            {name: _iso(value) for name, value in asdict(each).items()}
            for each in explanation.people
        ],
        "playbooks": [_playbook_data(explained) for explained in explanation.playbooks],
    }


def _playbook_data(explained: PlaybookExplanation) -> dict[str, Any]:
    state: Mapping[str, Any] = explained.state or {}
    columns = ("state", "cycle", "anchor", "opened_on", "opened_by", "entered_on", "ended_on")
    return {
        "playbook": explained.playbook.id,
        "place": place_text(explained.playbook.span),
        "enabled": explained.playbook.enabled,
        **{name: _iso(state.get(name)) for name in columns},
        "goes_on": explained.goes_on,
        "doubted": _doubt_data(explained.doubted),
        "held": _hold_data(explained.by_hand.hold),
        "by_hand": explained.by_hand.decision,
        "skipped": {step or "": why for step, why in explained.by_hand.skips.items()},
        "waits_for_room": explained.waits_for_room,
        "held_out": explained.held_out,
        "done_before": _iso(explained.done_before),
        "ways": [_move_data(move) for move in explained.moves],
        "while_open": explained.playbook.machine.while_open if explained.triggers else None,
        "triggers": [_move_data(trigger) for trigger in explained.triggers],
        "dates": [{"on": _iso(date), "step": target} for date, target in explained.dates],
        "waiting": [
            {name: _iso(value) for name, value in asdict(contact).items()}
            for contact in explained.waiting
        ],
        "follow_ups": [
            {name: _iso(value) for name, value in each._asdict().items()}
            for each in explained.follow_ups
        ],
    }


def _doubt_data(doubted: DoubtedDate | None) -> dict[str, Any] | None:
    if doubted is None:
        return None
    return {
        "date": doubted.date.isoformat(),
        "since": doubted.since.isoformat(),
        "until": doubted.until.isoformat(),
        "why": doubted.why,
    }


def _hold_data(hold: Hold | None) -> dict[str, Any] | None:
    if hold is None:
        return None
    return {"since": _iso(hold.since), "until": _iso(hold.until), "why": hold.why}


def _move_data(move: PossibleMove) -> dict[str, Any]:
    return {
        "to": move.target or ENROLLED,
        "place": place_text(move.span),
        "moment": move.moment or None,
        "date": _iso(move.date),
        "conditions": [_trace_data(each.trace, each.label) for each in move.conditions],
        "actions": [_trace_data(each.trace, each.label) for each in move.actions],
    }


def _trace_data(trace: Trace, label: str | None = None) -> dict[str, Any]:
    return {
        **({"label": label} if label else {}),
        "text": trace.text,
        "value": _iso(trace.value),
        "note": trace.note or None,
        "place": place_text(trace.span),
        "parts": [_trace_data(child) for child in trace.children],
    }


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
