"""Differences between two versions of a workspace: the actions that come, go, move and change, and whom they concern.

Both versions are previewed over the same days, snapshots and store. An action is compared by its id, as last revised
after the last day; a promise of before that neither version touches does not differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import LEDGER
from ..playbook.model import Playbook
from ..project.loading import Project
from ..reports.rendered_messages import with_messages
from ..runs.required_fields import message_history
from ..runs.running import preview
from ..sources import Snapshots
from ..store import Reader, StoreView
from .dated_actions import TO_COME, as_last_revised
from .other_version import VERSION_FILES

ARR = "arr"

DIFFERENCES: dict[str, pl.DataType] = {
    "what": pl.String(),
    ACCOUNT_ID: pl.String(),
    "account_name": pl.String(),
    "playbook": pl.String(),
    "step": pl.String(),
    "kind": pl.String(),
    "title": pl.String(),
    "before_on": pl.Date(),
    "after_on": pl.Date(),
    "days": pl.Int64(),
    "changed": pl.String(),
    "before_owner": pl.String(),
    "after_owner": pl.String(),
    "before_reason": pl.String(),
    "after_reason": pl.String(),
    "again": pl.Boolean(),
    "never": pl.Boolean(),
    "action_id": pl.String(),
}
"""One row per action that differs.

`what` is one of `CHANGES`. `days` says by how much an action moves; negative is earlier.
`changed` names what else differs. `again` is true for an action that comes while the account has one like it: it gets
it twice. `never` is true for one that goes while none like it comes in the period. Actions are alike if they are of
one cycle and kind, and have one title, or one rule and date.
"""
CHANGES = ("comes", "goes", "earlier", "later", "changes")
_COMPARED = ("owner", "kind", "title", "priority", "subject", "body", "status")
_NOT_IN_MESSAGES = {"action_id", "reason", "revision", "until", "issued_on"}
_READ_BY_MESSAGES = ("@on", *(name for name in LEDGER if name not in _NOT_IN_MESSAGES))
_SAME = ("action_id", ACCOUNT_ID, "cycle", "kind", "title", "reason")
_ORDER = ("playbook", "step", "what", ACCOUNT_ID, "action_id")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions compared over the same days.

    Attributes:
        first: The first day.
        last: The last day.
        rows: DIFFERENCES.
        load: `owner`, `week` (its Monday), `before` and `after`: the actions of an owner in a week, where they differ.
        arr: `account_id` and `arr` of the accounts that differ, where the snapshot has it.
    """

    first: dt.date
    last: dt.date
    rows: pl.DataFrame
    load: pl.DataFrame
    arr: pl.DataFrame


def compare_versions(
    before: Project,
    after: Project,
    first: dt.date,
    last: dt.date,
    *,
    today: dt.date | None = None,
    account: str | None = None,
    playbook: str | None = None,
) -> Comparison:
    """Return how the second version differs from the first one.

    Args:
        before: The earlier version.
        after: The later version, with the same data and store.
        first: The first day to evaluate.
        last: The last one; accounts are taken as they are on the first.
        today: The present date, as for a preview.
        account: Only differences of this account.
        playbook: Only differences of this playbook.

    Raises:
        Problems: One of the versions cannot be evaluated.
    """
    outcomes = [preview(each, first, until=last, today=today) for each in (before, after)]
    found = [outcome.entries for outcome in outcomes]
    ids = pl.concat([each["action_id"] for each in found]).unique()
    reader = Reader.of(after)
    earlier = reader.revisions(ids)
    # As they stand after the last day: what a version does not touch stands as it did before.
    latest = [_standing(pl.concat([earlier, each]), first) for each in found]
    rewritten = _may_read_otherwise(latest, before, after)
    standing = [
        _with_messages(project, each, outcome.store, rewritten)
        for each, project, outcome in zip(latest, (before, after), outcomes, strict=True)
    ]
    rows = _differences(*standing)
    coming = rows.filter(what="comes")[ACCOUNT_ID].unique().to_list()
    rows = _with_marks(rows, standing, _gone_out(reader.ledger(accounts=coming), first))
    if account is not None:
        rows = rows.filter(pl.col(ACCOUNT_ID) == account)
    if playbook is not None:
        rows = rows.filter(pl.col("playbook") == playbook)
    return Comparison(first, last, rows, _load(*standing), _arr(after, rows, first))


