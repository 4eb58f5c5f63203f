from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.calendar.countries import COUNTRY_CODES, iso_country
from tenure.engine.calendar.working_days import PLACE, Calendar
from tenure.engine.core.offsets import Offset

QUIET = ((dt.date(2026, 12, 24), dt.date(2027, 1, 1)),)
FRANCE = Calendar("FR", QUIET)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "country", "contact", "works"),
    [
        ("2026-07-14", None, False, False),
        ("2026-07-14", "US", False, True),
        ("2026-07-14", "Atlantis", False, False),
        ("2026-07-03", "United States", False, False),
        ("2026-07-03", "FR", False, True),
        ("2026-07-03", "AE", False, True),
        ("2026-07-04", "AE", False, False),
        ("2026-06-05", "SA", False, False),
        ("2026-06-07", "SA", False, True),
        ("2026-12-28", "FR", False, True),
        ("2026-12-28", "FR", True, False),
        ("2027-01-01", "SA", True, False),
        ("2026-12-23", "FR", True, True),
        ("2023-12-31", "FR", False, False),
    ],
)
def test_working_days_by_country(
    text: str, country: str | None, contact: bool, works: bool
) -> None:
    assert FRANCE.is_working(day(text), country, contact) is works


@pytest.mark.parametrize(
    ("text", "shift", "contact", "moved"),
    [
        ("2026-11-11", "earlier", False, "2026-11-10"),
        ("2026-11-11", "later", False, "2026-11-12"),
        ("2026-11-11", "none", False, "2026-11-11"),
        ("2026-11-12", "earlier", False, "2026-11-12"),
        ("2026-12-26", "earlier", True, "2026-12-23"),
        ("2026-12-26", "earlier", False, "2026-12-24"),
        ("2026-12-26", "later", True, "2027-01-04"),
        ("2027-01-01", "earlier", False, "2026-12-31"),
    ],
)
def test_shifting(text: str, shift, contact: bool, moved: str) -> None:
    assert FRANCE.shift(day(text), shift, None, contact) == day(moved)


@pytest.mark.parametrize(
    ("text", "count", "contact", "moved"),
    [
        ("2026-11-08", 0, False, "2026-11-08"),
        ("2026-11-08", 1, False, "2026-11-09"),
        ("2026-11-08", -1, False, "2026-11-06"),
        ("2026-11-06", 1, False, "2026-11-09"),
        ("2026-11-09", 2, False, "2026-11-12"),
        ("2026-11-12", -2, False, "2026-11-09"),
        ("2026-12-23", 1, True, "2027-01-04"),
        ("2026-12-23", 1, False, "2026-12-24"),
    ],
)
def test_adding_business_days(text: str, count: int, contact: bool, moved: str) -> None:
    assert FRANCE.add(day(text), Offset(count, "business days"), None, contact) == day(moved)


def test_quiet_stretches_without_an_end_in_reach_leave_the_date_alone() -> None:
    calendar = Calendar("FR", ((day("2000-01-01"), day("2100-01-01")),))
    assert calendar.shift(day("2026-01-04"), "later", None, True) == day("2026-01-04")


rows = st.lists(
    st.tuples(
        st.none() | st.dates(day("1995-01-01"), day("2060-12-31")),
        st.sampled_from([None, "FR", "US", "Hong Kong SAR", "SA", "Nowhere", ""]),
    ),
    max_size=30,
)
UNITS = ["days", "business days", "weeks", "months", "years"]
offsets = st.builds(Offset, st.integers(-30, 30), st.sampled_from(UNITS))


@given(rows, st.sampled_from(["earlier", "later", "none"]), offsets, st.booleans())
def test_series_give_what_single_dates_give(pairs, shift, offset, contact) -> None:
    days = pl.Series("due_on", [pair[0] for pair in pairs], dtype=pl.Date)
    countries = pl.Series("country", [pair[1] for pair in pairs], dtype=pl.String)
    shifted = FRANCE.shift_series(days, shift, countries, contact)
    added = FRANCE.add_series(days, offset, countries, contact)
    assert shifted.to_list() == [
        None if date is None else FRANCE.shift(date, shift, country, contact)
        for date, country in pairs
    ]
    assert added.to_list() == [
        None if date is None else FRANCE.add(date, offset, country, contact)
        for date, country in pairs
    ]
    assert shifted.name == added.name == "due_on"


@pytest.mark.parametrize(
    ("offset", "later"),
    [
        (Offset(3, "days"), "2026-03-03"),
        (Offset(2, "weeks"), "2026-03-14"),
        (Offset(1, "months"), "2026-03-28"),
        (Offset(-1, "years"), "2025-02-28"),
        (Offset(1, "business days"), "2026-03-02"),
    ],
)
def test_dates_of_a_series_move_by_each_unit(offset: Offset, later: str) -> None:
    moved = FRANCE.add_series(pl.Series([day("2026-02-28")]), offset, pl.Series(["FR"]), False)
    assert moved.to_list() == [day(later)]


