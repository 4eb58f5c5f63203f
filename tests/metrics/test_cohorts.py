"""Cohorts out of snapshots: a small world by hand, the example's series by plain Python, and what always holds."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.offsets import Offset, shift_date
from tenure.engine.example import write_example
from tenure.engine.metrics.cohorts import COHORTS, FLATTENS, cohort_figures, compute_cohorts, curves
from tenure.engine.metrics.curve import (
    DAY_PERIODS,
    MONTH_PERIODS,
    ActivitySnapshot,
    Counted,
    Period,
    collect_activity,
    sum_groups,
)
from tenure.engine.metrics.metric_value import Figure, Window
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.metrics.revenue import REVENUE
from tenure.engine.project.loading import Project, load_project
from tenure.engine.workspace.settings_loader import load_workspace

DAY = dt.timedelta(days=1)
JANUARY = dt.date(2026, 1, 1)


def ask(project: Project, on: dt.date, **options) -> list[Figure]:
    return compute_cohorts(
        MetricRequest(project, on, Window(on.replace(year=on.year - 1), on), **options)
    )


def values(found: Iterable[Figure], metric: str) -> dict[tuple[str | None, str | None], tuple]:
    """Value and accounts by group and period."""
    return {
        (figure.group, figure.period): (figure.value, figure.accounts)
        for figure in found
        if figure.metric.id == metric
    }


@pytest.fixture
def world(tmp_path: Path) -> Project:
    """Five accounts that signed up in January 2026, and weekly snapshots; `lapsed` on the 29th is `e`'s bad value."""
    root = workspace(tmp_path / "w", {})
    signups = {"a": "01-05", "b": "01-05", "c": "01-07", "d": "01-12", "e": "01-12"}
    weeks = {
        "01-05": {"a": "active", "b": "trial"},
        "01-12": {"a": "active", "b": "trial", "c": "suspended", "d": "active", "e": "active"},
        "01-19": {"a": "active", "c": "lapsed", "d": "active", "e": "active"},
        "01-26": {"a": "active", "b": "active", "c": "active", "d": "active", "e": "gone fishing"},
        "02-16": {"a": "lapsed", "b": "active", "d": "active", "e": "active"},
    }
    for on, statuses in weeks.items():
        rows = [
            {"account_id": id, "signup_date": f"2026-{signups[id]}", "status": status, "plan": plan}
            for id, status in statuses.items()
            for plan in ["pro" if id in "ab" else "basic"]
        ]
        snapshot(root, dt.date.fromisoformat(f"2026-{on}"), rows)
    return load_project(root)


def test_each_account_counts_by_the_snapshot_nearest_to_its_day(world):
    found = values(ask(world, dt.date(2026, 2, 16)), "cohort_active")
    # J1: a, b by the 5th; c's 8 January is 4 days from a snapshot since it signed up; d and e by the 12th.
    assert found[None, "J1"] == (4, 4)
    # J7: a, b on the 12th; c's 14 January is 2 days from a snapshot; d, e on the 19th.
    assert found[None, "J7"] == (4, 4)
    # J14: a on the 19th, b has vanished; c's 21 January is 2 days away; d on the 26th; e has a bad value.
    assert found[None, "J14"] == (2, 3)
    # The youngest of January are 14 days old on 14 February, and 30 days old on 2 March.
    assert found[None, "J30"] == (None, 0)


def test_on_or_after_counts_who_is_seen_again(world):
    found = values(ask(world, dt.date(2026, 2, 16), counting="on_or_after"), "cohort_active")
    # b is back on the 26th.
    assert found[None, "J14"] == (3, 3)
    assert found[None, "J7"] == (4, 4)


def test_what_came_later_is_not_known(world):
    found = values(ask(world, dt.date(2026, 2, 15)), "cohort_active")
    assert found[None, "J1"] == (None, 0), "the last snapshot is of 26 January: the cohort may grow"
    later = values(ask(world, dt.date(2026, 2, 16)), "cohort_active")
    assert later[None, "J0"] == (5, 5)


def test_churn_and_hazard_are_those_since_the_period_before(world):
    found = ask(world, dt.date(2026, 2, 16))
    assert values(found, "cohort_retention")[None, "J14"] == (Decimal(200) / 3, 3)
    assert values(found, "cohort_churn")[None, "J14"] == (Decimal(100) / 3, 3)
    assert values(found, "cohort_hazard")[None, "J14"] == (Decimal(100) / 3, 3)
    assert (None, "J0") not in values(found, "cohort_churn")


