"""The setting `store`: a folder, or the addresses of files and of a database."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspaces import RENEWAL, SETTINGS, workspace
from tenure.engine.project.loading import Project, load_project, read_project
from tenure.engine.workspace.store_address import StoreAddress

DATABASE = "postgresql://tenure:${TENURE_PASSWORD}@db.example.com/tenure"


def laid_out(root: Path, store: str) -> Path:
    return workspace(root, {"renewal": RENEWAL}, f"{SETTINGS}store: {store}\n")


def loaded(root: Path, store: str) -> Project:
    return load_project(laid_out(root, store))


def test_a_text_is_a_folder_of_the_workspace(tmp_path: Path) -> None:
    assert loaded(tmp_path / "w", "kept").store == tmp_path / "w" / "kept"


def test_a_map_is_on_servers_and_no_message_shows_its_password(tmp_path: Path) -> None:
    project = loaded(tmp_path / "w", f"{{files: s3://acme/store, database: '{DATABASE}'}}")
    assert project.errors == ()
    assert project.store == StoreAddress("s3://acme/store", DATABASE, "tenure")
    assert str(project.store) == "s3://acme/store with postgresql://***@db.example.com/tenure"


def test_a_folder_of_files_is_relative_to_the_workspace(tmp_path: Path) -> None:
    text = f"{{files: ../shared, database: '{DATABASE}', schema: other}}"
    project = loaded(tmp_path / "w", text)
    files = str(tmp_path / "w" / ".." / "shared")
    assert project.store == StoreAddress(files, DATABASE, "other")


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("{files: 's3://a/b'}", "missing-key", "database"),
        (f"{{database: '{DATABASE}'}}", "missing-key", "files"),
        (f"{{files: 'ftp://a/b', database: '{DATABASE}'}}", "bad-text", "not of object storage"),
        ("{files: a, database: 'sqlite:///a.db'}", "bad-database", "in PostgreSQL"),
        ("{files: a, database: 'mysql://a/b'}", "bad-database", "not of a database"),
        ("{files: a, database: 'mysql://a:secret@b'}", "plain-secret", "tenure.yaml, line "),
        ("{files: a, database: 'postgresql://a:secret@b/c'}", "plain-secret", "has a password"),
        (f"{{files: a, database: '{DATABASE}', schema: 'a b'}}", "bad-text", "`a b`"),
        ("[a]", "wrong-type", "a folder, or a map"),
    ],
)
def test_what_is_wrong_with_it_is_named(tmp_path: Path, text: str, code: str, part: str) -> None:
    (problem,) = read_project(laid_out(tmp_path / "w", text)).problems
    assert problem.code == code
    assert part in problem.message
    assert "secret" not in f"{problem.message}{problem.hint}"
