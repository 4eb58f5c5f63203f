"""Moves by hand: what each does to an account's days, over columns and by the reference executor."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any, NamedTuple

import polars as pl
import pytest
from support.lives import RULES, Lives
from support.one_account import DAY, MONDAY, text
from support.random_days import enrolment_of
from tenure.engine.core.schemas import HAND_MOVES
from tenure.engine.evaluation.hand_orders import hold_on
from tenure.engine.evaluation.inputs import Day
from tenure.engine.evaluation.reference_executor import ReferenceExecutor

NEVER = 99
DRAFTED = ("cycle", "step", "action", "occurrence")
"""Columns that name one action of an account."""
CONTRACT = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: opening, at: -40 days}
    - {id: notice, at: -30 days, do: [{task: {owner: csm, shift: none}}]}
    - {id: push, at: -7 days, do: [{task: {owner: csm, shift: none}}]}
  outcomes: {lapsed: {at: 30 days}}
"""
"""For an account that renews on day 34: it enrols on day 0, the notice is due on day 4, the push on day 27."""
YEARS = """\
anniversaries:
  of: signup_date
  years: [{id: year, from_year: 1, do: [{task: {owner: csm, shift: none}}]}]
"""
REVIEWS = """\
triggers:
  open: [{id: quarter, every: 90 days, since: last_review_date}]
  anchor: first(next_review_date, opened_on + 3 days)
  steps: [{id: review, at: 0 days, do: [{task: {owner: csm, shift: none}}]}]
"""
TWO_TRIGGERS = """\
triggers:
  open: [{id: drop, when: health_score < 70}, {id: star, when: vip}]
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
"""
DAILY = """\
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do: [{task: {owner: csm, shift: none, repeat: {every: 3 days, at_most: 4}}}]
  outcomes: {lapsed: {at: 60 days}}
"""
"""Its occurrences are due on the days 4, 7, 10 and 13."""


class Move(NamedTuple):
    """A move by hand, recorded before the run of a day; `until` is a day too."""

    day: int
    move: str
    until: int | None = None
    playbook: str | None = None
    step: str | None = None
    by: str | None = "Ann"
    because: str | None = "on holiday"


def lived(
    moves: list[Move],
    days: int,
    body: str = CONTRACT,
    changes: dict[int, dict[str, Any]] | None = None,
) -> Lives:
    """The account's days, on each of which the reference executor comes to the same state and the same drafts."""
    life = Lives(text(body))
    start = {"renewal_date": MONDAY + 34 * DAY, "signup_date": dt.date(2024, 3, 6)}
    life.put(**start, last_review_date=MONDAY - 85 * DAY, next_review_date=None)
    for n in range(days):
        for each in moves:
            if each.day == n or (n == 0 and each.day < 0):
                until = None if each.until is None else MONDAY + each.until * DAY
                names = ("playbook", "step", "by", "because")
                more = {name: getattr(each, name) for name in names}
                life.move(each.move, MONDAY + each.day * DAY, until=until, **more)
        life.put(**(changes or {}).get(n, {}))
        one_day(life, MONDAY + n * DAY)
    return life


def one_day(life: Lives, on: dt.date) -> None:
    """Evaluate a date both ways."""
    before, since, first = life.states.to_dicts(), life.on, life.on is None
    known = drafted(life.ledger)
    life.day(on)
    walk = ReferenceExecutor(
        life.playbook,
        RULES,
        Day(on, on, on),
        {"account_name": None, "country": None} | life.rows["a"] | life.facts,
        enrolment_of(before[0] if before else None),
        since,
        first_evaluation=first,
        moves=life.moves,
    )
    walk.run()
    rows = life.states.to_dicts()
    state = (
        {k: v for k, v in rows[0].items() if k not in ("account_id", "playbook")} if rows else None
    )
    assert state == (walk.enrolment and asdict(walk.enrolment))
    drafts = {tuple(draft[name] for name in DRAFTED) for draft in walk.drafts}
    assert drafted(life.ledger) == known | drafts


def drafted(ledger: pl.DataFrame) -> set[tuple[str, ...]]:
    """The actions of a ledger."""
    return set(ledger.select(DRAFTED).iter_rows())


def issued(life: Lives) -> list[str]:
    """Each entry: the number of the day on which it came, its step and, where it is not `issued`, its status."""
    rows = life.ledger.sort("evaluated_on", "step", "revision").iter_rows(named=True)
    return [
        f"{(row['evaluated_on'] - MONDAY).days} {row['step']}"
        + ("" if row["status"] == "issued" else f" {row['status']}")
        for row in rows
    ]


