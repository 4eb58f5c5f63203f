"""Adds the rendered messages to ledger entries.

In: a project and entries; out: the entries with the columns `LETTERS`. Each message is rendered
with the account's values of the date that its action was evaluated on, whatever they are since.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problems
from ..language.expressions import ConstantValue
from ..playbook.model import Playbook
from ..runs.history import days_kept, earlier_values, previous_due
from ..runs.required_fields import message_history
from ..sources import Snapshots
from ..text.printable import fit_line
from .message_rendering import MessageRenderer, RenderedMessage, fields_needed

if TYPE_CHECKING:
    from ..project.loading import Project
    from ..store import Overlay, Reader

LETTERS: dict[str, pl.DataType] = {
    "recipient": pl.String(),
    "language": pl.String(),
    "subject": pl.String(),
    "body": pl.String(),
    "message_problem": pl.String(),
}
"""What a message becomes: all null where an action has none, but the last where it failed.

`recipient` is the account's contact address, null where it has none, or where `is_address` is false of it.
"""

RECIPIENT = "contact_email"

NOT_ONE_ADDRESS = "`contact_email` is not one email address"

_ADDRESS = re.compile(r"[^\s,;:<>()\[\]\"\\@]+@[^\s,;:<>()\[\]\"\\@]+")

Accounts = Mapping[str, Mapping[str, ConstantValue | None]]


def with_messages(project: Project, entries: pl.DataFrame, store: Reader | Overlay) -> pl.DataFrame:
    """The entries with their messages; `message_problem` says why one could not be rendered.

    The store has the earlier values that messages look back at.
    """
    names = fields_needed(project.playbooks, project.workspace) | {RECIPIENT}
    fields = sorted(names & project.catalogue.fields.keys())
    writer = MessageRenderer(project.workspace, project.playbooks)
    snapshots = Snapshots(project.workspace, project.catalogue)
    written = entries.filter(pl.col("message").is_not_null())
    letters: list[dict[str, Any]] = []
    for (day,), group in written.partition_by("evaluated_on", as_dict=True).items():
        wanted = set(group[ACCOUNT_ID])
        runs = store.runs(day)
        accounts = _accounts(snapshots, runs[-1].snapshot_on if runs else None, fields, wanted)
        past = _past(project.playbooks, store, day, wanted)
        for entry in group.iter_rows(named=True):
            columns = _columns(_letter(writer, entry, accounts, past))
            address = _recipient(entry, accounts)
            if address is not None and not is_address(address):
                address = None
                columns["message_problem"] = columns["message_problem"] or NOT_ONE_ADDRESS
            keys = {"action_id": entry["action_id"], "revision": entry["revision"]}
            letters.append({**keys, **columns, "recipient": address})
    keys = {name: entries.schema[name] for name in ("action_id", "revision")}
    found = pl.DataFrame(letters, schema={**keys, **LETTERS})
    return entries.join(found, on=list(keys), how="left", maintain_order="left")


def _past(
    playbooks: Iterable[Playbook], store: Reader | Overlay, day: object, wanted: set[str]
) -> dict[str, Accounts]:
    """The wanted accounts' earlier values, for each playbook whose messages look back."""
    if not isinstance(day, dt.date):
        return {}
    found: dict[str, Accounts] = {}
    days = days_kept(store, day)
    for playbook in playbooks:
        asked = message_history(playbook)
        if not asked:
            continue
        since = previous_due(playbook.schedule, day)
        frame = earlier_values(asked, store, days, day, since)
        if frame is not None:
            found[playbook.id] = _by_account(frame, wanted)
    return found


def _by_account(frame: pl.DataFrame, wanted: set[str]) -> Accounts:
    rows = frame.filter(pl.col(ACCOUNT_ID).is_in(list(wanted))).iter_rows(named=True)
    return {row[ACCOUNT_ID]: row for row in rows}


def _accounts(
    snapshots: Snapshots, seen: dt.date | None, fields: list[str], wanted: set[str]
) -> Accounts | str:
    """The wanted accounts' values in the snapshot that evaluation saw, or why there are none."""
    if seen is None or snapshots.newest(seen) != seen:
        return "the snapshot that it was evaluated on is gone"
    try:
        frame = snapshots.load(seen, fields).frame
    except Problems as error:
        return str(error)
    return _by_account(frame, wanted)


def _recipient(entry: Mapping[str, Any], accounts: Accounts | str) -> str | None:
    account = {} if isinstance(accounts, str) else accounts.get(entry[ACCOUNT_ID], {})
    address = account.get(RECIPIENT)
    return address if isinstance(address, str) else None


def is_address(text: str) -> bool:
    """Return whether a text is one email address and no more: no line break, no second address, nothing hidden.

    A mail program would take a line break for the end of the header, and what follows for another header.
    """
    return _ADDRESS.fullmatch(text) is not None and fit_line(text) == text


def _letter(
    writer: MessageRenderer,
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
    return writer.write(entry, {**earlier, **account})


def _columns(letter: RenderedMessage | None) -> dict[str, str | None]:
    if letter is None:
        return dict.fromkeys(LETTERS)
    if letter.problem is not None:
        failed = dict.fromkeys(LETTERS)
        return {**failed, "message_problem": letter.problem}
    return {
        "language": letter.language,
        "subject": letter.subject,
        "body": letter.body,
        "message_problem": None,
    }
