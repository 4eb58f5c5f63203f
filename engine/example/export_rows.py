"""An example account's life to its row of the export, on any day.

In: a `Life` and a date; out: the row's cells by column, in order. The columns have an exporter's names,
which are not always the catalogue's. Some cells are missing, and a few rows hold a bad value now and then.
"""

from __future__ import annotations

import datetime as dt
from random import Random

from ..core.ids import ACCOUNT_ID
from .example_reviews import last_held, next_booked
from .example_usage import BASIC_FEATURES, FEATURES, OTHER_FEATURES
from .lives import Life
from .spans import DAY, held, holding

Cell = str | int | float | bool | dt.date | None

EXAMPLE_TIERS = ((730, "platinum"), (365, "gold"), (180, "silver"), (90, "bronze"))
BAD_CELLS = (
    ("health_score", "n/a"),
    ("renewal_date", "2025-02-30"),
    ("annual_value", "NaN"),
    ("nps_rating", "12"),
    ("auto_renew", "perhaps"),
)
"""What a few rows hold now and then: nothing that the catalogue takes."""
EXAMPLE_QUARTER = 90 * DAY


def export_row(life: Life, on: dt.date) -> dict[str, str]:
    """The account's cells as the file has them: dates ISO 8601, only `go_live_date` day/month/year."""
    chance = life.chance(on)
    cells: dict[str, Cell] = {
        **_identity(life),
        **_contract(life, on),
        **_satisfaction(life, on, chance),
        **_usage(life, on, chance),
        **_figures(life, on),
        **_people(life, on),
        **_reviews(life, on),
        **_standing(life, on),
    }
    if life.number % 53 == 11 and chance.random() < 1 / 3:
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
        "country": life.place.country if life.number % 61 != 9 else None,
        "time_zone": life.place.time_zone,
        "language": life.place.language,
    }


def _contract(life: Life, on: dt.date) -> dict[str, Cell]:
    contract = life.contract
    arr, status = contract.arr(on), contract.status(on)
    present, signed = contract.present(on), contract.signed(on)
    lapsed = status == "Lapsed"
    return {
        "state": status,
        "plan": "Premium" if arr > 20000 else "Team",
        "annual_value": None if life.number % 47 == 20 else arr,
        "mrr": arr / 12,
        "currency": life.place.currency,
        "signup_date": contract.signup,
        "contract_start": present.start if present and not lapsed else None,
        "contract_term_months": present.months if present else None,
        "renewal_date": signed.end if signed else None,
        "auto_renew": contract.auto_renew,
        "notice_days": 30 if arr < 20000 else 90,
        "renewal_outcome": contract.outcome(on),
        "churn_date": signed.end if signed and lapsed else None,
        "churn_reason": contract.churn_reason if lapsed else None,
        "payment_overdue": holding(contract.overdue, on),
    }


def _satisfaction(life: Life, on: dt.date, chance: Random) -> dict[str, Cell]:
    health = life.health.on(on)
    rating = held(life.health.ratings, on)
    escalated = holding(life.health.escalated, on)
    asked = life.number % 5 != 4
    tickets = chance.choice((0, 0, 1, 1, 2, 3)) + (4 if escalated else 0)
    return {
        "health_score": health,
        "nps_rating": rating,
        "nps_score": None
        if rating is None
        else min(max(life.health.score(on) * 2 - 120, -100), 100),
        "csat": round(70 + 28 * life.taste - (12 if escalated else 0)) if asked else None,
        "tickets_open": tickets,
        "escalated": escalated,
    }


def _usage(life: Life, on: dt.date, chance: Random) -> dict[str, Cell]:
    usage = life.usage
    seats = _seats(life, on)
    active = round(seats * usage.active(on))
    told = life.number % 23 != 4
    limited = life.number % 19 != 7
    used = round(usage.utilisation(on) + chance.uniform(-0.02, 0.02), 2)
    return {
        "seats_licensed": seats,
        "seats_active": active,
        "plan_utilisation": used if limited else None,
        "sessions": active * chance.randint(9, 14),
        "key_actions": active * chance.randint(20, 34),
        "features_used": usage.features(on),
        "features_total": BASIC_FEATURES + len(FEATURES) + OTHER_FEATURES,
        **{f"uses_{feature}": usage.uses(feature, on) if told else None for feature in FEATURES},
        "premium_views": usage.premium_views(chance, on),
        "invitations": usage.invitations(chance, on),
    }


def _seats(life: Life, on: dt.date) -> int:
    return max(2, round(life.contract.arr(on) / life.contract.seat_price))


def _figures(life: Life, on: dt.date) -> dict[str, Cell]:
    """What was done in this term and in the last 90 days; for some accounts nobody counts it."""
    term = life.contract.present(on)
    since = term.start if term else life.contract.signup
    counted = life.number % 17 != 6

    def count(what: str, since: dt.date) -> int | None:
        return life.usage.count(what, since, on) if counted else None

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
        "csm": held(people.csms, on),
        "account_manager": people.account_manager,
        "executive_sponsor": held(people.executives, on),
        "customer_sponsor": held(people.sponsors, on),
        "champion": held(people.champions, on),
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
    """Objectives at risk in the success plan, which accounts without a CSM do not have."""
    troubled = holding(life.health.troubles, on)
    return (1 + life.number % 2 if troubled else 0) + (life.health.score(on) < 50)


def _standing(life: Life, on: dt.date) -> dict[str, Cell]:
    age = (on - life.contract.signup).days
    measured = life.number % 3 != 1
    arr = life.contract.terms[0].arr
    return {
        "loyalty_tier": next((tier for days, tier in EXAMPLE_TIERS if age >= days), None),
        "vip": arr > 100000,
        "roi_people": _seats(life, on) if measured else None,
        "roi_hours_per_year": 1760 if measured else None,
        "roi_hourly_cost": 35 if measured else None,
        "roi_reduction": round(0.02 + 0.08 * life.taste, 3) if measured else None,
        "roi_licence": arr if measured else None,
        "roi_setup": round(arr * 0.4) if measured else None,
    }
