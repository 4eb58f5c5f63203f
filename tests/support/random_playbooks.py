"""Random playbooks, as YAML text, and random accounts for them: for tests that compare two ways of evaluating."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from tenure.engine.core.ids import UNREADABLE_FIELDS
from tenure.engine.core.offsets import ONE_DAY
from tenure.engine.core.schemas import HAND_MOVES

from support import yaml_text
from support.strategies import unreadable_among
from support.workspaces import SETTINGS, workspace

FIRST = dt.date(2026, 2, 20)
CONDITIONS = (
    "health_score < 70",
    "health_score >= 70",
    "tickets_open > 3 or health_score < 40",
    "csm is missing",
    "segment in ('enterprise', 'strategic')",
    "auto_renew",
    "not auto_renew",
    "crossed_below(health_score, 70)",
    "changed(csm)",
    "change(health_score, 7 days) < -10",
    "days_until(renewal_date) between 0 and 60",
    "business_days_until(renewal_date) between 0 and 40",
    "lowest(health_score, 7 days) < 50",
    "average(health_score, 7 days) >= 70",
    "held_for(health_score < 70, 3 days)",
    "change_since(renewal_date, health_score) < -10",
    "csm contains 'n'",
)
INSIDE = (
    *CONDITIONS,
    "renewal_date > anchor + 60 days",
    "today >= anchor",
    "entered_on < today",
    "change_since(opened_on, health_score) < -10",
)
OFFSETS = (
    "-20 days",
    "-2 weeks",
    "-7 days",
    "-3 business days",
    "-1 days",
    "0 days",
    "2 days",
    "1 month",
)
LENGTHS = ("1 days", "3 days", "1 week", "2 business days", "1 month")
COUNTRIES = (None, "FR", "US", "AE", "England")
REGIONS = (None, None, "Alsace", "Scotland", "Nowhere")

conditions = st.sampled_from(CONDITIONS)
inside = st.sampled_from(INSIDE)


@st.composite
def actions(draw: Any, repeats: bool = True) -> list[dict[str, Any]]:
    """Up to three actions of a step."""
    kinds = draw(
        st.lists(st.sampled_from(["email", "task", "call", "in_app"]), max_size=3, unique=True)
    )
    found = [{kind: draw(_action(repeats))} for kind in kinds]
    # Where all contacts of a playbook must reach their customers, a holdout is refused.
    if {"email", "call"} <= {*kinds} and draw(st.booleans()):
        next(each["email"] for each in found if "email" in each)["must_reach"] = True
    return found


@st.composite
def _action(draw: Any, repeats: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"owner": draw(st.sampled_from([["csm", "operations"], "csm"]))}
    if draw(st.booleans()):
        body["when"] = draw(inside)
    if draw(st.booleans()):
        cases = [{"when": draw(inside), "then": "renewal"} for _ in range(draw(st.integers(1, 2)))]
        body["priority"] = [*cases, *draw(st.sampled_from([[], ["other"]]))]
    if draw(st.booleans()):
        says = ("it is so", {"en": "it is this", "fr": "c'est cela"}, {"fr": "c'est ainsi"})
        body["because"] = [
            {"when": draw(inside), "say": say} for say in says[: draw(st.integers(1, 3))]
        ]
    if draw(st.booleans()):
        body["due"] = draw(st.sampled_from(LENGTHS))
    if draw(st.booleans()):
        body["shift"] = draw(st.sampled_from(["earlier", "later", "none"]))
    if repeats and draw(st.integers(0, 3)) == 0:
        body["repeat"] = {
            "every": draw(st.sampled_from(LENGTHS)),
            "at_most": draw(st.integers(1, 4)),
        }
    elif repeats and draw(st.integers(0, 2)) == 0:
        after = st.sampled_from(LENGTHS)
        body["again"] = {"after": draw(after), "at_most": draw(st.integers(1, 3))}
    if repeats and draw(st.integers(0, 3)) == 0:
        several = [["csm", "operations"], ["csm", "manager"], ["manager", "operations"]]
        to = draw(st.sampled_from(["operations", "manager", *several]))
        body["escalate"] = {"after": draw(st.sampled_from(LENGTHS)), "to": to}
    return body


def _do(draw: Any, repeats: bool = True) -> dict[str, Any]:
    found = draw(actions(repeats))
    return {"do": found} if found else {}


def _maybe(draw: Any, key: str, strategy: Any) -> dict[str, Any]:
    return {key: draw(strategy)} if draw(st.booleans()) else {}


def _when(draw: Any) -> Any:
    if draw(st.integers(0, 4)) == 0:
        cases = [{"when": draw(inside), "then": draw(st.sampled_from(OFFSETS))}]
        return [*cases, draw(st.sampled_from(OFFSETS))]
    return draw(st.sampled_from(OFFSETS))


def _steps(draw: Any) -> dict[str, Any]:
    number = draw(st.integers(1, 4))
    dates = sorted(
        draw(st.lists(st.sampled_from(OFFSETS), min_size=number, max_size=number)),
        key=OFFSETS.index,
    )
    steps = [
        {"id": f"step_{n}", "at": date, **_maybe(draw, "when", inside), **_do(draw)}
        for n, date in enumerate(dates)
    ]
    if draw(st.booleans()):
        waits = ["snapshot_reaches(anchor)", "auto_renew", *INSIDE[-3:]]
        steps[-1]["wait_for"] = draw(st.sampled_from(waits))
        if "business" not in str(steps[-1]["at"]) and "month" not in str(steps[-1]["at"]):
            steps[-1] |= _maybe(draw, "wait_at_most", st.sampled_from(["3 days", "1 week"]))
    if draw(st.booleans()):
        for action in steps[-1].get("do", []):  # the enrolment ends there: nothing follows
            for body in action.values():
                body.pop("again", None)
                body.pop("escalate", None)
        return {"steps": steps}
    outcomes: dict[str, Any] = {"renewed": {"when": draw(inside), **_do(draw, False)}}
    outcomes["over"] = {"at": "40 days", **_do(draw, False)}
    return {"steps": steps, "outcomes": outcomes}


def _timeline(draw: Any) -> dict[str, Any]:
    following = _maybe(draw, "next_cycle", st.just("renewal_date > anchor + 60 days"))
    return {"timeline": {"anchor": "renewal_date", **following, **_steps(draw)}}


def _triggers(draw: Any) -> dict[str, Any]:
    opening = [
        {"id": "drop", "when": draw(conditions), **_maybe(draw, "rearm", conditions)},
        {
            "id": "cadence",
            "every": "30 days",
            "since": "last_review_date",
            **_maybe(draw, "when", conditions),
        },
    ]
    anchors = st.sampled_from(
        [
            "first(next_review_date, opened_on + 3 days)",
            "next_review_date",
            "first(next_review_date, anchor, opened_on + 3 days)",
            "first(anchor, next_review_date)",
            "choose(anchor is not missing and today >= anchor, anchor, next_review_date)",
        ]
    )
    body = {
        "open": draw(st.permutations(opening)),
        **_maybe(draw, "apart", st.sampled_from(["5 days", "2 weeks"])),
        **_maybe(draw, "while_open", st.sampled_from(["ignore", "restart"])),
    }
    steps = _steps(draw)
    # Dates before the opening need an anchor of their own.
    early = any("-" in str(step["at"]) for step in steps["steps"])
    anchor = {"anchor": draw(anchors)} if early else _maybe(draw, "anchor", anchors)
    return {"triggers": {**body, **anchor, **steps}}


def _tiers(draw: Any) -> dict[str, Any]:
    days = [5, 200, 370]
    levels = [
        {
            "id": f"level_{n}",
            "after": f"{days[n]} days",
            **_maybe(draw, "when", conditions),
            **_do(draw, False),
        }
        for n in range(draw(st.integers(1, 3)))
    ]
    notice = {"notice": {"before": "3 days", **(_do(draw, False) or {"do": [{"task": {}}]})}}
    body = {"since": "signup_date", "levels": levels, **(notice if draw(st.booleans()) else {})}
    down = draw(st.sampled_from(["never", "one level", "to what is earned"]))
    return {"tiers": {**body, "downgrade": down, "below_for": "4 days"}}


def _anniversaries(draw: Any) -> dict[str, Any]:
    years = [
        {"id": "first", "year": 1, **_maybe(draw, "when", conditions), **_do(draw, False)},
        {"id": "later", "from_year": draw(st.integers(2, 3)), "at": "2 days", **_do(draw, False)},
    ]
    return {"anniversaries": {"of": "signup_date", "years": years}}


def _machine(draw: Any) -> dict[str, Any]:
    states = [{"id": f"s{n}", **_do(draw)} for n in range(3)] + [{"id": "gone", "final": True}]
    transitions: list[dict[str, Any]] = [
        {"from": "s0", "to": "s1", "when": draw(inside), **_do(draw, False)},
        {"from": "s1", "to": "s0", "after": draw(st.sampled_from(LENGTHS)), "when": draw(inside)},
        {"from": ["s0", "s1"], "to": "s2", "at": draw(st.sampled_from(OFFSETS))},
        {"from": "any", "to": "gone", "when": draw(inside), "after": "2 days", **_do(draw, False)},
        {"from": "s2", "to": "gone", "after": "10 days"},
        {"from": "s0", "to": "s0", "after": draw(st.sampled_from(LENGTHS)), **_do(draw, False)},
        {"from": ["s1", "s2"], "to": "s2", "after": "3 days", **_maybe(draw, "when", inside)},
    ]
    again = _maybe(draw, "again", st.sampled_from(["opened_on < today", *CONDITIONS]))
    return {
        "machine": {
            "anchor": "renewal_date",
            **again,
            "initial": "s0",
            "states": states,
            "transitions": draw(st.permutations(transitions)),
        }
    }


BODIES = (_timeline, _triggers, _tiers, _anniversaries, _machine)
BODY_NAMES = ("timeline", "triggers", "tiers", "anniversaries", "machine")


ASKING = (
    "stands_in('{a}')",
    "not stands_in('{a}')",
    "stands_in('{a}/{step}', '{b}/{other}')",
    "not stands_in('{a}/{step}')",
    "standing_since('{a}', '{b}/{step}') < today",
    "days_since(standing_since('{b}/{step}', '{a}/{other}')) between 1 and 7",
    "standing_since('{a}/{step}') is missing",
)
MOVES = (
    "hold",
    "hold",
    "release",
    "enrol",
    "enrol",
    "close",
    "close",
    "skip",
    "unskip",
    "reassign",
)
ASKING_ACTIONS = (
    "done('{step}/{kind}')",
    "not done('{id}/{step}/{kind}')",
    "issued('{step}/{kind}') and not open('{step}/{kind}')",
    "open('{a}/{step}/{kind}') or done('{b}/{other}/task')",
    "result('{step}/{kind}') == 'no answer'",
    "not result('{a}/{step}/{kind}') in ('yes', 'no answer')",
    "days_since_done('{step}/{kind}') >= 2",
    "days_since_done('{b}/{step}/{kind}') is missing",
    "attempts('{step}/{kind}') + attempts('{a}/{other}/{kind}') > 1",
)
ASKING_KNOWN = (
    "done('{one}')",
    "issued('{one}') and not done('{other}')",
    "open('{one}') or result('{other}') == 'no answer'",
    "days_since_done('{one}') >= 2",
    "attempts('{one}') + attempts('{other}') > 1",
)
KINDS = ("email", "task", "call", "in_app")
STEPS = ("enrolled", *(f"step_{n}" for n in range(4)), "renewed", "over", "level_0", "level_1")
MACHINE_STEPS = ("first", "later", "s0", "s1", "s2", "gone")


def _asking_actions(draw: Any, node: Any, ids: list[str], id: str) -> Any:
    """The same with some of its conditions going by what became of actions, its own or those of others."""
    if isinstance(node, dict):
        return {key: _asking_actions(draw, value, ids, id) for key, value in node.items()}
    if isinstance(node, list):
        return [_asking_actions(draw, item, ids, id) for item in node]
    if node in INSIDE and draw(st.integers(0, 2)) == 0:
        a, b = draw(st.sampled_from(ids)), draw(st.sampled_from(ids))
        step, other = (draw(st.sampled_from(STEPS + MACHINE_STEPS)) for _ in range(2))
        kind = draw(st.sampled_from(KINDS))
        asks = draw(st.sampled_from(ASKING_ACTIONS))
        return asks.format(a=a, b=b, step=step, other=other, kind=kind, id=id)
    return node


def _asking(draw: Any, node: Any, others: list[str]) -> Any:
    """The same with some of its conditions, and the anchor, going by where the account stands in others."""
    if isinstance(node, dict):
        return {key: _asking(draw, value, others) for key, value in node.items()}
    if isinstance(node, list):
        return [_asking(draw, item, others) for item in node]
    if node in INSIDE and draw(st.booleans()):
        a, b = draw(st.sampled_from(others)), draw(st.sampled_from(others))
        step, other = (draw(st.sampled_from(STEPS + MACHINE_STEPS)) for _ in range(2))
        return draw(st.sampled_from(ASKING)).format(a=a, b=b, step=step, other=other)
    if node == "renewal_date" and draw(st.integers(0, 3)) == 0:
        return f"first(standing_since('{draw(st.sampled_from(others))}'), renewal_date)"
    return node


@st.composite
def programmes(draw: Any, of_actions: bool = False) -> list[str]:
    """The texts of one to three playbooks, each asking only about those before it; ids in any order.

    With `of_actions`, they ask what became of actions too, of all of them.
    """
    ids = draw(st.permutations(["p", "q", "r"]))[: draw(st.integers(1, 3))]
    about = ids if of_actions else ()
    return [draw(playbooks(id, ids[:n], about)) for n, id in enumerate(ids)]


@st.composite
def playbooks(
    draw: Any, id: str = "random", others: Sequence[str] = (), about: Sequence[str] = ()
) -> str:
    """The text of a playbook with any of the five bodies, which asks where accounts stand in others."""
    playbook = _playbook(draw, id)
    playbook = _asking_actions(draw, playbook, list(about), id) if about else playbook
    return yaml_text.dump(_asking(draw, playbook, list(others)) if others else playbook)


def _playbook(draw: Any, id: str) -> dict[str, Any]:
    body = draw(st.sampled_from(BODIES))(draw)
    head = {
        "playbook": id,
        "schedule": draw(st.sampled_from(["0 6 * * *", "0 6 * * 1-5", "30 7 * * 1,4"])),
        "for": draw(st.sampled_from([True, "status == 'active'"]) | conditions),
        "catch_up": {
            "within": draw(st.sampled_from(["0 days", "3 days"])),
            "then": draw(st.sampled_from(["skip", "issue"])),
        },
        "start": draw(st.sampled_from(["catch_up", "catch_up", "today", "enrolment"])),
    }
    holdout = _maybe(draw, "holdout", st.sampled_from([{"share": "50 %"}, {"share": "25.5 %"}]))
    return {**head, **holdout, **body}


@st.composite
def workspace_playbooks(draw: Any) -> dict[str, str]:
    """The texts of one to three playbooks by id, which ask only about actions that they have.

    They load in a workspace, where an unknown action is an error. Most are for all accounts, and each step acts.
    """
    found = [_busy(draw, _playbook(draw, id)) for id in ["p", "q", "r"][: draw(st.integers(1, 3))]]
    actions = [each for playbook in found for each in _actions_in(playbook, playbook["playbook"])]
    if actions:
        found = [_asking_known(draw, playbook, actions) for playbook in found]
    return {playbook["playbook"]: yaml_text.dump(playbook) for playbook in found}


def busy_workspace(root: Path, texts: Mapping[str, str], more: str = "") -> Path:
    """Lay out a workspace in which all of them load: with people, as escalations go to managers."""
    folder = workspace(root, texts, f"{SETTINGS}people: {{file: people.csv}}\n{more}")
    (folder / "people.csv").write_text("name,manager\nZoé,Max\nMax,\nOps,Zoé\n", "utf-8")
    return folder


def _busy(draw: Any, playbook: dict[str, Any]) -> dict[str, Any]:
    """The same, for all accounts or for active ones, with a task in each step that had no action."""
    playbook["for"] = draw(st.sampled_from([True, "status == 'active'"]))
    body = next(playbook[name] for name in BODY_NAMES if name in playbook)
    for steps in ("steps", "levels", "years", "states"):
        for step in body.get(steps, ()):
            # Where the enrolment ends at once nothing can follow.
            last = steps == "steps" and step is body[steps][-1] and "outcomes" not in body
            follows = steps in ("steps", "states") and not last
            if not step.get("do") and not step.get("final"):
                step["do"] = [{"task": _followed(draw) if follows else {"owner": "csm"}}]
    return playbook


def _followed(draw: Any) -> dict[str, Any]:
    lengths = st.sampled_from(["1 day", "2 days", "1 business day"])
    return {
        "owner": draw(st.sampled_from([["csm", "operations"], "csm"])),
        "shift": "none",
        "again": {"after": draw(lengths), "at_most": draw(st.integers(1, 3))},
        "escalate": {"after": draw(lengths), "to": draw(st.sampled_from(["operations", "csm"]))},
    }


@st.composite
def busy_accounts(draw: Any, id: str) -> dict[str, Any]:
    """One account's row, mostly active, with dates near the first days; all its values can be read."""
    row = draw(likely_accounts(id))
    del row[UNREADABLE_FIELDS]
    return row


