"""Export rows: an example account on one date, as the cells of a CSV row.

The input is a `Life` and a date. The output is the row's cells by column, in order. Columns have an exporter's names,
which are not always the catalogue's. Some cells are missing, and a few rows sometimes have a bad value.
"""

from __future__ import annotations

import datetime as dt
from random import Random

from ..core.ids import ACCOUNT_ID
from .example_reviews import last_held, next_booked
from .example_usage import BASIC_FEATURES, FEATURES, OTHER_FEATURES
from .lives import Life
from .spans import DAY, any_contains, value_on

Cell = str | int | float | bool | dt.date | None

EXAMPLE_TIERS = ((730, "platinum"), (365, "gold"), (180, "silver"), (90, "bronze"))
BAD_CELLS = (
    ("health_score", "n/a"),
    ("renewal_date", "2025-02-30"),
    ("annual_value", "NaN"),
    ("nps_rating", "12"),
    ("auto_renew", "perhaps"),
)
"""Values that a few rows sometimes have, and that the catalogue rejects."""
EXAMPLE_QUARTER = 90 * DAY


def export_row(life: Life, on: dt.date) -> dict[str, str]:
    """Return the account's cells as text. Dates are ISO 8601, except `go_live_date` (day/month/year)."""
    random = life.weekly_random(on)
    cells: dict[str, Cell] = {
        **_identity(life),
        **_contract(life, on),
        **_satisfaction(life, on, random),
        **_usage(life, on, random),
        **_value(life, on),
        **_people(life, on),
        **_reviews(life, on),
        **_loyalty_and_roi(life, on),
    }
    if life.number % 53 == 11 and random.random() < 1 / 3:
        column, bad = BAD_CELLS[life.number // 53 % len(BAD_CELLS)]
        cells[column] = bad
    return {name: _text(cell) for name, cell in cells.items()}


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.2f}".rstrip("0").rstrip(".")
    return str(cell)


def _identity(life: Life) -> dict[str, Cell]:
    return {
        ACCOUNT_ID: f"{life.number + 1:05d}",
        "company": life.name,
        "parent_account_id": f"{life.number:05d}" if life.number % 10 == 7 else None,
        "industry": life.industry,
        "country": life.country.name if life.number % 61 != 9 else None,
        "time_zone": life.country.time_zone,
        "language": life.country.language,
    }


def _contract(life: Life, on: dt.date) -> dict[str, Cell]:
    contract = life.contract
    arr, status = contract.arr(on), contract.status(on)
    current, signed = contract.current(on), contract.latest_signed(on)
    lapsed = status == "Lapsed"
    return {
        "state": status,
        "plan": "Premium" if arr > 20000 else "Team",
        "annual_value": None if life.number % 47 == 20 else arr,
        "mrr": arr / 12,
        "currency": life.country.currency,
        "signup_date": contract.signup,
        "contract_start": current.start if current and not lapsed else None,
        "contract_term_months": current.months if current else None,
        "renewal_date": signed.end if signed else None,
        "auto_renew": contract.auto_renew,
        "notice_days": 30 if arr < 20000 else 90,
        "renewal_outcome": contract.outcome(on),
        "churn_date": signed.end if signed and lapsed else None,
        "churn_reason": contract.churn_reason if lapsed else None,
        "payment_overdue": any_contains(contract.overdue, on),
    }


def _satisfaction(life: Life, on: dt.date, random: Random) -> dict[str, Cell]:
    health = life.health.known_score(on)
    rating = value_on(life.health.ratings, on)
    escalated = any_contains(life.health.escalated, on)
    surveyed = life.number % 5 != 4
    tickets = random.choice((0, 0, 1, 1, 2, 3)) + (4 if escalated else 0)
    return {
        "health_score": health,
        "nps_rating": rating,
        "nps_score": None
        if rating is None
        else min(max(life.health.score(on) * 2 - 120, -100), 100),
        "csat": round(70 + 28 * life.engagement - (12 if escalated else 0)) if surveyed else None,
        "tickets_open": tickets,
        "escalated": escalated,
    }


