from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.core.offsets import LIMITS, Offset, parse_offset, shift_date

UNITS = sorted(LIMITS)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("90 days", Offset(90, "days")),
        ("-90 days", Offset(-90, "days")),
        ("- 90 days", Offset(-90, "days")),
        ("+1 day", Offset(1, "days")),
        ("1 days", Offset(1, "days")),
        ("5 business days", Offset(5, "business days")),
        ("-1  business   day", Offset(-1, "business days")),
        ("2 weeks", Offset(2, "weeks")),
        (" 6 months ", Offset(6, "months")),
        ("0 days", Offset(0, "days")),
        ("100 years", Offset(100, "years")),
    ],
)
def test_it_reads(text: str, offset: Offset) -> None:
    assert parse_offset(text) == offset


@pytest.mark.parametrize(
    "text",
    [
        "",
        "90",
        "days",
        "90days",
        "1.5 days",
        "ninety days",
        "90 jours",
        "90 Days",
        "3 business weeks",
        "--3 days",
        "1_0 days",
        "١ days",
        "36501 days",
        "1201 months",
        "101 years",
        "99999999999 days",
    ],
)
def test_it_refuses(text: str) -> None:
    assert parse_offset(text) is None


@given(st.sampled_from(UNITS), st.data())
def test_what_is_written_is_read_back(unit, data) -> None:
    offset = Offset(data.draw(st.integers(-LIMITS[unit], LIMITS[unit])), unit)
    assert parse_offset(str(offset)) == offset


@pytest.mark.parametrize(
    ("day", "text", "moved"),
    [
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2028-01-31", "1 month", "2028-02-29"),
        ("2026-03-31", "-1 month", "2026-02-28"),
        ("2026-03-31", "1 month", "2026-04-30"),
        ("2026-12-31", "2 months", "2027-02-28"),
        ("2026-01-15", "-1 month", "2025-12-15"),
        ("2026-01-31", "12 months", "2027-01-31"),
        ("2026-01-31", "-13 months", "2024-12-31"),
        ("2028-02-29", "1 year", "2029-02-28"),
        ("2028-02-29", "4 years", "2032-02-29"),
        ("2028-02-29", "-28 years", "2000-02-29"),
        ("2096-02-29", "4 years", "2100-02-28"),
        ("2026-12-31", "1 week", "2027-01-07"),
        ("2028-02-28", "1 day", "2028-02-29"),
        ("2026-03-01", "-1 day", "2026-02-28"),
    ],
)
def test_month_ends_and_29_february(day: str, text: str, moved: str) -> None:
    offset = parse_offset(text)
    assert offset is not None
    assert shift_date(dt.date.fromisoformat(day), offset) == dt.date.fromisoformat(moved)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)), st.integers(-1200, 1200))
def test_months_against_walking_day_by_day(day: dt.date, months: int) -> None:
    """Independent of `move`: months counted on a line, the last day found by trying."""
    line = day.year * 12 + (day.month - 1) + months
    wanted = f"{line // 12:04}-{line % 12 + 1:02}"
    days = []
    for number in range(day.day, 0, -1):
        try:
            days.append(dt.date.fromisoformat(f"{wanted}-{number:02}"))
        except ValueError:
            continue
    assert shift_date(day, Offset(months, "months")) == days[0]


def test_business_days_need_a_country() -> None:
    with pytest.raises(ValueError, match="Calendar"):
        shift_date(dt.date(2026, 1, 1), Offset(1, "business days"))


@pytest.mark.parametrize(
    ("most", "more"),
    [
        ("36500 days", "36501 days"),
        # 36,500 days are 5,214 weeks and two days.
        ("5214 weeks", "5215 weeks"),
        ("1200 months", "1201 months"),
        ("100 years", "101 years"),
    ],
)
def test_an_offset_is_a_century_at_most_either_way(most: str, more: str) -> None:
    for sign in ("", "-"):
        assert parse_offset(sign + most) is not None
        assert parse_offset(sign + more) is None
