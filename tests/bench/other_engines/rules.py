"""Eight rules, one for each shipped playbook: its central question, as far as a rule without memory can ask it.

Each rule is true for an account if all its tests are; a test of a missing value is not. General engines know no dates
that move with the day, so they get `days_to_renewal`, `days_since_signup` and `days_since_review` as numbers, ready
made; Tenure gets the dates and reads the fields by their functions.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[2]))  # the helpers of the tests
from support.large_snapshot import write_large

ON = dt.date(2026, 4, 1)


class Test(NamedTuple):
    """A comparison of a field with a constant; `op` is one of `==`, `<`, `<=`, `>`, `>=` and `in`."""

    field: str
    op: str
    value: float | str | bool | tuple[float, ...]


Rule = tuple[Test, ...]
ACTIVE = Test("status", "==", "active")
RULES: dict[str, Rule] = {
    "anniversary": (
        ACTIVE,
        Test("days_since_signup", "in", (365.0, 730.0, 1095.0, 1460.0, 1825.0)),
    ),
    "expansion": (
        ACTIVE,
        Test("health_score", ">", 80.0),
        Test("nps_rating", ">", 8.0),
        Test("plan_utilisation", ">", 0.8),
        Test("escalated", "==", False),
    ),
    "loyalty": (
        ACTIVE,
        Test("days_since_signup", ">=", 1825.0),
        Test("nps_rating", ">=", 9.0),
        Test("arr", ">=", 10_000.0),
    ),
    "renewal": (
        ACTIVE,
        Test("auto_renew", "==", False),
        Test("days_to_renewal", ">=", 0.0),
        Test("days_to_renewal", "<=", 30.0),
    ),
    "reviews": (
        Test("health_score", "<", 70.0),
        Test("arr", ">=", 20_000.0),
        Test("days_since_review", ">", 60.0),
    ),
    "self_serve_review": (
        ACTIVE,
        Test("arr", "<", 1_000.0),
        Test("plan_utilisation", "<", 0.4),
    ),
    "vip": (ACTIVE, Test("arr", ">", 100_000.0), Test("health_score", ">=", 50.0)),
    "win_back": (
        Test("status", "==", "lapsed"),
        Test("days_to_renewal", "<=", -10.0),
        Test("days_to_renewal", ">=", -40.0),
    ),
}
FIELDS = sorted({test.field for rule in RULES.values() for test in rule})
OF_DATES = {
    "days_since_review": "days_since(last_review_date)",
    "days_since_signup": "days_since(signup_date)",
    "days_to_renewal": "days_until(renewal_date)",
}
"""What Tenure writes for the numbers of days that the others are given."""


def snapshot(accounts: int) -> pl.DataFrame:
    """Accounts that were drawn by number, with the same values each time."""
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        path = Path(folder) / "accounts.parquet"
        write_large(path, seed=1, accounts=accounts, on=ON)
        return pl.read_parquet(path)


def flat_rows(accounts: pl.DataFrame) -> list[dict[str, Any]]:
    """A dictionary an account for the other engines, with FIELDS; null where a value is missing."""
    on = pl.lit(ON)
    columns = accounts.with_columns(
        (on - pl.col("last_review_date"))
        .dt.total_days()
        .cast(pl.Float64)
        .alias("days_since_review"),
        (on - pl.col("signup_date")).dt.total_days().cast(pl.Float64).alias("days_since_signup"),
        (pl.col("renewal_date") - on).dt.total_days().cast(pl.Float64).alias("days_to_renewal"),
    )
    return columns.select(FIELDS).to_dicts()


def written(
    rule: Rule, *, joined: str = " and ", true: str = "true", test: str = "{} {} {}"
) -> str:
    """The rule as a text, in the way in which most languages of expressions write it."""
    return joined.join(
        test.format(each.field, each.op, _constant(each.value, true)) for each in rule
    )


def _constant(value: object, true: str) -> str:
    if isinstance(value, bool):
        return true if value else true.replace("true", "false").replace("True", "False")
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return f"'{value}'" if isinstance(value, str) else repr(value)
