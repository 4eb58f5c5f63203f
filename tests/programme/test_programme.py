"""The whole programme over a simulated year: what the contact policy promises holds on every day of it."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
from support import programme

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yaml"))
IDENTITY = ("playbook", "account_id", "cycle", "step", "action", "occurrence")


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> programme.Year:
    return programme.live_through(tmp_path_factory.mktemp("year"))


@pytest.fixture(scope="module")
def ledger(year) -> pl.DataFrame:
    return year.latest()


def test_every_playbook_has_something_to_do(ledger):
    issued = ledger.filter(pl.col("status") == "issued")
    assert sorted(set(issued["playbook"])) == SHIPPED


def test_no_account_gets_more_than_the_policy_allows(ledger):
    # Counted here from the ledger's dates alone: two in any seven days, one a day, expiry and grace apart.
    days = defaultdict(list)
    for row in programme.contacts(ledger).iter_rows(named=True):
        if (row["playbook"], row["step"]) not in programme.EXEMPT:
            days[row["account_id"]].append(row["contact_on"])
    assert sum(map(len, days.values())) > 1000
    for account, made in days.items():
        for day in made:
            assert made.count(day) == 1, (account, day)
            week = [other for other in made if day <= other < day + dt.timedelta(days=7)]
            assert len(week) <= 2, (account, week)


def test_no_action_is_issued_twice(year, ledger):
    assert ledger.select(IDENTITY).is_unique().all()
    assert ledger["action_id"].is_unique().all()
    history = year.reader.ledger(history=True)
    first = history.filter(pl.col("revision") == 1)
    assert first["action_id"].is_unique().all()
    assert first.height == ledger.height


def test_whatever_is_held_back_says_why(ledger):
    withheld = ledger.filter(pl.col("status") == "withheld")
    assert withheld.height > 50
    because = withheld["reason"].str.split("; withheld: ").list.get(1, null_on_oob=True)
    assert because.is_not_null().all()
    assert (because.str.len_chars() > 10).all()
    assert withheld["contact_on"].is_null().all()


def test_no_contact_of_renewal_is_lost_to_another_class(ledger):
    withheld = ledger.filter(pl.col("playbook") == "renewal", pl.col("status") == "withheld")
    assert withheld.height > 10
    for reason in withheld["reason"]:
        why = reason.split("; withheld: ")[1]
        assert not {name for name in re.findall(r"(\w+)/\w+ on ", why) if name != "renewal"}, reason


def test_a_postponed_contact_goes_out_after_its_planned_day_and_within_its_patience(ledger):
    contacts = ledger.filter(pl.col("status") == "issued", pl.col("contact_on").is_not_null())
    postponed = contacts.filter(pl.col("contact_on") != pl.col("planned_on"))
    assert postponed.height > 50
    assert (postponed["contact_on"] > postponed["planned_on"]).all()
    assert (postponed["contact_on"] <= postponed["until"]).all()
    assert postponed["reason"].str.contains("; postponed from ").all()


def test_what_is_skipped_says_how_late_it_was(ledger):
    skipped = ledger.filter(pl.col("status") == "skipped")
    assert skipped["reason"].str.contains("skipped: ").all()
    needing = pl.col("reason").str.contains("; skipped: it needs ")
    assert (skipped.filter(~needing)["late_days"] > 0).all()
    assert set(skipped.filter(needing)["step"]) == {"meeting"}


def test_the_docs_show_this_year(ledger):
    page = (ROOT / "docs" / "evidence" / "simulated-year.md").read_text("utf-8")
    for table in programme.tables(ledger):
        assert table in page
