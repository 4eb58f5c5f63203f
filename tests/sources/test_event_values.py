"""Functions of events, compared with the same computed in plain Python; and files that cannot be read."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tenure.engine.core.problems import Problems, Span
from tenure.engine.fields.catalogue import Catalogue
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.expressions import EventCall
from tenure.engine.language.traversal import event_calls
from tenure.engine.sources.events import EventTables
from tenure.engine.text.yaml_nodes import Scalar
from tenure.engine.workspace.settings import WorkspaceSettings
from tenure.engine.workspace.settings_loader import load_workspace

ON = dt.date(2026, 4, 1)
FIELDS = """\
events:
  tickets:
    file: tickets.csv
    date: opened_at
    columns:
      minutes: number
      priority: {type: text, values: [low, high], translate: {Haute: high}}
      closed_at: date
      is_bug: boolean
"""
SETTINGS = "workspace: T\ntime_zone: Europe/Paris\nsnapshots: {files: 'a-{date}.csv'}\n"
Row = Mapping[str, Any]


def laid_out(root: Path, fields: str = FIELDS) -> tuple[WorkspaceSettings, Catalogue]:
    """Return the settings and the catalogue of a workspace with these fields."""
    root.mkdir(exist_ok=True)
    (root / "tenure.yaml").write_text(SETTINGS, encoding="utf-8")
    (root / "fields.yaml").write_text(fields, encoding="utf-8")
    workspace, catalogue, problems, _ = load_workspace(root)
    assert workspace is not None
    assert problems == []
    return workspace, catalogue


def calls_of(catalogue: Catalogue, *texts: str) -> dict[str, EventCall]:
    """Return functions of events, by column."""
    found: dict[str, EventCall] = {}
    for text in texts:
        scope = Scope({}, events=catalogue.event_types())
        node = Scalar(text, text, Span("t", 1, 1, 1, 2))
        expression, problems = load_condition(node, scope, None)
        assert expression is not None, problems
        found |= event_calls([expression])
    return found


def write_csv(root: Path, rows: Sequence[Row], name: str = "tickets.csv") -> None:
    """Write rows of tickets."""
    names = ["account_id", "opened_at", "minutes", "priority", "closed_at", "is_bug"]
    with (root / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def computed(
    root: Path,
    *texts: str,
    on: dt.date = ON,
    snapshot_on: dt.date | None = None,
    accounts: Sequence[str] = ("a", "b"),
    fields: str = FIELDS,
) -> list[tuple[Any, ...]]:
    """Return for each account the values of the functions."""
    workspace, catalogue = laid_out(root, fields)
    calls = calls_of(catalogue, *texts)
    events = EventTables(workspace, catalogue.events, calls)
    frame = pl.DataFrame({"account_id": accounts}, schema={"account_id": pl.String})
    return events.values(on, snapshot_on).join(frame).select(*calls).rows()


def ticket(account: str, opened: str, **columns: Any) -> dict[str, Any]:
    """Return a row of tickets."""
    return {"account_id": account, "opened_at": opened, **columns}


def test_a_period_of_days_ends_on_the_date_and_begins_after_that_many_days_ago(
    tmp_path: Path,
) -> None:
    """30 days up to 1 April are 3 March to 1 April."""
    days = ["2026-03-02", "2026-03-03", "2026-04-01", "2026-04-02"]
    write_csv(tmp_path, [ticket("a", day) for day in days])
    assert computed(tmp_path, "count(tickets, 30 days)", "count(tickets)", "last(tickets)") == [
        (2.0, 3.0, dt.date(2026, 4, 1)),
        (0.0, 0.0, None),
    ]


def test_events_after_the_snapshot_are_not_known(tmp_path: Path) -> None:
    write_csv(tmp_path, [ticket("a", day) for day in ("2026-03-20", "2026-03-30", "2026-03-31")])
    asked = ("count(tickets, 30 days)", "last(tickets)")
    assert computed(tmp_path, *asked, snapshot_on=dt.date(2026, 3, 30))[0] == (
        2.0,
        dt.date(2026, 3, 30),
    )


def test_an_instant_has_its_date_in_the_time_zone_of_the_workspace(tmp_path: Path) -> None:
    """23:30 UTC on 31 March is 1 April in Paris."""
    write_csv(tmp_path, [ticket("a", "2026-03-31T23:30:00Z"), ticket("a", "2026-03-31T10:00:00Z")])
    assert computed(tmp_path, "last(tickets)", "count(tickets, 1 day)")[0] == (ON, 1.0)


def test_before_the_first_event_nothing_is_known(tmp_path: Path) -> None:
    write_csv(tmp_path, [ticket("a", "2026-03-20")])
    asked = ("count(tickets)", "sum(tickets.minutes)", "last(tickets)")
    before = dt.date(2026, 3, 19)
    assert computed(tmp_path, *asked, on=before) == [(None, None, None)] * 2
    assert computed(tmp_path, *asked, on=dt.date(2026, 3, 20))[1] == (0.0, 0.0, None)


def test_a_table_without_events_knows_nothing(tmp_path: Path) -> None:
    write_csv(tmp_path, [])
    assert computed(tmp_path, "count(tickets)")[0] == (None,)


def test_sums_are_exact_in_any_order(tmp_path: Path) -> None:
    """As binary floats 0.1 + 0.2 + 0.3 is above 0.6, and 1e15 + 0.3 - 1e15 is 0.25."""
    amounts = ["0.1", "0.2", "0.3"]
    large = ["1000000000000000", "0.3", "-1000000000000000"]
    write_csv(
        tmp_path,
        [ticket("a", "2026-03-20", minutes=x) for x in amounts]
        + [ticket("b", "2026-03-20", minutes=x) for x in large],
    )
    assert computed(tmp_path, "sum(tickets.minutes, 90 days)") == [(0.6,), (0.3,)]


def test_a_value_that_cannot_be_read_makes_unknown_what_reads_it(tmp_path: Path) -> None:
    write_csv(
        tmp_path,
        [
            ticket("a", "2026-03-20", minutes="abc", priority="high"),
            ticket("a", "2026-03-21", minutes="5", priority="urgent"),
            ticket("b", "2026-03-21", minutes="5", priority="high"),
            ticket("b", "2026-01-21", minutes="?", priority="high"),
        ],
    )
    asked = (
        "count(tickets)",
        "sum(tickets.minutes, 30 days)",
        "sum(tickets.minutes, 90 days)",
        "count(tickets where priority == 'high')",
        "last(tickets where minutes > 1)",
    )
    assert computed(tmp_path, *asked) == [
        (2.0, None, None, None, None),
        (2.0, 5.0, None, 2.0, None),
    ]


def test_a_number_too_large_for_an_exact_sum_is_a_bad_value(tmp_path: Path) -> None:
    rows = [ticket("a", "2026-03-20", minutes="1e30"), ticket("b", "2026-03-20", minutes="0.5")]
    write_csv(tmp_path, rows)
    assert computed(tmp_path, "sum(tickets.minutes)", "count(tickets)") == [
        (None, 1.0),
        (0.5, 1.0),
    ]


def test_a_missing_value_adds_nothing_and_meets_no_condition(tmp_path: Path) -> None:
    write_csv(tmp_path, [ticket("a", "2026-03-20"), ticket("a", "2026-03-21", minutes="2")])
    asked = (
        "sum(tickets.minutes)",
        "count(tickets where minutes < 5)",
        "count(tickets where minutes is missing)",
        "last(tickets.priority)",
    )
    assert computed(tmp_path, *asked)[0] == (2.0, 1.0, 1.0, None)


def test_rows_without_account_or_date_are_left_out_and_counted(tmp_path: Path) -> None:
    workspace, catalogue = laid_out(tmp_path)
    write_csv(
        tmp_path,
        [
            ticket("a", "2026-03-20"),
            ticket("", "2026-03-20"),
            ticket("a", "soon"),
            ticket("b", "", minutes="x"),
        ],
    )
    calls = calls_of(catalogue, "count(tickets)", "sum(tickets.minutes)")
    events = EventTables(workspace, catalogue.events, calls)
    assert events.quarantined.select("account_id", "row", "field", "value").rows() == [
        (None, 3, "tickets.account_id", None),
        ("a", 4, "tickets.opened_at", "soon"),
        ("b", 5, "tickets.minutes", "x"),
        ("b", 5, "tickets.opened_at", None),
    ]
    assert events.bad_rows() == {"tickets": (3, 4)}


def test_dates_in_another_form_and_words_for_no_value(tmp_path: Path) -> None:
    fields = """\
