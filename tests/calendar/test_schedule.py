from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tenure.engine.calendar import schedule
from tenure.engine.calendar.schedule import check_schedule, due_dates, meant_schedule

DAY = dt.timedelta(days=1)


def dates(*texts: str) -> list[dt.date]:
    return [dt.date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "0 6 * * *",
        "* * * * *",
        "*/5 0 1-7,15 * *",
        "0 6 * * mon-fri",
        "0 6 * * MON",
        "0 6 * * 7",
        "0 6 L * *",
        "0 6 * * 5#2",
        "0 6 * * l5",
        "0 0 29 2 *",
        "0 0 1 jan,apr,jul,oct *",
        "0 0 30 2 mon",
        "0-0 6 * * *",
    ],
)
def test_it_accepts(text: str) -> None:
    assert check_schedule(text) is None
    assert due_dates(text, dt.date(2023, 12, 31), dt.date(2024, 12, 31))


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("0 6 * *", "this one has 4"),
        ("0 6 * * * 2026", "this one has 6"),
        ("0 0 6 * * * 2026", "this one has 7"),
        ("", "this one has 0"),
        ("@daily", "write 0 0 * * *"),
        (" @daily ", "@daily is not understood: write 0 0 * * *"),
        ("@reboot", "@reboot is not understood"),
        ("R 6 * * *", "draws at random"),
        ("0 H * * *", "draws at random"),
        ("H(0-30) 6 * * *", "draws at random"),
        ("60 6 * * *", "60 is not a valid minute"),
        ("0 24 * * *", "24 is not a valid hour"),
        ("0 6 0 * *", "0 is not a valid day of the month"),
        ("0 6 32 * *", "32 is not a valid day of the month"),
        ("0 6 * 0 *", "0 is not a valid month"),
        ("0 6 * 13 *", "13 is not a valid month"),
        ("0 6 * * 8", "8 is not a valid day of the week"),
        ("0 6 * * lundi", "lundi is not a valid day of the week"),
        ("0 6 * * ?", "? is not a valid day of the week"),
        ("0 6 mon * *", "mon is not a valid day of the month"),
        ("0 6 1,,2 * *", "an empty item"),
        ("0 6 */0 * *", "step"),
        ("*/99 6 * * *", "step"),
        ("0 6 20-10 * *", "runs backwards"),
        ("1-0 6 * * *", "runs backwards"),
        ("0 6 * * fri-mon", "runs backwards"),
        ("0 0 30 2 *", "never fires"),
        ("0 0 31 4,6,9,11 *", "never fires"),
        ("0 6 * * mon#1,tue", "croniter refuses"),
        ("0 6 * * " + ",".join(["1"] * 60), "at most 100"),
    ],
)
def test_it_refuses(text: str, because: str) -> None:
    reason = check_schedule(text)
    assert reason is not None
    assert because in reason


def test_a_date_is_due_once_however_often_the_schedule_fires_on_it() -> None:
    assert due_dates("*/5 * * * *", dt.date(2026, 10, 24), dt.date(2026, 10, 26)) == dates(
        "2026-10-25", "2026-10-26"
    )


def test_the_nights_the_clocks_change_are_due_like_any_other() -> None:
    assert due_dates("30 2 * * *", dt.date(2026, 3, 28), dt.date(2026, 3, 30)) == dates(
        "2026-03-29", "2026-03-30"
    )
    assert due_dates("30 2 * * *", dt.date(2026, 10, 24), dt.date(2026, 10, 25)) == dates(
        "2026-10-25"
    )


def test_without_a_date_before_only_the_last_is_asked_about() -> None:
    monday = dt.date(2026, 1, 5)
    assert due_dates("0 6 * * 1", None, monday) == [monday]
    assert due_dates("0 6 * * 1", None, monday + DAY) == []
    assert due_dates("0 6 * * 1", monday, monday) == []


def test_nothing_is_due_before_a_date_already_done() -> None:
    assert due_dates("0 6 * * *", dt.date(2026, 1, 5), dt.date(2026, 1, 1)) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("59 23 * * *", lambda _: True),
        ("0 6 * * 1-5", lambda day: day.weekday() < 5),
        ("0 6 * * sun", lambda day: day.weekday() == 6),
        ("0 6 1,15 * *", lambda day: day.day in (1, 15)),
        ("0 6 l * *", lambda day: (day + DAY).day == 1),
        ("0 6 31 * *", lambda day: day.day == 31),
        ("0 6 13 * 5", lambda day: day.day == 13 or day.weekday() == 4),
        ("0 6 */10 */6 *", lambda day: day.day in (1, 11, 21, 31) and day.month in (1, 7)),
        ("0 6 29 2 *", lambda day: (day.month, day.day) == (2, 29)),
        ("0 6 * * 1#1", lambda day: day.weekday() == 0 and day.day <= 7),
    ],
)
def test_four_years_of_dates_against_a_plain_rule(text, wanted) -> None:
    first, last = dt.date(2023, 6, 30), dt.date(2027, 6, 30)
    days = [first + DAY * n for n in range(1, (last - first).days + 1)]
    assert due_dates(text, first, last) == [day for day in days if wanted(day)]


