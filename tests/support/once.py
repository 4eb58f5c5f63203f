"""Work that most tests would repeat, done once in a process: reading settings, playbooks, snapshots, example data.

Each is a function of its arguments alone, so that its result may be kept.
"""

from __future__ import annotations

import datetime as dt
import os
import pickle
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from tenure.engine import example
from tenure.engine.core.problems import Problem
from tenure.engine.fields.catalogue import Catalogue, FieldSpec
from tenure.engine.playbook import playbook_loader
from tenure.engine.playbook.lowering import Symbols
from tenure.engine.playbook.model import Playbook
from tenure.engine.project import project_reading
from tenure.engine.sources import snapshots
from tenure.engine.sources.backends import DatedFiles
from tenure.engine.sources.typed import AccountReader
from tenure.engine.text.yaml_nodes import Node
from tenure.engine.workspace import settings_loader
from tenure.engine.workspace.settings import WorkspaceSettings

Parse = Callable[[str, str], tuple[Node | None, list[Problem]]]
Settings = tuple[WorkspaceSettings | None, Catalogue, list[Problem], dict[str, str]]
Load = Callable[[Path], Settings]
Check = Callable[[str, str, Symbols], tuple[Playbook | None, list[Problem]]]
Warn = Callable[[Any, str, Mapping[str, FieldSpec]], list[Problem]]
Write = Callable[..., list[Path]]
Convert = Callable[..., snapshots.Snapshot]

LARGE = 1_000_000
"""Bytes: a file of settings that is larger is there to be refused, and not to be read before that."""

MOST_WARNED = 500
"""Playbooks, settings and catalogues whose warnings are kept."""

MOST_CONVERTED = 300
"""Snapshots whose accounts are kept."""


def install() -> None:
    """Let what loads a workspace, and `tenure init`, do this work once.

    Tests of the work itself import it from its own module.
    """
    read_yaml = _parsed_once(project_reading.read_yaml)
    for module in (project_reading, playbook_loader, settings_loader):
        module.read_yaml = read_yaml  # type: ignore[attr-defined]
    project_reading.load_workspace = _loaded_once(project_reading.load_workspace)  # type: ignore[attr-defined]
    project_reading.checked_playbook = _checked_once(project_reading.checked_playbook)
    project_reading.one_outcome = _warned_once(project_reading.one_outcome)  # type: ignore[attr-defined]
    example.write_example = _written_once(example.write_example)
    snapshots.Snapshots._snapshot = _converted_once(snapshots.Snapshots._snapshot)  # type: ignore[method-assign]


def _parsed_once(parse: Parse) -> Parse:
    parsed = lru_cache(maxsize=500)(parse)

    def read_yaml(text: str, file: str) -> tuple[Node | None, list[Problem]]:
        node, problems = parsed(text, file)
        return node, problems[:]

    return read_yaml


def _loaded_once(load: Load) -> Load:
    @lru_cache(maxsize=100)
    def loaded(root: Path, _here: str, *_contents: bytes | None) -> Settings:
        return load(root)

    def load_workspace(root: Path) -> Settings:
        files = [root / name for name in (settings_loader.SETTINGS, settings_loader.FIELDS_FILE)]
        if any(os.path.lexists(file) and not _is_plain(file) for file in files):
            return load(root)
        contents = [file.read_bytes() if file.exists() else None for file in files]
        # Without a name of its own a workspace has that of its folder.
        settings, catalogue, problems, texts = loaded(root, str(Path.cwd()), *contents)
        return settings, catalogue, problems[:], dict(texts)

    return load_workspace


def _is_plain(file: Path) -> bool:
    small = not file.is_symlink() and file.is_file() and file.stat().st_size < LARGE
    return small and os.access(file, os.R_OK)


def _checked_once(check: Check) -> Check:
    @lru_cache(maxsize=200)
    def checked(text: str, file: str, symbols: bytes) -> tuple[Playbook | None, list[Problem]]:
        return check(text, file, pickle.loads(symbols))

    def checked_playbook(
        text: str, file: str, around: Symbols
    ) -> tuple[Playbook | None, list[Problem]]:
        try:
            symbols = pickle.dumps(around)
        except TypeError:  # the symbols of settings that cannot be read
            return check(text, file, around)
        playbook, problems = checked(text, file, symbols)
        return playbook, problems[:]

    return checked_playbook


def _warned_once(warn: Warn) -> Warn:
    done: dict[tuple[Any, ...], tuple[Any, Mapping[str, FieldSpec], list[Problem]]] = {}

    def one_outcome(value: Any, file: str, fields: Mapping[str, FieldSpec]) -> list[Problem]:
        # The parts are kept, so that no others get their ids.
        parts = value if isinstance(value, tuple) else (value,)
        key = (file, *map(id, parts))
        if key not in done or done[key][1] != fields:
            if len(done) >= MOST_WARNED:
                done.clear()
            done[key] = (value, fields, warn(value, file, fields))
        return done[key][2][:]

    return one_outcome


def _converted_once(convert: Convert) -> Convert:
    done: dict[tuple[Any, ...], snapshots.Snapshot] = {}

    def _snapshot(
        self: snapshots.Snapshots,
        reader: AccountReader,
        ordered: Sequence[str],
        fields: Collection[str],
        amounts: Collection[str] = (),
    ) -> snapshots.Snapshot:
        if not isinstance(self._export, DatedFiles) or reader.replaced is not None:
            return convert(self, reader, ordered, fields, amounts)
        specs = {name: reader.catalogue.fields[name] for name in ordered}
        catalogue = repr((specs, sorted(reader.catalogue.ignored)))
        file = (self._digests[reader.on], repr(self.source), reader.shown, reader.on)
        asked = (frozenset(reader.columns.items()), frozenset(fields), frozenset(amounts))
        key = (catalogue, *file, *asked)
        if key not in done:
            if len(done) >= MOST_CONVERTED:
                done.clear()
            done[key] = convert(self, reader, ordered, fields, amounts)
        return done[key]

    return _snapshot


def _written_once(write: Write) -> Write:
    @lru_cache(maxsize=8)
    def contents(accounts: int, seed: int, first: dt.date, last: dt.date) -> dict[str, bytes]:
        with tempfile.TemporaryDirectory() as folder:
            paths = write(Path(folder), seed=seed, first=first, last=last, accounts=accounts)
            return {path.name: path.read_bytes() for path in paths}

    def write_example(
        folder: Path, *, seed: int, first: dt.date, last: dt.date, accounts: int = 400
    ) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        found = contents(accounts, seed, first, last)
        for name, content in found.items():
            (folder / name).write_bytes(content)
        return [folder / name for name in found]

    return write_example
