"""The pre-filter leaves out nobody that anything happens to: it equals working through everybody."""

from __future__ import annotations

import datetime as dt
import importlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support import yaml_text
from support.both_executors import evaluate_both_ways, executor
from support.five_bodies import BODIES
from support.lives import Lives
from support.one_account import MONDAY, text
from support.profiles import examples
from support.random_days import DTYPES, FIELDS, RULES, days_of, due, frame_of, history_of, loaded
from support.random_days import merged as merged_states
from support.random_days import series as random_series
from support.random_playbooks import programmes
from tenure.engine.calendar.working_days import Calendar
from tenure.engine.core.offsets import Offset
from tenure.engine.core.schemas import STATES
from tenure.engine.evaluation.inputs import Day, DayEvaluation, Rules, Tables
from tenure.engine.evaluation.prepare import Prepared, earliest_days, latest_days, prepare
from tenure.engine.playbook.model import DueOffset, Playbook
from tenure.engine.workspace.settings import ContactPolicy

DAY = dt.timedelta(days=1)
evaluating = importlib.import_module("tenure.engine.evaluation.evaluator")


def everybody(_: Prepared, frame: pl.DataFrame, *__: Any) -> pl.Series:
    """The pre-filter that leaves out nobody."""
    return pl.Series([True]).new_from_index(0, frame.height)


def both(
    playbooks: list[Playbook], rules: Rules, day: Day, tables: Tables
) -> tuple[DayEvaluation, DayEvaluation]:
    """The evaluation over columns as it is, and that of every account."""
    prepared = [prepare(playbook) for playbook in playbooks]
    with pytest.MonkeyPatch.context() as patch, executor(-1):
        found = evaluating.evaluate_day(prepared, rules, day, tables)
        patch.setattr(evaluating, "candidates", everybody)
        return found, evaluating.evaluate_day(prepared, rules, day, tables)


def assert_same(found: DayEvaluation, expected: DayEvaluation) -> None:
    for name in ("states", "entries", "ended", "counts"):
        assert_frame_equal(getattr(found, name), getattr(expected, name))


TIMELINE: dict[str, Any] = {
    "playbook": "p",
    "schedule": "0 6 * * *",
    "for": True,
    "catch_up": {"within": "400 days", "then": "skip"},
}

OFFSETS = (
    *("1 month", "-1 month", "1 year", "-1 year", "2 weeks", "-10 days"),
    *("5 business days", "-5 business days", "20 business days", "-20 business days"),
)
BOUNDARIES = {
    "after the shortest month": dt.date(2026, 3, 1),
    "the end of the shortest month": dt.date(2026, 2, 28),
    "after the longest month": dt.date(2026, 2, 1),
    "a year with 29 February behind": dt.date(2025, 1, 1),
    "a year with 29 February before": dt.date(2023, 12, 31),
    "before a week of holidays in China": dt.date(2026, 9, 30),
    "after a week of holidays in China": dt.date(2026, 10, 8),
}
COUNTRIES = ("FR", "CN")


def around(on: dt.date, days: int, name: str = "a") -> list[dict[str, Any]]:
    """Accounts with a date on each of the days around the day `days` before the date.

    Of every four one has no health score, one none that is low, and two are in China.
    """
    middle = on - days * DAY
    rows = []
    for n in range(-40, 41):
        for m in range(4):
            score = {0: None, 1: 90.0}.get(m, 50.0)
            rows.append(
                {
                    "account_id": f"{name} {n + 40:02}{m}",
                    "account_name": None,
                    "csm": None,
                    "health_score": score,
                    "country": COUNTRIES[(m + n) % 2],
                    "renewal_date": middle + n * DAY,
                }
            )
    return rows


def enrolled(
    rows: list[dict[str, Any]], on: dt.date, state: str = "enrolled", playbook: str = "p"
) -> pl.DataFrame:
    """The accounts as enrolled since long, with the date as their anchor."""
    since = on - 200 * DAY
    states = [
        dict.fromkeys(STATES)
        | {"account_id": row["account_id"], "playbook": playbook, "cycle": "c", "state": state}
        | {"anchor": row["renewal_date"], "opened_on": since, "opened_by": "anchor"}
        | {"entered_on": since, "due_on": since, "moves": 0, "disarmed": ""}
        for row in rows
    ]
    return pl.DataFrame(states, schema=STATES)


