"""Load a project: everything a workspace's folder says, from its texts, or as it was when the same texts were read.

One bad playbook is reported and left out; only settings that cannot be read leave nothing to go on with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.problems import Problem, Problems
from ..fields.catalogue import Catalogue
from ..playbook.model import Playbook
from ..workspace.settings import WorkspaceSettings
from ..workspace.store_address import StoreRoot
from .content import ReadProject


@dataclass(frozen=True, eq=False)
class Project:
    """A workspace with its catalogue and playbooks; `texts` are the files read, by name.

    Two projects are equal if they are the same object, so that what is computed from a project can be cached.
    """

    root: Path
    workspace: WorkspaceSettings
    catalogue: Catalogue
    playbooks: tuple[Playbook, ...]
    problems: tuple[Problem, ...]
    texts: dict[str, str]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems that are errors."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def former_ids(self) -> dict[str, str]:
        """Return by former id of a playbook its present one, the newest first."""
        return {old: playbook.id for playbook in self.playbooks for old in playbook.was}

    @property
    def enabled(self) -> tuple[Playbook, ...]:
        """Return the playbooks to evaluate."""
        return tuple(playbook for playbook in self.playbooks if playbook.enabled)

    @property
    def disabled(self) -> frozenset[str]:
        """Return the ids of the playbooks that are only checked."""
        return frozenset(playbook.id for playbook in self.playbooks if not playbook.enabled)

    @property
    def store(self) -> StoreRoot:
        """Where its states and its ledger are: a folder of the workspace, or servers."""
        return store_root(self.workspace, self.root)


def read_project(root: Path, only: Iterable[Path] | None = None) -> ReadProject:
    """Return what a workspace and its playbooks say, or `only` these playbook files of it."""
    if only is not None:
        return _read_folder(root, only)
    from .project_cache import ProjectCache

    cache = ProjectCache.of(root)
    read = cache.fetch() if cache else None
    if read is None:
        read = _read_folder(root)
        if cache:
            cache.write(read)
    return read


def _read_folder(root: Path, only: Iterable[Path] | None = None) -> ReadProject:
    # Imported here because parsers and checkers take longer to import than everything that was read before.
    from .project_reading import read_folder

    return read_folder(root, only)


def load_project(root: Path) -> Project:
    """Return the project to run. Raise `Problems` where the settings themselves are wrong."""
    read = read_project(root)
    own = [p for p in read.problems if p.severity == "error" and not _of_playbook(p, read.files)]
    if read.workspace is None or own:
        raise Problems(own or read.problems)
    return Project(root, read.workspace, read.catalogue, read.playbooks, read.problems, read.texts)


def _of_playbook(problem: Problem, files: tuple[str, ...]) -> bool:
    return problem.span is not None and problem.span.file in files


def store_root(workspace: WorkspaceSettings, root: Path) -> StoreRoot:
    """Return where the states and the ledger of the workspace in the folder `root` are."""
    store = workspace.store
    if isinstance(store, str):
        return root / store
    return replace(store, files=str(root / store.files)) if store.in_folder else store
