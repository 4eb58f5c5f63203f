"""A date that moved beyond belief waits, and a mistake that is mended leaves nothing behind."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal
from support.both_executors import executor
from support.lives import RULES, Lives
from support.one_account import DAY, MONDAY, RENEW, life, row, text, told
from support.store_rows import entry, state, table
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.calendar.working_days import PLACE
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import LEDGER, STATES
from tenure.engine.evaluation import doubt
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

EXPIRY = MONDAY + 25 * DAY
"""27 March 2026: its cycle opens on the first day here, and `lapsed` is 30 days later, on the 55th."""
DAYS = 60


def lived(dates: Mapping[int, dt.date | None], days: int = DAYS, body: str = RENEW) -> Lives:
    """The account's life; `dates` gives its renewal date from the nth day on."""
    life = Lives(text(body))
    for n in range(days):
        if n in dates:
            life.put(renewal_date=dates[n])
        life.day(MONDAY + n * DAY)
    return life


@cache
def undisturbed() -> Lives:
    """The account's life with the right date throughout; tests only read it."""
    return lived({0: EXPIRY})


def ledger(life: Lives) -> list[str]:
    """What is valid in the end, without the tasks to check a date."""
    rows = (
        life.ledger.sort("revision")
        .unique("action_id", keep="last")
        .filter(pl.col("step") != "check_date")
    )
    return sorted(f"{r['due_on']} {r['step']}.{r['action']} {r['status']}" for r in rows.to_dicts())


def entries(life: Lives, step: str) -> list[str]:
    """Every revision of a step's actions."""
    rows = life.ledger.filter(step=step).sort("action", "revision")
    return [f"{r['due_on']} {r['action']} {r['revision']} {r['status']}" for r in rows.to_dicts()]


def checks(life: Lives) -> list[str]:
    return life.ledger.filter(step="check_date")["occurrence"].to_list()


def tasks(root: Path) -> list[str]:
    return Reader(root / "store").ledger().filter(step="check_date")["occurrence"].to_list()


def end(life: Lives) -> tuple[str, dt.date | None]:
    """Where the account is, and since when its cycle is over."""
    return life.states.select("state", "ended_on").row(0)


