"""Tables of events in `fields.yaml`: what is declared, and what is wrong with a declaration."""

from __future__ import annotations

from pathlib import Path

import pytest
from tenure.engine.core.problems import Problem
from tenure.engine.fields.catalogue import Catalogue
from tenure.engine.workspace.settings_loader import load_workspace

SETTINGS = "workspace: T\ntime_zone: UTC\nsnapshots: {files: 'a-{date}.csv'}\n"


def loaded(root: Path, fields: str) -> tuple[Catalogue, list[Problem]]:
    """Return the catalogue of a workspace with this `fields.yaml`, and all problems."""
    (root / "tenure.yaml").write_text(SETTINGS, encoding="utf-8")
    (root / "fields.yaml").write_text(fields, encoding="utf-8")
    _, catalogue, problems, _ = load_workspace(root)
    return catalogue, problems


def test_a_table_has_a_file_an_account_a_date_and_columns(tmp_path: Path) -> None:
    catalogue, problems = loaded(
        tmp_path,
        """\
missing: ["-"]
events:
  tickets:
    file: events/tickets.jsonl
    account: client
    date: {from: opened, format: "%d/%m/%Y"}
    columns:
      minutes: number
      priority: {type: text, from: prio, values: [low, high], missing: [none]}
  logins: {query: SELECT * FROM raw, tables: {raw: logins.csv}, date: day}
""",
    )
    assert problems == []
    tickets, logins = catalogue.events["tickets"], catalogue.events["logins"]
    assert (tickets.path, tickets.account.column) == ("events/tickets.jsonl", "client")
    assert (tickets.date.column, tickets.date.format) == ("opened", "%d/%m/%Y")
    assert tickets.columns["minutes"].type == "number"
    assert tickets.columns["minutes"].missing == ("-",)
    assert tickets.columns["priority"].column == "prio"
    assert tickets.columns["priority"].missing == ("none",)
    assert (logins.query, logins.tables) == ("SELECT * FROM raw", {"raw": "logins.csv"})
    assert catalogue.event_types() == {
        "tickets": {"minutes": ("number", ()), "priority": ("text", ("low", "high"))},
        "logins": {},
    }


TABLE = "events:\n  tickets: {file: tickets.csv, date: opened_at}\n"


@pytest.mark.parametrize(
    ("fields", "code", "message", "hint"),
    [
        (
            TABLE.replace("date", "dat"),
            "unknown-key",
            "`dat` is not a key of a table of events",
            "did you mean `date`?",
        ),
        (
            TABLE.replace(", date: opened_at", ""),
            "missing-key",
            "the table of events lacks `date`",
            "add `date: ...` (the column with the date of each event, in the workspace's time zone)",
        ),
        (
            TABLE.replace("file: tickets.csv, ", ""),
            "missing-key",
            "the table of events lacks `file` or `query`",
            None,
        ),
        (
            TABLE.replace("tickets.csv", "tickets.txt"),
            "unknown-format",
            "the ending of `tickets.txt` does not say what kind of file it is",
            "end it with .csv, .parquet, .jsonl, .ndjson, .json, .xlsx, .ods, or say `format: csv`",
        ),
        (
            TABLE.replace("tickets.csv", '"tickets-{date}.csv"'),
            "bad-path",
            "`file` is one file with the events of all dates, without {date}",
            "for several files, write a `query:` over `tables:`",
        ),
        (
            TABLE.replace("tickets:", "health_score:"),
            "hidden-name",
            "`health_score` is already a field or a word of the language",
            "choose another name",
        ),
        (
            TABLE.replace("tickets:", "today:"),
            "hidden-name",
            "`today` is already a field or a word of the language",
            "choose another name",
        ),
        (
            TABLE.replace("opened_at", "opened_at, columns: {account_id: text}"),
            "hidden-name",
            "`account_id` is already a field or a word of the language",
            "choose another name",
        ),
        (
            TABLE.replace("opened_at", "opened_at, columns: {minutes: nummer}"),
            "bad-text",
            "`nummer` is not a type",
            None,
        ),
        (
            TABLE.replace(
                "opened_at", "opened_at, columns: {minutes: {type: number, values: [a]}}"
            ),
            "conflicting-keys",
            "`values` is for texts and lists, and `minutes` is a number",
            "write `minimum` and `maximum` for a number",
        ),
        (
            TABLE.replace("opened_at", "{from: opened_at, format: '%d'}"),
            "bad-date-format",
            "`%d` does not say where day, month and year are",
            None,
        ),
        (
            TABLE.replace("file: tickets.csv", "query: SELECT $on, tables: {t: t.csv}"),
            "conflicting-keys",
            "a query of events gives those of all dates: it takes no `$on`",
            None,
        ),
        (
            TABLE.replace("file: tickets.csv", "query: SELECT 1"),
            "missing-key",
            "the table of events lacks `tables`, which `query` needs",
            None,
        ),
    ],
)
def test_a_wrong_declaration_says_what_to_write(
    tmp_path: Path, fields: str, code: str, message: str, hint: str | None
) -> None:
    _, problems = loaded(tmp_path, fields)
    assert [problem.code for problem in problems] == [code]
    assert message in problems[0].message
    if hint is not None:
        assert problems[0].hint == hint


def test_a_definition_cannot_hide_a_table(tmp_path: Path) -> None:
    from tenure.engine.project.loading import read_project

    loaded(tmp_path, TABLE)
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "p.yaml").write_text(
        """\
playbook: p
schedule: "0 6 * * *"
for: tickets > 3
catch_up: {within: 7 days, then: skip}
define: {tickets: health_score}
timeline:
  anchor: renewal_date
  steps: [{id: notice, at: -7 days, do: [{task: {owner: Ann}}]}]
""",
        encoding="utf-8",
    )
    codes = [problem.code for problem in read_project(tmp_path).problems]
    assert "hidden-name" in codes
