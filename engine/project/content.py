"""The record of what a workspace's folder says."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.problems import Problem
from ..fields.catalogue import Catalogue
from ..playbook.model import Playbook
from ..workspace.settings import WorkspaceSettings


@dataclass(frozen=True, slots=True)
class ReadProject:
    """The content of a folder; `workspace` is None where its settings cannot be used."""

    workspace: WorkspaceSettings | None
    catalogue: Catalogue
    playbooks: tuple[Playbook, ...]
    problems: tuple[Problem, ...]
    texts: dict[str, str]
    files: tuple[str, ...] = ()
    """The playbook files read, good or not."""
