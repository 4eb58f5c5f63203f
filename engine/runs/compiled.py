"""A project's playbooks, compiled for runs once, for any number of dates."""

from __future__ import annotations

from dataclasses import dataclass

from ..evaluation.prepare import Prepared, prepare
from ..language.expressions import EventCall
from ..language.look_back import Back, days_of_back
from ..language.traversal import fields_of_history
from ..playbook.model import Playbook
from ..workspace.settings import WorkspaceSettings
from .required_fields import earlier_read, events_of, fields_of, fields_of_run, message_history


@dataclass(frozen=True, slots=True)
class CompiledPlaybooks:
    """The compiled playbooks. Most attributes are by playbook id.

    `fields` are those that a run reads of a snapshot, `kept` those whose values the store saves, `look_backs` the
    days that these are read back (None: the playbook's last evaluation). `compared` are the fields whose values of its
    last evaluation a playbook reads, `dated` those that some playbook reads some days back. `events` are the
    functions of events that a run reads, by the column of their values.
    """

    prepared: dict[str, Prepared]
    reads: dict[str, frozenset[str]]
    earlier: dict[str, frozenset[tuple[str, Back]]]
    digests: dict[str, str]
    fields: frozenset[str]
    kept: tuple[str, ...]
    look_backs: frozenset[int | None]
    compared: dict[str, tuple[str, ...]]
    dated: frozenset[str]
    events: dict[str, EventCall]


def compile_playbooks(
    playbooks: tuple[Playbook, ...], workspace: WorkspaceSettings
) -> CompiledPlaybooks:
    """Compile the playbooks of a workspace."""
    days = workspace.doubt.stands_days
    earlier = {playbook.id: earlier_read(playbook, days) for playbook in playbooks}
    looked_back_at = frozenset[tuple[str, Back]]().union(
        *earlier.values(), *map(message_history, playbooks)
    )
    reads = {playbook.id: fields_of(playbook) for playbook in playbooks}
    return CompiledPlaybooks(
        {playbook.id: prepare(playbook) for playbook in playbooks},
        reads,
        earlier,
        {playbook.id: playbook.digest for playbook in playbooks},
        fields_of_run(reads.values(), looked_back_at, workspace),
        tuple(sorted(fields_of_history(looked_back_at))),
        frozenset(days_of_back(back) for _, back in looked_back_at),
        {
            id: tuple(sorted(name for name, days in wanted if days is None))
            for id, wanted in earlier.items()
        },
        fields_of_history(item for item in looked_back_at if item[1] is not None),
        events_of([playbook for playbook in playbooks if playbook.enabled], workspace),
    )