def test_groups_are_those_an_account_was_first_seen_in(world):
    found = values(ask(world, dt.date(2026, 2, 16), by="plan"), "cohort_active")
    assert found["pro", "J14"] == (1, 2)
    assert found["basic", "J14"] == (1, 1)
    months = values(ask(world, dt.date(2026, 2, 16), by="cohort"), "cohort_active")
    assert months["2026-01", "J14"] == (2, 3)
    assert ("2026-01", "J30") not in months


def test_without_a_status_who_pays_is_active(tmp_path):
    root = workspace(tmp_path / "w", {})
    for on, paid in (("2026-01-01", ("10", "10", "")), ("2026-01-02", ("0", "10", ""))):
        rows = [
            {"account_id": id, "signup_date": "2026-01-01", "mrr": mrr}
            for id, mrr in zip("abc", paid, strict=True)
        ]
        snapshot(root, dt.date.fromisoformat(on), rows)
    later = {"account_id": "z", "signup_date": "2026-03-01", "mrr": "1"}
    snapshot(root, dt.date(2026, 3, 1), [later])
    found = values(ask(load_project(root), dt.date(2026, 3, 1)), "cohort_active")
    assert found[None, "J1"] == (1, 2), "of c nobody can tell"


def test_before_the_first_snapshot_there_are_no_figures(world):
    found = ask(world, dt.date(2026, 1, 4))
    assert [figure.metric for figure in found] == list(COHORTS.metrics)
    assert all(figure.value is None and figure.why for figure in found)


def test_the_sources_curve_is_shown_with_its_benchmarks_and_its_meaning():
    active = (1000, 650, 350, 280, 220, 180, 160, 140, 120)
    counts = {period: Counted(1000, n) for period, n in zip(DAY_PERIODS, active, strict=True)}
    window = Window(dt.date(2024, 1, 1), dt.date(2026, 1, 1))
    found = cohort_figures({dt.date(2024, 1, 1): counts}, window, "days")
    notes = [f.notes[0]["en"] for f in found if f.metric.id == "cohort_retention" and f.notes]
    assert notes[0] == "benchmark 40-70%"
    assert notes[-1] == "benchmark 4-12%"
    assert found[-1].period == "J60-J365"
    assert found[-1].notes == (FLATTENS,)
    steps, series = curves(found)
    assert steps == ["J0", "J1", "J7", "J14", "J30", "J60", "J90", "J180", "J365"]
    assert series == {None: [100, 65, 35, 28, 22, 18, 16, 14, 12]}


def test_plotted_periods_stand_in_their_order_whatever_a_cohort_lacks(example):
    found = ask(example, LAST, by="cohort")
    assert found[0].group is not None
    steps, series = curves(found)
    assert steps == [period.label for period in DAY_PERIODS]
    assert len(series) > 2
    young = series[max(group for group in series if group)]
    assert young[0] == 100
    assert young[-1] is None


def test_every_metric_is_explained_in_each_language():
    for metric in COHORTS.metrics:
        for texts in (metric.title, metric.definition, metric.population):
            assert set(texts) == {"de", "en", "fr"}


FIELDS = """\
fields:
  status:
    from: state
    translate: {Active: active, Trial: trial, Suspended: suspended, Lapsed: lapsed}
  arr: {from: annual_value}
"""
FIRST, LAST = dt.date(2024, 6, 3), dt.date(2026, 1, 5)


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Project:
    """The example's accounts over a year and a half, mapped as a new workspace maps them."""
    folder = tmp_path_factory.mktemp("example")
    root = workspace(folder / "w", {}, SETTINGS)
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    write_example(root / "data", seed=3, first=FIRST, last=LAST, accounts=150)
    return load_project(root)


