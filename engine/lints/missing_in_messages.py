"""Messages that many accounts cannot get, because they show a field that is missing for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from ..core.problems import Problem, Span
from ..evaluation.prepare import condition, is_true, outcomes
from ..fields.catalogue import Catalogue
from ..language.traversal import fields_read
from ..playbook.model import Playbook
from ..playbook.template_checker import names_needed, word_span
from ..playbook.template_names import MESSAGE_NAMES
from ..runs.entry_checks import reads_more
from ..sources import Snapshots
from ..text.yaml_nodes import Mapping, Node, Scalar
from ..workspace.settings import WorkspaceSettings

MISSING_SHARE = 0.1
"""The share of a playbook's accounts from which on a missing field is reported."""
FEWEST_MEMBERS = 10
"""The accounts of a playbook from which on a share of them says something."""


class _Need(NamedTuple):
    """A field that a message shows, and where."""

    playbook: Playbook
    message: str
    field: str
    span: Span


def missing_in_messages(
    workspace: WorkspaceSettings, catalogue: Catalogue, playbooks: tuple[Playbook, ...], on: dt.date
) -> list[Problem]:
    """Return a warning for each message and each field that it shows and that many of its accounts lack.

    Raises:
        Problems: The newest snapshot cannot be read.
    """
    snapshots = Snapshots(workspace, catalogue)
    day = snapshots.newest(on)
    needs = [need for playbook in playbooks for need in _needs(playbook, workspace, catalogue)]
    if day is None or not needs:
        return []
    entries = [each.machine.entry for each in playbooks if each.machine.entry is not None]
    read = {need.field for need in needs}.union(*map(fields_read, entries))
    readable = snapshots.readable_fields(day, read)
    accounts = snapshots.load(day, readable).accounts()
    dated = accounts.with_columns(
        pl.lit(on, pl.Date).alias("@today"), pl.lit(day, pl.Date).alias("@snapshot_date")
    )
    return [
        problem for need in needs if need.field in readable for problem in _missing(need, dated)
    ]


def _needs(
    playbook: Playbook, workspace: WorkspaceSettings, catalogue: Catalogue
) -> Iterator[_Need]:
    """Yield the fields that the messages of a playbook cannot do without, and that its conditions do not ask for."""
    asked = _fields_asked(playbook)
    reads = {name: fields_read(e) for name, e in playbook.definitions.items()}
    messages = playbook.document.node().get("messages")
    for entry in messages if isinstance(messages, Mapping) else ():
        needed: dict[str, Span] = {}
        for template in _templates(entry.value):
            for name, line in names_needed(str(template.value), reads).items():
                needed.setdefault(name, word_span(template, line, name))
        for name, span in needed.items():
            spec = catalogue.fields.get(name)
            shown = name not in (*MESSAGE_NAMES, *workspace.variables, *playbook.defaults)
            asks = name in asked.get(entry.key, ())
            if shown and spec is not None and spec.default is None and not asks:
                yield _Need(playbook, entry.key, name, span)


def _fields_asked(playbook: Playbook) -> dict[str | None, set[str]]:
    """Return by message the fields that the conditions of its actions read: they may ask whether a field is missing."""
    asked: dict[str | None, set[str]] = {}
    for action in playbook.machine.actions():
        if action.when is not None:
            asked.setdefault(action.message, set()).update(fields_read(action.when))
    return asked


def _templates(node: Node) -> Iterator[Scalar]:
    """Yield the subjects and bodies of a message, in all its languages."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield node
    else:
        for item in (entry.value for entry in node) if isinstance(node, Mapping) else node.items:
            yield from _templates(item)


def _missing(need: _Need, accounts: pl.DataFrame) -> Iterator[Problem]:
    entry = need.playbook.machine.entry
    among = accounts
    if entry is not None and not reads_more(entry) and fields_read(entry) <= {*accounts.columns}:
        among = accounts.filter(is_true(outcomes(accounts, condition(entry).outcome)))
    missing = among[need.field].null_count()
    if among.height < FEWEST_MEMBERS or missing <= MISSING_SHARE * among.height:
        return
    yield Problem(
        "often-missing",
        f"the message `{need.message}` shows `{need.field}`, which {missing} of the {among.height} accounts of "
        f"`{need.playbook.id}` lack: it cannot be written for them",
        need.span,
        f"write the sentence with it inside `{{% if {need.field} %}}` and `{{% endif %}}`, or map the field",
        severity="warning",
    )
