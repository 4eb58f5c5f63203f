"""Holdouts: accounts that go through a playbook and get nothing of it, so that its effect can be measured.

An account is held out by a hash of its id and the playbook's, whatever the date and the data: it is held out in every
cycle, and a greater share only adds accounts.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from ..text.yaml_nodes import Mapping, Node
from .model import Action, Holdout, Machine, Playbook

if TYPE_CHECKING:
    from .lowering import Lowering

LARGEST_HOLDOUT = Decimal("0.5")
_SEPARATOR = "\x1f"
_BITS = 64


def lower_holdout(lowering: Lowering, node: Node | None, machine: Machine) -> Holdout | None:
    """Return the holdout under `holdout:`; None where the key is missing, or the share is wrong."""
    # Imported here because a run that finds the playbooks in the cache needs no parser.
    from .lowering import required_value

    if not isinstance(node, Mapping):
        return None
    share = _share(lowering, required_value(node, "share"))
    return None if share is None else Holdout(share, frozenset(_held_back(machine)))


def is_held_out(playbook: Playbook, account: str) -> bool:
    """Return whether an account is held out of a playbook.

    The first 64 bits of the SHA-256 of the playbook's first id, U+001F and the account's id are a number; the account
    is held out if that number divided by 2 to the power of 64 is less than the share.
    """
    if playbook.holdout is None:
        return False
    import hashlib  # Few playbooks have a holdout, and `validate` needs no hashes.

    first_id = playbook.was[-1] if playbook.was else playbook.id
    digest = hashlib.sha256(f"{first_id}{_SEPARATOR}{account}".encode()).digest()
    number = Decimal(int.from_bytes(digest[: _BITS // 8], "big"))
    return bool(number < playbook.holdout.share * 2**_BITS)


def held_out_reason(playbook: Playbook, action: Action, account: str) -> str | None:
    """Return why an action does not reach an account because of the holdout; None where it does."""
    holdout = playbook.holdout
    if holdout is None or (action.step, action.id) not in holdout.actions:
        return None
    if not is_held_out(playbook, account):
        return None
    return f"`{playbook.id}` reaches all its accounts but {percent_number(holdout.share)} %"


def with_all_or_none(playbook: Playbook, *, held_out: bool) -> Playbook:
    """Return the playbook with all accounts held out, or without a holdout."""
    if playbook.holdout is None:
        return playbook
    everyone = playbook.holdout._replace(share=Decimal(1))
    return playbook._replace(holdout=everyone if held_out else None)


def percent_number(share: Decimal) -> str:
    """Return a share of 1 in percent, without the sign: `12.5`."""
    return f"{(share * 100).normalize():f}"


def _held_back(machine: Machine) -> list[tuple[str, str]]:
    """Return the actions that a holdout stops: all but those that must reach the customer, and their escalations."""
    must = {f"{each.step}/{each.id}" for each in machine.actions() if each.must_reach}
    must |= {each.text for each in machine.follow_ups if each.of in must}
    return [(a.step, a.id) for a in machine.actions() if f"{a.step}/{a.id}" not in must]


def share_of_percent(text: str) -> Decimal | None:
    """Return a share that may be held out, written such as `10 %`, as a share of 1; None for another text."""
    percent = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", text, re.ASCII)
    share = Decimal(percent[1]) / 100 if percent else Decimal(0)
    return share if 0 < share <= LARGEST_HOLDOUT else None


def _share(lowering: Lowering, node: Node) -> Decimal | None:
    from .lowering import node_text

    written = node_text(node)
    share = share_of_percent(written)
    if share is not None:
        return share
    message = f"`{written}` cannot be held out"
    hint = "write a share of more than 0 % and at most 50 %, such as `10 %`"
    lowering.problems.report("bad-percent", message, node.span, hint)
    return None