def counted_by_hand(root: Path, periods: Iterable[Period], on_or_after: bool) -> dict[str, list]:
    """Active and told by period, with dictionaries alone: the cohorts old enough, the snapshot nearest to the day."""
    days, seen = [], {}
    for path in sorted((root / "data").glob("*.csv")):
        days.append(dt.date.fromisoformat(path.stem[-10:]))
        with path.open(encoding="utf-8", newline="") as file:
            seen[days[-1]] = {row["account_id"]: row for row in csv.DictReader(file)}

    def good(row: dict[str, str]) -> bool:
        try:
            dt.date.fromisoformat(row["signup_date"] or "2000-01-01")
            return all(math.isfinite(float(row[name] or 0)) for name in ("annual_value", "mrr"))
        except ValueError:
            return False

    firsts: dict[str, dt.date] = {}
    signups: dict[str, dt.date] = {}
    for day in days:
        for id, row in seen[day].items():
            if good(row) and row["signup_date"]:
                firsts.setdefault(id, day)
                signups.setdefault(id, dt.date.fromisoformat(row["signup_date"]))

    def state(id: str, day: dt.date) -> bool | None:
        row = seen[day].get(id)
        if row is None:
            return False if firsts[id] < day else None
        if firsts[id] > day:
            return None
        return row["state"] != "Lapsed" if good(row) else None

    churned: dict[str, dt.date | None] = {}
    for day in days:
        for id, row in seen[day].items():
            if id in signups and good(row):
                stated = row.get("churn_date") or None
                stated = stated and dt.date.fromisoformat(stated)
                churned[id] = None if state(id, day) else stated or churned.get(id)
    left = {id for id in signups for day in days if state(id, day) is False}
    declared = all(churned.get(id) for id in left)

    def read(period: Period, signup: dt.date) -> dt.date | None:
        target = period.after(signup)
        since = [day for day in days if day >= signup]
        near = sorted(since, key=lambda day: (abs(day - target), day < target))
        if period.unit == "days":
            reach = 1 if period.count <= 14 else 3 if period.count <= 90 else 7
            near = [day for day in near if abs(day - target) <= reach * DAY]
        else:
            month = Period(1, "months")
            back = shift_date(target, Offset(-1, "months"))
            near = [day for day in near if back <= day <= month.after(target)]
        later = [day for day in since if day >= target and declared and days[0] <= signup]
        return (near + later or [None])[0]

    found = {}
    for period in periods:
        told = active = 0
        for id, signup in signups.items():
            following = (signup.replace(day=1) + 31 * DAY).replace(day=1)
            if period.after(following - DAY) > days[-1]:
                continue
            if not period.count:
                told, active = told + 1, active + 1
                continue
            day = read(period, signup)
            gone = churned.get(id)
            if day is None or (state(id, day) is None and not gone):
                continue
            told += 1
            if gone and gone >= signup:
                active += period.after(signup) < gone
                continue
            later = [each for each in days if each >= day] if on_or_after else [day]
            active += any(state(id, each) for each in later)
        found[period.label] = [active, told]
    return found


@pytest.mark.parametrize("counting", ["n_day", "on_or_after"])
@pytest.mark.parametrize("unit", ["days", "months"])
def test_the_examples_cohorts_are_those_counted_by_hand(example, unit, counting):
    found = values(ask(example, LAST, periods=unit, counting=counting), "cohort_active")
    periods = DAY_PERIODS if unit == "days" else MONTH_PERIODS
    parts = values(
        ask(example, LAST, periods=unit, counting=counting, by="cohort"), "cohort_active"
    )
    for period in periods[1:]:
        told = [each for (group, label), each in parts.items() if group and label == period.label]
        assert (sum(n for n, _ in told), sum(n for _, n in told)) == found[None, period.label]
    by_hand = counted_by_hand(Path(example.root), periods, counting == "on_or_after")
    assert {label: [value, told] for (_, label), (value, told) in found.items()} == by_hand
    assert any(0 < active < told for active, told in by_hand.values()), "nobody ever leaves"


# A world of accounts: signup, and what each snapshot has of it (None: not in the export, "?": a bad value).
STATES = st.sampled_from([True, True, False, None, "?"])
WORLDS = st.lists(
    st.tuples(st.integers(0, 80), st.lists(STATES, min_size=12, max_size=12)), max_size=12
)


def world_of(accounts: list[tuple[int, list[object]]]) -> Iterable[ActivitySnapshot]:
    """A snapshot every ten days; groups by turns."""
    for week in range(12):
        on = JANUARY + week * 10 * DAY
        rows, bad = [], []
        for number, (signup, states) in enumerate(accounts):
            date = JANUARY + signup * DAY
            if states[week] == "?":
                bad.append(str(number))
            elif states[week] is not None:
                rows.append((str(number), date, "xyz"[number % 3], None, states[week]))
        schema = {
            "account_id": pl.String(),
            "signup_date": pl.Date(),
            "group": pl.String(),
            "churn_date": pl.Date(),
            "active": pl.Boolean(),
        }
        frame = pl.DataFrame(sorted(rows), schema=schema, orient="row")
        yield ActivitySnapshot(on, frame, pl.Series(bad, dtype=pl.String))


