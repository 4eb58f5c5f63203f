"""Actions of success plans: each item with an owner and a date is a task in the ledger, under one id.

Takes the items that the plans have and the actions that the ledger has of them. Returns drafts of new actions and of
those that changed, and the entries that supersede or withdraw. An action that is done or dismissed stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID, PLAN_PLAYBOOK
from ..core.person_names import name_key
from ..core.schemas import LEDGER, empty_table
from ..text.translations import translate
from ..workspace.plan_items import OBJECTIVES_STEP, WHOLE_PLAN, DatedItem
from .action_ids import identify
from .drafts import DRAFT_SCHEMA, LONGEST_PATIENCE
from .hand_moves import HandMoves
from .inputs import NO_FIRST_NAMES, Day, Rules, Tables
from .merged_accounts import merged_accounts
from .rescheduling import DATE_MOVED, next_revision

PLAN_ACTION = "item"
"""The name of the action of every item; `occurrence` says which item it is."""
MOST_LATE_DAYS = 30
"""Days after its date up to which an item that is seen for the first time is issued; one that is older is skipped."""
NOT_IN_PLAN = "the success plan has it no more"
"""The reason for which the action of an item that was deleted is withdrawn."""


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """Drafts of new and changed actions, DRAFT_SCHEMA, and entries that supersede or withdraw, LEDGER."""

    drafts: pl.DataFrame
    entries: pl.DataFrame


def plan_changes(day: Day, tables: Tables, rules: Rules, moves: HandMoves) -> PlanChanges:
    """Return what the success plans change on the date, for the accounts of the snapshot.

    Nothing is issued for an account on hold, and nothing changes for one that is absent or was merged.
    """
    nothing = PlanChanges(empty_table(DRAFT_SCHEMA), empty_table(LEDGER))
    if tables.plans is None or not (tables.plans.items.height or tables.plans.known.height):
        return nothing
    accounts = tables.snapshot.join(merged_accounts(tables.snapshot), on=ACCOUNT_ID, how="anti")
    items = tables.plans.items.join(accounts.select(ACCOUNT_ID), on=ACCOUNT_ID, how="semi")
    known = tables.plans.known.join(accounts.select(ACCOUNT_ID), on=ACCOUNT_ID, how="semi")
    wanted = _drafted(items, accounts, rules, moves)
    wanted = wanted.join(_standing(known), on="action_id", how="left", maintain_order="left")
    free = wanted.join(moves.holds(wanted), on=[ACCOUNT_ID, "playbook"], how="anti")
    new, withdrawn, issued, skipped = (
        free.filter(~pl.col("done"), ~pl.col("@finished").fill_null(False), which)
        for which in (
            pl.col("@status").is_null(),
            pl.col("@status") == "withdrawn",
            (pl.col("@status") == "issued") & _differs(),
            # It was never anybody's, so another date only issues it.
            (pl.col("@status") == "skipped") & _moved(),
        )
    )
    drafts = pl.concat(
        [
            _numbered(new, pl.lit(1)),
            _numbered(withdrawn, pl.col("@last") + 1, pl.lit("it is back")),
            _numbered(issued, pl.col("@last") + 2, _what_changed()),
            _numbered(skipped, pl.col("@last") + 1, _what_changed()),
        ]
    )
    replaced = known.join(issued.select("action_id", _what_changed().alias("@why")), on="action_id")
    gone = known.filter(
        pl.col("status") == "issued",
        ~pl.col("@finished"),
        ~pl.col(ACCOUNT_ID).is_in(tables.plans.unread.implode()),
    ).join(wanted, on="action_id", how="anti")
    entries = pl.concat(
        [
            next_revision(replaced, day, "superseded", pl.col("@why")).select(list(LEDGER)),
            next_revision(gone, day, "withdrawn", pl.lit(NOT_IN_PLAN)).select(list(LEDGER)),
        ]
    )
    return PlanChanges(drafts, entries)


def item_ids(items: pl.DataFrame) -> pl.Series:
    """Return the ids of the actions of PLAN_ITEMS."""
    named = items.with_columns(
        pl.lit(PLAN_PLAYBOOK).alias("playbook"), pl.lit(PLAN_ACTION).alias("action")
    )
    return identify(named, NO_FIRST_NAMES)


def ids_of_items(account: str, items: Sequence[DatedItem]) -> list[str]:
    """Return the ids of the actions of an account's items."""
    rows = [(account, item.step, item.cycle, item.key) for item in items]
    columns = dict.fromkeys((ACCOUNT_ID, "step", "cycle", "occurrence"), pl.String())
    return item_ids(pl.DataFrame(rows, schema=columns, orient="row")).to_list()


