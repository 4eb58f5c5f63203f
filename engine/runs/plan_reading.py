"""Success plans as a run reads them: their items that become actions, and which of them are marked as done.

A plan that cannot be read stops no run: it becomes a warning, and its actions stay as they are. A mark `done` is
recorded as an outcome once; a later outcome of a person counts more, until the mark changes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from ..core.ids import ACCOUNT_ID, PLAN_PLAYBOOK
from ..core.problems import Problem, Problems
from ..core.revisions import last_revisions
from ..core.schemas import HAND_MOVES, OUTCOMES, PLAN_ITEMS, empty_table
from ..evaluation.inputs import PlanTables
from ..evaluation.plan_actions import item_ids
from ..language.actions_read import FINISHED
from ..store.action_standing import valid_outcomes
from ..workspace.plan_items import dated_items, repeated_items
from ..workspace.plan_paths import PLANS_FOLDER, plan_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..project.loading import Project
    from ..store import CommitTarget, StoreView

PLANS_READ = "plans: items"
"""The name of the plans' items among the tables of a run record; no table of events can have it."""
_FEW = 3


@dataclass(frozen=True, slots=True)
class PlanReading:
    """The items of all plans of a workspace, and the problems of plans as warnings.

    Attributes:
        items: PLAN_ITEMS, with the id of each item's action.
        unread: The files that cannot be read.
        warnings: The problems of the plans.
        read: False if the workspace has no plans, and had none in the last run.
    """

    items: pl.DataFrame = field(default_factory=lambda: _table([]))
    unread: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    read: bool = False

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the items by `PLANS_READ`, for the run record; empty if there are no plans."""
        if not self.read:
            return {}
        content = self.items.write_json() + "\n".join(self.unread)
        return {PLANS_READ: hashlib.sha256(content.encode()).hexdigest()}


def read_plans(project: Project, recorded: Mapping[str, str]) -> PlanReading:
    """Return the items of the workspace's success plans.

    Args:
        project: The project.
        recorded: The tables of the last run record: where it had plans, there may be actions to withdraw.
    """
    folder = Path(project.root) / PLANS_FOLDER
    if not folder.is_dir():
        return PlanReading(read=PLANS_READ in recorded)
    # Imported here because a workspace without plans needs no parser.
    from ..workspace.plan_file import read_one_plan

    rows: list[tuple[object, ...]] = []
    unread: list[str] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        file = f"{PLANS_FOLDER}/{path.name}"
        try:
            plan = read_one_plan(Path(project.root), file, project.catalogue)
        except Problems as error:
            unread.append(file)
            problems += error.problems
            continue
        problems += repeated_items(plan)
        account = plan.values["account"]
        rows += [
            (
                account,
                item.step,
                item.cycle,
                item.key,
                item.text,
                item.owner,
                item.of_customer,
                item.due_on,
                item.done,
                file,
            )
            for item in dated_items(plan)
        ]
    warnings = tuple(replace(each, severity="warning") for each in problems)
    return PlanReading(_table(rows), tuple(unread), warnings, True)


def changed_plans(project: Project, recorded: Mapping[str, str]) -> list[str]:
    """Return that the items of plans are not those of the run that recorded these digests; empty if they are."""
    now = read_plans(project, recorded).digests()
    same = now.get(PLANS_READ) == recorded.get(PLANS_READ)
    return [] if same else ["the success plans changed"]


def strange_plans(reading: PlanReading, accounts: pl.Series, on: dt.date) -> list[Problem]:
    """Return a warning about plans with items that are still to be done, of accounts that the snapshot lacks."""
    to_do = reading.items.filter(~pl.col("done"), pl.col("due_on") >= on)
    if to_do.is_empty():
        return []
    others = to_do.filter(~pl.col(ACCOUNT_ID).is_in(accounts.implode()))["file"].unique().sort()
    if others.is_empty():
        return []
    few = ", ".join(others.head(_FEW)) + (", …" if others.len() > _FEW else "")
    message = f"the snapshot lacks the accounts of these success plans: {few}"
    hint = "write the account's id as the export has it, or delete the plan of one that is gone"
    return [Problem("strange-plan", message, hint=hint, severity="warning")]


def plan_tables(reading: PlanReading, store: StoreView, on: dt.date) -> PlanTables | None:
    """Return what the evaluation of a date reads of the plans; None if there are none."""
    if not reading.read:
        return None
    known = store.ledger(playbooks=[PLAN_PLAYBOOK])
    outcomes = valid_outcomes(store.outcomes(until=on, actions=known["action_id"]))
    ended = outcomes.filter(pl.col("outcome").is_in(list(FINISHED)))["action_id"]
    finished = pl.col("action_id").is_in(ended.implode())
    accounts = known[ACCOUNT_ID].unique().sort().to_list()
    unread = [each for each in accounts if plan_file(each) in reading.unread]
    return PlanTables(
        reading.items.select(list(PLAN_ITEMS)),
        known.with_columns(finished.alias("@finished")),
        pl.Series(ACCOUNT_ID, unread, dtype=pl.String),
    )


def record_marks(reading: PlanReading, store: CommitTarget, today: dt.date) -> None:
    """Record each mark `done` that came into a plan, or went out of it, as an outcome of its action.

    A mark counts when it changes: an outcome that somebody records afterwards is not replaced by the same mark.

    Args:
        reading: The plans.
        store: The store, open for writing, or an overlay for a preview.
        today: The date of the recording.
    """
    items = reading.items
    if items.is_empty():
        return
    status = store.revisions(items["action_id"], ["action_id", "revision", "status"])
    issued = items.join(last_revisions(status).filter(status="issued"), on="action_id", how="semi")
    outcomes = store.outcomes(actions=issued["action_id"])
    by_plan = valid_outcomes(outcomes.filter(pl.col("source").str.starts_with(f"{PLANS_FOLDER}/")))
    marked = set(by_plan.filter(outcome="done")["action_id"])
    valid = {row["action_id"]: row for row in valid_outcomes(outcomes).iter_rows(named=True)}
    rows = []
    for item in issued.sort("action_id").iter_rows(named=True):
        id = item["action_id"]
        if item["done"] != (id in marked):
            rows.append(_mark(item, valid.get(id), today))
    if rows:
        store.record(pl.DataFrame(rows, schema=OUTCOMES), empty_table(HAND_MOVES))


def _mark(
    item: Mapping[str, Any], now: Mapping[str, Any] | None, today: dt.date
) -> dict[str, object]:
    """Return the outcome of a mark that changed; of an action that is done already, with what was recorded of it."""
    outcome: dict[str, object] = {"outcome": "reopened", "on": today, "by": item["person"]}
    if item["done"]:
        outcome |= {"outcome": "done"}
        if now is not None and now["outcome"] == "done":
            outcome |= {name: now[name] for name in ("on", "by", "note", "result")}
    return outcome | {
        "action_id": item["action_id"],
        "source": item["file"],
        "recorded_on": today,
    }


def _table(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    """Return PLAN_ITEMS, sorted, with the id of each item's action."""
    if not rows:
        return empty_table({**PLAN_ITEMS, "action_id": pl.String()})
    items = pl.DataFrame(rows, schema=PLAN_ITEMS, orient="row")
    return items.with_columns(item_ids(items).alias("action_id")).sort("action_id")
