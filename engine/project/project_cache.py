"""The cache of a project: what was read of a workspace's texts, for the next command that finds the same texts."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..calendar import working_days
from ..core import file_formats, offsets, problems
from ..fields import catalogue
from ..language import actions_read, expressions, states_read
from ..playbook import model
from ..text import translations
from ..text.input_files import read_text
from ..workspace import channels, database_address, settings, store_address
from .content import ReadProject
from .playbook_files import file_name, playbook_files
from .record_cache import RecordCache, has_folder
from .record_codec import record_classes

PROJECT_FILE = "project.json"

_MODULES = (
    *(problems, offsets, file_formats, working_days, translations),
    *(expressions, states_read, actions_read),
    *(catalogue, settings, channels, database_address, store_address, model),
)
"""The modules of all records that a project consists of."""


class ProjectCache(NamedTuple):
    """The cache of one workspace, for the texts that it has now."""

    records: RecordCache
    texts: dict[str, str]

    @classmethod
    def of(cls, root: Path) -> ProjectCache | None:
        """Return the cache of a workspace; None where it has none, or one of its texts cannot be read."""
        if not has_folder(root):
            return None
        paths, unread = playbook_files(root)
        wanted = [
            *(each for each in (settings.FIELDS_FILE, settings.SETTINGS) if _exists(root, each)),
            *(file_name(path, root) for path in paths),
        ]
        texts: dict[str, str] = {}
        for name in wanted:
            text, _ = read_text(root / name, name)
            if text is None:
                return None
            texts[name] = text
        inputs = [list(texts.items()), [problem.message for problem in unread]]
        records = RecordCache.of(root, PROJECT_FILE, inputs, project_classes())
        return cls(records, texts) if records else None

    def fetch(self) -> ReadProject | None:
        """Return what was read of these texts; None where that is not known."""
        found = self.records.fetch()
        if found is None:
            return None
        workspace, fields, playbooks, found_wrong, files = found
        return ReadProject(workspace, fields, playbooks, found_wrong, self.texts, files)

    def write(self, read: ReadProject) -> None:
        """Write what was read, unless a file was changed in between."""
        if read.texts == self.texts:
            self.records.write(
                (read.workspace, read.catalogue, read.playbooks, read.problems, read.files)
            )


@cache
def project_classes() -> dict[str, type]:
    """Return the classes of all records that a project consists of, by name."""
    return record_classes(_MODULES)


def _exists(root: Path, name: str) -> bool:
    return os.path.lexists(root / name)