WRONG = {
    "a year back": EXPIRY.replace(year=2025),
    "2062": EXPIRY.replace(year=2062),
    "1900": EXPIRY.replace(year=1900),
    "two years ahead": EXPIRY.replace(year=2028),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize(("first", "days"), [(1, 2), (24, 1), (40, 2)])
def test_a_wrong_year_leaves_one_task(wrong: dt.date, first: int, days: int) -> None:
    right = undisturbed()
    mended = lived({0: EXPIRY, first: wrong, first + days: EXPIRY})
    assert ledger(mended) == ledger(right)
    assert checks(mended) == [wrong.isoformat()]
    assert checks(right) == []
    assert end(mended) == end(right) == ("lapsed", EXPIRY + 30 * DAY)


@pytest.mark.parametrize("right", [dt.date(2026, 4, 5), dt.date(2026, 5, 4)])
def test_day_and_month_exchanged_are_doubted_whether_later_or_earlier(right: dt.date) -> None:
    wrong = dt.date(2026, right.day, right.month)
    mended = lived({0: right, 20: wrong, 22: right})
    assert ledger(mended) == ledger(lived({0: right}))
    assert checks(mended) == [wrong.isoformat()]


def test_a_doubted_date_that_stands_is_taken_on_the_third_day() -> None:
    far = EXPIRY.replace(year=2028)
    assert end(lived({0: EXPIRY, 10: far}, 13)) == ("notice", None)
    assert end(lived({0: EXPIRY, 10: far}, 14)) == ("renewed", MONDAY + 13 * DAY)


def test_each_doubted_value_waits_for_itself_and_is_asked_about_once() -> None:
    one, other = EXPIRY.replace(year=2062), EXPIRY.replace(year=2063)
    life = lived({0: EXPIRY, 10: one, 12: other, 14: one, 16: EXPIRY}, 20)
    assert sorted(checks(life)) == [one.isoformat(), other.isoformat()]
    assert end(life) == ("notice", None)


def test_a_renewal_of_twelve_months_is_not_doubted() -> None:
    life = lived({0: EXPIRY, 10: EXPIRY.replace(year=2027)}, 12)
    assert checks(life) == []
    assert end(life) == ("renewed", MONDAY + 10 * DAY)


def test_a_renewal_booked_by_mistake_and_taken_back_leaves_what_it_issued() -> None:
    right = undisturbed()
    mended = lived({0: EXPIRY, 10: EXPIRY.replace(year=2027), 12: EXPIRY})
    assert ledger(mended) == sorted([*ledger(right), f"{MONDAY + 10 * DAY} renewed.task issued"])
    assert checks(mended) == []
    assert end(mended) == ("lapsed", EXPIRY + 30 * DAY)


def test_a_renewal_taken_back_after_the_expiry_goes_on_too() -> None:
    life = lived({0: EXPIRY, 30: EXPIRY.replace(year=2027), 32: EXPIRY}, 34)
    assert end(life) == ("last", None)


def test_a_renewal_taken_back_long_after_is_doubted_first() -> None:
    dates = {0: EXPIRY, 2: EXPIRY.replace(year=2027), 12: EXPIRY}
    waiting = lived(dates, 15)
    assert checks(waiting) == [EXPIRY.isoformat()]
    assert end(waiting) == ("renewed", MONDAY + 2 * DAY)
    assert end(lived(dates, 16)) == ("notice", None)


def test_a_renewal_taken_back_after_the_cycle_is_over_changes_nothing() -> None:
    life = lived({0: EXPIRY, 2: EXPIRY.replace(year=2027), 58: EXPIRY}, 65)
    assert end(life) == ("renewed", MONDAY + 2 * DAY)


def test_a_date_two_months_early_comes_back_with_its_steps() -> None:
    # 27 May; the notice is due on 27 April, its email five days later. Two months early, both are late at once.
    expiry = EXPIRY + 61 * DAY
    right = lived({0: expiry}, 120)
    mended = lived({0: expiry, 20: EXPIRY, 21: expiry}, 120)
    assert ledger(mended) == ledger(right)
    assert entries(mended, "notice") == [
        "2026-03-02 email 1 skipped",
        "2026-05-02 email 2 issued",
        "2026-02-25 task 1 skipped",
        "2026-04-27 task 2 issued",
    ]
    # Skipped at first for a date that was wrong, they come again on the step's day and not before.
    again = mended.ledger.filter(step="notice", revision=2)
    assert again["evaluated_on"].unique().to_list() == [dt.date(2026, 4, 27)]
    assert end(mended) == end(right)


def test_what_a_mistake_promised_is_withdrawn_and_what_it_withdrew_is_promised_again() -> None:
    body = RENEW.replace("due: 5 days", "due: 12 days").replace(
        "do: [{task: {owner: csm, shift: none}}]}\n    lapsed",
        "do: [{task: {owner: csm, due: 5 days, shift: none}}]}\n    lapsed",
    )
    life = lived({0: EXPIRY, 2: EXPIRY.replace(year=2027), 3: EXPIRY}, 6, body)
    assert entries(life, "renewed") == ["2026-03-09 task 1 issued", "2026-03-09 task 2 withdrawn"]
    assert [line for line in entries(life, "notice") if "email" in line] == [
        "2026-03-09 email 1 issued",
        "2026-03-09 email 2 withdrawn",
        "2026-03-09 email 3 issued",
    ]


def test_an_outcome_without_a_date_stays_when_a_date_moves_away_and_back() -> None:
    life = Lives(text(RENEW.replace("  outcomes:\n", "  outcomes:\n    stopped: {when: vip}\n")))
    days = {0: (EXPIRY, False), 5: (EXPIRY, True), 8: (EXPIRY + 200 * DAY, False), 10: (EXPIRY, False)}  # fmt: skip
    for n in range(20):
        if n in days:
            life.put(renewal_date=days[n][0], vip=days[n][1])
        life.day(MONDAY + n * DAY)
    assert end(life) == ("stopped", MONDAY + 5 * DAY)


def test_a_missing_date_moves_nothing() -> None:
    assert ledger(lived({0: EXPIRY, 10: None, 30: EXPIRY})) == ledger(undisturbed())


def test_days_off_do_not_change_what_is_doubted(tmp_path: Path) -> None:
    dates = {0: EXPIRY, 2: EXPIRY.replace(year=2062), 4: EXPIRY, 6: EXPIRY.replace(year=2028)}
    on = life(tmp_path / "on", RENEW, dates, 11)
    off = life(tmp_path / "off", RENEW, dates, 11, off=range(1, 10))
    assert told(on) == told(off)
    states = [Reader(root / "store").states() for root in (on, off)]
    assert states[0].equals(states[1])
    assert states[0]["state"].to_list() == ["renewed"]


def doubted(root: Path) -> Path:
    """Runs the day on which the account's year is 2062 for the first time, 4 March."""
    return life(root, RENEW, {0: EXPIRY, 2: EXPIRY.replace(year=2062)}, 3)


WAITS = "renewal_date moved from 2026-03-27 to 2062-03-27, more than 15 months later: nothing moves before 2026-03-07"


def test_the_task_is_the_owners_and_says_what_moved(tmp_path: Path) -> None:
    (task,) = Reader(doubted(tmp_path) / "store").ledger().filter(step="check_date").to_dicts()
    assert (task["owner"], task["kind"], task["due_on"]) == ("Zoé", "task", MONDAY + 2 * DAY)
    assert task["reason"] == WAITS


def test_a_run_says_how_many_accounts_wait(tmp_path: Path) -> None:
    root = doubted(tmp_path)
    project, on = load_project(root), MONDAY + 3 * DAY
    ahead, done = preview(project, on), run(project, on)
    assert ahead.entries.equals(done.entries)
    assert ahead.counts.equals(done.counts)
    for result in (ahead, done):
        assert [p.message for p in result.warnings if p.code == "doubtful-date"] == [
            "the date of 1 account in `p` moved beyond belief: it waits until it has lasted for 3 days"
        ]


def test_explain_says_that_a_date_is_doubted_and_since_when(tmp_path: Path) -> None:
    args = ["explain", "a", "--workspace", str(doubted(tmp_path)), "--on", str(MONDAY + 3 * DAY)]
    shown = CliRunner().invoke(main, args, catch_exceptions=False).output
    assert f"waits since 2026-03-04: {WAITS}" in shown
    data = json.loads(CliRunner().invoke(main, [*args, "--format", "json"]).output)
    assert data["playbooks"][0]["doubted"]["until"] == "2026-03-07"


@pytest.mark.parametrize("settings", ["doubt: {stands: 0 days}\n", "doubt: {ahead: 40 years}\n"])
def test_a_workspace_says_what_it_doubts(tmp_path: Path, settings: str) -> None:
    root = workspace(tmp_path / "w", {"p": text(RENEW)}, SETTINGS + settings)
    for n, date in ((0, EXPIRY), (1, EXPIRY.replace(year=2062))):
        snapshot(root, MONDAY + n * DAY, [row(renewal_date=date)])
        run(load_project(root), MONDAY + n * DAY)
    assert Reader(root / "store").states()["state"].to_list() == ["renewed"]


def test_one_task_for_a_date_that_two_playbooks_follow(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(RENEW), "q": text(RENEW, id="q")})
    for n, date in ((0, EXPIRY), (1, EXPIRY.replace(year=2062))):
        snapshot(root, MONDAY + n * DAY, [row(renewal_date=date)])
        run(load_project(root), MONDAY + n * DAY)
    assert tasks(root) == ["2062-03-27"]