@examples(60)
@given(WORLDS)
def test_on_or_after_is_never_less_and_groups_add_up(accounts):
    seen = collect_activity(world_of(accounts))
    day, after = (seen.cohorts(DAY_PERIODS, counting) for counting in ("n_day", "on_or_after"))
    assert day.keys() == after.keys()
    every, later = sum_groups(day), sum_groups(after)
    for month, counts in every.items():
        for period, counted in counts.items():
            assert 0 <= counted.active <= later[month][period].active <= counted.known
            assert counted.known == later[month][period].known
            assert counted.known <= counts[DAY_PERIODS[0]].known
            parts = [group.get(month, {}).get(period, Counted()) for group in day.values()]
            assert sum(part.known for part in parts) == counted.known
            assert sum(part.active for part in parts) == counted.active
    window = Window(JANUARY, JANUARY + 110 * DAY)
    for figure in cohort_figures(every, window, "days"):
        if figure.metric.id == "cohort_retention" and figure.value is not None:
            assert isinstance(figure.value, Decimal)
            assert 0 <= figure.value <= 100


def test_who_signed_up_before_the_first_snapshot_may_be_a_survivor(tmp_path):
    """The export keeps nobody who left: of the cohort of January only `a` is seen, of March's all."""
    root = workspace(tmp_path / "w", {})
    there = {"a": "2026-01-10", "b": "2026-03-01", "c": "2026-03-02"}
    for on, ids in (("2026-03-01", "ab"), ("2026-03-10", "abc"), ("2026-04-30", "ab")):
        rows = [{"account_id": id, "status": "active", "signup_date": there[id]} for id in ids]
        snapshot(root, dt.date.fromisoformat(on), rows)
    noted = {
        (figure.metric.id, figure.period)
        for figure in ask(load_project(root), dt.date(2026, 4, 30))
        if any("may be overstated" in note["en"] for note in figure.notes)
    }
    # At J30 nothing was seen of a yet, and January is 90 days old on 1 May.
    assert noted == {("cohort_accounts", "J60")}


HAZARD = math.log(0.6) / -30
"""Of a day: after 30 days 60.0 % are left, after 60 and 90 days 37.8 % by this life's truth below."""
PERIODS = ("J30", "J60", "J90")


def simulated(
    folder: Path, every: int | str, *, declared: bool
) -> tuple[Project, dict[str, float]]:
    """Exponential lives, exported every so many days or at month ends, and the true retention in percent."""
    draw = Random(7)
    first = dt.date(2025, 1, 1)
    lives = [(first + draw.randrange(180) * DAY, draw.expovariate(HAZARD)) for _ in range(4000)]
    days = [first + n * DAY for n in range(0, 365, every if isinstance(every, int) else 1)]
    if isinstance(every, str):
        ends = range(1, 13) if every == "month" else (1, 4, 7, 10)
        days = [
            day
            for day in days
            if day == first or ((day + DAY).day == 1 and (day + DAY).month in ends)
        ]
    root = workspace(folder / "w", {})
    for day in days:
        rows = []
        for number, (signup, life) in enumerate(lives):
            if signup > day:
                continue
            left = signup + math.ceil(life) * DAY
            gone = left <= day
            row = {
                "account_id": f"{number}",
                "signup_date": str(signup),
                "status": "lapsed" if gone else "active",
            }
            row["churn_date"] = str(left) if gone and declared else ""
            rows.append(row)
        snapshot(root, day, rows)
    truth = {
        f"J{n}": 100 * sum(math.ceil(life) > n for _, life in lives) / len(lives)
        for n in (30, 60, 90)
    }
    return load_project(root), truth


@pytest.mark.parametrize(
    ("every", "declared"),
    [(1, False), (7, False), (7, True), ("month", True), ("quarter", True)],
)
def test_retention_of_simulated_lives_is_within_a_point_of_the_truth(tmp_path, every, declared):
    project, truth = simulated(tmp_path, every, declared=declared)
    found = values(ask(project, dt.date(2025, 12, 31)), "cohort_retention")
    for period in PERIODS:
        assert abs(float(found[None, period][0]) - truth[period]) < 1, period


@pytest.mark.parametrize("every", ["month", "quarter"])
def test_coarse_exports_without_churn_dates_flatter_no_cohort(tmp_path, every):
    """What is read is of accounts whose day is near a snapshot; the others are unknown."""
    project, truth = simulated(tmp_path, every, declared=False)
    found = values(ask(project, dt.date(2025, 12, 31)), "cohort_retention")
    for period in PERIODS:
        value, known = found[None, period]
        assert value is None or known < 4000 / 3
        assert value is None or float(value) < truth[period] + 5, period


