"""The contact policy, by cases written by hand and by an oracle that shares no code with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import contact_oracle as oracle
from support.contact_days import (
    CONDITIONS,
    DAY,
    KEY,
    KINDS,
    MONDAY,
    MadeContacts,
    _near,
    draft_key,
    drafts_of,
    policies,
    rules_of,
    snapshot_of,
)
from support.contact_oracle import Contact, Draft, Policy
from support.profiles import examples
from support.strategies import SCOPE, read
from tenure.engine.calendar.working_days import Calendar
from tenure.engine.core.schemas import LEDGER, STATES
from tenure.engine.evaluation.cross_references import StateIndex
from tenure.engine.evaluation.finalize import finalize
from tenure.engine.evaluation.inputs import Day, Tables
from tenure.engine.language.expressions import Expression

PLAIN = {"opt_out": False, "health_score": 80.0}


@dataclass(slots=True)
class World:
    """Everything that the plan judges by."""

    drafts: list[Draft] = field(default_factory=list)
    made: list[Contact] = field(default_factory=list)
    taken_back: list[Draft] = field(default_factory=list)
    """Promises that this date supersedes."""
    accounts: dict[str, dict[str, Any] | None] = field(default_factory=lambda: {"a": dict(PLAIN)})
    policy: Policy = field(default_factory=Policy)
    conditions: list[Expression] = field(default_factory=list)
    """The suppressions' conditions, one each."""
    run_on: dt.date = MONDAY
    on: dt.date = MONDAY
    """The date evaluated."""


def engine(world: World) -> list[oracle.Verdict]:
    """What the engine makes of the drafts, in their order."""
    day = Day(world.on, world.run_on, MONDAY)
    states = StateIndex(pl.DataFrame(schema=STATES))
    tables = Tables(snapshot_of(world.accounts), ledger=MadeContacts(world.made))
    before = [draft for draft in world.drafts if draft.before]
    entries = finalize(
        drafts_of(draft for draft in world.drafts if not draft.before),
        _changes(world.taken_back),
        pending_of([*before, *world.taken_back]),
        day,
        tables,
        rules_of(world.policy, world.conditions),
        states,
        {},
        {},
    )
    found = {
        tuple(row[name] for name in KEY): oracle.Verdict(
            row["status"],
            row["contact_on"],
            row["due_on"],
            row["late_days"],
            row["reason"].removeprefix("because"),
        )
        for row in entries.filter(pl.col("status") != "superseded").iter_rows(named=True)
    }
    return [found.get(draft_key(draft), oracle.UNCHANGED) for draft in world.drafts]


def pending_of(drafts: Iterable[Draft]) -> pl.DataFrame:
    """Actions of before, as the ledger has them."""
    rows = []
    for draft in drafts:
        planned = draft.planned or draft.due
        note = f"; postponed from {planned}: {oracle.AS_BEFORE}"
        moved = draft.promised is not None and draft.promised != planned
        rows.append(
            dict.fromkeys(LEDGER)
            | dict(zip(KEY, draft_key(draft), strict=True))
            | {
                "action_id": "-".join(draft_key(draft)),
                "kind": draft.kind,
                "priority": draft.priority,
                "due_on": draft.promised if moved else draft.due,
                "status": "issued" if draft.promised else "postponed",
                "reason": "because" + (note if draft.promised != planned else ""),
                "late_days": (planned - draft.due).days,
                "revision": 1,
                "contact_on": draft.promised,
                "planned_on": planned,
                "until": planned + draft.patience * DAY,
            }
        )
    return pl.DataFrame(rows, schema=LEDGER)


def _changes(taken_back: Iterable[Draft]) -> pl.DataFrame:
    """Entries that supersede promises of before."""
    rows = pending_of(taken_back).with_columns(
        pl.lit("superseded").alias("status"), pl.col("revision") + 1
    )
    return rows.cast(LEDGER)


def judged(world: World) -> list[oracle.Verdict]:
    """What the oracle makes of them."""
    return oracle.decide(world.drafts, world.made, world.accounts, world.policy, world.run_on)


# -- the table of cases ---------------------------------------------------------------------------


CASES = Path(__file__).parent / "contact_policy.cases"


def cases() -> list[tuple[str, list[str]]]:
    """Each case's title and its lines."""
    parts = re.split(r"^== ", CASES.read_text("utf-8"), flags=re.MULTILINE)[1:]
    found = []
    for part in parts:
        title, *lines = part.splitlines()
        found.append((title, [line for line in lines if line and not line.startswith("#")]))
    return found


