"""The cache of a workspace: what it gives back, when it is used, and what it ignores."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workspaces import RENEWAL, SETTINGS, workspace
from tenure.engine.language.expressions import Expression
from tenure.engine.project import project_reading, record_cache
from tenure.engine.project.loading import (
    ReadProject,
    load_project,
    read_project,
)
from tenure.engine.project.project_cache import PROJECT_FILE, ProjectCache, project_classes
from tenure.engine.project.project_reading import read_folder
from tenure.engine.project.record_cache import NOTES_FOLDER
from tenure.engine.project.record_codec import decode_record, encode_record

EVERYTHING = """\
region: FR-GES
holidays: {closed: ["2026-05-15"], half: ["2026-12-24"]}
variables: {product: Acme, at_risk_line: 70, launch: 2026-03-01, patience: 3 days}
outcomes: {files: "done/{date}.csv"}
people: {file: people.csv}
events_note: x
channels:
  desk: {folder: {path: outbox, formats: [markdown, html, csv, ical]}}
  hook: {webhook: {url: "https://example.com/${TOKEN}"}}
  phone: {apprise: {url: "${PHONE}"}}
brake: {most: 500}
"""
WORKSPACES = sorted(
    path.parent
    for folder in ("tests/workspace/workspace_cases", "docs/examples")
    for path in (Path(__file__).parents[2] / folder).glob("*/tenure.yaml")
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace that has had a run."""
    folder = workspace(tmp_path / "w", {"renewal": RENEWAL})
    (folder / NOTES_FOLDER).mkdir(mode=0o700)
    return folder


def read_anew(monkeypatch: pytest.MonkeyPatch, root: Path) -> bool:
    """Return whether reading the workspace parses its texts."""
    parsed: list[Path] = []

    def read(folder: Path, only: object = None) -> ReadProject:
        parsed.append(folder)
        return read_folder(folder)

    with monkeypatch.context() as patched:
        patched.setattr(project_reading, "read_folder", read)
        assert read_project(root) == read_folder(root)
    return bool(parsed)