def _standing(entries: pl.DataFrame, first: dt.date) -> pl.DataFrame:
    """Return the actions as last revised, with their day `@on`, and `@live` if they come from `first` on."""
    in_period = (pl.col("evaluated_on") >= first) | (pl.col("@on") >= first)
    live = pl.col("status").is_in(list(TO_COME)) & in_period
    return as_last_revised(entries).with_columns(live.alias("@live"))


def _may_read_otherwise(
    sides: Sequence[pl.DataFrame], before: Project, after: Project
) -> pl.Series:
    """Return the ids of the actions of both versions whose messages may differ: only these are rendered.

    A message depends on its playbook, the settings, the fields, the account and the action itself.
    """
    both = sides[0].filter("@live").join(sides[1].filter("@live"), on="action_id", suffix=">")
    differs = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}>")) for name in _READ_BY_MESSAGES
    )
    others = {playbook.id: playbook for playbook in after.playbooks}
    edited = [
        playbook.id
        for playbook in before.playbooks
        if before.texts[playbook.file] != after.texts.get(playbook.file)
        and not _messages_read_alike(playbook, others.get(playbook.id))
    ]
    if any(before.texts.get(name) != after.texts.get(name) for name in VERSION_FILES):
        edited = [playbook.id for playbook in before.playbooks]
    return both.filter(differs | pl.col("playbook").is_in(edited))["action_id"]


def _messages_read_alike(one: Playbook, other: Playbook | None) -> bool:
    """Return whether all that messages read of two versions of a playbook is the same; perhaps false where it is.

    The earlier values that messages read depend on how the playbook was evaluated before, so on all of its text.
    """
    if other is None or message_history(one) or message_history(other):
        return False
    sides = [
        (
            each.messages,
            each.choices,
            each.definitions,
            each.variables,
            each.defaults,
            list(each.machine.actions()),
            each.machine.tiers,
        )
        for each in (one, other)
    ]
    return sides[0] == sides[1]


def _with_messages(
    project: Project, latest: pl.DataFrame, store: StoreView, ids: pl.Series
) -> pl.DataFrame:
    """Return the actions with `subject` and `body`, which are null for all but these."""
    chosen = latest.filter(pl.col("action_id").is_in(ids.implode())).select(list(LEDGER))
    shown, _ = with_messages(project, chosen, store, TO_COME)
    return latest.join(
        shown.select("action_id", "subject", "body"),
        on="action_id",
        how="left",
        maintain_order="left",
    )


def _gone_out(entries: pl.DataFrame, first: dt.date) -> pl.DataFrame:
    """Return the actions that have gone out before the first day."""
    before = pl.coalesce("contact_on", "due_on") < pl.lit(first)
    return entries.filter(before, status="issued")


