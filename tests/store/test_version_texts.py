"""The texts of runs in the store: each once, whole or an error, erased with its names, added to older stores."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest
from support.store_rows import day, record
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, STATES, empty_table
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader, Retention, RunTexts, Store, verify
from tenure.engine.store.backup import backup
from tenure.engine.store.redaction import NameMatcher, Redaction

TEXTS = {"tenure.yaml": "owner: Zoé Lambert\r\n", "playbooks/a.yaml": "playbook: a\n"}
EDITED = TEXTS | {"playbooks/a.yaml": "playbook: a # edited\n"}


def commit(
    root: Path, number: int, texts: dict[str, str], retention: Retention | None = None
) -> None:
    with Store.open(root) as store, store.begin(day(number), 1, day(number)) as part:
        part.add(empty_table(STATES), empty_table(LEDGER), empty_table(ENDED))
        part.finish(
            record(number), empty_table(QUARANTINE), None, retention or Retention(), texts=texts
        )


def rows(root: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(root / "store.db") as database:
        return database.execute(query).fetchall()


def change(root: Path, statement: str) -> None:
    database = sqlite3.connect(root / "store.db")
    database.execute(statement)
    database.commit()
    database.close()


def texts_of(root: Path, number: int | None = None) -> RunTexts:
    found = Reader(root).run_texts(None if number is None else day(number))
    assert found is not None
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number, texts in enumerate((TEXTS, TEXTS, EDITED)):
        commit(tmp_path / "store", number, texts)
    return tmp_path / "store"


def test_each_run_has_its_texts_to_the_byte(root: Path) -> None:
    assert texts_of(root, 0) == RunTexts(day(0), TEXTS)
    assert texts_of(root, 1) == RunTexts(day(1), TEXTS)
    assert texts_of(root) == RunTexts(day(2), EDITED)
    assert Reader(root).run_texts(day(9)) is None


def test_a_text_is_stored_once(root: Path) -> None:
    # Three texts and two listings, for three runs of two files each.
    assert rows(root, "SELECT count(*) FROM version_texts") == [(5,)]


def test_a_run_stores_the_texts_that_it_read(tmp_path: Path) -> None:
    on = dt.date(2026, 3, 2)
    folder = workspace(tmp_path, {"renewal": RENEWAL})
    snapshot(folder, on, [{"account_id": "a", "status": "active"}])
    run(load_project(folder), on)
    found = Reader(folder / "store").run_texts()
    assert found is not None
    assert found.texts is not None
    assert found.texts["tenure.yaml"] == SETTINGS
    assert found.texts["playbooks/renewal.yaml"] == RENEWAL


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM version_texts WHERE rowid = 1", "is missing"),
        ("UPDATE version_texts SET content = x'00' WHERE rowid = 2", "is not as it was written"),
        ("UPDATE version_texts SET content = 'text' WHERE rowid = 2", "is not as it was written"),
        ("INSERT INTO version_texts VALUES ('ab', NULL)", "1 texts belong to no run"),
        ("DELETE FROM versions WHERE run = 2", "of run 2, its rows are not those"),
        ("UPDATE versions SET sha256 = 'ab' WHERE run = 2", "of run 2, its rows are not those"),
    ],
)
def test_damage_is_found(root: Path, statement: str, said: str) -> None:
    assert verify(root) == []
    change(root, statement)
    messages = [problem.message for problem in verify(root)]
    assert any(said in message for message in messages), messages


def test_a_changed_text_is_not_read(root: Path) -> None:
    change(root, "UPDATE version_texts SET content = x'00'")
    with pytest.raises(Problems, match="is not as it was written"):
        Reader(root).run_texts()


def test_a_backup_has_them(root: Path, tmp_path: Path) -> None:
    backup(root, tmp_path / "copy")
    assert texts_of(tmp_path / "copy") == texts_of(root)


def test_a_text_with_an_erased_name_goes(root: Path) -> None:
    with Store.open(root) as store:
        places = store.erase(Redaction(NameMatcher(["Zoé Lambert"])), "person", day(3))
    assert places.texts == 1
    assert texts_of(root).erased == ("tenure.yaml",)
    assert texts_of(root).texts == {"playbooks/a.yaml": EDITED["playbooks/a.yaml"]}
    assert verify(root) == []
    # A run that reads the same text again stores it again.
    commit(root, 3, TEXTS)
    assert texts_of(root) == RunTexts(day(3), TEXTS)
    assert verify(root) == []


def test_texts_of_expired_runs_go(root: Path) -> None:
    commit(root, 3, EDITED, Retention(names_before=day(2)))
    assert texts_of(root, 1).erased == ("playbooks/a.yaml",)
    assert texts_of(root, 2) == RunTexts(day(2), EDITED)
    assert verify(root) == []


def test_a_text_that_only_expired_runs_read_stays_if_this_run_reads_it(root: Path) -> None:
    commit(root, 3, TEXTS, Retention(names_before=day(2)))
    assert texts_of(root) == RunTexts(day(3), TEXTS)
    assert texts_of(root, 1) == RunTexts(day(1), TEXTS)
    assert verify(root) == []


def test_the_next_run_adds_them_to_an_older_store(tmp_path: Path) -> None:
    from tenure.engine.store import sqlite_schema, version_texts

    root = tmp_path / "store"
    with pytest.MonkeyPatch.context() as patch:
        # As the layout before wrote it: neither the tables nor their rows.
        added = {version_texts.VERSIONS_TABLE, version_texts.VERSION_TEXTS_TABLE}
        kept = [each for each in sqlite_schema.table_statements() if each not in added]
        patch.setattr(sqlite_schema, "table_statements", lambda _: kept)
        patch.setattr(sqlite_schema, "LAYOUT_VERSION", 6)
        patch.setattr(version_texts, "write_version", lambda *_: None)
        commit(root, 0, TEXTS)
    assert rows(root, "SELECT value FROM meta WHERE key = 'version'") == [(6,)]
    assert texts_of(root) == RunTexts(day(0), None)
    assert verify(root) == []
    with Store.open(root) as store:
        store.erase(Redaction(NameMatcher(["Zoé Lambert"])), "person", day(0))
    commit(root, 1, TEXTS)
    assert rows(root, "SELECT value FROM meta WHERE key = 'version'") == [(7,)]
    assert texts_of(root, 0) == RunTexts(day(0), None)
    assert texts_of(root) == RunTexts(day(1), TEXTS)
    assert verify(root) == []
