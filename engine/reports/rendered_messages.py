"""Addition of rendered messages to ledger entries.

Takes a project and entries, and returns the entries with the columns `MESSAGE_COLUMNS`. Each message is rendered with
the account's values on the action's evaluation date.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..language.expressions import ConstantValue
from ..playbook.model import Playbook
from ..runs.history import earlier_values, look_back, values_alone
from ..runs.language_checks import language_warnings, unknown_languages
from ..runs.required_fields import message_events, message_history, with_optional
from ..runs.values_as_of import account_dates
from ..sources import Snapshots
from ..sources.events import EventTables
from ..sources.merges import read_merges
from ..text.email_address import CONTACT_EMAIL, NOT_ONE_ADDRESS, is_address
from .message_rendering import MessageRenderer, RenderedMessage, fields_needed

if TYPE_CHECKING:
    from ..project.loading import Project
    from ..store import StoreView

MESSAGE_COLUMNS: dict[str, pl.DataType] = {
    "recipient": pl.String(),
    "language": pl.String(),
    "subject": pl.String(),
    "body": pl.String(),
    "message_problem": pl.String(),
}
"""Columns of a rendered message; all null for an action without a message, and all but the last where it failed.

`recipient` is the account's contact address; null where it is missing, or where `is_address` is false.
"""

TO_BE_SENT = ("issued",)
"""Statuses of actions whose messages are to be sent."""

Accounts = Mapping[str, Mapping[str, ConstantValue | None]]


def with_messages(
    project: Project,
    entries: pl.DataFrame,
    store: StoreView,
    statuses: Collection[str] = TO_BE_SENT,
) -> tuple[pl.DataFrame, list[Problem]]:
    """Render the messages of entries.

    Only messages that are to be sent are rendered by default, so that those of withheld actions are not passed on.

    Args:
        project: The project whose playbooks have the messages.
        entries: Ledger entries.
        store: The store with the earlier values that messages read.
        statuses: Statuses of the actions whose messages are rendered.

    Returns:
        The entries with their messages, `message_problem` the reason why one could not be rendered; and a warning about
        accounts with an unknown language.
    """
    names = fields_needed(project.playbooks, project.workspace) | {CONTACT_EMAIL}
    fields = sorted(names & project.catalogue.fields.keys())
    renderer = MessageRenderer(project.workspace, project.playbooks)
    snapshots = Snapshots(project.workspace, project.catalogue)
    events = EventTables(
        project.workspace, project.catalogue.events, message_events(project.playbooks)
    )
    asked = pl.col("status").is_in(list(statuses))
    with_message = entries.filter(pl.col("message").is_not_null() & asked)
    messages: list[dict[str, Any]] = []
    languages: dict[str, object] = {}
    for (date,), group in with_message.partition_by("evaluated_on", as_dict=True).items():
        ids = set(group[ACCOUNT_ID])
        runs = store.runs(date)
        accounts = _accounts(
            snapshots, events, date, runs[-1].snapshot_on if runs else None, fields, ids
        )
        past = _past(project.playbooks, store, date, accounts)
        for entry in group.iter_rows(named=True):
            columns = _columns(_rendered(renderer, entry, accounts, past))
            account = _account(entry, accounts)
            languages[entry[ACCOUNT_ID]] = account.get("language")
            address = _recipient(account)
            if address is not None and not is_address(address):
                address = None
                columns["message_problem"] = columns["message_problem"] or NOT_ONE_ADDRESS
            keys = {"action_id": entry["action_id"], "revision": entry["revision"]}
            messages.append({**keys, **columns, "recipient": address})
    keys = {name: entries.schema[name] for name in ("action_id", "revision")}
    rendered = pl.DataFrame(messages, schema={**keys, **MESSAGE_COLUMNS})
    together = entries.join(rendered, on=list(keys), how="left", maintain_order="left")
    return together, language_warnings(unknown_languages(Counter(languages.values())))


def _past(
    playbooks: Iterable[Playbook], store: StoreView, date: object, accounts: Accounts | str
) -> dict[str, Accounts]:
    """Return the accounts' earlier values, for each playbook whose messages read them."""
    if not isinstance(date, dt.date) or isinstance(accounts, str):
        return {}
    rows = pl.DataFrame([*accounts.values()], infer_schema_length=None)
    earlier: dict[str, Accounts] = {}
    for playbook in playbooks:
        fields = message_history(playbook)
        if not fields:
            continue
        back = look_back(store, playbook.id, date)
        frame = earlier_values(fields, store, back, dates=account_dates(fields, rows))
        if frame is not None:
            earlier[playbook.id] = _by_account(values_alone(frame), set(accounts))
    return earlier


def _by_account(frame: pl.DataFrame, ids: set[str]) -> Accounts:
    rows = frame.filter(pl.col(ACCOUNT_ID).is_in(list(ids))).iter_rows(named=True)
    return {row[ACCOUNT_ID]: row for row in rows}


def _accounts(
    snapshots: Snapshots,
    events: EventTables,
    on: dt.date,
    snapshot_on: dt.date | None,
    fields: list[str],
    ids: set[str],
) -> Accounts | str:
    """Return the accounts' values in the snapshot of the evaluation, or the reason why they are missing."""
    if snapshot_on is None or snapshots.newest(snapshot_on) != snapshot_on:
        return "the snapshot that it was evaluated on is gone"
    try:
        read = with_optional(frozenset(fields), snapshots, snapshot_on) if events.calls else fields
        snapshot = snapshots.load(snapshot_on, read)
        merges = read_merges(snapshot.merge_rows(), snapshot.account_ids())
        frame = snapshot.frame.filter(pl.col(ACCOUNT_ID).is_in(list(ids)))
        frame = events.values(on, snapshot_on, merges).join(frame)
    except Problems as error:
        return str(error)
    return _by_account(frame, ids)


def _account(
    entry: Mapping[str, Any], accounts: Accounts | str
) -> Mapping[str, ConstantValue | None]:
    return {} if isinstance(accounts, str) else accounts.get(entry[ACCOUNT_ID], {})


def _recipient(account: Mapping[str, ConstantValue | None]) -> str | None:
    address = account.get(CONTACT_EMAIL)
    return address if isinstance(address, str) else None


def _rendered(
    renderer: MessageRenderer,
    entry: Mapping[str, Any],
    accounts: Accounts | str,
    past: dict[str, Accounts],
) -> RenderedMessage | None:
    if isinstance(accounts, str):
        return RenderedMessage("", problem=accounts)
    account = accounts.get(entry[ACCOUNT_ID])
    if account is None:
        return RenderedMessage("", problem="the account is not in the snapshot")
    earlier = past.get(entry["playbook"], {}).get(entry[ACCOUNT_ID], {})
    return renderer.write(entry, {**earlier, **account})


def _columns(message: RenderedMessage | None) -> dict[str, str | None]:
    if message is None:
        return dict.fromkeys(MESSAGE_COLUMNS)
    if message.problem is not None:
        failed = dict.fromkeys(MESSAGE_COLUMNS)
        return {**failed, "message_problem": message.problem}
    return {
        "language": message.language,
        "subject": message.subject,
        "body": message.body,
        "message_problem": None,
    }