def _differences(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return `DIFFERENCES` of two versions' actions, without `again` and `never`."""
    names = [ACCOUNT_ID, "account_name", "playbook", "step", "kind", "title", "@on", "owner"]
    names += ["@live", "reason", "priority", "subject", "body", "status"]
    sides = [
        each.select("action_id", *(pl.col(name).alias(f"{name}{mark}") for name in names))
        for each, mark in ((before, "<"), (after, ">"))
    ]
    both = sides[0].join(sides[1], on="action_id", how="full", coalesce=True)
    live = [pl.col(f"@live{mark}").fill_null(False) for mark in "<>"]
    days = (pl.col("@on>") - pl.col("@on<")).dt.total_days()
    differing = [
        pl.when(pl.col(f"{name}<").ne_missing(pl.col(f"{name}>"))).then(pl.lit(_shown(name)))
        for name in _COMPARED
    ]
    both = both.with_columns(
        pl.when(live[0] & live[1]).then(days).alias("days"),
        pl.when(live[0] & live[1])
        .then(pl.concat_list(differing).list.drop_nulls().list.unique(maintain_order=True))
        .list.join(", ")
        .alias("changed"),
    )
    what = (
        pl.when(~live[0] & live[1])
        .then(pl.lit("comes"))
        .when(live[0] & ~live[1])
        .then(pl.lit("goes"))
        .when(pl.col("days") < 0)
        .then(pl.lit("earlier"))
        .when(pl.col("days") > 0)
        .then(pl.lit("later"))
        .when(pl.col("changed") != "")
        .then(pl.lit("changes"))
    )
    either = [pl.coalesce(f"{name}>", f"{name}<").alias(name) for name in names[:6]]
    return both.with_columns(
        what.alias("what"),
        *either,
        pl.when(live[0]).then("@on<").alias("before_on"),
        pl.when(live[1]).then("@on>").alias("after_on"),
        pl.col("owner<").alias("before_owner"),
        pl.col("owner>").alias("after_owner"),
        pl.col("reason<").alias("before_reason"),
        pl.col("reason>").alias("after_reason"),
    ).filter(pl.col("what").is_not_null())


def _shown(name: str) -> str:
    return "text" if name in ("title", "subject", "body") else name


def _with_marks(
    rows: pl.DataFrame, sides: Sequence[pl.DataFrame], gone_out: pl.DataFrame
) -> pl.DataFrame:
    """Return `DIFFERENCES`: with `again` and `never`.

    Args:
        rows: The differences.
        sides: The actions of both versions.
        gone_out: The actions that have gone out before, LEDGER.
    """
    before, after = (each.select(_SAME) for each in (sides[0], sides[1].filter("@live")))
    coming = after.join(rows.filter(what="comes"), on="action_id", how="semi")
    going = before.join(rows.filter(what="goes"), on="action_id", how="semi")
    twice = _with_counterpart(coming, pl.concat([after, gone_out.select(_SAME)]))
    replaced = _with_counterpart(going, after)
    rows = rows.with_columns(
        pl.col("action_id").is_in(twice.implode()).alias("again"),
        ((pl.col("what") == "goes") & ~pl.col("action_id").is_in(replaced.implode())).alias(
            "never"
        ),
    )
    return rows.select(pl.col(name).cast(kind) for name, kind in DIFFERENCES.items()).sort(_ORDER)


def _with_counterpart(actions: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """Return the ids of the actions of which others do the same: of its kind, by its title or for its date."""
    pairs = actions.join(others, on=[ACCOUNT_ID, "cycle", "kind"], suffix="@", nulls_equal=True)
    # A reason begins with the rule and the date, such as "7 days before 2026-03-07".
    rule, other_rule = (pl.col(name).str.split(";").list.first() for name in ("reason", "reason@"))
    same = (pl.col("title") == pl.col("title@")) | (rule == other_rule)
    return pairs.filter(same.fill_null(False), pl.col("action_id") != pl.col("action_id@"))[
        "action_id"
    ].unique()


def _load(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return by owner and week the actions of both versions, where they differ."""
    keys = ["owner", "week"]
    counts = [
        each.filter("@live", pl.col("owner").is_not_null())
        .with_columns(pl.col("@on").dt.truncate("1w").alias("week"))
        .group_by(keys)
        .agg(pl.len().cast(pl.Int64).alias(name))
        for each, name in ((before, "before"), (after, "after"))
    ]
    both = counts[0].join(counts[1], on=keys, how="full", coalesce=True).fill_null(0)
    return both.filter(pl.col("before") != pl.col("after")).sort(keys)


def _arr(project: Project, rows: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return the ARR of the accounts that differ; empty where the snapshot has none."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    day = snapshots.newest(on)
    if day is None or snapshots.missing_columns(day, {ARR}):
        return pl.DataFrame(schema={ACCOUNT_ID: pl.String(), ARR: pl.Float64()})
    frame = snapshots.load(day, {ARR}).frame
    known = frame.select(ACCOUNT_ID, ARR) if ARR in frame.columns else frame.clear()
    return known.join(rows, on=ACCOUNT_ID, how="semi").sort(ACCOUNT_ID)