@st.composite
def likely_accounts(draw: Any, id: str) -> dict[str, Any]:
    """One account's row, mostly active, with dates near the first days."""
    row = draw(accounts(id))
    near = st.integers(-4, 22).map(lambda n: FIRST + n * ONE_DAY)
    if draw(st.integers(0, 3)) < 3:
        row |= {"status": "active", "merged_into": None, "renewal_date": draw(near)}
        row["signup_date"] = draw(near).replace(year=FIRST.year - draw(st.integers(1, 3)))
        row["next_review_date"] = draw(near)
    return row


@st.composite
def changed_accounts(draw: Any, row: dict[str, Any], former: dict[str, Any]) -> dict[str, Any]:
    """The account's next row: as it is or was, with another status or date for its renewal, or all of it new."""
    changes = [{}, {"status": draw(st.sampled_from(["active", "lapsed"]))}]
    if date := row["renewal_date"]:
        near = dt.timedelta(days=draw(st.sampled_from([-9, 3, 30])))
        # Of a mistake in the year, or of day and month exchanged.
        wrong = [date.replace(year=year, day=min(date.day, 28)) for year in (2025, 2027, 2035)]
        wrong += [date.replace(month=date.day, day=date.month)] if date.day <= 12 else []
        changes += [{"renewal_date": each} for each in (date + near, draw(st.sampled_from(wrong)))]
    like = [draw(likely_accounts(row["account_id"])), former, *(row | each for each in changes)]
    return draw(st.sampled_from(like))