def world_of(lines: Iterable[str]) -> tuple[World, list[str]]:
    """The world that a case describes, and what is to become of each new action."""
    world, expected = World(), []
    shifts = []
    for line in lines:
        key, _, value = line.partition(": ")
        if key in ("new", "promised", "waiting"):
            what, _, outcome = value.partition(" -> ")
            draft, shift = _draft(what, key)
            world.drafts.append(draft)
            shifts.append(shift)
            expected.append(outcome)
        else:
            _READERS[key](world, value)
    calendar = Calendar("FR", world.policy.quiet)
    world.drafts = [
        replace(draft, due=calendar.shift(draft.due, shift, None, True))
        for draft, shift in zip(world.drafts, shifts, strict=True)
    ]
    return world, expected


def _draft(text: str, key: str = "new") -> tuple[Draft, Any]:
    """`playbook/step due 2026-03-02`, then words with a value each; what was promised has `on` too."""
    name, *words = text.split()
    playbook, step = name.split("/")
    values = dict(zip(words[::2], words[1::2], strict=True))
    kind = values.get("kind", "email")
    on = dt.date.fromisoformat(values["on"]) if "on" in values else None
    due = dt.date.fromisoformat(values["due"]) if "due" in values else on
    assert due is not None
    before = key != "new"
    draft = Draft(
        values.get("account", "a"),
        playbook,
        step,
        due,
        values.get("action", kind),
        kind,
        values.get("class", "other"),
        values.get("cycle", "1"),
        values.get("occurrence", "1"),
        int(values.get("rank", 0)),
        int(values["within"]) if "within" in values else None,
        int(values.get("patience", 0)),
        kind != "task",
        before,
        due if before else None,
        on if key == "promised" else None,
    )
    return draft, values.get("shift", "none")


def _contact(text: str) -> Contact:
    draft, _ = _draft(text)
    place = (draft.account, draft.playbook, draft.cycle, draft.step)
    return oracle.Contact(*place, draft.action, draft.due)


def _change(**more: Any) -> Any:
    return lambda world, value: setattr(
        world, "policy", replace(world.policy, **{key: read(value) for key, read in more.items()})
    )


def _listed(value: str) -> tuple[str, ...]:
    return tuple(value.split(", "))


def _caps(value: str) -> tuple[tuple[int, int], ...]:
    found = re.findall(r"(\d+) in (\d+) days?", value)
    return tuple((int(number), int(days)) for number, days in found)


def _quiet(value: str) -> tuple[tuple[dt.date, dt.date], ...]:
    first, last = map(dt.date.fromisoformat, value.split(" to "))
    return ((first, last),)


def _suppress(world: World, value: str) -> None:
    """`condition; reason`, then perhaps `; kinds a, b` and `; classes a, b`."""
    when, reason, *more = value.split("; ")
    only = dict(part.split(" ", 1) for part in more)
    kinds, classes = (_listed(only[key]) if key in only else () for key in ("kinds", "classes"))
    rule = oracle.Suppression(CONDITIONS[when], kinds, classes, reason)
    world.policy = replace(world.policy, suppress=(*world.policy.suppress, rule))
    world.conditions.append(read(when, SCOPE))


def _account(world: World, value: str, id: str = "a") -> None:
    name, what = value.split(" ", 1)
    account = world.accounts.setdefault(id, dict(PLAIN))
    assert account is not None
    known: Mapping[str, Any] = {"true": True, "unknown": None, "missing": None}
    text = name == "contact_email" and what not in known
    account[name] = what if text else known[what] if what in known else float(what)


_READERS: dict[str, Any] = {
    "caps": _change(caps=_caps),
    "classes": _change(priorities=_listed),
    "exempt": _change(exempt=_listed),
    "quiet": _change(quiet=_quiet),
    "suppress": _suppress,
    "account": _account,
    "account b": lambda world, value: _account(world, value, "b"),
    "accounts": lambda world, value: world.accounts.update(dict.fromkeys(_listed(value), PLAIN)),
    "absent": lambda world, value: world.accounts.update(dict.fromkeys(_listed(value))),
    "made": lambda world, value: world.made.append(_contact(value)),
    "taken back": lambda world, value: world.taken_back.append(_draft(value, "promised")[0]),
    "run": lambda world, value: setattr(world, "run_on", dt.date.fromisoformat(value)),
    "evaluated": lambda world, value: setattr(world, "on", dt.date.fromisoformat(value)),
}