@pytest.mark.parametrize("unit", ["days", "months"])
def test_a_declared_churn_date_is_read_from_any_later_snapshot(tmp_path, unit):
    """Signup on 15 January, churn on 1 February, files of month ends: nobody is left at J30 and M1."""
    root = workspace(tmp_path / "w", {})
    base = {"account_id": "a", "signup_date": "2026-01-15"}
    months = {f"2026-{day}": {**base, "status": "active"} for day in ("01-15", "01-31")}
    for day in ("02-28", "03-31", "04-30"):
        months[f"2026-{day}"] = {**base, "status": "lapsed", "churn_date": "2026-02-01"}
    for day, row in months.items():
        snapshot(root, dt.date.fromisoformat(day), [row])
    found = values(ask(load_project(root), dt.date(2026, 4, 30), periods=unit), "cohort_retention")
    assert found[None, "J30" if unit == "days" else "M1"] == (0, 1)
    if unit == "days":
        assert found[None, "J14"] == (100, 1)


def test_a_month_is_read_from_the_snapshot_nearest_to_its_day(tmp_path):
    """Signup on 30 April, gone by 31 May: M1 is 30 May, a day from the snapshot without it."""
    root = workspace(tmp_path / "w", {})
    row = {"account_id": "a", "signup_date": "2026-04-30", "status": "active"}
    other = {**row, "account_id": "b"}
    for day, rows in (("04-30", [row, other]), ("05-31", [other]), ("06-30", [other])):
        snapshot(root, dt.date.fromisoformat(f"2026-{day}"), rows)
    figures = ask(load_project(root), dt.date(2026, 6, 30), periods="months")
    assert values(figures, "cohort_retention")[None, "M1"] == (50, 2)
    (read,) = (f for f in figures if f.metric.id == "cohort_retention" and f.period == "M1")
    assert [note["en"] for note in read.notes] == ["farthest snapshot read, in days: 1"]


USERS = SETTINGS + "metrics: {active: sessions > 0}\n"
SESSIONS = "fields:\n  sessions: {type: number, title: Sessions}\n"


def test_active_means_what_the_settings_say(tmp_path):
    """The retention document counts active users at J+N: 1,000 signed up, 650 are active on the day after."""
    root = workspace(tmp_path / "w", {}, USERS)
    (root / "fields.yaml").write_text(SESSIONS, encoding="utf-8")
    signup = dt.date(2026, 1, 1)
    for days, users in ((0, 1000), (1, 650), (7, 350), (14, 280), (30, 220), (70, 0)):
        rows = [
            {
                "account_id": f"{n}",
                "signup_date": str(signup),
                "status": "active",
                "mrr": 10,
                "sessions": 3 if n < users else 0,
            }
            for n in range(1000)
        ]
        snapshot(root, signup + days * DAY, rows)
    project = load_project(root)
    found = values(ask(project, signup + 70 * DAY), "cohort_retention")
    shares = [found[None, period][0] for period in ("J0", "J1", "J7", "J14", "J30")]
    assert shares == [100, 65, 35, 28, 22]
    window = Window(signup, signup + 70 * DAY)
    revenue = REVENUE.compute(MetricRequest(project, window.last, window))
    assert {f.value for f in revenue if f.metric.id in ("start", "end")} == {10_000}, "as before"


def test_a_missing_value_of_the_condition_is_unknown_activity(tmp_path):
    root = workspace(tmp_path / "w", {}, USERS)
    (root / "fields.yaml").write_text(SESSIONS, encoding="utf-8")
    for day, sessions in (("2026-01-01", 1), ("2026-01-02", ""), ("2026-02-28", 1)):
        row = {"account_id": "a", "signup_date": "2026-01-01", "sessions": sessions}
        other = {"account_id": "b", "signup_date": "2026-01-01", "sessions": 1}
        snapshot(root, dt.date.fromisoformat(day), [row, other])
    found = values(ask(load_project(root), dt.date(2026, 2, 28)), "cohort_active")
    assert found[None, "J1"] == (1, 1)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("sesions > 0", "there is no field `sesions`"),
        ("previous(sessions) > 0", "activity goes by one snapshot"),
        ("sessions", "condition"),
    ],
)
def test_a_condition_of_activity_that_cannot_be_read_is_a_problem(tmp_path, condition, message):
    root = workspace(tmp_path / "w", {}, USERS.replace("sessions > 0", condition))
    (root / "fields.yaml").write_text(SESSIONS, encoding="utf-8")
    _, _, problems, _ = load_workspace(root)
    assert any(message in problem.message for problem in problems), problems
