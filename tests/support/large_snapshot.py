"""One large snapshot of invented accounts, in the catalogue's own names, written as a stream.

Dates are spread evenly: renewals from 40 days before the snapshot's date to 325 after, signups over seven years,
reviews over their cadence. So every step has its accounts, and each day is like the others. A column depends on the
account's number, the seed and the column's name only, so that it is the same for any number of accounts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import polars as pl
from tenure.engine.core.ids import ACCOUNT_ID
from tenure.engine.example.example_usage import FEATURES


@dataclass(frozen=True, slots=True)
class Draws:
    """Pseudo-random columns over `number`, an account's number as UInt64. Each `name` gives another column."""

    seed: int
    on: dt.date

    def below(self, name: str, end: int) -> pl.Expr:
        """Return whole numbers from 0 to under `end`."""
        salt = self.seed * 1_000_003 + crc32(name.encode())
        mixed = (pl.col("number") + 1 + salt) * 2_654_435_761
        mixed = (mixed ^ (mixed // 65_536)) % 4_294_967_296 * 2_246_822_519
        return (mixed ^ (mixed // 8_192)) // 32 % end

    def number(self, name: str, first: int, end: int) -> pl.Expr:
        """Return whole numbers from `first` to under `end`, as floats."""
        return (self.below(name, end - first).cast(pl.Int64) + first).cast(pl.Float64)

    def flag(self, name: str, share: int) -> pl.Expr:
        """Return true for `share` percent of the accounts."""
        return self.below(name, 100) < share

    def some(self, name: str, share: int, value: pl.Expr) -> pl.Expr:
        """Return the value for `share` percent of the accounts, null for the others."""
        return pl.when(self.flag(f"some {name}", share)).then(value)

    def pick(self, name: str, *options: str | None) -> pl.Expr:
        """Return one of the options."""
        values = pl.Series(options, dtype=pl.String)
        return pl.lit(values).gather(self.below(name, len(options)))

    def days(self, name: str, first: int, end: int) -> pl.Expr:
        """Return dates from `first` to under `end` days after `on`; before it where negative."""
        days = self.below(name, end - first).cast(pl.Int64) + first
        return pl.lit(self.on) + pl.duration(days=days)


def write_large(path: Path, *, seed: int, accounts: int, on: dt.date) -> None:
    """Write one Parquet snapshot with this many accounts. Only a few are in memory at once."""
    number = pl.int_range(accounts, dtype=pl.UInt64)
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = Draws(seed, on)
    parts = [
        _identity(draw),
        _contract(draw),
        _satisfaction(draw),
        _people(draw),
        _reviews(draw),
        _usage(draw),
    ]
    columns = [expression.alias(name) for part in parts for name, expression in part.items()]
    pl.select(number=number).lazy().select(columns).sink_parquet(path)


def _identity(draw: Draws) -> dict[str, pl.Expr]:
    identifier = pl.col("number").cast(pl.String).str.zfill(8)
    first_name = draw.pick("first name", "Alex", "Camille", "Sam", "Robin")
    return {
        ACCOUNT_ID: identifier,
        "account_name": pl.format("Customer {}", identifier),
        "country": draw.pick("country", "FR", "US", "GB", "DE", "BE", None),
        "language": draw.pick("language", "fr", "en"),
        "contact_first_name": draw.some("first name", 97, first_name),
        "contact_email": pl.format("contact@customer{}.example", identifier),
        "opt_out": draw.flag("opt out", 4),
    }


def _arr(draw: Draws) -> pl.Expr:
    """Return the ARR: half of the accounts under 5,000, one in nine above 100,000."""
    return ((draw.number("arr", 0, 1000) / 1000) ** 6 * 200_000).round() + 500


def _seats(draw: Draws) -> pl.Expr:
    return (_arr(draw) / 400).floor() + 2


def _contract(draw: Draws) -> dict[str, pl.Expr]:
    """Return terms of one to three years, none of which began before the signup."""
    signup, renewal = draw.days("signup", -2600, -45), draw.days("renewal", -40, 326)
    years = draw.number("years", -7, 4).clip(1, 3)
    began = pl.max_horizontal(signup, renewal - pl.duration(days=years.cast(pl.Int64) * 365))
    return {
        "status": pl.when(renewal > draw.on).then(pl.lit("active")).otherwise(pl.lit("lapsed")),
        "arr": _arr(draw),
        "currency": draw.pick("currency", "EUR", "USD", "GBP"),
        "signup_date": signup,
        "contract_start": began,
        "contract_term_months": years * 12,
        "renewal_date": renewal,
        "renewal_outcome": pl.when(renewal <= draw.on)
        .then(pl.lit("lapsed"))
        .when(began > signup)
        .then(pl.lit("renewed")),
        "auto_renew": draw.some("auto renew", 95, draw.flag("auto renew", 35)),
        "payment_overdue": draw.flag("overdue", 4),
    }


def _satisfaction(draw: Draws) -> dict[str, pl.Expr]:
    return {
        "health_score": draw.some("health", 92, draw.number("health", 28, 99)),
        "nps_rating": draw.some("nps", 75, draw.number("nps", 2, 11)),
        "escalated": draw.flag("escalated", 3),
    }


def _has_csm(draw: Draws) -> pl.Expr:
    """Return whether an account has a CSM: all from 20,000 on, and some from 5,000 on."""
    return (_arr(draw) >= 20_000) | ((_arr(draw) >= 5_000) & draw.flag("looked after", 60))


def _people(draw: Draws) -> dict[str, pl.Expr]:
    csm = draw.pick("csm", *(f"CSM {number}" for number in range(1, 41)))
    manager = draw.pick("manager", *(f"AM {number}" for number in range(1, 21)))
    executive = draw.some("executive", 50, draw.pick("executive", "Executive 1", "Executive 2"))
    sponsor = draw.pick("sponsor", "Dana", "Luca", "Noor", "Yael")
    champion = draw.pick("champion", "Ines", "Milo", "Petra", "Tariq")
    return {
        "csm": pl.when(_has_csm(draw)).then(csm),
        "account_manager": draw.some("manager", 90, manager),
        "executive_sponsor": pl.when(_arr(draw) > 100_000).then(executive),
        "customer_sponsor": draw.some("sponsor", 95, sponsor),
        "champion": draw.some("champion", 80, champion),
    }


def _reviews(draw: Draws) -> dict[str, pl.Expr]:
    """Return the last review, within the cadence, and the next one, booked for two accounts in three."""
    growth = _arr(draw) < 20_000
    last = (
        pl.when(growth)
        .then(draw.days("last review", -31, 0))
        .otherwise(draw.days("last review", -91, 0))
    )
    days_ahead = (
        pl.when(growth).then(draw.number("ahead", 28, 38)).otherwise(draw.number("ahead", 84, 98))
    )
    following = last + pl.duration(days=days_ahead.cast(pl.Int64))
    risks = draw.number("risks", -10, 3).clip(0)
    return {
        "go_live_date": draw.days("signup", -2600, -45) + pl.duration(days=40),
        "last_review_date": pl.when(_has_csm(draw)).then(last),
        "next_review_date": pl.when(_has_csm(draw) & draw.flag("booked", 66)).then(following),
        "objectives_at_risk": pl.when(_has_csm(draw)).then(risks),
    }


def _usage(draw: Draws) -> dict[str, pl.Expr]:
    seats = _seats(draw)
    active = (seats * draw.number("active", 10, 100) / 100).floor()
    projects, hours = draw.number("projects", 0, 40), draw.number("hours", 0, 600)
    shared = draw.number("collaborations", -10, 60).clip(0)
    return {
        "seats_licensed": seats,
        "seats_active": active,
        "plan_utilisation": draw.some("utilisation", 95, draw.number("utilisation", 20, 105) / 100),
        "features_used": draw.number("features", 1, 25),
        "features_total": draw.number("features", 24, 25),
        "premium_views": draw.number("premium views", -12, 9).clip(0),
        "invitations": draw.number("invitations", -6, 7).clip(0),
        "projects_quarter": projects,
        "hours_saved_quarter": hours,
        "collaborations_quarter": shared,
        "projects_created": projects * 3,
        "hours_saved": hours * 3,
        "collaborations": shared * 3,
        **{f"uses_{each}": draw.some(each, 95, draw.flag(each, 55)) for each in FEATURES},
    }