def test_asking_in_parts_gives_what_asking_at_once_gives() -> None:
    text, first, last = "0 6 1-20/3 * 2", dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    parts: list[dt.date] = []
    day = first
    while day < last:
        until = min(day + 11 * DAY, last)
        parts += due_dates(text, day, until)
        day = until
    assert parts == due_dates(text, first, last)


def test_a_schedule_has_a_hundred_characters_at_most() -> None:
    longest = "0 16 * * 1" + ",1" * 45
    assert len(longest) == 100
    assert check_schedule(longest) is None
    longer = "0 6 * * 1" + ",1" * 46
    why = "a schedule has at most 100 characters, this one has 101"
    assert check_schedule(longer) == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("*/0 * * * *", "the step of the minute */0 must be from 1 to 59"),
        ("*/60 * * * *", "the step of the minute */60 must be from 1 to 59"),
        ("0 1-5/0 * * *", "the step of the hour 1-5/0 must be from 1 to 23"),
        ("0 6 */32 * *", "the step of the day of the month */32 must be from 1 to 31"),
        ("0 6 * */0 *", "the step of the month */0 must be from 1 to 12"),
        ("0 6 * * */8", "the step of the day of the week */8 must be from 1 to 7"),
        ("*/1 * * * *", None),
        ("*/59 */23 * * *", None),
        ("0 6 * * */7", None),
    ],
)
def test_a_step_is_from_one_to_the_largest_value(text: str, why: str | None) -> None:
    assert check_schedule(text) == why


def test_without_an_earlier_date_only_the_date_itself_is_asked_about() -> None:
    assert due_dates("0 6 * * *", None, dt.date(2026, 3, 2)) == dates("2026-03-02")
    assert due_dates("0 6 * * 2", None, dt.date(2026, 3, 2)) == []


@pytest.mark.parametrize("time", ["0 0", "59 23"])
def test_the_first_and_the_last_minute_are_of_their_date(time: str) -> None:
    monday = f"{time} * * 1"
    expected = dates("2026-03-09", "2026-03-16")
    assert due_dates(monday, dt.date(2026, 3, 2), dt.date(2026, 3, 16)) == expected
    assert due_dates(monday, dt.date(2026, 3, 1), dt.date(2026, 3, 8)) == dates("2026-03-02")


def test_a_range_may_hold_one_value() -> None:
    assert check_schedule("0 6-6 2-2 * 1-1") is None
    assert due_dates("0 6-6 * * 1-1", None, dt.date(2026, 3, 2)) == dates("2026-03-02")


def _days_of_week() -> st.SearchStrategy[str]:
    day = st.sampled_from([*map(str, range(8)), "sun", "Mon", "fri", "SAT"])
    # Of a range from a day to the same day, croniter makes the entire week.
    number = st.integers(0, 7)
    several = st.tuples(number, number).filter(lambda pair: len({each % 7 for each in pair}) > 1)
    first = st.one_of(st.just("*"), day, several.map(lambda pair: f"{pair[0]}-{pair[1]}"))
    item = st.one_of(
        first, st.tuples(first, st.integers(1, 8)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    )
    return st.lists(item, min_size=1, max_size=3).map(",".join)


@given(_days_of_week(), st.sampled_from(["0 6", "*/5 0-3", "59 23"]), st.integers(0, 20))
def test_days_of_the_week_alone_are_as_croniter_says(days: str, time: str, length: int) -> None:
    text = f"{time} * * {days}"
    assume(check_schedule(text) is None)
    first = dt.date(2026, 2, 25)
    last = first + length * DAY
    assert due_dates(text, first, last) == schedule._fires(text, first, last)


@pytest.mark.parametrize("text", ["0 6 * * 1-1", "0 6 * * mon-1", "0 6 * * 1-1/2"])
def test_a_range_from_a_day_to_the_same_day_is_that_day(text: str) -> None:
    assert due_dates(text, dt.date(2026, 3, 1), dt.date(2026, 3, 15)) == dates(
        "2026-03-02", "2026-03-09"
    )


@pytest.mark.parametrize(
    ("word", "schedule"),
    [
        ("@daily", "0 0 * * *"),
        ("daily", "0 0 * * *"),
        (" Weekly ", "0 0 * * 0"),
        ("\t@HOURLY", "0 * * * *"),
        ("midnight", "0 0 * * *"),
        ("monthly", "0 0 1 * *"),
        ("yearly", "0 0 1 1 *"),
        ("annually", "0 0 1 1 *"),
        ("“30 7 * * 1”", "30 7 * * 1"),
        ("„0 6 * * *“", "0 6 * * *"),
        ("« 0 6 * * * »", "0 6 * * *"),
        ("“every day”", None),
        ("@reboot", None),
        ("every day", None),
        ("0 6 * * *", None),
        ("", None),
    ],
)
def test_a_word_for_a_schedule_has_its_five_fields(word: str, schedule: str | None) -> None:
    assert meant_schedule(word) == schedule
    assert schedule is None or check_schedule(schedule) is None