@pytest.mark.parametrize("folder", WORKSPACES, ids=lambda folder: folder.name)
def test_what_was_read_is_the_same_when_it_comes_from_the_cache(
    folder: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(folder, tmp_path / "w", symlinks=True)
    (root / NOTES_FOLDER).mkdir()
    expected = read_folder(root)
    cache = ProjectCache.of(root)
    if cache is None:
        # Only a text that cannot be read at all is not cached.
        assert {"not-a-file", "not-utf-8", "too-large"} & {p.code for p in expected.problems}
        return
    cache.write(expected)
    assert cache.fetch() == expected


def test_every_record_of_settings_and_playbooks_is_known(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2]
    texts = {file.stem: file.read_text("utf-8") for file in (shipped / "playbooks").glob("*.yaml")}
    root = workspace(tmp_path / "w", texts, SETTINGS + EVERYTHING)
    (root / NOTES_FOLDER).mkdir()
    expected = read_folder(root)
    assert expected.workspace is not None
    cache = ProjectCache.of(root)
    assert cache is not None
    cache.write(expected)
    assert cache.fetch() == expected


def test_the_second_command_does_not_parse_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_anew(monkeypatch, root)
    assert not read_anew(monkeypatch, root)
    assert load_project(root).playbooks == load_project(root).playbooks
    assert stat.S_IMODE((root / NOTES_FOLDER / PROJECT_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("tenure.yaml", SETTINGS + "variables: {product: Acme}\n"),
        ("fields.yaml", "fields: {seats: {type: number}}\n"),
        ("playbooks/renewal.yaml", RENEWAL + "# a comment moves no meaning, but texts are shown\n"),
        ("playbooks/second.yaml", RENEWAL.replace("playbook: renewal", "playbook: second")),
        ("playbooks/notes.txt", "not a playbook, which is a warning"),
    ],
)
def test_any_other_text_is_read(
    root: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str
) -> None:
    read_project(root)
    (root / file).write_text(text, "utf-8")
    assert read_anew(monkeypatch, root)
    assert not read_anew(monkeypatch, root)


def test_a_playbook_that_is_gone_is_not_remembered(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_project(root)
    (root / "playbooks" / "renewal.yaml").unlink()
    assert read_anew(monkeypatch, root)
    assert read_project(root).playbooks == ()


def test_a_workspace_that_was_moved_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_project(root)
    assert read_anew(monkeypatch, root.rename(root.parent / "elsewhere"))


def test_another_engine_or_library_reads_the_texts(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_project(root)
    monkeypatch.setattr(record_cache, "engine_state", lambda: "another")
    assert read_anew(monkeypatch, root)


def test_a_changed_file_of_the_engine_is_another_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "language").mkdir()
    module = tmp_path / "language" / "parser.py"
    module.write_text("a = 1\n")
    monkeypatch.setattr(record_cache, "_ENGINE", tmp_path)
    state = record_cache.engine_state.__wrapped__
    before = state()
    assert state() == before
    os.utime(module, ns=(1, 1))
    assert state() != before


DAMAGES: dict[str, Callable[[bytes, int], bytes]] = {
    "cut off": lambda content, at: content[:at],
    "a flipped bit": lambda content, at: (
        content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    ),
    "longer": lambda content, _: content + b" ",
    "empty": lambda *_: b"",
    "empty lines": lambda *_: b"\n\n",
    "not text": lambda *_: b"\xff\n\xff\n{}",
}


@given(st.sampled_from(sorted(DAMAGES)), st.floats(0, 1, exclude_max=True))
def test_a_damaged_file_is_ignored(
    tmp_path_factory: pytest.TempPathFactory, damage: str, share: float
) -> None:
    root = workspace(tmp_path_factory.mktemp("damaged") / "w", {"renewal": RENEWAL})
    (root / NOTES_FOLDER).mkdir()
    expected = read_project(root)
    file = root / NOTES_FOLDER / PROJECT_FILE
    content = file.read_bytes()
    file.write_bytes(DAMAGES[damage](content, int(share * len(content))))
    cache = ProjectCache.of(root)
    assert cache is not None
    assert cache.fetch() is None
    assert read_project(root) == expected
    assert file.read_bytes() == content


def test_a_folder_in_its_place_is_no_trouble(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / NOTES_FOLDER / PROJECT_FILE).mkdir()
    assert read_anew(monkeypatch, root)


def test_a_link_is_replaced_and_what_it_points_to_is_not_written(
    root: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("precious")
    (root / NOTES_FOLDER / PROJECT_FILE).symlink_to(other)
    read_project(root)
    assert other.read_text() == "precious"
    assert not (root / NOTES_FOLDER / PROJECT_FILE).is_symlink()


def test_a_linked_folder_is_not_written_to(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    (tmp_path / "other").mkdir()
    (root / NOTES_FOLDER).symlink_to(tmp_path / "other")
    read_project(root)
    assert list((tmp_path / "other").iterdir()) == []


def test_a_workspace_without_a_run_gets_no_file(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    before = sorted(root.rglob("*"))
    read_project(root)
    assert sorted(root.rglob("*")) == before


def test_a_folder_that_cannot_be_written_is_no_trouble(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tenure.engine.core.atomic_files.write_whole", refuse)
    assert read_project(root) == read_folder(root)


def test_wrong_settings_are_wrong_again(root: Path) -> None:
    (root / "tenure.yaml").write_text(SETTINGS + "colour: red\n", "utf-8")
    first, second = read_project(root), read_project(root)
    assert [problem.code for problem in first.problems] == ["unknown-key"]
    assert second.problems == first.problems


def test_parts_that_records_share_are_shared_again() -> None:
    classes = project_classes()
    shared = (1, 2.5, "a", None, True)
    first, second = decode_record(encode_record((shared, shared), classes), classes)
    assert first == shared
    assert [type(each) for each in first] == [int, float, str, type(None), bool]
    assert first is second


def test_no_class_is_taken_from_the_file() -> None:
    with pytest.raises(KeyError):
        decode_record('{"kinds":["os.system"],"rows":[[0,"true"]]}', {})
    with pytest.raises(TypeError, match="PosixPath is not a record"):
        encode_record(Path(), {})


def test_every_node_of_conditions_is_a_known_record() -> None:
    known = set(project_classes().values())
    assert set(Expression.__args__) <= known