def _usage(life: Life, on: dt.date, random: Random) -> dict[str, Cell]:
    usage = life.usage
    seats = _seats(life, on)
    active = round(seats * usage.active(on))
    features_known = life.number % 23 != 4
    has_limit = life.number % 19 != 7
    used = round(usage.utilisation(on) + random.uniform(-0.02, 0.02), 2)
    return {
        "seats_licensed": seats,
        "seats_active": active,
        "plan_utilisation": used if has_limit else None,
        "sessions": active * random.randint(9, 14),
        "key_actions": active * random.randint(20, 34),
        "features_used": usage.features(on),
        "features_total": BASIC_FEATURES + len(FEATURES) + OTHER_FEATURES,
        **{
            f"uses_{feature}": usage.uses(feature, on) if features_known else None
            for feature in FEATURES
        },
        "premium_views": usage.premium_views(random, on),
        "invitations": usage.invitations(random, on),
    }


def _seats(life: Life, on: dt.date) -> int:
    return max(2, round(life.contract.arr(on) / life.contract.seat_price))


def _value(life: Life, on: dt.date) -> dict[str, Cell]:
    """Return the value delivered in this term and in the last 90 days; missing for some accounts."""
    term = life.contract.current(on)
    since = term.start if term else life.contract.signup
    counted = life.number % 17 != 6

    def count(name: str, since: dt.date) -> int | None:
        return life.usage.count(name, since, on) if counted else None

    return {
        "hours_saved": count("hours", since),
        "projects_created": count("projects", since),
        "collaborations": count("collaborations", since),
        "hours_saved_90d": count("hours", on - EXAMPLE_QUARTER),
        "projects_90d": count("projects", on - EXAMPLE_QUARTER),
        "collaborations_90d": count("collaborations", on - EXAMPLE_QUARTER),
    }


def _people(life: Life, on: dt.date) -> dict[str, Cell]:
    people = life.people
    first_name, last_name = people.contact
    known = life.number % 29 != 13
    return {
        "csm": value_on(people.csms, on),
        "account_manager": people.account_manager,
        "executive_sponsor": value_on(people.executives, on),
        "customer_sponsor": value_on(people.sponsors, on),
        "champion": value_on(people.champions, on),
        "contact_name": f"{first_name} {last_name}" if known else None,
        "contact_first_name": first_name if known else None,
        "contact_email": people.email if known else None,
        "opt_out": people.opt_out,
    }


def _reviews(life: Life, on: dt.date) -> dict[str, Cell]:
    last, planned = last_held(life.reviews, on), next_booked(life.reviews, on)
    went_live = max((day for day in life.go_lives if day <= on), default=None)
    items = 2 + life.number % 4
    done = min((on - last.date).days // 14, items) if last else 0
    return {
        "go_live_date": f"{went_live:%d/%m/%Y}" if went_live else None,
        "last_review_date": last.date if last else None,
        "last_review_type": last.kind if last else None,
        "last_review_attendance": last.attendance if last else None,
        "last_review_rating": last.rating if last else None,
        "next_review_date": planned.date_known(on) if planned else None,
        "next_review_type": planned.kind if planned else None,
        "action_items_open": items - done if last else None,
        "action_items_done": done if last else None,
        "plan_risks": _plan_risks(life, on) if life.people.csms else None,
    }


def _plan_risks(life: Life, on: dt.date) -> int:
    """Return the number of objectives at risk in the success plan. Accounts without a CSM have no plan."""
    troubled = any_contains(life.health.troubles, on)
    return (1 + life.number % 2 if troubled else 0) + (life.health.score(on) < 50)


def _loyalty_and_roi(life: Life, on: dt.date) -> dict[str, Cell]:
    age = (on - life.contract.signup).days
    measured = life.number % 3 != 1
    arr = life.contract.terms[0].arr
    return {
        "loyalty_tier": next((tier for days, tier in EXAMPLE_TIERS if age >= days), None),
        "vip": arr > 100000,
        "roi_people": _seats(life, on) if measured else None,
        "roi_hours_per_year": 1760 if measured else None,
        "roi_hourly_cost": 35 if measured else None,
        "roi_reduction": round(0.02 + 0.08 * life.engagement, 3) if measured else None,
        "roi_licence": arr if measured else None,
        "roi_setup": round(arr * 0.4) if measured else None,
    }
