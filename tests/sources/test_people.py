"""The table of people: read from a file or a query, with managers, deputies and absences."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.sources.people_table import PeopleTable, Person, load_people
from tenure.engine.workspace.settings_loader import load_workspace

SETTINGS = """\
workspace: Demo
time_zone: Europe/Paris
snapshots:
  files: "{date}.csv"
"""


def people(root: Path, section: str, table: str | None = None) -> tuple[PeopleTable, list[Problem]]:
    (root / "tenure.yaml").write_text(f"{SETTINGS}people:\n{section}", "utf-8")
    if table is not None:
        (root / "people.csv").write_text(table, "utf-8")
    workspace, _, problems, _ = load_workspace(root)
    assert problems == []
    assert workspace is not None
    return load_people(workspace)


FILE = "  file: people.csv\n"


def test_a_file_gives_people_by_name(tmp_path: Path) -> None:
    table = (
        "name,email,language,manager,deputy,absent_from,absent_to,capacity,desk\n"
        "Alice Martin,alice@example.com,fr,Bob Roy,Bob Roy,2026-03-02,2026-03-06,8,12\n"
        "Bob Roy,bob@example.com,,,,,,,\n"
    )
    found, warnings = people(tmp_path, FILE, table)
    assert warnings == []
    first, last = dt.date(2026, 3, 2), dt.date(2026, 3, 6)
    alice = Person("Alice Martin", "alice@example.com", "fr", "Bob Roy", "Bob Roy", first, last, 8)
    assert found.get("alice  martin ") == alice
    assert found.get("Bob Roy") == Person("Bob Roy", "bob@example.com")
    assert found.manager_of("Alice Martin") == "Bob Roy"
    assert found.manager_of("Bob Roy") is None
    assert found.get("Carol") is None


@pytest.mark.parametrize(
    ("on", "who"),
    [
        ("2026-03-01", "Alice"),
        ("2026-03-02", "Bob"),
        ("2026-03-06", "Bob"),
        ("2026-03-07", "Alice"),
    ],
)
def test_an_absent_persons_work_goes_to_the_deputy(tmp_path: Path, on: str, who: str) -> None:
    table = "name,deputy,absent_from,absent_to\nAlice,Bob,2026-03-02,2026-03-06\nBob,,,\n"
    found, _ = people(tmp_path, FILE, table)
    assert found.stand_in("Alice", dt.date.fromisoformat(on)) == who


def test_deputies_are_followed_and_a_circle_of_the_absent_ends(tmp_path: Path) -> None:
    table = (
        "name,deputy,absent_from,absent_to\n"
        "Alice,Bob,2026-03-02,\nBob,Carol,2026-03-02,2026-03-02\nCarol,,,\n"
        "Dan,Eve,2026-03-02,\nEve,Dan,2026-03-02,\nFay,,2026-03-02,\n"
    )
    found, _ = people(tmp_path, FILE, table)
    day = dt.date(2026, 3, 2)
    assert found.stand_in("Alice", day) == "Carol"
    assert found.stand_in("Alice", dt.date(2027, 1, 1)) == "Bob"
    assert found.stand_in("Dan", day) == "Dan"
    assert found.stand_in("Fay", day) == "Fay"
    assert found.stand_in("Nobody known", day) == "Nobody known"


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    section = f"{FILE}  columns: {{name: Who, email: Work email}}\n"
    found, _ = people(tmp_path, section, "Who,Work email\nAlice,alice@example.com\n")
    assert found.get("Alice") == Person("Alice", "alice@example.com")


def test_a_database_gives_people(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("CREATE TABLE team (name TEXT, email TEXT, absent_from TEXT)")
        database.execute("INSERT INTO team VALUES ('Alice', 'alice@example.com', '2026-03-02')")
    database.close()
    section = "  database: sqlite:///crm.db\n  query: SELECT * FROM team\n"
    found, _ = people(tmp_path, section)
    absent = dt.date(2026, 3, 2)
    assert found.get("Alice") == Person("Alice", "alice@example.com", absent_from=absent)


def test_a_query_over_files_gives_people(tmp_path: Path) -> None:
    section = "  query: SELECT who AS name FROM team\n  tables: {team: people.csv}\n"
    found, _ = people(tmp_path, section, "who\nAlice\n")
    assert found.get("Alice") == Person("Alice")


def test_what_cannot_be_used_is_left_out_with_a_warning(tmp_path: Path) -> None:
    table = (
        "name,email,manager,absent_from,absent_to,capacity\n"
        "Alice,alice at example,Bobb,2026-03-06,2026-03-02,many\n"
        "Bob,,,,2026-03-02,2.5\n"
        "Alice,other@example.com,,,,\n"
        ",nobody@example.com,,,,\n"
    )
    found, warnings = people(tmp_path, FILE, table)
    assert found.get("Alice") == Person("Alice", manager="Bobb")
    assert found.get("Bob") == Person("Bob")
    assert {each.severity for each in warnings} == {"warning"}
    assert {each.code for each in warnings} == {"bad-people"}
    assert [each.message for each in warnings] == [
        "`many` under `capacity` of people is not a number",
        "`alice at example`, the address of Alice, is not one email address",
        "the absence of Alice ends on 2026-03-02, before it begins",
        "the capacity of Bob is not a whole number of tasks",
        "the absence of Bob has no first day",
        "a row of people has no name",
        "`Alice` is in the table of people more than once",
        "`Bobb`, the manager of Alice, is not in the table of people",
    ]
    assert warnings[-1].hint == "did you mean Bob?"


def test_a_person_who_is_not_in_the_table_is_named_once(tmp_path: Path) -> None:
    table = "name,manager,deputy\nAna,Zoe,Zoe\nBo,Zoe,\nCy,Zoe,\n"
    _, warnings = people(tmp_path, FILE, table)
    assert [each.message for each in warnings] == [
        "`Zoe`, the manager of Ana and of 2 more, is not in the table of people",
        "`Zoe`, the deputy of Ana, is not in the table of people",
    ]


def test_a_table_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Problems) as caught:
        people(tmp_path, FILE)
    (problem,) = caught.value.problems
    assert problem.code == "no-people"
    assert problem.message == "the table of people, people.csv, is not there"
    with pytest.raises(Problems) as caught:
        people(tmp_path, FILE, "names,email\nAlice,alice@example.com\n")
    (problem,) = caught.value.problems
    assert problem.message == "people.csv has no column `name`, from which `name` is read"
    assert (problem.hint or "").startswith("did you mean `names`?")


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ("  file: people-{date}.csv\n", "bad-path"),
        ("  file: people.doc\n", "unknown-format"),
        ("  file: people.csv\n  columns: {mail: Email}\n", "unknown-word"),
        ("  query: SELECT 1\n", "missing-key"),
        ("  query: SELECT 1\n  database: mysql://crm\n", "bad-database"),
        ("  query: SELECT 1\n  database: postgresql://me:secret@crm/crm\n", "plain-secret"),
        ("  query: SELECT $on\n  database: sqlite:///crm.db\n", "conflicting-keys"),
        ("  file: people.csv\n  query: SELECT 1\n", "conflicting-keys"),
    ],
)
def test_wrong_settings_are_errors(tmp_path: Path, section: str, code: str) -> None:
    (tmp_path / "tenure.yaml").write_text(f"{SETTINGS}people:\n{section}", "utf-8")
    _, _, problems, _ = load_workspace(tmp_path)
    assert code in {problem.code for problem in problems}