def outcome(verdict: oracle.Verdict) -> str:
    """A verdict as the cases write it: `issued on 2026-03-02`, `withheld: the reason`."""
    reason = verdict.reason.removeprefix("; ").replace(f"{verdict.status}: ", "")
    if verdict.status in ("issued", "unchanged"):
        on = f" on {verdict.on}" if verdict.on else ""
        return f"{verdict.status}{on}" + (f", {reason}" if reason else "")
    return f"{verdict.status}: {reason}"


@pytest.mark.parametrize(("title", "lines"), cases(), ids=[title for title, _ in cases()])
def test_a_case_of_the_contact_policy(title: str, lines: list[str]) -> None:
    world, expected = world_of(lines)
    assert [outcome(verdict) for verdict in engine(world)] == expected
    assert [outcome(verdict) for verdict in judged(world)] == expected, "the oracle"


# -- random worlds against the oracle -------------------------------------------------------------


_playbooks, _steps = st.sampled_from(["p", "q"]), st.sampled_from(["r", "s", "t"])
_few = st.sampled_from(["1", "1", "1", "2"])
_accounts = st.sampled_from(["a", "a", "b"])
_addresses = st.sampled_from(
    [
        "a@example.com",
        "a@example.com",
        "A@Example.com",
        "b@example.com",
        None,
        "none",
        "a b@example.com",
    ]
)


@st.composite
def worlds(draw: Any) -> World:
    """A few accounts with a few contacts before and after, close enough to meet."""
    policy, conditions = draw(policies())
    world = World(policy=policy, conditions=conditions)
    with_address = draw(st.booleans())
    world.accounts = {
        id: {
            "opt_out": draw(st.sampled_from([False, False, True, None])),
            "health_score": draw(st.sampled_from([80.0, 70.0, 69.0, None])),
        }
        | ({"contact_email": draw(_addresses)} if with_address else {})
        for id in ("a", "b")
    }
    if draw(st.integers(0, 5)) == 0:
        world.accounts["b"] = None
    world.on = MONDAY - draw(st.integers(0, 3)) * DAY
    made = st.integers(-6, -1).map(lambda days: world.on + days * DAY)
    world.made = draw(st.lists(_contacts(made), max_size=4, unique=True))
    ranks = {step: draw(st.integers(0, 2)) for step in ("r", "s", "t")}
    drafts = draw(st.lists(_actions(ranks, policy, world.on), max_size=8, unique_by=draft_key))
    taken_back = [d for d in drafts if d.before and draw(st.integers(0, 5)) == 0]
    world.taken_back = taken_back
    world.drafts = [draft for draft in drafts if draft not in taken_back]
    return world


def _contacts(dates: st.SearchStrategy[dt.date]) -> st.SearchStrategy[Contact]:
    actions = st.sampled_from(["x", "y"])
    return st.builds(oracle.Contact, _accounts, _playbooks, _few, _steps, actions, dates)


@st.composite
def _actions(draw: Any, ranks: Mapping[str, int], policy: Policy, on: dt.date) -> Draft:
    step, kind = draw(_steps), draw(st.sampled_from(KINDS))
    shift = draw(st.sampled_from(["earlier", "later", "none"]))
    written = draw(_near)
    due = Calendar("FR", policy.quiet).shift(written, shift, None, True)
    assert due == oracle.shifted(written, shift, policy.quiet)
    draft = Draft(
        draw(_accounts),
        draw(_playbooks),
        step,
        due,
        draw(st.sampled_from(["x", "y"])),
        kind,
        draw(st.sampled_from(["high", "low", "other"])),
        draw(_few),
        draw(_few),
        ranks[step],
        draw(st.sampled_from([None, None, 0, 3])),
        draw(st.sampled_from([0, 1, 3, 10])),
        kind != "task",
    )
    if kind == "task" or draw(st.booleans()):
        return draft
    planned = due + draw(st.sampled_from([0, 0, 2])) * DAY
    promised = max(planned, on) + draw(st.integers(0, 4)) * DAY
    return replace(
        draft,
        before=True,
        planned=planned,
        promised=draw(st.sampled_from([None, promised, max(planned, on)])),
    )


@examples(400)
@given(worlds())
def test_the_policy_is_that_of_the_oracle(world: World) -> None:
    assert engine(world) == judged(world)
