"""Each threshold of the shipped playbooks, just below, at and above: what is expected is what the sources say.

What the scenario folders show so already is not repeated: `expansion` (80, 8, 0.8, and every signal),
`self_serve_review` (5,000 with a CSM), `loyalty` (7 days around an anniversary), `anniversary` (trouble, founding
member). The segments' 5,000, 20,000 and 100,000 are in `sources/test_snapshots.py`, what the email suggests in
`documents/test_self_serve_review.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from support.shipped import enrolled, facts_on, on_date
from tenure.engine.core.schemas import STATES
from tenure.engine.evaluation.inputs import DayEvaluation

ON = dt.date(2026, 4, 15)
"""A Wednesday without holidays around it."""
QUARTER = dt.date(2026, 4, 1)
"""The first day of a quarter, a Wednesday too: VIPs are judged on it."""


def day(n: int) -> dt.date:
    return ON + dt.timedelta(days=n)


def around(n: int, before: bool, at: bool, after: bool) -> dict[dt.date, bool]:
    """What is so on the day before the nth from now, on it and on the next."""
    return {day(n - 1): before, day(n): at, day(n + 1): after}


class Threshold(NamedTuple):
    """What is (or is not) so of an account by the value of one field, or of where it stands, all else being equal."""

    what: str
    account: Mapping[str, Any]
    field: str
    expected: Mapping[Any, bool]
    standing: Mapping[str, Any] = {}


BELOW_70 = {69.9: True, 70: False, 70.1: False}
FROM_70 = {69.9: False, 70: True, 70.1: True}
ACTIVE = {"status": "active", "csm": "Zoé", "country": "FR"}

# Low priority by the decision matrix.
LOW = ACTIVE | {"auto_renew": False, "health_score": 60, "arr": 10_000, "segment": "growth"}
AT_120, AT_90, AT_14, AT_7 = (LOW | {"renewal_date": day(n)} for n in (120, 90, 14, 7))
ALONE = AT_120 | {"csm": None}
RENEWAL = [
    # "Si Health Score < 70": with a CSM somebody is told, whatever the revenue.
    Threshold("preparation.escalation", AT_120, "health_score", BELOW_70),
    Threshold("preparation.recovery_plan", AT_120, "health_score", BELOW_70),
    Threshold("health_check.email", AT_90, "health_score", BELOW_70),
    Threshold("health_check.call", AT_90, "health_score", BELOW_70),
    Threshold("urgency.last_minute_offer", AT_14, "health_score", BELOW_70),
    Threshold("final_push.retention_offer", AT_7, "health_score", BELOW_70),
    # Without a CSM it is automated, below 20,000.
    Threshold(
        "preparation.escalation", ALONE, "arr", {19_999.99: False, 20_000: True, 20_000.01: True}
    ),
    # More than 60 days on is a renewal, less an amendment.
    Threshold(
        "renewed.handoff",
        LOW,
        "renewal_date",
        around(70, False, False, True),
        {"state": "urgency", "anchor": day(10)},
    ),
    # "Grace period (7-14 jours)": 14 with a CSM, 7 without.
    Threshold("in win_back", LOW, "renewal_date", around(-14, True, True, False)),
    Threshold("in win_back", LOW | {"csm": None}, "renewal_date", around(-7, True, True, False)),
]

WIN_BACK = [
    Threshold(
        "in renewed",
        LOW,
        "renewal_date",
        around(50, False, False, True),
        {"state": "learn", "anchor": day(-10)},
    ),
]

# Reviewed 60 days ago, and nothing is due.
STRATEGIC = ACTIVE | {
    "segment": "strategic",
    "arr": 50_000,
    "last_review_date": day(-60),
    "renewal_date": day(200),
    "contract_start": day(-165),
    "signup_date": day(-165),
    "health_score": 80,
    "health_score@previous": 80,
    "health_score@30": 80,
    "customer_sponsor": "Ann",
    "customer_sponsor@previous": "Ann",
    "champion": "Bea",
    "champion@previous": "Bea",
    "objectives_at_risk": 0,
    "objectives_at_risk@previous": 0,
}
GROWTH = STRATEGIC | {"segment": "growth", "last_review_date": day(-25)}
ENTERPRISE = STRATEGIC | {"segment": "enterprise", "contract_start": dt.date(2025, 7, 15)}
NEW_SPONSOR = {"customer_sponsor": "Cleo"}
UNARMED = {"state": "left", "disarmed": ";health;", "ended_on": day(-50)}
NOT_HELD = {"state": "not_held", "ended_on": day(-1)}
QBR = {"opened_on": day(-14), "opened_by": "cadence"}
REVIEWS = [
    # "Quand health score baisse significativement": crossing below 70,
    Threshold(
        "opened by health", STRATEGIC | {"health_score@previous": 70}, "health_score", BELOW_70
    ),
    Threshold(
        "opened by health", STRATEGIC | {"health_score": 69}, "health_score@previous", FROM_70
    ),
    # or 15 points or more within 30 days;
    Threshold(
        "opened by health",
        STRATEGIC | {"health_score@30": 95},
        "health_score",
        {80.1: False, 80: True, 79.9: True},
    ),
    # armed again at 75, when the fall is over.
    Threshold(
        "armed",
        STRATEGIC | {"health_score@30": 75},
        "health_score",
        {74.9: False, 75: True, 75.1: True},
        UNARMED,
    ),
    Threshold("armed", STRATEGIC, "health_score@30", {94.9: True, 95: False, 95.1: False}, UNARMED),
    # "At least 45 days between reviews, 20 for growth": from the last one held, and from the last one opened.
    Threshold(
        "opened by sponsor",
        STRATEGIC | NEW_SPONSOR,
        "last_review_date",
        around(-45, True, True, False),
    ),
    Threshold(
        "opened by sponsor",
        GROWTH | NEW_SPONSOR,
        "last_review_date",
        around(-20, True, True, False),
    ),
    Threshold(
        "opened by sponsor",
        STRATEGIC | NEW_SPONSOR,
        "opened_on",
        around(-45, True, True, False),
        NOT_HELD,
    ),
    Threshold(
        "opened by sponsor",
        GROWTH | NEW_SPONSOR,
        "opened_on",
        around(-20, True, True, False),
        NOT_HELD,
    ),
    # "QBR : trimestriel", 90 days after the last one held; "MBR / check-in : mensuel", 30 days.
    Threshold("opened by cadence", STRATEGIC, "last_review_date", around(-90, True, True, False)),
    Threshold("opened by monthly", GROWTH, "last_review_date", around(-30, True, True, False)),
    # "Avant renouvellement (90 jours avant)".
    Threshold("opened by renewal", STRATEGIC, "renewal_date", around(90, True, True, False)),
    # It serves for the cadence within 30 days of it: the cadence waits for it,
    Threshold(
        "opened by cadence",
        STRATEGIC | {"last_review_date": day(-95)},
        "renewal_date",
        around(120, False, False, True),
    ),
    # and a review held in those 30 days stands for it.
    Threshold(
        "opened by renewal",
        STRATEGIC | {"renewal_date": day(60)},
        "last_review_date",
        around(-60, True, False, False),
    ),
    # "Après go-live majeur": new for 30 days.
    Threshold("opened by go_live", STRATEGIC, "go_live_date", around(0, True, True, False)),
    Threshold("opened by go_live", STRATEGIC, "go_live_date", around(-30, False, True, True)),
    # What is booked is prepared from 14 days before.
    Threshold("opened by booked", STRATEGIC, "next_review_date", around(14, True, True, False)),
    Threshold("opened by booked", STRATEGIC, "next_review_date", around(0, False, True, True)),
    # Nobody is invited to what takes place tomorrow.
    Threshold(
        "invitation.qbr_invitation", STRATEGIC, "next_review_date", around(2, False, True, True)
    ),
    # "EBR : annuel": from 90 days before the contract year ends; who began on 15 July 2025 ends it on 14 July 2026.
    Threshold("opened by executive", ENTERPRISE, "contract_start", around(-274, True, True, False)),
    # Held within the last 180 days it is this year's.
    Threshold(
        "opened by executive",
        ENTERPRISE | {"last_review_type": "ebr"},
        "last_review_date",
        around(-180, True, False, False),
    ),
    # "Not held 7 days after its date."
    Threshold(
        "in not_held",
        STRATEGIC,
        "anchor",
        around(-7, True, True, False),
        QBR | {"state": "meeting"},
    ),
    # "Propositions d'expansion (si approprié)": none at risk.
    Threshold(
        "final_preparation.expansion",
        STRATEGIC,
        "health_score",
        FROM_70,
        QBR | {"state": "invitation", "anchor": day(7)},
    ),
    # "Alerter si risque sur objectifs": when there is one, and again when there is one more.
    Threshold(
        "follow_up.objectives_at_risk",
        STRATEGIC | {"last_review_date": day(0)},
        "objectives_at_risk",
        {0: False, 1: True, 2: True},
        QBR | {"state": "recap", "anchor": day(0)},
    ),
    Threshold(
        "follow_up.objectives_at_risk",
        STRATEGIC | {"last_review_date": day(-1), "objectives_at_risk@previous": 2},
        "objectives_at_risk",
        {1: False, 2: False, 3: True},
        QBR | {"state": "follow_up", "anchor": day(-1), "entered_on": day(-1), "due_on": day(-1)},
    ),
    # A success call in 7 days, unless a date within 30 is booked.
    Threshold(
        f"anchored on {day(7)}",
        STRATEGIC | NEW_SPONSOR,
        "next_review_date",
        around(30, False, False, True),
    ),
]

# Halfway in both ranks.
HALFWAY = STRATEGIC | {"arr_rank": 0.5, "tenure_rank": 0.5, "executive_sponsor": "Dora"}
MEMBER = {"state": "member", "entered_on": dt.date(2026, 1, 2)}
TOP_10 = {0.0999: True, 0.10: False, 0.1001: False}
BELOW_15 = {0.1499: False, 0.15: True, 0.1501: True}
LEFT_ON = {dt.date(2026, 4, 2): False, QUARTER: True, dt.date(2026, 3, 31): True}
VIP = [
    # "Top 10% clients par revenue ou ancienneté": a tenth of them stand above whoever is at 0.10.
    Threshold("welcome.price_lock", HALFWAY, "arr_rank", TOP_10),
    Threshold("welcome.price_lock", HALFWAY, "tenure_rank", TOP_10),
    # "Out below the top 15 %", by both.
    Threshold("in stepped_down", HALFWAY, "arr_rank", BELOW_15, MEMBER),
    Threshold("in stepped_down", HALFWAY, "tenure_rank", BELOW_15, MEMBER),
    Threshold("welcome.email", HALFWAY | {"arr_rank": 0}, "health_score", FROM_70),
    Threshold("in departed", HALFWAY, "churn_date", LEFT_ON, MEMBER),
]

# Everything earned, with half of the seats and features still to spare.
EARNED = ACTIVE | {
    "health_score": 90,
    "seats_active": 60,
    "seats_licensed": 100,
    "features_used": 6,
    "features_total": 10,
}
OLD = {n: EARNED | {"signup_date": day(-n)} for n in (200, 400, 800)}
HALF_OF_100 = {49: False, 50: True, 51: True}
HALF_OF_10 = {4: False, 5: True, 6: True}
FROM_75 = {74.9: False, 75: True, 75.1: True}
LOYALTY = [
    # "Si critères remplis": the seats for Silver, health for Gold besides, the features for Platinum.
    Threshold("silver.features", OLD[200], "seats_active", HALF_OF_100),
    Threshold("gold.features", OLD[400], "seats_active", HALF_OF_100),
    Threshold("gold.features", OLD[400], "health_score", FROM_75),
    Threshold("platinum.features", OLD[800], "seats_active", HALF_OF_100),
    Threshold("platinum.features", OLD[800], "health_score", FROM_75),
    Threshold("platinum.features", OLD[800], "features_used", HALF_OF_10),
]

THRESHOLDS = {
    "loyalty": LOYALTY,
    "renewal": RENEWAL,
    "reviews": REVIEWS,
    "vip": VIP,
    "win_back": WIN_BACK,
}


@pytest.mark.parametrize("playbook", THRESHOLDS)
def test_what_is_so_just_below_at_and_above(playbook: str) -> None:
    accounts, states, expected = {}, [], {}
    for number, threshold in enumerate(THRESHOLDS[playbook]):
        for value, so in threshold.expected.items():
            id = f"{number:02} {threshold.what} where {threshold.field} is {value}"
            fields, standing = dict(threshold.account), dict(threshold.standing)
            (standing if threshold.field in STATES else fields)[threshold.field] = value
            accounts[id], expected[id] = fields, (threshold.what, so)
            if standing:
                states.append(enrolled(id, playbook, **standing))
    given = facts_on(on_date(playbook, QUARTER if playbook == "vip" else ON, accounts, states))
    wrong = [id for id, (what, so) in expected.items() if (what in given[id]) is not so]
    assert not wrong, "\n".join(f"{id}: {sorted(given[id])}" for id in wrong)


# By health score and revenue, whose edges are 70 and 20,000: "matrice de décision".
MATRIX = {
    "champion": {"auto_renewal", "upsell_focus", "advocacy_invite"},
    "strategic": {"csm_intervention", "recovery_plan", "retention_offer", "escalation"},
    "growth": {"auto_renewal", "nurture_upsell", "feature_adoption"},
    "low": {"automated_renewal", "self_serve_support", "standard_offer"},
}
CELLS = {
    (69.9, 19_999.99): "low",
    (69.9, 20_000): "strategic",
    (69.9, 20_000.01): "strategic",
    (70, 19_999.99): "growth",
    (70, 20_000): "champion",
    (70, 20_000.01): "champion",
    (70.1, 19_999.99): "growth",
    (70.1, 20_000): "champion",
    (70.1, 20_000.01): "champion",
}


def test_an_account_has_the_actions_of_its_cell_of_the_matrix_and_of_no_other() -> None:
    accounts = {
        f"{health} {arr}": ALONE | {"health_score": health, "arr": arr} for health, arr in CELLS
    }
    given = facts_on(on_date("renewal", ON, accounts))
    all_of_them = {f"preparation.{action}" for cell in MATRIX.values() for action in cell}
    for (health, arr), cell in CELLS.items():
        own = {f"preparation.{action}" for action in MATRIX[cell]}
        assert given[f"{health} {arr}"] & all_of_them == own


FESTIVE = EARNED | {"signup_date": day(-90)}
"""Reaches Bronze on the day."""


def issued(evaluation: DayEvaluation, what: str) -> set[str]:
    """The accounts that it reaches on the day; from the others it is held back, for some days at least, or not due."""
    step, action = what.split(".")
    rows = evaluation.entries.filter(step=step, action=action, status="issued", contact_on=ON)
    return set(rows["account_id"])


# "At most two customer-facing contacts in 7 days and one a day": the days on which there was another, and will be.
CONTACTS = {
    (): True,
    (0,): False,
    (1,): True,
    (-1,): True,
    (-6, -3): False,
    (-7, -3): True,
    (-6, 1): True,
    (-5, 1): False,
    (3, 6): False,
    (3, 7): True,
}


def test_the_third_contact_in_seven_days_is_held_back() -> None:
    accounts = {str(days): FESTIVE for days in CONTACTS}
    made = [(str(days), day(n)) for days in CONTACTS for n in days]
    reached = issued(on_date("loyalty", ON, accounts, contacts=made), "bronze.email")
    assert {days: str(days) in reached for days in CONTACTS} == CONTACTS


def test_the_grace_period_writes_whatever_other_playbooks_do() -> None:
    accounts = {str(days): LOW | {"renewal_date": ON} for days in CONTACTS}
    made = [(str(days), day(n)) for days in CONTACTS for n in days]
    assert issued(on_date("renewal", ON, accounts, contacts=made), "grace.email") == set(accounts)


def test_nothing_festive_goes_to_accounts_at_risk() -> None:
    accounts = {str(health): FESTIVE | {"health_score": health} for health in FROM_70}
    reached = issued(on_date("loyalty", ON, accounts, contacts=()), "bronze.email")
    assert {health: str(health) in reached for health in FROM_70} == FROM_70