def _drafted(
    items: pl.DataFrame, accounts: pl.DataFrame, rules: Rules, moves: HandMoves
) -> pl.DataFrame:
    """Return the items as drafts, without reasons' ends and revisions, with `action_id` and `done`."""
    owners = _owners(items, accounts, rules)
    objective = pl.col("step") == OBJECTIVES_STEP
    titles = [
        translate("actions", "objective", rules.language, title=text)
        if step == OBJECTIVES_STEP
        else text
        for step, text in items.select("step", "title").iter_rows()
    ]
    what = (
        pl.when(objective)
        .then(pl.lit("objective of the success plan"))
        .when(pl.col("cycle") == WHOLE_PLAN)
        .then(pl.lit("action item of the success plan"))
        .otherwise(pl.concat_str(pl.lit("action item agreed in the review of "), "cycle"))
    )
    drafts = items.with_columns(
        pl.lit(PLAN_PLAYBOOK).alias("playbook"),
        pl.lit(PLAN_ACTION).alias("action"),
        item_ids(items).alias("action_id"),
        pl.Series("title", titles, dtype=pl.String),
        what.alias("@what"),
        *owners.get_columns(),
    )
    names = accounts.select(ACCOUNT_ID, "account_name")
    drafts = drafts.join(names, on=ACCOUNT_ID, how="left", maintain_order="left")
    return drafts.with_columns(moves.reassign(drafts)).with_columns(
        pl.lit("task").alias("kind"),
        pl.lit(rules.policy.priorities[-1]).alias("priority"),
        # The plan's date: that of the action may be a later one, where its owner has no room.
        pl.col("due_on").alias("anchor"),
        pl.lit(None, pl.String).alias("message"),
        pl.lit("{}").alias("detail"),
        pl.concat_str("@what", "@whose").alias("reason"),
        pl.lit(False).alias("customer"),
        pl.lit(None, pl.String).alias("held_out"),
        pl.lit(MOST_LATE_DAYS, pl.Int32).alias("within"),
        pl.lit(LONGEST_PATIENCE, pl.Int32).alias("patience"),
        pl.lit(0, pl.Int32).alias("rank"),
    )


def _owners(items: pl.DataFrame, accounts: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `owner_role`, `owner` and `@whose`, the reason's end, of each item.

    A role, or a person who holds one for the account, owns the item in that role. One of the customer's people does not
    work with these lists: the first role of the workspace that is filled owns the item, to see that it is done; so it
    does in place of a role without a holder. Anybody else owns it as the plan names them.
    """
    fields = sorted({role.field for role in rules.roles.values() if role.field})
    read = accounts.select(ACCOUNT_ID, *(each for each in fields if each in accounts.columns))
    concerned = read.join(items, on=ACCOUNT_ID, how="semi")
    values = {row[ACCOUNT_ID]: row for row in concerned.iter_rows(named=True)}
    rows = items.select(ACCOUNT_ID, "person", "of_customer").iter_rows()
    found = [_owner(person, ours, values[account], rules) for account, person, ours in rows]
    schema = {"owner_role": pl.String(), "owner": pl.String(), "@whose": pl.String()}
    return pl.DataFrame(found, schema=schema, orient="row")


def _owner(
    person: str, of_customer: bool, values: Mapping[str, Any], rules: Rules
) -> tuple[str | None, str | None, str]:
    holders = {id: role.holder(values) for id, role in rules.roles.items()}
    filled = [(id, holder) for id, holder in holders.items() if holder is not None]
    first = filled[0] if filled else (next(iter(holders), None), None)
    if person in holders:
        return (*((person, holders[person]) if holders[person] is not None else first), "")
    if of_customer:
        return (*first, f"; {person} of the customer does it")
    same = [id for id, holder in holders.items() if name_key(holder) == name_key(person)]
    return (same[0], holders[same[0]], "") if same else (None, person, "")


def _standing(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        "action_id",
        "@finished",
        pl.col("status").alias("@status"),
        pl.col("revision").alias("@last"),
        pl.col("anchor").alias("@due"),
        pl.col("title").alias("@title"),
        pl.col("owner_role").alias("@role"),
        pl.col("owner").alias("@owner"),
    )


def _moved() -> pl.Expr:
    return pl.col("due_on") != pl.col("@due")


def _handed_over() -> pl.Expr:
    """Return whether the plan names another owner. Who holds a role now is read by `reread_owners`."""
    same_role = pl.col("owner_role").is_not_null() & (pl.col("owner_role") == pl.col("@role"))
    return pl.col("owner").ne_missing(pl.col("@owner")) & ~same_role.fill_null(False)


def _differs() -> pl.Expr:
    return _moved() | _handed_over() | (pl.col("title") != pl.col("@title"))


def _what_changed() -> pl.Expr:
    dates = (pl.col(name).dt.to_string("iso") for name in ("@due", "due_on"))
    moved = pl.when(_moved()).then(pl.format(DATE_MOVED, *dates))
    owner = pl.when(_handed_over()).then(pl.lit("the owner changed"))
    text = pl.when(pl.col("title") != pl.col("@title")).then(pl.lit("the text changed"))
    return pl.concat_str(moved, owner, text, separator="; ", ignore_nulls=True)


def _numbered(rows: pl.DataFrame, revision: pl.Expr, end: pl.Expr | None = None) -> pl.DataFrame:
    """Return DRAFT_SCHEMA of the rows, with a revision and the end of the reason."""
    if end is not None:
        rows = rows.with_columns(pl.concat_str("reason", pl.lit("; "), end).alias("reason"))
    ended = rows.with_columns(revision.alias("revision"))
    return ended.select(pl.col(name).cast(kind) for name, kind in DRAFT_SCHEMA.items())
