"""Tables of holidays: the same as the package's, and only those that are asked for are imported."""

from __future__ import annotations

import subprocess
import sys

import holidays
import pytest
from tenure.engine.calendar.holiday_tables import holiday_table


@pytest.mark.parametrize("place", [("FR", None), ("FR", "57"), ("DE", "BY"), ("GB", "ENG")])
def test_a_table_is_that_of_the_package(place: tuple[str, str | None]) -> None:
    country, region = place
    expected = holidays.country_holidays(country, subdiv=region, years=2026)
    table = holiday_table(country, region)
    assert {on: table.get(on) for on in expected} == dict(expected)


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(NotImplementedError):
        holiday_table("XX")


def in_a_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_other_countries_are_not_imported() -> None:
    code = (
        "import sys; from tenure.engine.calendar.holiday_tables import holiday_table\n"
        "holiday_table('FR'); print('holidays.countries.germany' in sys.modules)"
    )
    assert in_a_process(code) == "False"


def test_all_countries_are_there_for_those_who_ask() -> None:
    code = (
        "from tenure.engine.calendar.holiday_tables import holiday_table\n"
        "holiday_table('FR')\n"
        "from holidays.countries import France, Germany\n"
        "print(France.country, Germany.country)"
    )
    assert in_a_process(code) == "FR DE"
