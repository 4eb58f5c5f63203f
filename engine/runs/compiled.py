"""A project's playbooks, compiled for runs once, for any number of dates."""

from __future__ import annotations

from dataclasses import dataclass

from ..evaluation.prepare import Prepared, prepare
from ..playbook.content_hash import content_hash
from ..playbook.model import Playbook
from ..workspace.settings import Workspace
from .required_fields import fields_of, history_of, kept_fields, look_backs, required_fields


@dataclass(frozen=True, slots=True)
class CompiledPlaybooks:
    """The compiled playbooks. Most attributes are by playbook id.

    `fields` are those that a run reads of a snapshot, `kept` those whose values the store saves, `look_backs` the
    days that these are read back (None: the playbook's previous date).
    """

    prepared: dict[str, Prepared]
    reads: dict[str, frozenset[str]]
    earlier: dict[str, frozenset[tuple[str, int | None]]]
    digests: dict[str, str]
    fields: frozenset[str]
    kept: tuple[str, ...]
    look_backs: frozenset[int | None]


def compile_playbooks(playbooks: tuple[Playbook, ...], workspace: Workspace) -> CompiledPlaybooks:
    """Compile the playbooks of a workspace."""
    return CompiledPlaybooks(
        {playbook.id: prepare(playbook) for playbook in playbooks},
        {playbook.id: fields_of(playbook) for playbook in playbooks},
        {playbook.id: history_of(playbook) for playbook in playbooks},
        {playbook.id: content_hash(playbook.node) for playbook in playbooks},
        required_fields(playbooks, workspace),
        tuple(sorted(kept_fields(playbooks))),
        look_backs(playbooks),
    )
