"""A messy year beside the clean one: every difference between the two ledgers is explained by the dirt, by rule.

300 generated accounts with daily exports and all shipped playbooks. In the messy year dates have wrong years, days and
months are exchanged, values are blank or unreadable, rows absent, accounts merged; an export is down for four days, two
repeat an account, a playbook is broken for two days, twice, an owner leaves, and customers opt out for some weeks.

The profile `long` lives through a whole year, the others through a quarter of it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import polars as pl
import pytest
from hypothesis import settings
from support.dirt import DAY, Dirt, Row, clean_rows, lives, soiled, sown
from support.explained_dirt import Explainer, differences
from support.messy_days import live_through
from tenure.engine.store import Reader

pytestmark = pytest.mark.slow

FIRST = dt.date(2025, 1, 1)
DAYS = 365 if settings.get_current_profile_name() == "long" else 92
LAST = FIRST + (DAYS - 1) * DAY
ACCOUNTS = 300


@dataclass(frozen=True)
class Year:
    """The stores after both years, the dirt of the messy one, and the problems that stopped its runs."""

    clean: Reader
    messy: Reader
    dirt: list[Dirt]
    stops: list[tuple[dt.date, list[str]]]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    folder = tmp_path_factory.mktemp("years")
    world = lives(1, ACCOUNTS, FIRST, LAST)
    dirt = sown(5, world, FIRST, LAST)
    clean, _ = live_through(folder / "clean", world, [], FIRST, LAST)
    messy, stops = live_through(folder / "messy", world, dirt, FIRST, LAST)
    return Year(clean, messy, dirt, stops)


def test_only_exports_that_repeat_an_account_stop_a_run(year: Year) -> None:
    repeated = [each.first for each in year.dirt if each.kind == "repeated"]
    assert year.stops == [(on, ["repeated-account"]) for on in repeated]


def test_every_difference_is_explained_by_the_dirt(year: Year) -> None:
    found = differences(year.clean.ledger(), year.messy.ledger())
    explained = list(Explainer(year.dirt).explain(found))
    assert len(explained) == len(found)
    assert [each for each, why in explained if why is None] == []
    causes = Counter(why for _, why in explained)
    wanted = {"owner left", "merged", "wrong year", "unreadable", "absent", "opted out"}
    assert wanted <= causes.keys()


def test_most_of_what_was_done_is_the_same(year: Year) -> None:
    """Only a few in a hundred actions are other ones, and those of accounts without dirt of their own almost never."""
    clean, messy = year.clean.ledger(), year.messy.ledger()
    own = {each.account for each in year.dirt}
    lost = [e.clean for e in differences(clean, messy) if e.messy is None and e.clean is not None]
    assert len(lost) < clean.height / 25
    assert len([entry for entry in lost if entry["account_id"] not in own]) < clean.height / 200


def test_a_doubted_date_gives_its_account_one_task(year: Year) -> None:
    doubted = {each.account for each in year.dirt if each.kind in ("wrong year", "exchanged")}
    clean, messy = (
        reader.ledger().filter(pl.col("step") == "check_date")["account_id"]
        for reader in (year.clean, year.messy)
    )
    # A contract of two years is asked about in both.
    assert messy.is_unique().all()
    assert set(clean) <= set(messy) <= set(clean) | doubted
    assert len(messy) > len(clean)


def test_a_wrong_date_changes_nothing_else(year: Year) -> None:
    wrong = {each.account for each in year.dirt if each.kind in ("wrong year", "exchanged")}
    found = differences(year.clean.ledger(), year.messy.ledger())
    mine = [each for each in found if each.clean is None and each.either["account_id"] in wrong]
    assert {each.either["step"] for each in mine} == {"check_date"}


def test_no_renewal_is_lost(year: Year) -> None:
    merged = [each.account for each in year.dirt if each.kind == "merged"]
    place = ["account_id", "cycle", "state", "anchor"]
    clean, messy = (
        reader.states("renewal").filter(~pl.col("account_id").is_in(merged)).select(place).rows()
        for reader in (year.clean, year.messy)
    )
    assert messy == clean


def test_merged_accounts_are_left_and_get_nothing_any_more(year: Year) -> None:
    for each in year.dirt:
        if each.kind == "merged":
            later = year.messy.ledger(accounts=[str(each.account)]).filter(
                pl.col("evaluated_on") > each.first, pl.col("status") == "issued"
            )
            assert later.is_empty()
            states = year.messy.states().filter(pl.col("account_id") == each.account)
            assert states["ended_on"].is_not_null().all()


def test_the_dirt_is_there(year: Year) -> None:
    rows: list[Row] = clean_rows(lives(1, ACCOUNTS, FIRST, LAST), FIRST + 9 * DAY)
    assert len({each.account for each in year.dirt if each.account}) > ACCOUNTS / 3
    assert soiled(rows, FIRST + 9 * DAY, year.dirt) != rows
