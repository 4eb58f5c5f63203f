"""Owners of actions that are still to come: read again on each date, so that none stays with someone who has left.

Takes pending actions and the snapshot. Returns the actions with their owners of today. The reason does not name them:
both are in the column `owner`, of this revision and of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Playbook
from ..workspace.settings import Role
from .hand_moves import HandMoves
from .hand_orders import present_owner

ActionKey = tuple[str, str, str]
"""Playbook, step and action."""


def roles_by_action(playbooks: Sequence[Playbook]) -> dict[ActionKey, tuple[str, ...]]:
    """Return the roles that may own each action, in order of preference; none for escalations to a manager."""
    roles = {
        (playbook.id, action.step, action.id): action.owner
        for playbook in playbooks
        for action in playbook.machine.actions()
    }
    for playbook in playbooks:
        for follow_up in playbook.machine.follow_ups:
            if follow_up.to:
                action = follow_up.action
                roles[(playbook.id, action.step, action.id)] = ()
    return roles


def reread_owners(
    pending: pl.DataFrame,
    snapshot: pl.DataFrame,
    roles: Mapping[str, Role],
    preferred: Mapping[ActionKey, tuple[str, ...]],
    moves: HandMoves,
) -> pl.DataFrame:
    """Return the pending actions with their present owners, and `@reassigned`, true where that changed.

    An owner changes where the role that owns the action is another person's today. Where that role has no holder, the
    action goes to the next one of `preferred` that has; of a playbook that is not evaluated, only the role is known.
    An action with an empty entry in `preferred` stays with its owner.
    Work that was reassigned by hand goes to the person that `moves` names.
    """
    if pending.is_empty():
        return pending.with_columns(pl.lit(False).alias("@reassigned"))
    stays = ["/".join(key) for key, ids in preferred.items() if not ids]
    key = pl.concat_str("playbook", "step", "action", separator="/")
    differs = _differs(pending, snapshot, roles, moves)
    differs &= pending.select(~key.is_in(stays)).to_series()
    pending = pending.with_columns(differs.alias("@reassigned"))
    affected = pending.filter("@reassigned")
    if affected.is_empty():
        return pending
    accounts = snapshot.join(affected, on=ACCOUNT_ID, how="semi")
    values = {row[ACCOUNT_ID]: row for row in accounts.iter_rows(named=True)}
    owners = [
        (row["action_id"], *_owner(row, values[row[ACCOUNT_ID]], roles, preferred, moves))
        for row in affected.iter_rows(named=True)
    ]
    schema = {name: pending.schema[name] for name in ("action_id", "owner_role", "owner")}
    new = pl.DataFrame(owners, schema=schema, orient="row")
    joined = pending.join(new, on="action_id", how="left", suffix="@new", maintain_order="left")
    reassigned = pl.col("@reassigned")
    return joined.with_columns(
        pl.when(reassigned).then(f"{name}@new").otherwise(name).alias(name)
        for name in ("owner_role", "owner")
    ).drop("owner_role@new", "owner@new")


def _differs(
    pending: pl.DataFrame, snapshot: pl.DataFrame, roles: Mapping[str, Role], moves: HandMoves
) -> pl.Series:
    """Return the mask of actions whose role has another holder now; the accounts must be in the snapshot."""
    fields = sorted({role.field for role in roles.values() if role.field} & {*snapshot.columns})
    present = snapshot.select(ACCOUNT_ID, *fields, pl.lit(True).alias("@present"))
    accounts = pending.select(ACCOUNT_ID, "playbook", "owner_role", "owner")
    joined = accounts.join(present, on=ACCOUNT_ID, how="left", maintain_order="left")
    known, holder = pl.lit(False), pl.lit(None, pl.String)
    for id, role in roles.items():
        if role.name is not None:
            name = pl.lit(role.name)
        elif role.field in fields:
            name = pl.col(role.field)
        else:
            continue
        is_role = pl.col("owner_role") == id
        known |= is_role
        holder = pl.when(is_role).then(name).otherwise(holder)
    held = joined.with_columns(known.alias("@known"), holder.alias("@holder"))
    held = held.with_columns(moves.reassign(held, "@holder"))
    changed = pl.col("@known") & pl.col("@holder").ne_missing(pl.col("owner"))
    return held.select((changed & pl.col("@present")).fill_null(False)).to_series()


def _owner(
    row: Mapping[str, Any],
    values: Mapping[str, Any],
    roles: Mapping[str, Role],
    preferred: Mapping[ActionKey, tuple[str, ...]],
    moves: HandMoves,
) -> tuple[str, str | None]:
    """Return the first role that is filled for the account, and its holder."""
    key = (row["playbook"], row["step"], row["action"])
    ids = preferred.get(key) or (row["owner_role"],)
    for id in ids:
        holder = roles[id].holder(values)
        if holder is not None:
            account, playbook = row[ACCOUNT_ID], row["playbook"]
            return id, present_owner(holder, moves.reassigned, account, playbook)
    return ids[0], None