LENGTH = {"day": 1, "week": 7, "month": 30, "year": 365}


def rough(offset: str) -> int:
    """About how many days an offset is."""
    count, *unit = offset.split()
    length = LENGTH[unit[-1].removesuffix("s")]
    return round(int(count) * (1.4 if "business" in unit else 1) * length)


@pytest.mark.parametrize("shift", ["none", "earlier", "earlier than quiet days"])
@pytest.mark.parametrize("on", BOUNDARIES.values(), ids=list(BOUNDARIES))
def test_whose_date_comes_is_worked_through(on: dt.date, shift: str) -> None:
    stretch = ((on + DAY, on + 9 * DAY),) if "quiet" in shift else ()
    rules = Rules(RULES.roles, ContactPolicy(quiet=stretch), Calendar("FR", stretch), "en")
    # A playbook for each offset, and accounts around the day that decides it: all in one evaluation.
    playbooks, rows, states = [], [], []
    for number, offset in enumerate(OFFSETS):
        id = f"p{number}"
        step = {
            "id": "s",
            "at": offset,
            "when": "health_score < 70",
            "do": [{"email": {"owner": "csm", "shift": shift.split()[0]}}],
        }
        body = {"anchor": "renewal_date", "steps": [step]}
        text = yaml_text.dump(TIMELINE | {"playbook": id, "timeline": body})
        playbooks.append(loaded(text))
        mine = around(on, rough(offset), id)
        states.append(enrolled(mine, on, playbook=id))
        rows += mine
    since: dict[str, dt.date | None] = {playbook.id: on - DAY for playbook in playbooks}
    moved: Counter[str] = Counter()
    for before in (pl.concat(states), pl.DataFrame(schema=STATES)):
        found, expected = both(
            playbooks, rules, Day(on, on, on), Tables(table_of(rows), before, since=since)
        )
        assert_same(found, expected)
        moved.update(expected.states["playbook"].to_list())
    assert min(moved[playbook.id] for playbook in playbooks) > 40
    assert moved.total() > 500


def table_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={name: DTYPES[FIELDS[name][0]] for name in rows[0]})


def test_a_guard_that_is_unknown_on_its_date_is_counted_and_before_it_is_not() -> None:
    on = dt.date(2026, 3, 2)
    leaving = {"from": "open", "to": "low", "at": "0 days", "when": "health_score < 70"}
    body = {"anchor": "renewal_date", "initial": "open", "transitions": [leaving]}
    states = [{"id": "open"}, {"id": "low", "final": True}]
    playbook = loaded(yaml_text.dump(TIMELINE | {"machine": {**body, "states": states}}))
    rows = [
        {
            "account_id": id,
            "account_name": None,
            "csm": None,
            "health_score": None,
            "country": None,
            "renewal_date": date,
        }
        for id, date in {"yesterday": on - DAY, "today": on, "tomorrow": on + DAY}.items()
    ]
    tables = Tables(table_of(rows), enrolled(rows, on, "open"), since={"p": on - DAY})
    counts = evaluate_both_ways([prepare(playbook)], RULES, Day(on, on, on), tables).counts
    assert counts.rows() == [("p", "low", "cannot_tell", "health_score", 2)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, ["now", "soon"]),
        ("enrolled", ["last month", "last year", "now", "soon"]),
        ("s", ["last month", "last year"]),
        ("over", []),
    ],
)
def test_whose_dates_are_far_is_left_out(state: str | None, expected: list[str]) -> None:
    on = dt.date(2026, 3, 2)
    steps = [{"id": "s", "at": "-10 days", "do": [{"task": {"owner": "csm"}}]}]
    body = {"anchor": "renewal_date", "steps": steps, "outcomes": {"over": {"at": "30 days"}}}
    playbook = loaded(yaml_text.dump(TIMELINE | {"timeline": body}))
    days = {"last year": -200, "last month": -60, "now": 0, "soon": 9, "next year": 200}
    dates = {id: on + days * DAY for id, days in days.items()}
    rows = [around(on, 0)[0] | {"account_id": id, "renewal_date": dates[id]} for id in dates]
    states = enrolled(rows, on, state or "")
    if state is None:
        states = states.clear()
    elif state == "over":
        states = states.with_columns(pl.lit(on - DAY).alias("ended_on"))
    found = []
    candidates = evaluating.candidates

    def watched(prepared: Prepared, frame: pl.DataFrame, *others: Any) -> pl.Series:
        mask: pl.Series = candidates(prepared, frame, *others)
        found.extend(frame.filter(mask)["account_id"])
        return mask

    with pytest.MonkeyPatch.context() as patch, executor(-1):
        patch.setattr(evaluating, "candidates", watched)
        tables = Tables(table_of(rows), states, since={"p": on - DAY})
        evaluating.evaluate_day([prepare(playbook)], RULES, Day(on, on, on), tables)
    assert sorted(found) == expected


