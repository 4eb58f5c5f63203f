"""Holidays by region, against published calendars, and the regions that people write."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.calendar.countries import COUNTRY_CODES
from tenure.engine.calendar.regions import is_known_region, near_region, place_of
from tenure.engine.calendar.working_days import PLACE, Calendar, OwnDays
from tenure.engine.core.offsets import Offset


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# https://www.gov.uk/bank-holidays, 2026.
COMMON = "01-01 04-03 05-04 05-25 12-25 12-28"
BANK_HOLIDAYS = {
    "ENG": f"{COMMON} 04-06 08-31",
    "WLS": f"{COMMON} 04-06 08-31",
    "SCT": f"{COMMON} 01-02 06-15 08-03 11-30",
    "NIR": f"{COMMON} 03-17 04-06 07-13 08-31",
    None: COMMON,
}


@pytest.mark.parametrize(("region", "days"), BANK_HOLIDAYS.items())
def test_bank_holidays_of_the_united_kingdom_in_2026(region: str | None, days: str) -> None:
    calendar = Calendar("FR")
    place = calendar.place("United Kingdom", region)
    year = (day("2026-01-01") + dt.timedelta(days=n) for n in range(365))
    off = [on for on in year if on.weekday() < 5 and not calendar.is_working(on, place, False)]
    assert [f"{on:%m-%d}" for on in off] == sorted(days.split())


@pytest.mark.parametrize(
    ("country", "region", "on", "works"),
    [
        # Assumption Day, a Friday in 2025: a public holiday in the Saarland and in Catholic towns of Bavaria.
        ("DE", "Saarland", "2025-08-15", False),
        ("DE", "Bavaria", "2025-08-15", True),
        ("DE", "Bayern", "2026-01-06", False),
        ("DE", "Berlin", "2026-01-06", True),
        ("DE", "Berlin", "2027-03-08", False),
        ("DE", "Sachsen", "2026-11-18", False),
        ("DE", None, "2026-11-18", True),
        # Local law of Alsace and Moselle: Good Friday and 26 December.
        ("FR", "Alsace-Moselle", "2026-04-03", False),
        ("FR", "FR-67", "2025-12-26", False),
        ("FR", "Moselle", "2025-12-26", False),
        ("FR", "Île-de-France", "2026-04-03", True),
        ("FR", None, "2025-12-26", True),
        ("CH", "Tessin", "2026-03-19", False),
        ("CH", "Zurich", "2026-03-19", True),
        ("US", "Massachusetts", "2026-04-20", False),
        ("US", None, "2026-04-20", True),
        ("Canada", "Québec", "2026-06-24", False),
    ],
)
def test_holidays_of_a_part_of_the_country(
    country: str, region: str | None, on: str, works: bool
) -> None:
    calendar = Calendar("US")
    assert calendar.is_working(day(on), calendar.place(country, region), False) is works


def test_business_days_go_by_the_region() -> None:
    calendar, good_friday = Calendar("GB"), day("2026-04-03")
    two = Offset(2, "business days")
    in_england = calendar.add(good_friday, two, calendar.place("GB", "England"), False)
    in_scotland = calendar.add(good_friday, two, calendar.place("GB", "Scotland"), False)
    assert (in_england, in_scotland) == (day("2026-04-08"), day("2026-04-07"))


@pytest.mark.parametrize(
    ("country", "region", "place"),
    [
        ("England", None, "GB-ENG"),
        ("Écosse", None, "GB-SCT"),
        ("Pays de Galles", None, "GB-WLS"),
        ("Nordirland", None, "GB-NIR"),
        ("DE-BY", None, "DE-BY"),
        ("GB", "Angleterre", "GB-ENG"),
        ("UK", "scotland", "GB-SCT"),
        ("Allemagne", "Bavière", "DE-BY"),
        ("Germany", "Lower Saxony", "DE-NI"),
        ("Deutschland", "NRW", "DE-NW"),
        ("DE", "Rhénanie-Palatinat", "DE-RP"),
        ("DE", "de-by", "DE-BY"),
        ("DE", "BY", "DE-BY"),
        ("Suisse", "Genf", "CH-GE"),
        ("ES", "Catalogne", "ES-CT"),
        ("FR", "GB-ENG", "FR"),
        ("FR", "EMEA", "FR"),
        ("England", "London", "GB-ENG"),
        ("Atlantis", "Bayern", "DE-BY"),
        (None, "Bayern", "DE-BY"),
        (None, "Scotland", "GB-SCT"),
        (None, "FR-57", "FR-57"),
        (None, "EMEA", "DE-BE"),
        (None, None, "DE-BE"),
        ("GB", "", "GB"),
    ],
)
def test_places_as_people_write_them(country: str | None, region: str | None, place: str) -> None:
    assert place_of(country, region, "DE-BE") == place
    assert place_of(place, None) == place


@pytest.mark.parametrize(
    ("country", "region", "known", "near"),
    [
        ("DE", "Bavariaa", False, "Bavaria"),
        ("DE", "Baiern", False, "Bayern"),
        ("GB", "Scottland", False, "Scotland"),
        ("GB", "GB-EGN", False, "GB-ENG"),
        ("GB", "EMEA", False, None),
        ("FR", "GB-ENG", False, None),
        ("FR", "FR-75", True, None),
        ("FR", "Provence-Alpes-Côte d'Azur", True, None),
        ("NL", "Noord-Holland", True, None),
        ("LU", "Vianden", True, None),
        # Two and three letters are codes of the package: too short to say what was meant.
        ("NZ", "CAA", False, None),
        ("MY", "KTNN", False, None),
        (None, "Bayern", True, None),
        (None, "Baiern", False, "Bayern"),
    ],
)
def test_unknown_regions_and_the_nearest_ones(
    country: str | None, region: str, known: bool, near: str | None
) -> None:
    assert is_known_region(country, region, "DE") is known
    if not known:
        assert near_region(country, region, "DE") == near


def test_every_region_of_the_package_is_found_by_its_code_and_its_names() -> None:
    from holidays import country_holidays

    for country in sorted(COUNTRY_CODES):
        table = country_holidays(country)
        for code in table.subdivisions:
            assert place_of(country, code) == f"{country}-{code}"
            assert is_known_region(country, code)
        for name in table.subdivisions_aliases:
            assert is_known_region(country, name), (country, name)


def test_regions_of_uniform_countries_have_the_same_holidays() -> None:
    from holidays import country_holidays
    from tenure.engine.calendar.regions import _UNIFORM

    years = range(2024, 2029)
    for country in _UNIFORM:
        common = set(country_holidays(country, years=years))
        for region in country_holidays(country).subdivisions:
            assert set(country_holidays(country, subdiv=region, years=years)) == common


OWN = OwnDays(
    closed={
        "": frozenset([day("2026-12-31")]),
        "GB": frozenset([day("2026-06-01")]),
        "GB-SCT": frozenset([day("2026-11-27")]),
    },
    half={"FR": frozenset([day("2026-12-24")])},
)


@pytest.mark.parametrize(
    ("place", "on", "task", "contact"),
    [
        ("FR", "2026-12-31", False, False),
        ("GB-SCT", "2026-12-31", False, False),
        ("GB", "2026-06-01", False, False),
        ("GB-ENG", "2026-06-01", False, False),
        ("FR", "2026-06-01", True, True),
        ("GB-SCT", "2026-11-27", False, False),
        ("GB-ENG", "2026-11-27", True, True),
        ("FR", "2026-12-24", True, False),
        ("FR-57", "2026-12-24", True, False),
        ("GB", "2026-12-24", True, True),
    ],
)
def test_own_days_hold_at_their_places(place: str, on: str, task: bool, contact: bool) -> None:
    calendar = Calendar("FR", (), OWN)
    assert calendar.is_working(day(on), place, False) is task
    assert calendar.is_working(day(on), place, True) is contact


def test_days_off_besides_those_of_the_country_are_counted() -> None:
    quiet = ((day("2026-07-01"), day("2026-07-03")),)
    assert Calendar("FR", quiet, OWN).extra_days == 3 + 4


written = st.sampled_from([None, "", "FR", "GB", "England", "Nowhere"])
regions = st.sampled_from([None, "", "Scotland", "Alsace", "GB-NIR", "Nowhere"])


@given(st.lists(st.tuples(written, regions), max_size=20))
def test_places_of_columns_are_those_of_single_accounts(pairs) -> None:
    calendar = Calendar("GB-WLS")
    accounts = pl.DataFrame(
        pairs, schema={"country": pl.String, "region": pl.Categorical}, orient="row"
    )
    places = calendar.with_places(accounts)[PLACE].to_list()
    assert places == [calendar.place(country, region) for country, region in pairs]