def _actions_in(node: Any, id: str, name: str = "") -> Iterator[str]:
    """Yield each action of the steps of a playbook, as `playbook/step/kind`."""
    if isinstance(node, list):
        for item in node:
            yield from _actions_in(item, id)
    if isinstance(node, dict):
        step = node.get("id", name)
        if step and "from" not in node:
            yield from (f"{id}/{step}/{kind}" for each in node.get("do", ()) for kind in each)
        outcomes = node.get("outcomes", {})
        for key, value in node.items():
            yield from _actions_in(value, id) if key != "outcomes" else ()
        for outcome, value in outcomes.items():
            yield from _actions_in(value, id, outcome)


def _asking_known(draw: Any, node: Any, actions: Sequence[str]) -> Any:
    """The same with some of its conditions going by what became of these actions."""
    if isinstance(node, dict):
        return {key: _asking_known(draw, value, actions) for key, value in node.items()}
    if isinstance(node, list):
        return [_asking_known(draw, item, actions) for item in node]
    if node in INSIDE and draw(st.booleans()):
        one, other = draw(st.sampled_from(actions)), draw(st.sampled_from(actions))
        return draw(st.sampled_from(ASKING_KNOWN)).format(one=one, other=other)
    return node


def _day(draw: Any, spread: int) -> dt.date | None:
    return draw(
        st.none() | st.integers(-spread, spread).map(lambda n: FIRST + dt.timedelta(days=n))
    )


