"""Values that a message may read of an action and its account, by name.

In: a ledger entry, the account's values, the action as the playbook has it; out: values in one language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.languages import choose_text
from ..core.list_texts import ITEM_SEPARATOR, split_items
from ..core.offsets import shift_date
from ..language.expressions import ConstantValue
from ..language.interpreter import evaluate_expression
from ..playbook.model import (
    Action,
    Agenda,
    AgendaPart,
    Choice,
    Choices,
    Detail,
    Lines,
    Minutes,
    Playbook,
    TierInfo,
)
from ..playbook.template_names import MESSAGE_NAMES
from ..workspace.settings import WorkspaceSettings
from .locale_format import range_text
from .sandbox import TemplateItem

DefineRow = Mapping[str, Any]
"""One ledger entry: its columns' values by name."""

Account = Mapping[str, ConstantValue | None]
"""The account's fields on the date evaluated, and the earlier values that its messages look back at."""


def define_row(entry: DefineRow, account: Account) -> dict[str, ConstantValue | None]:
    """Return the row that the playbook's own names are evaluated over: the account as evaluation saw it."""
    return {**account, "@today": entry["evaluated_on"], "@anchor": entry["anchor"]}


def defined(
    playbook: Playbook, names: Iterable[str], row: Account
) -> dict[str, ConstantValue | None]:
    """Return the values of those names that `define` defines; None is unknown."""
    known = playbook.definitions
    return {name: evaluate_expression(known[name], row) for name in names if name in known}


def choose_texts(choices: Choices, row: Account) -> list[Choice]:
    """Return the first of the texts whose conditions hold, as many as are taken."""
    held = (
        item
        for item in choices.items
        if item.when is None or evaluate_expression(item.when, row) is True
    )
    return [item for item, _ in zip(held, range(choices.take), strict=False)]


class _ItemsText(str):
    """The text of a list field, in which `in` finds whole items."""

    __slots__ = ()

    def __contains__(self, item: object) -> bool:
        """Return whether a text is an item."""
        return str(item) in split_items(str(self))

    def __bool__(self) -> bool:
        """Return whether there is an item."""
        return bool(split_items(str(self)))


def _with_items(value: Any) -> Any:
    """Return the value of a field, that of a list as a text of items."""
    is_list = isinstance(value, str) and value.startswith(ITEM_SEPARATOR)
    return _ItemsText(value) if is_list else value


def message_values(
    entry: DefineRow,
    account: Account,
    action: Action | None,
    tier: TierInfo | None,
    workspace: WorkspaceSettings,
    language: str,
) -> dict[str, Any]:
    """Return the values that a template may read: variables, then the account's fields, then the action's own words.

    Days are counted from the date that the customer is reached, after every shift.
    """
    contact_on = entry["contact_on"] or entry["due_on"]
    days = (entry["anchor"] - contact_on).days if entry["anchor"] else None
    sender = action.sender if action else None
    told = {
        name: in_words(value, language, workspace)
        for name, value in (action.detail if action else ())
        if name in MESSAGE_NAMES
    }
    return {
        **workspace.variables,
        **{name: _with_items(value) for name, value in account.items()},
        **dict.fromkeys(MESSAGE_NAMES),
        "agenda": [],
        "checklist": [],
        **told,
        **_level_values(tier, entry["anchor"], contact_on, language, workspace),
        "anchor": entry["anchor"],
        "contact_on": contact_on,
        "cta": _links(action, workspace, language),
        "cycle": entry["cycle"],
        "days_left": days,
        "days_past": None if days is None else -days,
        "due_on": entry["due_on"],
        "owner": entry["owner"],
        "sender": role_name(sender, account, workspace) or entry["owner"],
        "title": choose_text(action.title, language, workspace.language)
        if action
        else entry["title"],
    }


def in_words(value: Detail, language: str, workspace: WorkspaceSettings) -> Any:
    """Return the details of an action as a message reads them, in one language."""
    if isinstance(value, Minutes):
        return range_text(value.least, value.most, language)
    if isinstance(value, Lines):
        return [choose_text(each, language, workspace.language) for each in value.texts]
    if isinstance(value, Agenda):
        return [_part(part, language, workspace) for part in value.parts]
    return choose_text(value, language, workspace.language) if isinstance(value, Mapping) else value


def _part(part: AgendaPart, language: str, workspace: WorkspaceSettings) -> TemplateItem:
    points = [choose_text(point, language, workspace.language) for point in part.points]
    title = choose_text(part.title, language, workspace.language)
    return {"title": title, "minutes": part.minutes, "points": points}


def _level_values(
    tier: TierInfo | None,
    anchor: dt.date | None,
    contact_on: dt.date,
    language: str,
    workspace: WorkspaceSettings,
) -> dict[str, Any]:
    """Return the level values of a message of `tiers`; nothing for other playbooks."""
    if tier is None:
        return {}
    next_on = shift_date(anchor, tier.after) if anchor and tier.after else None
    return {
        "level": choose_text(tier.level, language, workspace.language) if tier.level else None,
        "next_level": choose_text(tier.following, language, workspace.language)
        if tier.following
        else None,
        "next_on": next_on,
        "days_to_go": (next_on - contact_on).days if next_on else None,
    }


def role_name(
    role: str | None, account: Mapping[str, ConstantValue | None], workspace: WorkspaceSettings
) -> Any:
    """Return the name of the person with a role for an account; None if it has no such person."""
    known = workspace.roles.get(role) if role else None
    if known is None:
        return None
    return account.get(known.field) if known.field else known.name


def _links(
    action: Action | None, workspace: WorkspaceSettings, language: str
) -> list[TemplateItem]:
    links = [workspace.links[id] for id in action.cta if id in workspace.links] if action else []
    return [
        {"label": choose_text(link.label, language, workspace.language) or link.id, "url": link.url}
        for link in links
    ]
