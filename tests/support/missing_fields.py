"""For each shipped playbook some accounts of which all is known, and what comes of it if one field is missing.

Together they meet all of the playbook's conditions. Where the field is needed, the step is counted as "cannot tell"
under its name. What is decided all the same is said here with the reason, and what is done then instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

ON = dt.date(2026, 4, 1)
"""A Wednesday, and the first day of a quarter."""


def day(n: int) -> dt.date:
    return ON + dt.timedelta(days=n)


class Known(NamedTuple):
    """An account of which all is known, and where it stands: a state, or rows of STATES without the account."""

    account: Mapping[str, Any]
    standing: tuple[Mapping[str, Any], ...] = ()


class Missing(NamedTuple):
    """What comes of a field's absence: the steps that cannot be told, what is done less and more, and why so.

    An action is `account/step.action`, a name before `@` a field's earlier value; `*` stands for anything.
    """

    field: str
    untold: str = ""
    less: str = ""
    more: str = ""
    why: str = ""

    @property
    def named(self) -> str:
        """What counts and `explain` call it."""
        name, _, back = self.field.partition("@")
        if not back:
            return name
        return f"previous({name})" if back == "previous" else f"change({name}, {back} days)"


NO_DEPARTURE = "without a date of departure an account stays"


def at(playbook: str, state: str, **known: Any) -> Mapping[str, Any]:
    return {"playbook": playbook, "state": state, "opened_on": day(-40), **known}


# Strategic at risk.
RENEWING = {
    "status": "active",
    "csm": "Zoé",
    "auto_renew": False,
    "health_score": 60,
    "arr": 25_000,
    "segment": "enterprise",
    "renewal_date": day(-20),
}
RENEWAL = {
    # Expired 20 days ago and seen for the first time: goes through all steps.
    "new": Known(RENEWING),
    "enrolled": Known(
        RENEWING | {"renewal_date": day(10)}, (at("renewal", "urgency", anchor=day(10)),)
    ),
}
NEW_TERM = (
    Missing("contract_start", why="a renewal then shows by its date alone"),
    Missing("contract_term_months", why="a renewal then shows by its date alone"),
)
RENEWAL_MISSING = [
    Missing("churn_date", why=NO_DEPARTURE),
    Missing("status", "for left", "new*/*"),
    Missing("renewal_date", "for renewed", "new*/*"),
    Missing(
        "health_score",
        "preparation health_check urgency final_push",
        "preparation.escalation preparation.recovery_plan preparation.csm_intervention "
        "preparation.retention_offer health_check.email health_check.call urgency.last_minute_offer "
        "final_push.retention_offer",
        "preparation.complete_data",
    ),
    Missing(
        "arr",
        "preparation",
        "preparation.csm_intervention preparation.retention_offer",
        "preparation.complete_data",
    ),
    Missing("segment", "renewal_notice final_push", "renewal_notice.call final_push.call"),
    Missing("csm", why="nobody looks after it: 7 days of grace, and others own the actions"),
    Missing("auto_renew", why="not known to renew by itself means that it has to be asked"),
    *NEW_TERM,
]

WIN_BACK = {
    "new": Known(
        RENEWING | {"renewal_date": day(-28)},
        (at("renewal", "win_back", anchor=day(-28)),),
    ),
    "enrolled": Known(
        RENEWING | {"renewal_date": day(-14)}, (at("win_back", "learn", anchor=day(-14)),)
    ),
}
WIN_BACK_MISSING = [
    Missing("renewal_date", "for renewed", "new/*"),
    Missing("segment", "first_call last_offer", "first_call.call last_offer.call"),
    Missing("csm", why="looked into after 7 days"),
    Missing("auto_renew", why="not known to renew by itself means that it has to be won back"),
    *NEW_TERM,
]

READY = {
    "status": "active",
    "health_score": 81,
    "nps_rating": 9,
    "plan_utilisation": 0.81,
    "premium_views": 1,
    "invitations": 3,
    "renewal_outcome": "renewed",
    "contract_start": day(-30),
    "contract_term_months": 24,
    "escalated": False,
    "payment_overdue": False,
    "renewal_date": day(300),
}
LAPSED = at("renewal", "lapsed", anchor=day(-65), ended_on=day(-35))
EXPANSION = {"new": Known(READY), "new_again": Known(READY, (LAPSED,))}
SIGNAL = "a signal that nobody knows of is not named"
EXPANSION_MISSING = [
    Missing("churn_date", why=NO_DEPARTURE),
    Missing("status", "for", "new*/*"),
    Missing("health_score", "for", "new*/*"),
    Missing("nps_rating", "for", "new*/*"),
    Missing("plan_utilisation", "for", "new*/*"),
    Missing("premium_views", why=SIGNAL),
    Missing("invitations", why=SIGNAL),
    Missing("renewal_outcome", why=SIGNAL),
    Missing("contract_start", why=SIGNAL),
    Missing("contract_term_months", why=SIGNAL),
    Missing("escalated", why="an empty cell is no escalation"),
    Missing("payment_overdue", why="an empty cell is no trouble"),
    # Only who has lapsed is asked whether it is back.
    Missing("renewal_date", "for", "new_again/hand_over.handoff"),
]

FIGURES = {
    "status": "active",
    "csm": None,
    "arr": 3_000,
    "projects_quarter": 12,
    "hours_saved_quarter": 30,
    "collaborations_quarter": 4,
    "features_used": 6,
    "renewal_date": day(300),
}
SELF_SERVE = {
    "new": Known(FIGURES),
    "new_csm": Known(FIGURES | {"csm": "Zoé"}),
    "new_again": Known(FIGURES, (LAPSED,)),
}
ONE_IS_ENOUGH = "one figure is enough for a review"
SELF_SERVE_MISSING = [
    Missing("churn_date", why=NO_DEPARTURE),
    Missing("status", "for", "new*/*"),
    Missing("csm", why="who has no CSM is reviewed by email"),
    # Of an account with a CSM nobody can tell whether it is below 5,000.
    Missing("arr", "for", "new_csm/review.email"),
    Missing("projects_quarter", why=ONE_IS_ENOUGH),
    Missing("hours_saved_quarter", why=ONE_IS_ENOUGH),
    Missing("collaborations_quarter", why=ONE_IS_ENOUGH),
    Missing("features_used", why=ONE_IS_ENOUGH),
    Missing("renewal_date", "for", "new_again/review.email"),
]

TOP = {
    "status": "active",
    "segment": "strategic",
    "arr_rank": 0.05,
    "tenure_rank": 0.5,
    "health_score": 80,
    "escalated": False,
    "payment_overdue": False,
    "executive_sponsor": "Dora",
    "churn_date": day(300),
    "renewal_date": day(300),
}
VIP = {
    "new": Known(TOP),
    "new_again": Known(TOP, (LAPSED,)),
    "member": Known(TOP, (at("vip", "member", entered_on=day(-80)),)),
    "out": Known(TOP | {"arr_rank": 0.5}, (at("vip", "member", entered_on=day(-80)),)),
}
VIP_MISSING = [
    Missing(
        "status",
        "for departed stepped_down",
        "new*/*",
        why="a member of whom it is not known stays",
    ),
    Missing("segment", "for stepped_down", "new*/*", why="a member of whom it is not known stays"),
    # One rank is enough to be in; a member is out only by both.
    Missing("arr_rank", "for stepped_down", "new*/* out/*", "out/executive_call.call"),
    Missing("tenure_rank", "stepped_down", "out/*", "out/executive_call.call"),
    Missing("health_score", why="not known to be at risk: the welcome is sent"),
    Missing("escalated", why="an empty cell is no escalation"),
    Missing("payment_overdue", why="an empty cell is no trouble"),
    Missing("executive_sponsor", more="welcome.assign_sponsor", why="one is to be assigned"),
    Missing("churn_date", why="not known to leave"),
    Missing("renewal_date", "welcome", "new_again/welcome.email"),
]

LOYAL = {
    "status": "active",
    "signup_date": day(-800),
    "seats_active": 60,
    "seats_licensed": 100,
    "features_used": 6,
    "features_total": 10,
    "health_score": 90,
    "escalated": False,
    "payment_overdue": False,
    "opt_out": False,
}
NO_TROUBLE = "an empty cell is no trouble"
LOYALTY = {
    "new": Known(LOYAL | {"signup_date": day(-60)}),
    "bronze": Known(
        LOYAL | {"signup_date": day(-180)},
        (at("loyalty", "bronze_notified", anchor=day(-180)),),
    ),
    "silver": Known(
        LOYAL | {"signup_date": day(-380)},
        (at("loyalty", "silver_notified", anchor=day(-380)),),
    ),
    "gold": Known(
        LOYAL | {"signup_date": day(-750)},
        (at("loyalty", "gold_notified", anchor=day(-750)),),
    ),
    # Three days after its first anniversary.
    "behind": Known(
        LOYAL | {"signup_date": day(-368)},
        (at("loyalty", "bronze_notified", anchor=day(-368)),),
    ),
}
ALL_LEVELS = "silver.* gold.* platinum.*"
LOYALTY_MISSING = [
    Missing("churn_date", why=NO_DEPARTURE),
    Missing("status", "for silver gold platinum left", f"new/* {ALL_LEVELS}"),
    # Whether a new level is near an anniversary; what it grants is granted.
    Missing("signup_date", "for silver gold platinum", "*.email *.in_app *.only_shown"),
    Missing("seats_active", "silver gold platinum", ALL_LEVELS),
    Missing("seats_licensed", "silver gold platinum", ALL_LEVELS),
    Missing(
        "health_score",
        "gold platinum",
        "gold.* platinum.*",
        "behind/silver.features behind/silver.support behind/silver.events behind/silver.only_shown "
        "behind/gold_notice.email",
        why="it comes to Silver instead",
    ),
    Missing("features_used", "platinum", "platinum.*"),
    Missing("features_total", "platinum", "platinum.*"),
    Missing("escalated", why=NO_TROUBLE),
    Missing("payment_overdue", why=NO_TROUBLE),
    Missing("opt_out", why="not known to refuse messages"),
]

FESTIVE = LOYAL | {"segment": "strategic", "status@8": "active"}
GOLD = at("loyalty", "gold", anchor=day(-368), entered_on=day(-3))
ANNIVERSARY = {
    "new_first": Known(FESTIVE | {"signup_date": dt.date(2025, 4, 1)}),
    "new_gold": Known(FESTIVE | {"signup_date": dt.date(2025, 4, 1)}, (GOLD,)),
    "new_second": Known(FESTIVE | {"signup_date": dt.date(2024, 4, 1)}),
    "new_later": Known(FESTIVE | {"signup_date": dt.date(2023, 4, 1)}),
}
ANNIVERSARY_MISSING = [
    Missing("churn_date", why=NO_DEPARTURE),
    Missing("status", "for", "new*/*"),
    Missing("signup_date", "for", "new*/*"),
    Missing("segment", "first_year second_year", "first_year.offer second_year.offer"),
    Missing("health_score", why="not known to be at risk"),
    Missing("escalated", why=NO_TROUBLE),
    Missing("payment_overdue", why=NO_TROUBLE),
    Missing(
        "status@8",
        less="new_gold/first_year.email_and_gold",
        more="new_gold/first_year.email",
        why="who was not seen a week ago came to its level nobody knows when",
    ),
]

QUIET = {
    "status": "active",
    "segment": "strategic",
    "last_review_date": day(-60),
    "last_review_type": "qbr",
    "next_review_date": day(-61),
    "next_review_type": "qbr",
    "renewal_date": day(200),
    "contract_start": day(-60),
    "go_live_date": day(-60),
    "signup_date": day(-60),
    "health_score": 80,
    "health_score@previous": 80,
    "health_score@30": 80,
    "customer_sponsor": "Ann",
    "customer_sponsor@previous": "Ann",
    "champion": "Bea",
    "champion@previous": "Bea",
    "objectives_at_risk": 1,
    "objectives_at_risk@previous": 1,
}
DUE = {"last_review_date": day(-90), "go_live_date": day(-90)}
EBR_DUE = {"segment": "enterprise", "contract_start": dt.date(2025, 7, 1)}
EARLIER_SCORES = ("health_score@previous", "health_score@30")
BOOKED = {"next_review_date": day(14), "next_review_type": "ebr"}


def reviewing(state: str, anchor: dt.date) -> tuple[Mapping[str, Any], ...]:
    return (at("reviews", state, anchor=anchor, opened_on=day(-60), opened_by="cadence"),)


def reviewed(n: int) -> dict[str, Any]:
    return {**QUIET, "last_review_date": day(n), "objectives_at_risk": 2}


REVIEWS = {
    "new_quiet": Known(QUIET),
    "new_executive": Known(QUIET | EBR_DUE),
    "new_renewal": Known(QUIET | {"renewal_date": day(90)}),
    "new_booked": Known(QUIET | BOOKED),
    "new_cadence": Known(QUIET | DUE),
    "new_monthly": Known(QUIET | {"segment": "growth"}),
    "new_go_live": Known(QUIET | {"go_live_date": day(-1)}),
    "new_sponsor": Known(QUIET | {"customer_sponsor": "Cleo"}),
    "new_health": Known(QUIET | {"health_score": 60}),
    "new_low": Known(QUIET | {"health_score": 60} | dict.fromkeys(EARLIER_SCORES, 62)),
    "invited": Known(reviewed(-90), reviewing("invitation", day(7))),
    "held": Known(reviewed(0), reviewing("meeting", day(0))),
    "followed_up": Known(reviewed(-1), reviewing("follow_up", day(-1))),
    "mid_quarter": Known(reviewed(-45), reviewing("follow_up", day(-45))),
}
REVIEWS_MISSING = [
    Missing("churn_date", why=NO_DEPARTURE),
    Missing("status", "for left", "new*/*"),
    Missing(
        "segment",
        less="new_executive/* new_renewal/* new_cadence/* new_monthly/* invited/* "
        "held/recap.qbr_recap mid_quarter/*",
        more="held/recap.success_call_recap",
        why="an account of no known segment has no rhythm, only calls",
    ),
    Missing(
        "last_review_date",
        less="held/* mid_quarter/*",
        more="mid_quarter/not_held.escalation",
        why="counts from the go-live; no meeting is recorded as done",
    ),
    Missing("last_review_type", why="not known to have been an EBR"),
    Missing("next_review_date", "for", "new_booked/*", why="without a booking 14 days ahead"),
    Missing(
        "next_review_type",
        "for",
        "new_booked/invitation.ebr_invitation",
        "new_booked/invitation.qbr_invitation",
    ),
    Missing("renewal_date", "for", "new_renewal/*", why="no renewal keeps the cadence waiting"),
    Missing("contract_start", "for", "new_executive/*"),
    Missing("go_live_date", "for", "new_go_live/*"),
    Missing("signup_date", why="asked only where no review, go-live or contract is known"),
    Missing("customer_sponsor", "for", "new_sponsor/*"),
    Missing("customer_sponsor@previous", "for", "new_sponsor/*"),
    # One of the two that has changed is enough.
    Missing("champion", "for"),
    Missing("champion@previous", "for"),
    Missing(
        "health_score",
        "for final_preparation",
        "new_health/* invited/final_preparation.expansion",
    ),
    # A fall within 30 days, or below 70, which who stands above has not crossed: one of the two is enough.
    Missing("health_score@30", "for"),
    Missing("health_score@previous", "for"),
    Missing(
        "objectives_at_risk",
        "follow_up mid_quarter",
        "follow_up.objectives_at_risk mid_quarter.escalation",
    ),
    Missing("objectives_at_risk@previous", "follow_up", "followed_up/follow_up.objectives_at_risk"),
]

PLAYBOOKS = {
    "anniversary": (ANNIVERSARY, ANNIVERSARY_MISSING),
    "expansion": (EXPANSION, EXPANSION_MISSING),
    "loyalty": (LOYALTY, LOYALTY_MISSING),
    "renewal": (RENEWAL, RENEWAL_MISSING),
    "reviews": (REVIEWS, REVIEWS_MISSING),
    "self_serve_review": (SELF_SERVE, SELF_SERVE_MISSING),
    "vip": (VIP, VIP_MISSING),
    "win_back": (WIN_BACK, WIN_BACK_MISSING),
}
