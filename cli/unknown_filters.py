"""Names in filters that no action is of: a name with a slip in it finds nothing, and is named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from .output import echo_status

if TYPE_CHECKING:
    from ..engine.store import StoreView


def name_unknown_filters(store: StoreView, given: Mapping[str, Collection[str]]) -> bool:
    """Say which filters name something that no action was ever of, and return whether any does.

    Args:
        store: The ledger and the outcomes.
        given: The values of `--owner`, `--account`, `--playbook` and `--step`, as far as they are given.
    """
    from ..engine.text.suggest import suggest

    wanted = {option: names for option, names in given.items() if names}
    if not wanted:
        return False
    entries = store.ledger(columns=["owner", "account_id", "playbook", "step"])
    steps = entries.select("playbook", "step").unique().iter_rows()
    known = {
        "--owner": {*entries["owner"].unique(), *store.outcomes()["to"].unique()} - {None},
        "--account": {*entries["account_id"].unique()},
        "--playbook": {*entries["playbook"].unique()},
        "--step": {name for playbook, step in steps for name in (step, f"{playbook}/{step}")},
    }
    unknown = [
        (option, name)
        for option, names in wanted.items()
        for name in names
        if name not in known[option]
    ]
    for option, name in unknown:
        near = suggest(name, sorted(known[option]))
        hint = f"; did you mean {near!r}?" if near else "."
        echo_status(f"So far, no action is of {option} {name!r}{hint}")
    return bool(unknown)