missing: ["n/a"]
events:
  tickets:
    file: tickets.csv
    account: Client
    date: {from: "Opened at", format: "%d/%m/%Y"}
    columns:
      minutes: {type: number, from: Minutes}
"""
    text = "Client,Opened at,Minutes\n007,31/03/2026,n/a\n007,30/03/2026,4\n"
    (tmp_path / "tickets.csv").write_text(text, encoding="utf-8")
    asked = ("last(tickets)", "last(tickets.minutes)")
    assert computed(tmp_path, *asked, accounts=["007"], fields=fields) == [
        (dt.date(2026, 3, 31), 4.0)
    ]


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_every_format_gives_the_same(tmp_path: Path, ending: str) -> None:
    fields = FIELDS.replace("tickets.csv", f"tickets.{ending}")
    rows = [ticket("007", "2026-03-20", minutes="1.5"), ticket("007", "2026-03-21", minutes="2.5")]
    if ending == "csv":
        write_csv(tmp_path, rows)
    elif ending == "jsonl":
        lines = "\n".join(json.dumps(row) for row in rows)
        (tmp_path / "tickets.jsonl").write_text(lines, encoding="utf-8")
    else:
        frame = pl.DataFrame(rows).with_columns(
            pl.col("opened_at").str.to_date(), pl.col("minutes").cast(pl.Float64)
        )
        frame.write_parquet(tmp_path / "tickets.parquet")
    asked = ("sum(tickets.minutes)", "first(tickets)")
    assert computed(tmp_path, *asked, accounts=["007"], fields=fields) == [
        (4.0, dt.date(2026, 3, 20))
    ]


def test_a_query_gives_events(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    fields = """\
events:
  tickets:
    query: SELECT account_id, opened_at, CAST(minutes AS DOUBLE) AS minutes FROM raw
    tables: {raw: tickets.csv}
    date: opened_at
    columns: {minutes: number}