@pytest.mark.parametrize(
    ("accounts", "place"),
    [
        ({"country": "DE"}, "DE"),
        ({"country": "DE", "region": None}, "DE"),
        ({"country": "GB", "region": "Scotland"}, "GB-SCT"),
        ({"account_id": "a"}, None),
    ],
)
def test_the_place_of_accounts_without_a_country_or_region(
    accounts: dict[str, str | None], place: str | None
) -> None:
    frame = pl.DataFrame([accounts], schema=dict.fromkeys(accounts, pl.String))
    assert FRANCE.with_places(frame)[PLACE].to_list() == [place]


def test_countries_of_the_calendar_type_are_read_as_text() -> None:
    days = pl.Series([day("2026-07-14")] * 2)
    countries = pl.Series(["US", None]).cast(pl.Categorical)
    assert FRANCE.shift_series(days, "later", countries, False).to_list() == [
        day("2026-07-14"),
        day("2026-07-15"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FR", "FR"),
        ("fr", "FR"),
        ("FRA", "FR"),
        ("France", "FR"),
        ("United States", "US"),
        ("the United States of America", "US"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("Hong Kong SAR", "HK"),
        ("HongKong", "HK"),
        ("Dominican Republic", "DO"),
        ("New Zealand", "NZ"),
        ("Côte d'Ivoire", "CI"),
        ("Trinidad & Tobago", "TT"),
        ("St. Lucia", "LC"),
        ("Korea, Republic of", "KR"),
        ("AND", "AD"),
        (" AND ", "AD"),
        ("Andorra", "AD"),
        ("Allemagne", "DE"),
        ("Deutschland", "DE"),
        ("Frankreich", "FR"),
        ("FRANCIA", "FR"),
        ("Spanien", "ES"),
        ("Pays-Bas", "NL"),
        ("Royaume-Uni", "GB"),
        ("États-Unis", "US"),
        ("Estados Unidos", "US"),
        ("Österreich", "AT"),
        ("Suomi", "FI"),
        ("Magyarország", "HU"),
        ("Česko", "CZ"),
        ("Atlantis", None),
        ("Europe", None),
        ("EU", None),
        ("日本", None),
        ("country", None),
        ("", None),
        ("FRX", None),
    ],
)
def test_countries_as_people_write_them(text: str, code: str | None) -> None:
    assert iso_country(text) == code


def test_the_codes_written_out_are_those_that_holidays_knows() -> None:
    from holidays.registry import COUNTRIES

    assert {code for _, code, *_ in COUNTRIES.values()} == COUNTRY_CODES


def test_a_workspace_country_without_known_holidays_keeps_weekends() -> None:
    calendar = Calendar("")
    assert calendar.shift(day("2026-01-03"), "later", None, False) == day("2026-01-05")


@pytest.mark.parametrize(
    ("text", "quiet"),
    [("2026-12-23", False), ("2026-12-24", True), ("2026-12-31", True), ("2027-01-04", False)],
)
def test_both_ends_of_a_quiet_stretch_are_quiet(text: str, quiet: bool) -> None:
    assert FRANCE.is_working(day(text), None, True) is not quiet
    assert FRANCE.is_working(day(text), None, False)


def test_a_stretch_ends_on_its_last_day() -> None:
    ends_on_monday = Calendar("FR", ((day("2026-03-05"), day("2026-03-09")),))
    assert not ends_on_monday.is_working(day("2026-03-09"), None, True)
    assert ends_on_monday.shift(day("2026-03-06"), "later", None, True) == day("2026-03-10")
    assert ends_on_monday.shift(day("2026-03-09"), "earlier", None, True) == day("2026-03-04")


def test_a_quiet_year_is_waited_out() -> None:
    year = Calendar("FR", ((day("2026-01-01"), day("2026-12-31")),))
    # 1 January 2027 is a holiday, a Friday.
    assert year.shift(day("2026-01-05"), "later", None, True) == day("2027-01-04")
    assert year.shift(day("2026-12-30"), "earlier", None, True) == day("2025-12-31")


@pytest.mark.parametrize(("days", "moved"), [(1499, True), (1500, False)])
def test_a_search_looks_at_1500_days_and_then_leaves_the_date(days: int, moved: bool) -> None:
    start = day("2026-01-05")
    quiet = Calendar("FR", ((start, start + dt.timedelta(days=days - 1)),))
    # 214 weeks and a day after that Monday is a Tuesday in February.
    after = day("2030-02-12")
    assert after == start + dt.timedelta(days=1499)
    assert quiet.shift(start, "later", None, True) == (after if moved else start)


def test_what_a_calendar_has_computed_is_no_part_of_it() -> None:
    used = Calendar("FR")
    used.is_working(day("2026-03-02"), None, True)
    assert used == Calendar("FR")
    assert repr(used) == repr(Calendar("FR"))


@given(
    on=st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 31)),
    count=st.integers(-60, 60),
    country=st.sampled_from(["FR", "US", None, "nowhere"]),
)
def test_the_business_days_added_are_those_counted(
    on: dt.date, count: int, country: str | None
) -> None:
    calendar = Calendar("DE")
    end = calendar.add(on, Offset(count, "business days"), country, False)
    if count > 0 or calendar.is_working(on, country, False):
        assert calendar.count(on, end, country) == count
    starts, ends = pl.Series([on, None, on]), pl.Series([end, end, None], dtype=pl.Date)
    counted = calendar.count_series(starts, ends, pl.Series([country] * 3, dtype=pl.String))
    assert counted.to_list() == [calendar.count(on, end, country), None, None]
