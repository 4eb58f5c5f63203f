"""Listings: what spreadsheets, programs, documents, calendars and people get to see."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable

import icalendar
import polars as pl
import pytest
from tenure.engine.core.schemas import COUNTS, LEDGER
from tenure.engine.reports.formats import ACTION_FORMATS
from tenure.engine.reports.ical import to_ical
from tenure.engine.reports.listing import Listing, listing_json, to_csv, to_jsonl, to_markdown
from tenure.engine.reports.summary import report_actions, report_run, tally, unknown_counts
from tenure.engine.reports.table import draw_text_table

DAY = dt.date(2026, 3, 2)


def text_of(writer: Callable[[Listing], Iterable[str]], listing: Listing) -> str:
    return "".join(writer(listing))


def entries(*changes: dict[str, object]) -> pl.DataFrame:
    base: dict[str, object] = {
        "action_id": "a1",
        "due_on": DAY,
        "issued_on": DAY,
        "account_id": "007",
        "account_name": "Acme",
        "playbook": "renewal",
        "cycle": "2026-04-01",
        "step": "renewal_notice",
        "kind": "email",
        "title": "Renewal notice",
        "owner_role": "csm",
        "owner": "Anna",
        "priority": "renewal",
        "status": "issued",
        "late_days": 0,
        "reason": None,
        "revision": 1,
        "action": "email",
        "occurrence": "1",
        "anchor": dt.date(2026, 4, 1),
        "evaluated_on": DAY,
        "contact_on": DAY,
        "message": None,
        "detail": '{"cta": ["renew", "options"]}',
    }
    return pl.DataFrame([{**base, **change} for change in changes or ({},)], schema=LEDGER)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_csv_runs_as_a_formula(sign: str) -> None:
    cell = f"{sign}cmd|' /C calc'!A0"
    text = text_of(to_csv, Listing(("account_name",), [(cell,)]))
    shown = cell.replace("\r", "\n")
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [f"'{shown}"]


def test_numbers_and_dates_of_a_csv_stay_what_they_are() -> None:
    listing = Listing(("a", "b", "c", "d", "e"), [(-3, DAY, None, 2.0, -0.5)])
    assert text_of(to_csv, listing) == "a,b,c,d,e\n-3,2026-03-02,,2,-0.5\n"


def test_csv_keeps_line_ends_and_quotes_within_cells() -> None:
    text = text_of(to_csv, Listing(("a",), [('x\r\n"y", z',)]))
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == ['x\n"y", z']


def test_json_is_an_array_and_json_lines_are_objects() -> None:
    listing = Listing(("day", "name"), [(DAY, "Café"), (None, "=1")])
    expected = [{"day": "2026-03-02", "name": "Café"}, {"day": None, "name": "=1"}]
    assert json.loads(text_of(listing_json, listing)) == expected
    assert [json.loads(line) for line in text_of(to_jsonl, listing).splitlines()] == expected
    assert text_of(listing_json, Listing(("a",), [])) == "[]\n"


def test_markdown_stays_one_row_a_record() -> None:
    text = text_of(to_markdown, Listing(("a", "b"), [("x|y\nz", "<b>\\|*[l](u)*`")]))
    assert text == (
        "| a | b |\n| --- | --- |\n| x\\|y<br>z | \\<b\\>\\\\\\|\\*\\[l\\](u)\\*\\` |\n"
    )


def test_a_table_lines_up_numbers_and_cuts_long_cells() -> None:
    rows = [("Café", 5, "a\nb"), ("x" * 60, -10, None)]
    assert draw_text_table(Listing(("name", "n", "t"), rows)) == (
        f"{'name':44}    n  t\n{'-' * 44}  ---  ---\nCafé{' ' * 40}    5  a b\n{'x' * 43}…  -10\n"
    )


def test_a_table_shows_no_control_signs() -> None:
    assert "\x1b" not in draw_text_table(Listing(("a",), [("\x1b[31mred",)]))


def test_a_table_of_nothing_is_nothing() -> None:
    assert draw_text_table(Listing(("a",), [])) == ""


def test_a_listing_has_the_columns_of_the_contract_first() -> None:
    header = "".join(report_actions(entries(), "csv")).splitlines()[0]
    assert header.startswith(
        "action_id,due_on,issued_on,account_id,account_name,playbook,cycle,step,kind,title,"
        "owner_role,owner,priority,status,late_days,reason,"
    )


def test_the_calendar_reads_back() -> None:
    frame = entries(
        {"title": "Call; now, please\nquick", "due_on": dt.date(2026, 2, 27), "late_days": 3},
        {"action_id": "a2", "status": "superseded", "revision": 2},
        {"action_id": "a3", "status": "skipped"},
    )
    text = to_ical(frame.iter_rows(named=True), "Tenure")
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert [str(event["uid"]) for event in events] == ["a1", "a2"]
    late, gone = events
    assert str(late["summary"]) == "Call; now, please\nquick – Acme"
    assert late.decoded("dtstart") == DAY
    assert late.decoded("dtend") == DAY + dt.timedelta(days=1)
    assert "due on 27 February 2026, 3 days overdue" in str(late["description"])
    assert "- cta: renew, options" in str(late["description"])
    assert (str(late["status"]), str(gone["status"])) == ("CONFIRMED", "CANCELLED")
    assert gone["sequence"] == 1


REVIEW = {
    "kind": "meeting",
    "title": "Review",
    "detail": json.dumps(
        {
            "agenda": ["Hello", {"part": "Results*", "minutes": 15, "points": ["Usage", "Value"]}],
            "minutes": {"from": 45, "to": 60},
        }
    ),
}
PREPARE = {
    "action_id": "a2",
    "kind": "task",
    "title": "Prepare",
    "owner": None,
    "detail": '{"checklist": ["Deck [draft]", "Room"]}',
}


def test_the_calendar_describes_an_event_in_the_readers_language() -> None:
    late = {**REVIEW, "due_on": dt.date(2026, 2, 27), "late_days": 3}
    text = to_ical(entries(late, PREPARE).iter_rows(named=True), "T", language="fr")
    first, second = icalendar.Calendar.from_ical(text).walk("VEVENT")
    lines = str(first["description"]).replace("\u00a0", " ").split("\n")
    assert lines[0].startswith("Réunion, ")
    assert lines[0].endswith(", compte 007")
    assert "prévu le 27 février 2026, 3 jours de retard" in lines
    assert lines[-6:-4] == ["- ordre du jour :", "    1. Hello"]
    assert lines[-1] == "- minutes : 45 à 60"
    others = str(second["description"]).replace("\u00a0", " ")
    assert "- à faire :\n    - [ ] Deck [draft]" in others


def test_the_calendar_says_how_long_and_about_what() -> None:
    text = to_ical(entries(REVIEW).iter_rows(named=True), "T")
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(event["summary"]) == "Review (60 min) – Acme"
    assert str(event["description"]).endswith(
        "- agenda:\n    1. Hello\n    2. Results* (15 min)\n        - Usage\n        - Value\n- minutes: 45 to 60"
    )


def test_markdown_lists_what_there_is_to_work_through() -> None:
    plain = {"action_id": "a3", "detail": "{}"}
    gone = {**PREPARE, "action_id": "a4", "status": "withdrawn"}
    text = "".join(report_actions(entries(REVIEW, PREPARE, plain, gone), "markdown"))
    table, _, lists = text.partition("\n\n")
    assert len(table.splitlines()) == 6
    assert "detail" not in table
    assert lists == (
        "**2026-03-02, 007 Acme: Review**, Anna\n\n"
        "- agenda:\n    1. Hello\n    2. Results\\* (15 min)\n        - Usage\n        - Value\n- minutes: 45 to 60\n"
        "\n**2026-03-02, 007 Acme: Prepare**\n\n"
        "- checklist:\n    - [ ] Deck \\[draft\\]\n    - [ ] Room\n"
    )


def test_the_table_for_people_has_agendas_and_checklists_under_it() -> None:
    text = "".join(report_actions(entries({}, PREPARE), "table"))
    assert text.endswith(
        "\n-- 007, Prepare (a2)\n- checklist:\n    - [ ] Deck [draft]\n    - [ ] Room\n"
    )
    assert "cta" not in text


def test_spreadsheets_get_lines_and_programs_get_objects() -> None:
    frame = entries(REVIEW)
    (row,) = csv.DictReader(io.StringIO("".join(report_actions(frame, "csv")), newline=""))
    assert row["detail"] == (
        "agenda:\n    1. Hello\n    2. Results* (15 min)\n        - Usage\n        - Value\nminutes: 45 to 60"
    )
    (record,) = json.loads("".join(report_actions(frame, "json")))
    assert record["detail"] == json.loads(str(REVIEW["detail"]))
    assert list(record) == list(LEDGER)


def test_the_calendar_is_the_same_every_time() -> None:
    rows = list(entries({}, {"action_id": "a2"}).iter_rows(named=True))
    assert to_ical(rows, "Tenure") == to_ical(rows, "Tenure")


def test_the_calendar_has_each_action_once_as_last_revised() -> None:
    frame = entries({"revision": 2, "status": "withdrawn"}, {"revision": 1})
    events = icalendar.Calendar.from_ical(to_ical(frame.iter_rows(named=True), "T")).walk("VEVENT")
    assert [str(event["status"]) for event in events] == ["CANCELLED"]


def counts(*rows: tuple[str, str, str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=COUNTS, orient="row")


def test_the_tally_counts_by_step_and_leaves_empty_columns_out() -> None:
    frame = entries({}, {"action_id": "b", "status": "withheld"}, {"action_id": "c", "step": "x"})
    listing = tally(frame.lazy(), counts(("renewal", "x", "moved", "", 4)))
    assert listing.columns == ("playbook", "step", "moved", "issued", "withheld")
    assert list(listing.rows) == [("renewal", "renewal_notice", 0, 1, 1), ("renewal", "x", 4, 1, 0)]


def test_unknown_conditions_are_counted_by_field() -> None:
    rows = [("renewal", "for", "cannot_tell", "status", 2), ("renewal", "for", "opened", "", 1)]
    listing = unknown_counts(counts(*rows))
    assert list(listing.rows) == [("renewal", "for", "status", 2)]


@pytest.mark.parametrize("form", ACTION_FORMATS)
def test_a_run_that_gave_nothing_can_be_shown(form: str) -> None:
    empty = pl.DataFrame(schema=LEDGER)
    text = "".join(report_run((), empty.lazy(), counts(), pl.DataFrame(), form))
    assert text.endswith("\n") or form == "jsonl"


def test_a_long_run_shows_fifty_and_says_where_the_rest_is() -> None:
    frame = entries(*({"action_id": f"a{n:03}"} for n in range(60)))
    text = "".join(report_run((DAY,), frame.lazy(), counts(), pl.DataFrame(), "table"))
    assert "a049" in text
    assert "a050" not in text
    assert text.endswith("and 10 more; --format csv lists all\n")
    assert (
        len(
            json.loads("".join(report_run((DAY,), frame.lazy(), counts(), pl.DataFrame(), "json")))[
                "entries"
            ]
        )
        == 60
    )


def test_a_run_in_brief_counts_and_lists_nothing() -> None:
    frame = entries({"action_id": "a1"}, {"action_id": "a2", "status": "withheld"})
    missing = counts(("renewal", "for", "cannot_tell", "status", 2))
    shown = {
        form: "".join(report_run((DAY,), frame.lazy(), missing, pl.DataFrame(), form))
        for form in ("table", "brief")
    }
    assert shown["brief"] == (
        "2026-03-02: 2 entries\n\n"
        "playbook    step              issued    withheld\n"
        "----------  --------------  --------  ----------\n"
        "renewal     renewal_notice         1           1\n"
    )
    assert shown["table"].startswith(shown["brief"] + "\nUnknown because a field is missing:\n")


def test_in_brief_entries_are_counted_by_owner_and_kind() -> None:
    frame = entries(
        {"owner": "Zoe"},
        {"owner": "Anna", "kind": "call"},
        {"owner": None},
        {"owner": "Zoe", "kind": "call"},
    )
    assert "".join(report_actions(frame, "brief")) == (
        "owner         call    email    all\n"
        "----------  ------  -------  -----\n"
        "Zoe              1        1      2\n"
        "(no owner)       0        1      1\n"
        "Anna             1        0      1\n"
    )
    assert "".join(report_actions(entries().clear(), "brief")) == ""


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("csv", "owner,due_on\nAnna,2026-03-02\n"),
        ("jsonl", '{"owner": "Anna", "due_on": "2026-03-02"}\n'),
        ("table", "owner    due_on\n-------  ----------\nAnna     2026-03-02\n"),
    ],
)
def test_columns_can_be_chosen(form: str, expected: str) -> None:
    assert "".join(report_actions(entries(), form, ("owner", "due_on"))) == expected


def test_a_chosen_column_has_room_for_a_reason() -> None:
    reason = "on 2026-03-02; withheld: no more than 1 contact within 1 day (renewal/urgency)"
    frame = entries({"reason": reason})
    assert reason in "".join(report_actions(frame, "table", ("owner", "reason")))
    assert reason not in "".join(report_actions(frame, "table"))


def test_markdown_of_chosen_columns_keeps_the_lists_under_it() -> None:
    text = "".join(report_actions(entries({**PREPARE, "owner": "Anna"}), "markdown", ("owner",)))
    assert text.startswith("| owner |\n| --- |\n| Anna |\n")
    assert "- [ ] " in text


def test_rendered_messages_stand_under_the_table() -> None:
    frame = entries().with_columns(
        language=pl.lit("en"),
        subject=pl.lit("Hello"),
        body=pl.lit("Dear all,\n"),
        message_problem=pl.lit(None, pl.String),
    )
    text = "".join(report_actions(frame, "table"))
    assert text.endswith("\n-- 007, Renewal notice (a1)\nHello\n\nDear all,\n")