"""
    write_csv(tmp_path, [ticket("a", "2026-03-20", minutes="1.5")])
    asked = ("sum(tickets.minutes)", "last(tickets)")
    assert computed(tmp_path, *asked, fields=fields)[0] == (1.5, dt.date(2026, 3, 20))


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        (None, "no-events", "tickets.csv is not there"),
        ("", "empty-snapshot", "tickets.csv is empty"),
        ("account_id,opened\na,2026-01-01\n", "missing-column", "no column `opened_at`"),
        ("id,opened_at\na,2026-01-01\n", "missing-column", "no column `account_id`"),
        ("account_id,opened_at\na,soon\n", "retyped-column", "no event of `tickets` can be used"),
    ],
)
def test_a_table_that_cannot_be_read_stops_the_run(
    tmp_path: Path, text: str | None, code: str, named: str
) -> None:
    if text is not None:
        (tmp_path / "tickets.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Problems) as raised:
        computed(tmp_path, "count(tickets)")
    assert raised.value.problems[0].code == code
    assert named in raised.value.problems[0].message


def test_events_of_other_accounts_are_counted_and_left_aside(tmp_path: Path) -> None:
    workspace, catalogue = laid_out(tmp_path)
    write_csv(tmp_path, [ticket(id, "2026-03-20") for id in ("a", "x", "x", "y")])
    values = EventTables(workspace, catalogue.events, calls_of(catalogue, "count(tickets)")).values(
        ON, ON
    )
    (warning,) = values.strangers(pl.Series(["a", "b"]))
    assert warning.message == (
        "3 events of `tickets` left aside: 2 accounts that the snapshot does not have"
    )


# -- the same in plain Python ------------------------------------------------------------------

EVENTS = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from(["a", "b"]),
        "opened_at": st.integers(-40, 3).map(lambda days: ON + dt.timedelta(days=days)),
        "minutes": st.none() | st.integers(-300, 300).map(lambda n: Decimal(n) / 100),
        "priority": st.sampled_from([None, "low", "high"]),
        "closed_at": st.none() | st.integers(-40, 3).map(lambda days: ON + dt.timedelta(days=days)),
        "is_bug": st.sampled_from([None, True, False]),
    }
)
WHERE = {
    "": lambda _: True,
    " where priority == 'high'": lambda e: e["priority"] == "high",
    " where minutes >= 0.5 or is_bug": lambda e: (
        (e["minutes"] is not None and e["minutes"] >= Decimal("0.5")) or e["is_bug"] is True
    ),
    " where not (closed_at < today - 10 days)": lambda e: (
        e["closed_at"] is not None and e["closed_at"] >= ON - dt.timedelta(days=10)
    ),
    " where priority is missing": lambda e: e["priority"] is None,
}
PERIODS = {"": None, ", 1 day": 1, ", 30 days": 30, ", 2 weeks": 14}


def at_end(events: Sequence[Row], column: str, last: bool) -> Any:
    """Return the value of the last or first event that has one; of several that day the greatest or least."""
    known = [(e["opened_at"], e[column]) for e in events if e[column] is not None]
    if not known:
        return None
    return (max if last else min)(known)[1]


FUNCTIONS = {
    "count(tickets": lambda events: len(events),
    "sum(tickets.minutes": lambda events: sum(
        (e["minutes"] for e in events if e["minutes"] is not None), Decimal(0)
    ),
    "last(tickets": lambda events: at_end(events, "opened_at", last=True),
    "first(tickets": lambda events: at_end(events, "opened_at", last=False),
    "last(tickets.minutes": lambda events: at_end(events, "minutes", last=True),
    "first(tickets.priority": lambda events: at_end(events, "priority", last=False),
    "last(tickets.closed_at": lambda events: at_end(events, "closed_at", last=True),
}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(EVENTS, min_size=1, max_size=12),
    asked=st.lists(
        st.tuples(*(st.sampled_from(list(part)) for part in (FUNCTIONS, WHERE, PERIODS))),
        min_size=1,
        max_size=5,
        unique=True,
    ),
)
def test_functions_give_what_plain_python_gives(
    tmp_path: Path, events: list[Row], asked: list[tuple[str, str, str]]
) -> None:
    write_csv(tmp_path, events)
    texts = [f"{function}{where}{period})" for function, where, period in asked]
    given_values = computed(tmp_path, *texts)
    known = any(e["opened_at"] <= ON for e in events)
    for account, values in zip("ab", given_values, strict=True):
        own = [e for e in events if e["account_id"] == account and e["opened_at"] <= ON]
        for (function, where, period), value in zip(asked, values, strict=True):
            days = PERIODS[period]
            inside = [
                e for e in own if days is None or e["opened_at"] > ON - dt.timedelta(days=days)
            ]
            right = FUNCTIONS[function]([e for e in inside if WHERE[where](e)]) if known else None
            if isinstance(right, Decimal):
                right = float(right)
            assert value == right, (function, where, period)
