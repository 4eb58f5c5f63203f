"""Carried values: the older values that playbooks still compare with after a snapshot.

A value is carried over a snapshot that lacks it or its account, and over one on which a condition on its change could
not be decided because another field was missing. So such a gap hides no event. The first value that is known, and the
first condition that can be decided, ends it. So no event is seen twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import polars as pl

from ..core.account_values import with_values
from ..core.ids import ACCOUNT_ID
from ..core.schemas import READER
from ..language.traversal import KNOWN_ON

ABSENT_DAYS = 400
"""Days after which the values of an account that is absent go. It is then as new, and the store does not grow by it.

A value that an account present lacks is carried without limit: there is one for each account, field and playbook.
"""


def compared_values(earlier: pl.DataFrame, fields: Collection[str]) -> pl.DataFrame:
    """Return the values that a playbook compares with before a date, out of its `earlier_values`."""
    return earlier.select(
        ACCOUNT_ID,
        *(pl.col(f"{name}@previous").alias(name) for name in fields),
        *(pl.col(f"{name}@previous{KNOWN_ON}").alias(f"{name}{KNOWN_ON}") for name in fields),
    )


def carry(
    reader: str | None,
    known: pl.DataFrame,
    accounts: pl.DataFrame,
    fields: Sequence[str],
    day: dt.date,
    undecided: Mapping[str, pl.Series] | None = None,
) -> pl.DataFrame:
    """Return what one reader still has to know after a snapshot: the values of accounts or fields that it lacks.

    Args:
        reader: The playbook; None for values that are read some days back.
        known: The values known before: `account_id`, the fields, and their dates, `field@on`.
        accounts: The snapshot's accounts with the fields.
        fields: The fields.
        day: The snapshot's date.
        undecided: By field, the accounts for which no condition on its change could be decided.

    Returns:
        `account_id`, `READER`, the fields and their dates; rows with some value only.
    """
    now = accounts.select(
        ACCOUNT_ID, pl.lit(True).alias("@present"), *(pl.col(n).alias(f"{n}@now") for n in fields)
    )
    # Of most accounts nothing stays: their fields are not asked one by one.
    lacks = pl.any_horizontal(pl.col(f"{name}@now").is_null() for name in fields)
    waits = [pl.col(ACCOUNT_ID).is_in(each.implode()) for each in (undecided or {}).values()]
    rows = with_values(known, now).filter(pl.any_horizontal(lacks, *waits))
    absent = pl.col("@present").is_null()
    oldest = day - dt.timedelta(days=ABSENT_DAYS)
    columns = []
    for name in fields:
        value, date, present_value = (
            pl.col(name),
            pl.col(f"{name}{KNOWN_ON}"),
            pl.col(f"{name}@now"),
        )
        stays = present_value.is_null() & ~(absent & (date < oldest))
        waiting = (undecided or {}).get(name)
        if waiting is not None:
            stays |= pl.col(ACCOUNT_ID).is_in(waiting.implode()) & (value != present_value)
        columns += [
            pl.when(stays).then(value.cast(accounts.schema[name], strict=False)).alias(name),
            pl.when(stays & value.is_not_null()).then(date).alias(date.meta.output_name()),
        ]
    carried = rows.select(ACCOUNT_ID, pl.lit(reader, pl.String).alias(READER), *columns)
    return carried.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in fields))


def merge_carried(
    saved: pl.DataFrame, renewed: Mapping[str | None, pl.DataFrame], accounts: pl.DataFrame
) -> pl.DataFrame:
    """Return all that is carried over a snapshot, with the same columns for every part of its accounts.

    Args:
        saved: The rows saved of it on an earlier date; those of readers that are not renewed stay.
        renewed: The rows of each reader of this date.
        accounts: The part's accounts; they have the fields' types.
    """
    readers = pl.Series([*renewed], dtype=pl.String)
    others = saved.filter(~pl.col(READER).is_in(readers.implode(), nulls_equal=True))
    merged = pl.concat([others, *renewed.values()], how="diagonal_relaxed")
    types = {name: kind for name, kind in accounts.schema.items() if name in merged.columns}
    names = sorted(set(merged.columns) - {ACCOUNT_ID, READER})
    return merged.select(
        ACCOUNT_ID,
        READER,
        *(pl.col(n).cast(types[n], strict=False) if n in types else n for n in names),
    )
