"""What a message may read of an action and its account: plain values by name.

In: a ledger entry, the account's values, the action as the playbook has it; out: values in one language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.offsets import shift_date
from ..language.expressions import ConstantValue
from ..language.interpreter import evaluate
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
    Texts,
    TierInfo,
)
from ..playbook.template_names import MESSAGE_NAMES
from ..workspace.settings import Workspace
from .locale_format import range_text
from .sandbox import TemplateItem

DefineRow = Mapping[str, Any]
"""One ledger entry: its columns' values by name."""

Account = Mapping[str, ConstantValue | None]
"""The account's fields on the date evaluated, and the earlier values that its messages look back at."""


def define_row(entry: DefineRow, account: Account) -> dict[str, ConstantValue | None]:
    """The row that the playbook's own names are evaluated over: the account as evaluation saw it."""
    return {**account, "@today": entry["evaluated_on"], "@anchor": entry["anchor"]}


def defined(
    playbook: Playbook, names: Iterable[str], row: Account
) -> dict[str, ConstantValue | None]:
    """Those of the names that `define` defines, with their values; None cannot be told."""
    known = playbook.definitions
    return {name: evaluate(known[name], row) for name in names if name in known}


def choose_texts(choices: Choices, row: Account) -> list[Choice]:
    """The first of the texts whose conditions hold, as many as are taken."""
    held = (item for item in choices.items if item.when is None or evaluate(item.when, row) is True)
    return [item for item, _ in zip(held, range(choices.take), strict=False)]


def choose_language(languages: Iterable[str], account: object, workspace: str) -> str:
    """The account's language if there is that, else the workspace's, else the first by name."""
    known = sorted(languages)
    for wanted in (account, workspace):
        if isinstance(wanted, str):
            for code in (wanted, wanted.lower().split("-")[0].split("_")[0]):
                if code in known:
                    return code
    return known[0]


def message_values(
    entry: DefineRow,
    account: Account,
    action: Action | None,
    rung: TierInfo | None,
    workspace: Workspace,
    language: str,
) -> dict[str, Any]:
    """What a template may read: variables, then the account's fields, then the action's own words.

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
        **account,
        **dict.fromkeys(MESSAGE_NAMES),
        "agenda": [],
        "checklist": [],
        **told,
        **_level_values(rung, entry["anchor"], contact_on, language, workspace),
        "anchor": entry["anchor"],
        "contact_on": contact_on,
        "cta": _links(action, workspace, language),
        "cycle": entry["cycle"],
        "days_left": days,
        "days_past": None if days is None else -days,
        "due_on": entry["due_on"],
        "owner": entry["owner"],
        "sender": role_name(sender, account, workspace) or entry["owner"],
        "title": text_in_language(action.title, language, workspace) if action else entry["title"],
    }


def in_words(value: Detail, language: str, workspace: Workspace) -> Any:
    """What an action carries as a message reads it, in one language."""
    if isinstance(value, Minutes):
        return range_text(value.least, value.most, language)
    if isinstance(value, Lines):
        return [text_in_language(each, language, workspace) for each in value.texts]
    if isinstance(value, Agenda):
        return [_part(part, language, workspace) for part in value.parts]
    return text_in_language(value, language, workspace) if isinstance(value, dict) else value


def _part(part: AgendaPart, language: str, workspace: Workspace) -> TemplateItem:
    points = [text_in_language(point, language, workspace) for point in part.points]
    title = text_in_language(part.title, language, workspace)
    return {"title": title, "minutes": part.minutes, "points": points}


def _level_values(
    rung: TierInfo | None,
    anchor: dt.date | None,
    contact_on: dt.date,
    language: str,
    workspace: Workspace,
) -> dict[str, Any]:
    """What a message of `tiers` may say of levels; nothing for other playbooks."""
    if rung is None:
        return {}
    next_on = shift_date(anchor, rung.after) if anchor and rung.after else None
    return {
        "level": text_in_language(rung.level, language, workspace) if rung.level else None,
        "next_level": text_in_language(rung.following, language, workspace)
        if rung.following
        else None,
        "next_on": next_on,
        "days_to_go": (next_on - contact_on).days if next_on else None,
    }


def role_name(
    role: str | None, account: Mapping[str, ConstantValue | None], workspace: Workspace
) -> Any:
    """Who has a role for an account: a name, or None where nobody has."""
    known = workspace.roles.get(role) if role else None
    if known is None:
        return None
    return account.get(known.field) if known.field else known.name


def text_in_language(texts: Texts, language: str, workspace: Workspace) -> str | None:
    """A text in a language, else in the workspace's, else in the first there is."""
    return texts[choose_language(texts, language, workspace.language)] if texts else None


def _links(action: Action | None, workspace: Workspace, language: str) -> list[TemplateItem]:
    links = [workspace.links[id] for id in action.cta if id in workspace.links] if action else []
    return [
        {"label": text_in_language(link.label, language, workspace) or link.id, "url": link.url}
        for link in links
    ]
