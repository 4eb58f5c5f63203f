"""Tasks for contacts that must reach the customer and cannot go out: the owner finds another way.

A contact that is withheld gives one, and so does one that is suppressed or has no usable address, as soon as that is
known: while it waits there is still time. A contact that only waits for room, or whose account is absent, gives none.
"""

from __future__ import annotations

import polars as pl

from ..text.translations import translate
from .action_ids import identify
from .inputs import Day, LedgerLookup, Rules

OTHER_WAY = ".other_way"
"""The end of such a task's action id, after the id of the contact's action. No id in a playbook has a dot."""


def other_way_tasks(
    contacts: pl.DataFrame, day: Day, ledger: LedgerLookup, rules: Rules
) -> pl.DataFrame:
    """Return a task, with the columns of LEDGER, for each contact that must reach the customer and cannot go out.

    An action has at most one such task.

    Args:
        contacts: Contacts that cannot go out, columns of LEDGER and `@why`.
        day: The date evaluated.
        ledger: The ledger's look-ups.
        rules: The language of titles, and the first names of playbooks and steps.
    """
    must = pl.col("detail").str.json_path_match("$.must_reach") == "true"
    rows = contacts.filter(must.fill_null(False)) if contacts.height else contacts
    if rows.is_empty():
        return rows
    titles = [
        translate("actions", "other_way", rules.language, title=each) for each in rows["title"]
    ]
    tasks = rows.with_columns(
        (pl.col("action") + OTHER_WAY).alias("action"),
        pl.lit("task").alias("kind"),
        pl.Series("title", titles, dtype=pl.String),
        pl.lit("issued").alias("status"),
        pl.concat_str("reason", pl.lit("; cannot go out: "), "@why").alias("reason"),
        pl.lit(1).alias("revision"),
        pl.lit(0).alias("late_days"),
        pl.lit(day.run_on).alias("due_on"),
        pl.lit(day.run_on).alias("issued_on"),
        pl.lit(day.on).alias("evaluated_on"),
        pl.lit("{}").alias("detail"),
        *(pl.lit(None).alias(name) for name in ("message", "contact_on", "planned_on", "until")),
    )
    tasks = tasks.with_columns(identify(tasks, rules.first_names).alias("action_id"))
    known = ledger.issued(tasks["action_id"])
    return tasks.filter(~pl.col("action_id").is_in(known.implode()))
