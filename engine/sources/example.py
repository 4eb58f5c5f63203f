"""Example data from a seed: a weekly series of account snapshots, and one large snapshot.

The same arguments give the same bytes; the dates are arguments. The series has every trait that the
shipped playbooks react to, and what real exports have: missing cells, bad values, accounts that
come, leave and return.
"""

from __future__ import annotations

import csv
import datetime as dt
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .lives import DAY, Life, Term, live

if TYPE_CHECKING:
    import polars as pl

Cell = str | int | float | bool | dt.date | None

TIERS = ((730, "platinum"), (365, "gold"), (180, "silver"), (90, "bronze"))
REVIEW_TYPES = ((100000, "ebr"), (20000, "qbr"), (5000, "mbr"), (0, "success_call"))
BAD_CELLS = (
    ("health_score", "n/a"),
    ("renewal_date", "2025-02-30"),
    ("annual_value", "NaN"),
    ("nps_rating", "12"),
    ("auto_renew", "perhaps"),
)
"""What a few rows hold now and then: nothing that the catalogue takes."""


def write_example(
    folder: Path, *, seed: int, first: dt.date, last: dt.date, accounts: int = 400
) -> list[Path]:
    """Writes one `accounts-DATE.csv` a week, the last dated `last` and none before `first`.

    Returns the files, oldest first. Dates are ISO 8601; only `go_live_date` is day/month/year.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weeks = [last - week * 7 * DAY for week in range((last - first).days // 7, -1, -1)]
    lives = [live(seed, number, first, last) for number in range(accounts)]
    paths = []
    for on in weeks:
        path = folder / f"accounts-{on}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = list(_rows(lives, on, first))
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        paths.append(path)
    return paths


def _rows(lives: list[Life], on: dt.date, first: dt.date) -> Iterator[dict[str, str]]:
    for life in lives:
        if life.signup <= on and (life.gone is None or on < life.gone):
            row = {name: _text(cell) for name, cell in _row(life, on, first).items()}
            week = (on - first).days // 7
            if life.number % 53 == 11 and (week + life.number) % 3 == 0:
                column, bad = BAD_CELLS[life.number // 53 % len(BAD_CELLS)]
                row[column] = bad
            yield row


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.2f}".rstrip("0").rstrip(".")
    return str(cell)


def _row(life: Life, on: dt.date, first: dt.date) -> dict[str, Cell]:
    health = life.health.on(on, first)
    return {
        **_identity(life),
        **_contract(life, on),
        **_satisfaction(life, on, first, health),
        **_usage(life, on, first, health),
        **_people(life, on),
        **_reviews(life, on),
        **_standing(life, on),
    }


def _identity(life: Life) -> dict[str, Cell]:
    return {
        "account_id": f"{life.number + 1:05d}",
        "company": life.name,
        "parent_account_id": f"{life.number:05d}" if life.number % 10 == 7 else None,
        "industry": life.industry,
        "country": life.place.country if life.number % 61 != 9 else None,
        "time_zone": life.place.time_zone,
        "language": life.place.language,
    }


def _contract(life: Life, on: dt.date) -> dict[str, Cell]:
    known = [term for term in life.terms if term.signed <= on]
    term = max(known, key=lambda term: term.end) if known else None
    status = _status(life, term, on)
    lapsed = status == "Lapsed"
    return {
        "state": status,
        "plan": "Premium" if life.arr > 20000 else "Team",
        "annual_value": None if life.number % 47 == 20 else life.arr,
        "mrr": life.arr / 12,
        "currency": life.place.currency,
        "signup_date": life.signup,
        "contract_start": None if lapsed or term is None else term.start,
        "contract_term_months": round((term.end - term.start).days / 30.4375) if term else None,
        "renewal_date": term.end if term else None,
        "auto_renew": life.auto_renew,
        "notice_days": 30 if life.arr < 20000 else 90,
        "renewal_outcome": _outcome(known, lapsed),
        "churn_date": term.end if term and lapsed else None,
        "churn_reason": life.churn_reason if lapsed else None,
        "payment_overdue": life.overdue is not None and life.overdue.holds(on),
    }


def _status(life: Life, term: Term | None, on: dt.date) -> str:
    if term is None:
        return "Trial" if life.trial_until and on <= life.trial_until else "Lapsed"
    if term.end < on:
        return "Lapsed"
    long_overdue = life.overdue is not None and life.overdue.holds(on - 28 * DAY)
    return "Suspended" if long_overdue and life.overdue and life.overdue.holds(on) else "Active"


def _outcome(known: list[Term], lapsed: bool) -> str | None:
    if lapsed:
        return "lapsed"
    return "renewed" if len(known) > 1 else None


def _satisfaction(life: Life, on: dt.date, first: dt.date, health: int | None) -> dict[str, Cell]:
    quarter = min((on - first).days // 90, 2)
    week = (on - first).days // 7
    escalated = life.escalated is not None and life.escalated.holds(on)
    return {
        "health_score": health,
        "nps_rating": life.nps[quarter] if life.nps else None,
        "nps_score": None
        if health is None or not life.nps
        else min(max(health * 2 - 120, -100), 100),
        "csat": None
        if life.number % 5 == 4
        else round(70 + 28 * life.taste - (12 if escalated else 0)),
        "tickets_open": (life.number * 7 + week * 3) % 4 + (4 if escalated else 0),
        "escalated": escalated,
    }


def _usage(life: Life, on: dt.date, first: dt.date, health: int | None) -> dict[str, Cell]:
    week = (on - first).days // 7
    active = round(life.seats * min(0.1 + 0.009 * (70 if health is None else health), 1.0))
    months = max((on - life.signup).days // 30 % 12, 0)
    return {
        "seats_licensed": life.seats,
        "seats_active": active,
        "plan_utilisation": round(0.35 + 0.5 * life.taste + 0.006 * week * life.taste, 3),
        "sessions": active * (9 + (life.number + week) % 6),
        "key_actions": active * (20 + (life.number * 3 + week) % 15),
        "features_used": 5 + round(14 * life.taste),
        "features_total": 24,
        "hours_saved": round(active * months * (1 + 3 * life.taste))
        if health is not None
        else None,
        "projects_created": months * (1 + life.number % 4),
        "collaborations": months * (life.number % 7),
        "premium_views": round(12 * life.taste) if life.taste > 0.6 else 0,
        "invitations": (life.number + week) % 5 if life.taste > 0.4 else 0,
    }


def _people(life: Life, on: dt.date) -> dict[str, Cell]:
    first_name, last_name = life.contact
    known = life.number % 29 != 13
    return {
        "csm": life.csm,
        "account_manager": life.account_manager,
        "executive_sponsor": life.executive,
        "customer_sponsor": life.sponsors[on >= life.sponsor_changes],
        "champion": life.champion,
        "contact_name": f"{first_name} {last_name}" if known else None,
        "contact_first_name": first_name if known else None,
        "contact_email": _email(first_name, last_name, life.number) if known else None,
        "opt_out": life.opt_out,
    }


def _email(first_name: str, last_name: str, number: int) -> str:
    letters = unicodedata.normalize("NFKD", f"{first_name}.{last_name}".lower())
    plain = "".join(letter for letter in letters if letter.isascii() and letter not in " '")
    return f"{plain}@customer{number + 1}.example"


def _reviews(life: Life, on: dt.date) -> dict[str, Cell]:
    held = max((day for day in life.reviews if day <= on), default=None)
    planned = min((day for day in life.next_reviews if day > on), default=None)
    kind = next(kind for floor, kind in REVIEW_TYPES if life.arr > floor)
    return {
        "go_live_date": f"{life.go_live:%d/%m/%Y}",
        "last_review_date": held,
        "last_review_type": kind if held else None,
        "last_review_attendance": round(0.5 + life.taste / 2, 2) if held else None,
        "last_review_rating": round(6 + 4 * life.taste) if held else None,
        "next_review_date": planned,
        "next_review_type": kind if planned else None,
        "action_items_open": life.number % 6 if held else None,
        "action_items_done": life.number % 4 if held else None,
    }


def _standing(life: Life, on: dt.date) -> dict[str, Cell]:
    age = (on - life.signup).days
    measured = life.number % 3 != 1
    return {
        "loyalty_tier": next((tier for days, tier in TIERS if age >= days), None),
        "vip": life.arr > 100000,
        "roi_people": life.seats if measured else None,
        "roi_hours_per_year": 1760 if measured else None,
        "roi_hourly_cost": 35 if measured else None,
        "roi_reduction": round(0.02 + 0.08 * life.taste, 3) if measured else None,
        "roi_licence": life.arr if measured else None,
        "roi_setup": round(life.arr * 0.4) if measured else None,
    }


def write_large(path: Path, *, seed: int, accounts: int, on: dt.date) -> None:
    """Writes one Parquet snapshot of that date with as many accounts, in the catalogue's own names.

    Renewal dates lie from 40 days before `on` to 325 after, so that every step has its accounts.
    """
    import polars as pl

    number = pl.int_range(accounts, dtype=pl.UInt64)
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.select(number=number).lazy().select(_large_columns(seed, on)).sink_parquet(path)


def _large_columns(seed: int, on: dt.date) -> list[pl.Expr]:
    import polars as pl

    def draw(salt: int, below: int) -> pl.Expr:
        """Whole numbers from 0 to under `below`, by the account's number, the seed and a salt."""
        mixed = (pl.col("number") + 1 + seed * 1_000_003 + salt * 7_919) * 2_654_435_761
        mixed = (mixed ^ (mixed // 65_536)) % 4_294_967_296 * 2_246_822_519
        return (mixed ^ (mixed // 8_192)) // 32 % below

    def pick(salt: int, *options: str | None) -> pl.Expr:
        words = pl.Series(options, dtype=pl.String)
        return pl.lit(words).gather(draw(salt, len(options)))

    def some(salt: int, share: int, value: pl.Expr) -> pl.Expr:
        """The value for `share` percent of the accounts, nothing for the others."""
        return pl.when(draw(salt, 100) < share).then(value)

    def days(salt: int, first: int, count: int) -> pl.Expr:
        return pl.lit(on) + pl.duration(days=draw(salt, count).cast(pl.Int64) + first)

    identifier = pl.col("number").cast(pl.String).str.zfill(8)
    arr = (draw(4, 400) ** 2 + 500).cast(pl.Float64)
    renewal = days(1, -40, 366)
    seats = (arr / 400).floor() + 2
    return [
        identifier.alias("account_id"),
        pl.format("Customer {}", identifier).alias("account_name"),
        pl.when(renewal > on).then(pl.lit("active")).otherwise(pl.lit("lapsed")).alias("status"),
        arr.alias("arr"),
        pick(6, "EUR", "USD", "GBP").alias("currency"),
        pick(7, "FR", "US", "GB", "DE", "BE", None).alias("country"),
        pick(8, "fr", "en").alias("language"),
        days(9, -2600, 2500).alias("signup_date"),
        renewal.alias("renewal_date"),
        some(10, 95, draw(11, 100) < 35).alias("auto_renew"),
        some(12, 92, (draw(13, 71) + 28).cast(pl.Float64)).alias("health_score"),
        some(14, 40, pick(15, *(f"CSM {n}" for n in range(1, 41)))).alias("csm"),
        some(16, 90, pick(17, *(f"AM {n}" for n in range(1, 21)))).alias("account_manager"),
        seats.alias("seats_licensed"),
        (seats * draw(18, 100) / 100).floor().alias("seats_active"),
        (draw(19, 24) + 1).cast(pl.Float64).alias("features_used"),
        (draw(20, 2000)).cast(pl.Float64).alias("hours_saved"),
        some(21, 97, pick(22, "Alex", "Camille", "Sam", "Robin")).alias("contact_first_name"),
        pl.format("contact@customer{}.example", identifier).alias("contact_email"),
        (draw(23, 100) < 4).alias("opt_out"),
    ]