@st.composite
def accounts(draw: Any, id: str) -> dict[str, Any]:
    """One account's row; every field may be missing."""
    years = draw(st.integers(0, 3))
    signup = _day(draw, 40)
    row = {
        "account_id": id,
        "account_name": f"Account {id}",
        "status": draw(st.sampled_from(["active", "lapsed", None])),
        "health_score": draw(st.sampled_from([30.0, 69.0, 70.0, 75.0, None])),
        "tickets_open": draw(st.sampled_from([0.0, 5.0, None])),
        "csm": draw(st.sampled_from(["Zoé", "Max", None])),
        "segment": draw(st.sampled_from(["enterprise", "growth", None])),
        "auto_renew": draw(st.sampled_from([True, False, None])),
        "country": draw(st.sampled_from(COUNTRIES)),
        "region": draw(st.sampled_from(REGIONS)),
        "renewal_date": _day(draw, 40),
        "last_review_date": _day(draw, 40),
        "next_review_date": _day(draw, 20),
        "merged_into": draw(st.sampled_from([*[None] * 9, "b"])),
        "signup_date": signup and dt.date(signup.year - years, signup.month, min(signup.day, 28)),
    }
    row[UNREADABLE_FIELDS] = draw(
        unreadable_among([name for name, value in row.items() if value is None])
    )
    return row