USUAL = ["4 notice", "27 push"]
CASES = {
    "nothing is moved": ([], USUAL),
    "a hold that ends before the step is late": ([Move(3, "hold", 6)], ["7 notice", "27 push"]),
    "a hold of its last day": ([Move(4, "hold", 4)], ["5 notice", "27 push"]),
    "a hold that lasts beyond what may be late": (
        [Move(3, "hold", 13)],
        ["14 notice skipped", "27 push"],
    ),
    "a hold of the playbook": ([Move(3, "hold", 6, "p")], ["7 notice", "27 push"]),
    "a hold of another playbook": ([Move(3, "hold", 20, "q")], USUAL),
    "a hold that is released": (
        [Move(3, "hold", 20), Move(6, "release")],
        ["6 notice", "27 push"],
    ),
    "a hold of which one playbook is released": (
        [Move(3, "hold", 20), Move(6, "release", playbook="p")],
        ["6 notice", "27 push"],
    ),
    "a release of another playbook": (
        [Move(3, "hold", 6), Move(4, "release", playbook="q")],
        ["7 notice", "27 push"],
    ),
    "a later hold replaces one of the same scope": (
        [Move(3, "hold", 20), Move(4, "hold", 5)],
        ["6 notice", "27 push"],
    ),
    "of two scopes, the longer hold counts": (
        [Move(3, "hold", 8, "p"), Move(4, "hold", 5)],
        ["9 notice", "27 push"],
    ),
    "a hold in the past": ([Move(-9, "hold", -2)], USUAL),
    "a hold before the first day": ([Move(-9, "hold", 5)], ["6 notice", "27 push"]),
    "two holds with a day between": (
        [Move(1, "hold", 3), Move(5, "hold", 9)],
        USUAL,
    ),
    "closed while it is not enrolled": (
        [Move(-20, "close", playbook="p")],
        USUAL,
    ),
    "closed": ([Move(2, "close", playbook="p")], []),
    "closed in all playbooks": ([Move(2, "close")], []),
    "closed on the day of its step": ([Move(4, "close", playbook="p")], []),
    "closed after its step": ([Move(5, "close", playbook="p")], ["4 notice"]),
    "closed, and enrolled again": (
        [Move(2, "close", playbook="p"), Move(10, "enrol", playbook="p")],
        ["10 notice", "27 push"],
    ),
    "closed and enrolled again before the next run": (
        [Move(2, "close", playbook="p"), Move(2, "enrol", playbook="p")],
        USUAL,
    ),
    "closed while on hold": ([Move(1, "hold", 9), Move(3, "close", playbook="p")], []),
    "enrolled while enrolled": ([Move(2, "enrol", playbook="p")], USUAL),
    "skipped": ([Move(2, "skip", playbook="p", step="notice")], ["4 notice skipped", "27 push"]),
    "another step skipped": ([Move(2, "skip", playbook="p", step="push")], ["4 notice", "27 push skipped"]),
    "skipped and not skipped any more": (
        [Move(1, "skip", playbook="p", step="notice"), Move(2, "unskip", playbook="p", step="notice")],
        USUAL,
    ),
    "skipped after it was issued": (
        [Move(5, "skip", playbook="p", step="notice")],
        USUAL,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("moves", "expected"), CASES.values(), ids=CASES)
def test_a_timeline(moves: list[Move], expected: list[str]) -> None:
    assert issued(lived(moves, 30)) == expected


def test_the_reason_says_who_and_why() -> None:
    life = lived([Move(2, "skip", playbook="p", step="notice")], 5)
    assert life.ledger["reason"][0].endswith("; skipped: skipped by Ann: on holiday")
    life = lived([Move(2, "skip", playbook="p", step="notice", by=None, because=None)], 5)
    assert life.ledger["reason"][0].endswith("; skipped: skipped by hand")


def test_a_hold_says_how_late_its_actions_are() -> None:
    life = lived([Move(3, "hold", 6)], 8)
    assert life.ledger["late_days"].to_list() == [3]
    assert life.ledger["reason"][0].endswith("3 days late")


def test_while_an_account_is_on_hold_it_is_counted() -> None:
    life = lived([Move(3, "hold", 6)], 5)
    counts = life.last.counts.filter(what="held").to_dicts() if life.last else []
    assert [(row["playbook"], row["accounts"]) for row in counts] == [("", 1), ("p", 1)]
    assert ("held", "") not in lived([Move(3, "hold", 6)], 8).counts()


def test_what_is_closed_by_hand_stays_closed_for_its_cycle() -> None:
    life = lived([Move(2, "close", playbook="p")], 30)
    assert life.state() == "closed_by_hand"
    assert life.states["ended_on"].to_list() == [MONDAY + 2 * DAY]
    later = lived(
        [Move(2, "close", playbook="p")], 30, changes={9: {"renewal_date": MONDAY + 44 * DAY}}
    )
    assert issued(later) == ["14 notice"]
    assert later.states["cycle"].to_list() == [(MONDAY + 44 * DAY).isoformat()]


def test_a_follow_up_that_is_closed_opens_again_once_its_trigger_has_been_false() -> None:
    body = (
        "triggers:\n  open: [{id: low, when: health_score < 70}]\n"
        "  steps: [{id: call, at: 20 days, do: [{task: {owner: csm}}]}]\n"
    )
    health = {0: 50.0, 6: 80.0, 8: 60.0}
    changes = {n: {"health_score": value} for n, value in health.items()}
    life = lived([Move(2, "close", playbook="p")], 8, body, changes)
    assert life.state() == "closed_by_hand"
    life = lived([Move(2, "close", playbook="p")], 9, body, changes)
    assert life.state() == "enrolled"
    assert life.states["opened_on"].to_list() == [MONDAY + 8 * DAY]


def test_enrolled_by_hand_although_the_playbook_is_not_for_it() -> None:
    lapsed = {0: {"status": "lapsed"}}
    assert issued(lived([], 30, changes=lapsed)) == []
    life = lived([Move(2, "enrol", playbook="p")], 30, changes=lapsed)
    assert issued(life) == USUAL
    assert life.states["opened_by"].to_list() == ["by_hand"]


def test_of_several_triggers_one_opens_what_is_enrolled_by_hand() -> None:
    life = lived([Move(2, "enrol", playbook="p")], 5, TWO_TRIGGERS)
    assert life.states.select("opened_on", "opened_by").rows() == [(MONDAY + 2 * DAY, "by_hand")]
    assert life.ledger["step"].to_list() == ["call"]


def test_an_account_that_left_goes_on_where_it_was_if_it_is_enrolled() -> None:
    left = {6: {"status": "lapsed"}}
    assert lived([], 8, changes=left).state() == "left"
    life = lived([Move(8, "enrol", playbook="p")], 30, changes=left)
    assert issued(life) == USUAL
    assert life.states["opened_on"].to_list() == [MONDAY]


@pytest.mark.parametrize(("moved", "opened"), [(0, 0), (3, 8)])
def test_an_account_that_left_goes_on_only_if_its_date_is_the_same(moved: int, opened: int) -> None:
    renewal = MONDAY + (34 + moved) * DAY
    left = {6: {"status": "lapsed", "renewal_date": renewal}}
    life = lived([Move(8, "enrol", playbook="p")], 10, changes=left)
    rows = life.states.select("state", "opened_on", "opened_by", "anchor").rows()
    assert rows == [("notice", MONDAY + opened * DAY, "by_hand", renewal)]


def test_an_enrolment_without_its_date_waits_for_it() -> None:
    missing = {0: {"renewal_date": None}}
    life = lived([Move(2, "enrol", playbook="p")], 5, changes=missing)
    assert life.state() is None
    assert life.counts()["not_enrolled", ""] == 1
    changes = missing | {5: {"renewal_date": MONDAY + 34 * DAY, "status": "lapsed"}}
    assert issued(lived([Move(2, "enrol", playbook="p")], 30, changes=changes)) == [
        "5 notice",
        "27 push",
    ]
    closed = [Move(2, "enrol", playbook="p"), Move(3, "close", playbook="p")]
    life = lived(closed, 8, changes=changes)
    assert life.state() is None
    assert ("not_enrolled", "") not in life.counts()


def test_a_cycle_that_has_ended_is_not_opened_again_by_hand() -> None:
    body = CONTRACT.replace("30 days}", "-6 days}")
    life = lived([Move(29, "enrol", playbook="p")], 32, body)
    assert life.state() == "lapsed"
    assert life.counts()["not_enrolled", ""] == 1


@pytest.mark.parametrize(
    ("holds", "since"),
    [
        ([(1, 3, None), (5, 9, None)], 5),
        ([(1, 4, None), (5, 9, None)], 1),
        # Of the account and of its playbook, one after the other, and a later one of the same scope.
        ([(1, 6, "p"), (5, 9, None)], 1),
        ([(1, 4, "other"), (5, 9, "p")], 5),
        ([(1, 20, None), (5, 9, None)], 1),
        ([(1, 3, None), (4, 5, "p"), (7, 9, None)], 7),
    ],
)
def test_since_when_an_account_is_on_hold(
    holds: list[tuple[int, int, str | None]], since: int
) -> None:
    moves = [
        dict.fromkeys(HAND_MOVES)
        | {"move": "hold", "on": MONDAY + on * DAY, "until": MONDAY + until * DAY, "playbook": id}
        for on, until, id in holds
    ]
    found = hold_on(moves, "p", MONDAY + 7 * DAY)
    assert found is not None
    assert (found.since, found.until) == (MONDAY + since * DAY, MONDAY + 9 * DAY)


@pytest.mark.parametrize("signed_up", [None, MONDAY + 30 * DAY])
def test_an_anniversary_without_its_date_waits_for_it(signed_up: dt.date | None) -> None:
    lost = {7: {"signup_date": signed_up}}
    life = lived([Move(8, "enrol", playbook="p")], 10, YEARS, lost)
    assert issued(life) == ["4 year"]
    assert life.counts()["not_enrolled", ""] == 1
    assert life.states["ended_on"].to_list() == [MONDAY + 4 * DAY]


def test_a_hold_over_an_anniversary() -> None:
    assert issued(lived([], 12, YEARS)) == ["4 year"]
    assert issued(lived([Move(3, "hold", 9)], 12, YEARS)) == ["10 year"]
    assert issued(lived([Move(3, "hold", 12)], 20, YEARS)) == ["13 year skipped"]


def test_a_hold_over_a_review() -> None:
    # 90 days after the last review is day 5, and the review is three days later.
    assert issued(lived([], 12, REVIEWS)) == ["8 review"]
    assert issued(lived([Move(7, "hold", 10)], 12, REVIEWS)) == ["11 review"]
    assert issued(lived([Move(3, "hold", 6)], 12, REVIEWS)) == ["10 review"]


def test_of_what_repeats_the_last_occurrence_of_a_hold_is_caught_up() -> None:
    assert issued(lived([], 14, DAILY)) == [f"{n} notice" for n in (4, 7, 10, 13)]
    life = lived([Move(6, "hold", 11)], 14, DAILY)
    assert issued(life) == ["4 notice", "12 notice", "13 notice"]
    assert life.ledger.sort("evaluated_on")["occurrence"].to_list() == ["1", "3", "4"]


ASKED = """\
machine:
  initial: s
  states:
    - {id: s, do: [{task: {owner: csm, shift: none, again: {after: 1 day, at_most: 3}}}]}
    - {id: seen, final: true}
    - {id: gone, final: true}
  transitions:
    - {from: s, to: seen, when: "done('s')"}
    - {from: s, to: gone, when: vip}
"""


@pytest.mark.parametrize(
    ("vip", "facts", "outcome"),
    [
        (False, {"standing": "done", "done_on": MONDAY + DAY}, "seen"),
        (True, {"standing": "overdue"}, "gone"),
    ],
)
def test_a_cycle_opened_by_hand_knows_nothing_of_the_actions_of_the_one_before(
    vip: bool, facts: dict[str, Any], outcome: str
) -> None:
    """The task of day 0 is done, or stays open: on day 2, this neither ends the second cycle nor issues it again."""
    life = Lives(text(ASKED))
    life.put(vip=False)
    one_day(life, MONDAY)
    for action in ("s", "s/task"):  # as the transition and the follow-ups name it
        life.became(action, attempts=1.0, due_on=MONDAY, label="1", times=1.0, **facts)
    life.put(vip=vip)
    one_day(life, MONDAY + DAY)
    assert life.state() == outcome
    life.put(vip=False)
    life.move("enrol", MONDAY + 2 * DAY, playbook="p")
    one_day(life, MONDAY + 2 * DAY)
    assert life.state() == "s"
    assert life.ledger["cycle"].to_list() == ["1", "2"]
    assert life.ledger["occurrence"].to_list() == ["1", "1"]