@examples(32)
@given(programmes(), random_series(), st.integers(1, 9))
def test_of_random_playbooks_too(
    texts: list[str], snapshots: list[list[Mapping[str, Any]]], stride: int
) -> None:
    programme = [loaded(text) for text in texts]
    states = pl.DataFrame(schema=STATES)
    history = {playbook.id: history_of(None) for playbook in programme}
    since: dict[str, dt.date | None] = {playbook.id: None for playbook in programme}
    for rows, on in zip(snapshots, days_of(programme, 60)[::stride], strict=False):
        today = due(programme, on)
        tables = Tables(frame_of(list(rows)), states, history=history, since=since)
        found, expected = both(today, RULES, Day(on, on, on), tables)
        assert_same(found, expected)
        states = merged_states(states, found.states)
        history |= {playbook.id: history_of(list(rows)) for playbook in today}
        since |= dict.fromkeys((playbook.id for playbook in today), on)


def test_a_trigger_that_takes_long_opens_on_its_day() -> None:
    body = BODIES["triggers"].replace("health_score < 70", "years_since(signup_date) >= 2")
    life = Lives(text(body))
    life.put(signup_date=MONDAY.replace(year=2024))
    with executor(-1):
        assert life.day(MONDAY - DAY) == []
        assert life.state() is None
        life.day(MONDAY)
    assert life.states.select("opened_by", "opened_on").rows() == [("fall", MONDAY)]


@pytest.mark.parametrize(
    ("values", "unknown"),
    [
        ({"health_score": None}, [("cannot_tell", "for")]),
        ({"signup_date": None}, [("cannot_tell", "for")]),
        ({"health_score": 90.0, "signup_date": None}, []),
    ],
)
def test_a_trigger_that_takes_long_is_counted_where_it_is_unknown(
    values: dict[str, Any], unknown: list[tuple[str, str]]
) -> None:
    condition = "years_since(signup_date) >= 2 and health_score < 70"
    life = Lives(text(BODIES["triggers"].replace("health_score < 70", condition)))
    life.put(**({"signup_date": MONDAY.replace(year=2024), "health_score": 50.0} | values))
    with executor(-1):
        life.day(MONDAY)
    assert list(life.counts()) == unknown
    assert life.state() is None


@pytest.mark.parametrize(
    ("count", "unit", "earliest", "latest"),
    [
        (3, "days", 3, 3),
        (-2, "weeks", -14, -14),
        (2, "months", 56, 62),
        (-2, "months", -62, -56),
        (1, "years", 365, 366),
        (-1, "years", -366, -365),
        # Days off move only what is counted in business days: at most seven days each, and the slack.
        (3, "business days", 3 - 14, 21 + 14),
        (-3, "business days", -21 - 14, -3 + 14),
    ],
)
def test_an_offset_is_bounded_in_days(count: int, unit: Any, earliest: int, latest: int) -> None:
    moment = DueOffset("anchor", Offset(count, unit))
    assert (earliest_days(moment, 14), latest_days(moment, 14)) == (earliest, latest)
    if unit != "business days":
        assert earliest_days(moment._replace(early=True), 14) == earliest - 14
