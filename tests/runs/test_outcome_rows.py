"""Outcomes as they are written: every good row is read, and every other one is named by its line."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.runs.outcome_rows import WrittenOutcomes, read_outcomes

HEAD = "action_id,outcome,on,by,note,result,until,to\n"


def messages(written: WrittenOutcomes) -> list[tuple[str, str | None]]:
    assert {problem.code for problem in written.problems} <= {"bad-outcome"}
    return [(problem.message, problem.hint) for problem in written.problems]


def test_a_row_has_what_its_columns_say() -> None:
    text = f'{HEAD}a1,done,2026-03-02,Ana,"said, ""yes""",reached,,\n'
    (row,) = read_outcomes(text, "f.csv").rows
    assert (row.place, row.action_id, row.outcome) == ("f.csv, line 2", "a1", "done")
    assert (row.on, row.by) == (dt.date(2026, 3, 2), "Ana")
    assert (row.note, row.result, row.until, row.to) == ('said, "yes"', "reached", None, None)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_marks_and_line_ends_make_no_difference(
    separator: str, mark: str, end: str
) -> None:
    lines = [["Action_ID", "outcome", "until"], ["a1", "snoozed", "2026-03-02"], [], ["a2", "done"]]
    text = mark + end.join(separator.join(line) for line in lines) + end
    written = read_outcomes(text, "f.csv")
    assert [(row.action_id, row.place) for row in written.rows] == [
        ("a1", "f.csv, line 2"),
        ("a2", "f.csv, line 4"),
    ]
    assert written.problems == ()


def test_json_lines_say_the_same() -> None:
    values = {"action_id": "a1", "outcome": "assigned", "to": "Bo\u2028", "note": None}
    written = read_outcomes(json.dumps(values, ensure_ascii=False) + "\n\n", "f.jsonl")
    (row,) = written.rows
    assert (row.action_id, row.outcome, row.to, row.note) == ("a1", "assigned", "Bo", None)


QUOTES = 'close each quote, and write a quote within a text twice: "said ""yes"" twice"'


def test_a_quote_that_is_not_closed_takes_no_rows_silently() -> None:
    text = f'{HEAD}a1,done,2026-03-02,Ana,spoke\na2,done,2026-03-02,Ana,"left\na3,done,2026-03-02\n'
    written = read_outcomes(text, "f.csv")
    assert [row.action_id for row in written.rows] == ["a1"]
    found = "f.csv, lines 3 to 4: it cannot be read: unexpected end of data"
    assert messages(written) == [(found, QUOTES)]


def test_a_broken_row_in_the_middle_is_named_and_the_next_is_read() -> None:
    text = f'{HEAD}a1,done\na2,done,2026-03-02,Ana,"said "hi" ok"\na3,done\n'
    written = read_outcomes(text, "f.csv")
    assert [row.action_id for row in written.rows] == ["a1", "a3"]
    assert messages(written) == [
        ("f.csv, line 3: it cannot be read: ',' expected after '\"'", QUOTES)
    ]
    (problem,) = read_outcomes('"action_id,outcome\na1,done\n', "f.csv").problems
    assert problem.message == "f.csv, line 1: it cannot be read: unexpected end of data"


def test_columns_are_named_in_any_case_and_once() -> None:
    (row,) = read_outcomes("Action ID;OUTCOME\na1;done\n", "f.csv").rows
    assert row.action_id == "a1"
    written = read_outcomes("action_id,on,On,outcome\na1,2026-03-02,2026-03-03,done\n", "f.csv")
    assert written.rows == ()
    assert messages(written) == [
        ("f.csv, line 1: there are two columns `on`", "rename one of them")
    ]


DATE = "write it as 2026-03-02"
OBJECT = 'write {"action_id": "…", "outcome": "done", "on": "2026-03-02"}'


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ('["a"]', "it is not an object in JSON", OBJECT),
        ("nonsense", "it is not an object in JSON", OBJECT),
        ('{"action_id": 3, "outcome": "done"}', "`action_id` is `3`, which is not a text",
         'write `"action_id": "…"`'),
        ('{"action_id": "a", "outcme": "done"}', "an outcome has no `outcme`",
         "did you mean `outcome`?"),
        ('{"outcome": "done"}', "`action_id` is missing",
         "write the id that `tenure actions` shows"),
        ('{"action_id": "a", "outcome": "Dne"}', "`outcome` is `Dne`", "did you mean `done`?"),
        ('{"action_id": "a", "outcome": "won"}', "`outcome` is `won`",
         "write `done`, `dismissed`, `snoozed`, `assigned` or `reopened`"),
        ('{"action_id": "a", "outcome": "done", "on": "2026-02-30"}',
         "`on` is `2026-02-30`, which is not a date", DATE),
        ('{"action_id": "a", "outcome": "done", "until": 5}',
         "`until` is `5`, which is not a date", DATE),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_the_next_is_read(line: str, message: str, hint: str) -> None:
    good = '{"action_id": "b", "outcome": "done"}'
    written = read_outcomes(f"{good}\n{line}\n{good}\n", "f.jsonl")
    assert messages(written) == [(f"f.jsonl, line 2: {message}", hint)]
    assert len(written.rows) == 2


def test_a_file_without_the_columns_is_named_once() -> None:
    written = read_outcomes("actionid,outcome\na,done\nb,done\n", "f.csv")
    hint = "rename the column `actionid` to `action_id`"
    assert messages(written) == [("f.csv, line 1: there is no column `action_id`", hint)]
    assert read_outcomes("", "f.csv") == WrittenOutcomes(())


def test_other_columns_are_ignored_by_name() -> None:
    assert read_outcomes("action_id,outcome,deal\na,done,7\n", "f.csv").ignored == ("deal",)


def test_defaults_serve_rows_that_lack_them() -> None:
    written = read_outcomes("action_id,by\na,\nb,Bo\n", "f.csv", {"outcome": "done", "by": "Ana"})
    assert [(row.outcome, row.by) for row in written.rows] == [("done", "Ana"), ("done", "Bo")]


@given(st.text())
def test_any_text_is_read_or_named(text: str) -> None:
    written = read_outcomes(text, "f")
    assert all(problem.message.startswith("f, line ") for problem in written.problems)
