"""`for` keeps an enrolment: an account that it is no longer true of leaves, and goes on if it is back in time."""

from __future__ import annotations

import polars as pl
import pytest
from support.five_bodies import ACCOUNT, BODIES, EXPIRY
from support.lives import DAY, Lives
from support.one_account import MONDAY, RENEW, text
from support.playbook_texts import AROUND, loaded
from tenure.engine.machine.machine_checks import check_machine
from tenure.engine.playbook.playbook_loader import draft_playbook
from tenure.engine.reports.mermaid import draw_graph


def lived(body: str, statuses: dict[int, str | None], days: int, head: str = "") -> Lives:
    """The account's life; `statuses` gives its status from the nth day on."""
    life = Lives(head + text(body))
    life.put(**ACCOUNT)
    for n in range(days):
        if n in statuses:
            life.put(status=statuses[n])
        life.day(MONDAY + n * DAY)
    return life


def last(life: Lives) -> dict[str, str]:
    """By step, the date and status of its action as last revised."""
    rows = life.ledger.sort("revision").unique("action_id", keep="last").to_dicts()
    return {r["step"]: f"{r['due_on']} {r['status']}" for r in rows}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("status", ["lapsed", "suspended", "trial"])
def test_an_account_that_leaves_gets_nothing_more(body: str, status: str) -> None:
    life = lived(body, {0: "active", 2: status}, 40)
    assert life.state() == "left"
    assert life.states["ended_on"].to_list() == [MONDAY + 2 * DAY]
    assert last(life) in ({"notice": "2026-03-07 withdrawn"}, {})


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_an_account_of_which_it_cannot_be_told_stays(body: str) -> None:
    life = lived(body, {0: "active", 2: None}, 15)
    assert life.state() != "left"
    # A level is reached only by an account that the playbook is known to be for.
    assert (last(life).get("push") == "2026-03-12 issued") is (life.playbook.body != "tiers")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_an_account_that_is_back_in_time_goes_on_as_if_it_had_not_left(body: str) -> None:
    life = lived(body, {0: "active", 2: "suspended", 4: "active"}, 15)
    assert last(life) == last(lived(body, {0: "active"}, 15))
    assert (
        life.states["cycle"].to_list() == lived(body, {0: "active"}, 15).states["cycle"].to_list()
    )


@pytest.mark.parametrize("body", ["timeline", "machine"])
def test_the_return_of_an_account_writes_nothing_of_others(body: str) -> None:
    life = Lives(text(BODIES[body]))
    for id in ("a", "b", "z"):
        life.put(id, **ACCOUNT)
    for n, status in enumerate(["active", "active", "suspended", "suspended", "active"]):
        life.put("b", status=status)
        life.day(MONDAY + n * DAY)
    # The promises of the others are still to come; those of `b` were withdrawn and are made again.
    found = life.ledger.filter(pl.col("account_id") != "b")
    assert found.select("account_id", "step", "revision", "status").rows() == [
        (id, "notice", 1, "issued") for id in ("a", "z")
    ]
    of_b = life.ledger.filter(account_id="b")
    assert of_b.select("step", "revision", "status").rows() == [
        ("notice", 1, "issued"),
        ("notice", 2, "withdrawn"),
        ("notice", 3, "issued"),
    ]


def test_an_account_that_is_back_after_its_last_date_does_not_go_on() -> None:
    life = lived(BODIES["timeline"], {0: "active", 2: "lapsed", 60: "active"}, 65)
    assert life.state() == "left"


def test_while_keeps_what_for_opened() -> None:
    head = "while: status == 'active' or today >= anchor\n"
    gone = lived(BODIES["timeline"], {0: "active", 24: "lapsed"}, 60, head)
    assert gone.state() == "left"
    kept = lived(BODIES["timeline"], {0: "active", 25: "lapsed"}, 60, head)
    assert kept.state() == "over"


def test_an_account_that_leaves_before_what_keeps_it_does_not_come_back_by_it() -> None:
    head = "while: status == 'active' or today >= anchor\n"
    life = lived(RENEW, {0: "active", 24: "suspended"}, 50, head)
    assert (life.state(), life.states["ended_on"].to_list()) == ("left", [MONDAY + 24 * DAY])


def test_leaving_goes_before_an_outcome_of_the_same_day() -> None:
    life = Lives(text(RENEW))
    life.put(renewal_date=EXPIRY)
    life.day(MONDAY)
    life.put(renewal_date=EXPIRY + 365 * DAY, status="lapsed")
    life.day(MONDAY + DAY)
    assert life.state() == "left"


def test_a_playbook_for_all_has_no_exit() -> None:
    playbook = loaded(text(RENEW).replace("status == 'active'", "true"))
    assert "left" not in [state.id for state in playbook.machine.states]


def test_the_graph_shows_the_exit() -> None:
    drawn = draw_graph(loaded(text(RENEW)), "en")
    assert "notice --> left_: not status == 'active'" in drawn


def test_left_is_not_an_id_for_a_playbooks_own_outcome() -> None:
    body = RENEW.replace("lapsed: {at", "left: {at")
    draft, _ = draft_playbook(text(body), "p.yaml", AROUND)
    assert draft is not None
    assert [p.code for p in check_machine(draft)] == ["reserved-id"]