def runs(root: Path, body: str, days: Mapping[int, tuple[dt.date, int]], last: int) -> list[str]:
    """Runs on these days and the last one; each day gives date and score. Returns the ledger without the checks.

    No email goes out while the score is below 50.
    """
    settings = SETTINGS.replace("status == 'lapsed'", "health_score < 50")
    workspace(root, {"p": text(body)}, settings)
    for n, (date, score) in days.items():
        snapshot(root, MONDAY + n * DAY, [row(renewal_date=date, health_score=score)])
    for n in sorted({*days, last}):
        run(load_project(root), MONDAY + n * DAY)
    return [line for line in told(root) if "check_date" not in line]


def test_a_change_while_a_date_is_doubted_is_seen_once_it_is_corrected(tmp_path: Path) -> None:
    body = RENEW + '    fell: {when: "crossed_below(health_score, 70)"}\n'
    wrong = EXPIRY.replace(year=2062)
    runs(tmp_path / "w", body, {0: (EXPIRY, 80), 1: (wrong, 60), 3: (EXPIRY, 60)}, 3)
    states = Reader(tmp_path / "w" / "store").states()
    assert states.select("state", "ended_on").rows() == [("fell", MONDAY + 3 * DAY)]


ONE_EMAIL = RENEW.replace(
    "do: [{task: {owner: csm, shift: none}}, {email: {owner: csm, shift: none, due: 5 days}}]",
    "do: [{email: {owner: csm, shift: none}}]",
)