@st.composite
def hand_moves(draw: Any, dates: Sequence[dt.date], ids: Sequence[str]) -> list[dict[str, Any]]:
    """Up to eight moves by hand of a few accounts, on some of the dates, in the order in which they were recorded."""
    found = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        move = draw(st.sampled_from(MOVES))
        on = draw(st.sampled_from(dates))
        row = dict.fromkeys(HAND_MOVES) | {
            "number": number,
            "move": move,
            "account_id": draw(st.sampled_from(["a0", "a0", "a1", "a2"])),
            "playbook": draw(st.sampled_from(ids)),
            "on": on,
            "by": draw(st.sampled_from(["Ann", None])),
            "because": draw(st.sampled_from(["on holiday", None])),
            "recorded_on": on,
        }
        if move in ("hold", "release", "close"):
            row["playbook"] = draw(st.sampled_from([*ids, None]))
        if move == "hold":
            days = draw(st.none() | st.integers(0, 20))
            row["until"] = None if days is None else on + days * ONE_DAY
        if move in ("skip", "unskip"):
            row["step"] = draw(st.sampled_from([*STEPS, *MACHINE_STEPS]))
        if move == "reassign":
            row |= {"account_id": None, "playbook": None}
            row["owner"], row["to"] = draw(st.permutations(["Zoé", "Max", "Ops"]))[:2]
        found.append(row)
    return found