def test_a_contact_that_waits_goes_out_once_the_date_is_corrected(tmp_path: Path) -> None:
    # Due on Thursday, postponed; the date is doubted from Friday on and corrected on Monday.
    date = MONDAY + 40 * DAY
    days = {0: (date, 80), 10: (date, 40), 11: (date.replace(year=2062), 80), 14: (date, 80)}
    entries = runs(tmp_path / "w", ONE_EMAIL, days, 14)
    assert [line for line in entries if "notice" in line] == [
        "2026-03-12 notice.email.1 1 postponed",
        "2026-03-16 notice.email.1 2 issued",
    ]


def test_a_contact_postponed_for_a_wrong_date_moves_with_the_date(tmp_path: Path) -> None:
    # Due on 17 March; for two days the date says 12 March.
    date = MONDAY + 45 * DAY
    days = {0: (date, 80), 10: (date - 5 * DAY, 40), 12: (date, 80)}
    entries = runs(tmp_path / "w", ONE_EMAIL, days, 15)
    assert [line for line in entries if "notice" in line] == [
        "2026-03-12 notice.email.1 1 postponed",
        "2026-03-12 notice.email.1 2 superseded",
        "2026-03-17 notice.email.1 3 issued",
    ]


def many(root: Path, wrong: int, settings: str = "") -> Path:
    """A hundred accounts, some of which have a wrong year on the second day."""
    workspace(root, {"p": text(RENEW)}, SETTINGS + settings)
    for n, bad in ((0, 0), (1, wrong)):
        dates = [EXPIRY.replace(year=2025) if i < bad else EXPIRY for i in range(100)]
        rows = [row(account_id=f"a{i:02}", renewal_date=date) for i, date in enumerate(dates)]
        snapshot(root, MONDAY + n * DAY, rows)
    run(load_project(root), MONDAY)
    return root


def test_the_brake_stops_a_run_in_which_too_many_dates_moved(tmp_path: Path) -> None:
    root = many(tmp_path / "w", 26)
    with pytest.raises(Problems) as raised:
        run(load_project(root), MONDAY + DAY)
    (problem,) = raised.value.problems
    assert problem.code == "brake"
    assert problem.message == (
        "on 2026-03-03 the dates of 26 of the 100 accounts in `p` moved, and the brake allows 25 %: "
        "nothing was written"
    )
    assert Reader(root / "store").last_committed() == MONDAY
    assert "brake" in [p.code for p in preview(load_project(root), MONDAY + DAY).warnings]


@pytest.mark.parametrize(("wrong", "settings"), [(25, ""), (60, "brake: {dates: 60 %}\n")])
def test_the_brake_lets_a_share_pass(tmp_path: Path, wrong: int, settings: str) -> None:
    root = many(tmp_path / "w", wrong, settings)
    run(load_project(root), MONDAY + DAY)
    assert len(tasks(root)) == wrong


OLD, OPENED = dt.date(2026, 4, 5), dt.date(2026, 1, 5)
FAR = "more than 15 months later"


@pytest.mark.parametrize(
    ("old", "new", "opened_on", "reason"),
    [
        (OLD, OLD, OPENED, None),
        (OLD, dt.date(2026, 5, 4), OPENED, doubt.SWAPPED),
        # Exchanged means both of them, in one year.
        (OLD, dt.date(2027, 5, 4), OPENED, None),
        (OLD, dt.date(2026, 5, 5), OPENED, None),
        (OLD, dt.date(2026, 4, 4), OPENED, None),
        (OLD, dt.date(2026, 6, 4), OPENED, None),
        # The day of the opening is not before it.
        (OLD, OPENED, OPENED, None),
        (OLD, OPENED - DAY, OPENED, doubt.BEFORE_OPENING),
        # A later date is none that goes back, even where the cycle opened after both.
        (OLD, dt.date(2026, 5, 20), dt.date(2026, 6, 1), None),
        # Fifteen months are believed, a day more is not.
        (OLD, dt.date(2027, 7, 5), OPENED, None),
        (OLD, dt.date(2027, 7, 6), OPENED, FAR),
    ],
)
def test_a_date_is_doubted_for_a_reason_in_columns_as_for_one_account(
    old: dt.date, new: dt.date, opened_on: dt.date, reason: str | None
) -> None:
    assert doubt.reason_for_doubt(old, new, opened_on, RULES, None) == reason
    rows = pl.DataFrame(
        {"@anchor": [old], "@date": [new], "@opened_on": [opened_on], PLACE: [None]},
        schema_overrides={PLACE: pl.String},
    )
    assert rows.select(doubt.reasons_for_doubt(rows, RULES)).to_series().to_list() == [reason]


def test_what_waits_of_an_enrolment_that_is_held_gets_no_day() -> None:
    doubted = {"doubted": MONDAY}
    before = [state(id, "s") | doubted for id in ("held", "released")] + [state("other", "s")]
    changed = [state("released", "s"), state("new", "s") | doubted]
    accounts = ("held", "released", "other", "new")
    pending = [
        entry(f"{id} {status}", 1, status, account_id=id)
        for id in accounts
        for status in ("postponed", "issued")
    ]
    pending.append(entry("another playbook", 1, "postponed", account_id="held", playbook="q"))
    found = doubt.without_held(
        table(LEDGER, pending), table(STATES, before), table(STATES, changed)
    )
    gone = {"held postponed", "new postponed"}
    assert {*found["action_id"]} == {row["action_id"] for row in pending} - gone


FAR_AWAY, OTHER = EXPIRY.replace(year=2028), EXPIRY.replace(year=2031)
AWAY = EXPIRY + 40 * DAY
"""A date that is believed, and by which the notice is not due yet."""


@pytest.mark.parametrize(
    ("dates", "states", "steps"),
    [
        ({0: EXPIRY, 2: FAR_AWAY, 4: EXPIRY}, [None, EXPIRY, "notice"], ["check_date"]),
        # A cycle that ended as renewed has the date that it was about.
        ({0: EXPIRY, 1: FAR_AWAY, 2: OTHER}, [None, EXPIRY, "renewed"], ["check_date"] * 2),
        ({0: EXPIRY, 2: None, 3: EXPIRY}, [None, EXPIRY, "notice"], []),
        ({0: EXPIRY, 2: FAR_AWAY, 3: None}, [None, EXPIRY, "notice"], ["check_date"]),
        ({0: EXPIRY, 5: FAR_AWAY}, [FAR_AWAY, EXPIRY, "notice"], ["check_date"]),
        # A mistake that was believed: the account is back where it was, or where it had not been.
        ({0: EXPIRY, 2: AWAY, 4: EXPIRY}, [None, EXPIRY, "notice"], []),
        ({0: AWAY, 2: EXPIRY, 4: AWAY}, [None, AWAY, "early"], []),
    ],
)
def test_what_is_doubted_and_mended_is_the_same_over_columns(
    dates: Mapping[int, dt.date | None], states: list[object], steps: list[str]
) -> None:
    lives = []
    for most in (-1, 1_000_000):
        with executor(most):
            lives.append(lived(dates, 7))
    over_columns, by_account = lives
    assert over_columns.states.select("doubted", "anchor", "state").row(0) == tuple(states)
    assert [each for each in over_columns.ledger["step"] if each == "check_date"] == steps
    key = ["action_id", "revision"]
    assert_frame_equal(over_columns.ledger.sort(key), by_account.ledger.sort(key))
    assert_frame_equal(over_columns.states, by_account.states)
    assert over_columns.counts() == by_account.counts()
