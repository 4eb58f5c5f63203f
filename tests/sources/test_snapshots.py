from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tenure.engine.core.problems import Problems
from tenure.engine.fields.catalogue import Catalogue
from tenure.engine.sources.snapshots import Snapshots
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.workspace.settings import WorkspaceSettings
from tenure.engine.workspace.settings_loader import load_workspace

DAY = dt.date(2026, 1, 31)
NEXT = dt.date(2026, 2, 1)
FIELDS = ["account_name", "arr", "renewal_date", "auto_renew", "status"]
HEADER = "account_id,account_name,arr,renewal_date,auto_renew,status,country"
GOOD = f"""\
{HEADER}
007,Acme,1200.50,2026-05-31,true,active,FR
a2,"Bee, Inc",,2026-12-01,NO,lapsed,
a3,Cé,1e3,,1,,US
"""


def opened(folder: Path, source: str, fields: str = "{}") -> tuple[WorkspaceSettings, Catalogue]:
    text = f"workspace: W\ntime_zone: UTC\nsnapshots:\n  {source}\n"
    (folder / "tenure.yaml").write_text(text)
    (folder / "fields.yaml").write_text(f"fields: {fields}\n")
    workspace, catalogue, problems, _ = load_workspace(folder)
    assert problems == []
    assert workspace is not None
    return workspace, catalogue


def snapshots(folder: Path, source: str = "files: '{date}.csv'", fields: str = "{}") -> Snapshots:
    return Snapshots(*opened(folder, source, fields))


def csv(folder: Path, content: str | bytes, fields: str = "{}") -> Snapshots:
    content = content.encode() if isinstance(content, str) else content
    (folder / f"{DAY}.csv").write_bytes(content)
    return snapshots(folder, fields=fields)


def refused(run: Callable[[], object]) -> str:
    with pytest.raises(Problems) as caught:
        run()
    (problem,) = caught.value.problems
    assert problem.code in PROBLEM_CODES
    assert problem.message
    return f"{problem.code}: {problem.message}"


def good_frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account_id": ["007", "a2", "a3"],
            "account_name": ["Acme", "Bee, Inc", "Cé"],
            "arr": [1200.5, None, 1000.0],
            "auto_renew": [True, False, True],
            "renewal_date": [dt.date(2026, 5, 31), dt.date(2026, 12, 1), None],
            "status": ["active", "lapsed", None],
        }
    )


def test_a_snapshot_has_the_fields_asked_for_in_their_types(tmp_path: Path) -> None:
    snapshot = csv(tmp_path, GOOD).load(DAY, FIELDS)
    assert_frame_equal(snapshot.frame, good_frame())
    assert snapshot.quarantined.height == 0
    assert (snapshot.on, snapshot.rows, snapshot.warnings) == (DAY, 3, ())
    assert snapshot.digest == hashlib.sha256(GOOD.encode()).hexdigest()


def test_asking_for_nothing_gives_the_accounts(tmp_path: Path) -> None:
    assert csv(tmp_path, GOOD).load(DAY, []).frame.to_dict(as_series=False) == {
        "account_id": ["007", "a2", "a3"]
    }


def typed() -> pl.DataFrame:
    return good_frame().with_columns(
        country=pl.Series(["FR", None, "US"]), on=pl.Series([DAY] * 3), other=pl.Series([1, 2, 3])
    )


def write_parquet(folder: Path) -> str:
    typed().write_parquet(folder / f"{DAY}.parquet")
    return "files: '{date}.parquet'"


def write_text_parquet(folder: Path) -> str:
    pl.read_csv(GOOD.encode(), infer_schema=False).write_parquet(folder / f"{DAY}.parquet")
    return "files: '{date}.parquet'"


def write_categories(folder: Path) -> str:
    typed().with_columns(
        pl.col("account_id", "status").cast(pl.Categorical),
        pl.col("arr").cast(pl.Decimal(12, 2)),
        pl.col("renewal_date").cast(pl.Datetime),
        pl.col("auto_renew").cast(pl.Int8),
    ).write_parquet(folder / f"{DAY}.parquet")
    return "files: '{date}.parquet'"


def write_jsonl(folder: Path) -> str:
    (folder / f"{DAY}.jsonl").write_bytes(typed().write_ndjson().encode())
    return "files: '{date}.jsonl'"


def write_mixed_jsonl(folder: Path) -> str:
    lines = [
        {"status": "active", "account_id": "007", "arr": 1200.5, "account_name": "Acme"},
        {"account_id": "a2", "account_name": "Bee, Inc", "auto_renew": "no", "status": "lapsed"},
        {"account_id": "a3", "account_name": "Cé", "arr": "1000", "auto_renew": 1, "status": ""},
    ]
    lines[0] |= {"renewal_date": "2026-05-31T00:00:00Z", "auto_renew": True}
    lines[1]["renewal_date"] = "2026-12-01"
    text = "\r\n".join(json.dumps(line) for line in lines)
    (folder / f"{DAY}.jsonl").write_bytes(b"\xef\xbb\xbf" + text.encode())
    return "files: '{date}.jsonl'"


def write_semicolons(folder: Path) -> str:
    frame = pl.read_csv(GOOD.encode(), infer_schema=False)
    frame.write_csv(folder / f"{DAY}.csv", separator=";", line_terminator="\r\n", include_bom=True)
    return "files: '{date}.csv'"


def write_one_file(folder: Path) -> str:
    later = typed().with_columns(on=pl.lit(NEXT), arr=pl.lit(5.0))
    pl.concat([later, typed()]).write_csv(folder / "all.csv")
    return "file: all.csv\n  date_column: on"


def write_one_parquet(folder: Path) -> str:
    later = typed().with_columns(on=pl.lit(NEXT), arr=pl.lit(5.0))
    pl.concat([later, typed()]).write_parquet(folder / "all.parquet")
    return "file: all.parquet\n  date_column: on"


def write_tables(folder: Path) -> str:
    pytest.importorskip("duckdb")
    typed().drop("arr").write_csv(folder / "accounts.csv")
    typed().select("account_id", "arr").write_parquet(folder / "money.parquet")
    return (
        "tables: {accounts: accounts.csv, money: money.parquet}\n"
        "  date_column: on\n"
        "  query: SELECT * FROM accounts JOIN money USING (account_id) ORDER BY other DESC"
    )


def write_dated_query(folder: Path) -> str:
    pytest.importorskip("duckdb")
    typed().write_ndjson(folder / "accounts.jsonl")
    return (
        "tables: {accounts: accounts.jsonl}\n"
        '  query: SELECT * FROM accounts WHERE CAST("on" AS DATE) <= $on;'
    )


@pytest.mark.parametrize(
    "write",
    [
        write_parquet,
        write_text_parquet,
        write_categories,
        write_jsonl,
        write_mixed_jsonl,
        write_semicolons,
        write_one_file,
        write_one_parquet,
        write_tables,
        write_dated_query,
    ],
)
def test_the_same_snapshot_from_anywhere_is_the_same(tmp_path: Path, write) -> None:
    found = snapshots(tmp_path, write(tmp_path))
    snapshot = found.load(DAY, FIELDS)
    assert_frame_equal(snapshot.frame, good_frame())
    assert snapshot.quarantined.height == 0
    assert snapshot.digest == found.digest(DAY)
    assert len(snapshot.digest) == 64
    assert found.newest(DAY) == DAY


def test_dates_come_from_the_names_of_files(tmp_path: Path) -> None:
    for name in ["2026-01-31", "2026-02-01", "2026-02-30", "2026-1-01", "x2026-01-01"]:
        (tmp_path / f"{name}.csv").write_text(GOOD)
    (tmp_path / "2026-03-01.csv").mkdir()
    found = snapshots(tmp_path)
    assert found.dates() == [DAY, NEXT]
    assert found.newest(DAY - dt.timedelta(days=1)) is None
    assert found.newest(dt.date(2030, 1, 1)) == NEXT
    assert refused(lambda: found.load(dt.date(2026, 1, 30), [])).startswith("no-snapshot")


def test_dates_may_be_in_the_names_of_folders(tmp_path: Path) -> None:
    (tmp_path / "in" / "d=2026-01-31").mkdir(parents=True)
    (tmp_path / "in" / "d=2026-02-01").mkdir()
    (tmp_path / "in" / "d=2026-01-31" / "a[1].csv").write_text(GOOD)
    found = snapshots(tmp_path, "files: in/d={date}/a[1].csv")
    assert found.dates() == [DAY]
    assert found.load(DAY, ["arr"]).rows == 3
    assert snapshots(tmp_path, "files: nowhere/{date}.csv").dates() == []


def test_one_file_tells_its_dates_apart(tmp_path: Path) -> None:
    found = snapshots(tmp_path, write_one_file(tmp_path))
    assert found.dates() == [DAY, NEXT]
    assert found.load(NEXT, ["arr"]).frame["arr"].to_list() == [5.0] * 3
    before = found.digest(DAY)
    lines = (tmp_path / "all.csv").read_text().splitlines()
    later = [line.replace(str(NEXT), "2026-02-02") for line in lines[1:4]]
    (tmp_path / "all.csv").write_text("\n".join([lines[0], *later, *reversed(lines[1:])]))
    again = snapshots(tmp_path, "file: all.csv\n  date_column: on")
    assert again.digest(DAY) == before, "other dates and the order of rows do not count"
    assert len(again.dates()) == 3


def test_rows_without_a_date_are_set_apart_on_every_date(tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_text(
        "account_id,on\na1,2026-01-31\na2,2026-02-31\na3,\na4,2026-02-01\n"
    )
    found = snapshots(tmp_path, "file: all.csv\n  date_column: on")
    for day, account in [(DAY, "a1"), (NEXT, "a4")]:
        snapshot = found.load(day, [])
        assert snapshot.frame["account_id"].to_list() == [account]
        assert snapshot.quarantined.select("row", "field", "value").rows() == [
            (3, "on", "2026-02-31"),
            (4, "on", None),
        ]


def test_a_query_that_asks_for_the_date_has_every_date(tmp_path: Path) -> None:
    found = snapshots(tmp_path, write_dated_query(tmp_path))
    assert found.dates() == []
    assert found.newest(NEXT) == NEXT
    assert found.load(NEXT, []).rows == 3
    early = dt.date(2025, 1, 1)
    assert refused(lambda: found.load(early, [])).startswith("empty-snapshot")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT * FROM read_csv('{folder}/secret.csv')", "query-outside"),
        ("COPY accounts TO '{folder}/out.csv'", "query-not-select"),
        ("SELEC 1", "query-failed"),
        ("SELECT 1 / nothing", "query-failed"),
        ("SELECT 1) TO '{folder}/out.csv'; (SELECT 2", "query-failed"),
        ("SELECT 1 AS day", "missing-column"),
    ],
)
def test_a_query_reads_its_tables_and_nothing_else(tmp_path: Path, query: str, code: str) -> None:
    source = write_tables(tmp_path)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    workspace, catalogue = opened(tmp_path, source)
    before = sorted(path.name for path in tmp_path.iterdir())
    locked = Snapshots(replace_query(workspace, query.format(folder=tmp_path)), catalogue)
    assert refused(lambda: locked.load(DAY, [])).startswith(code)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def replace_query(workspace: WorkspaceSettings, query: str) -> WorkspaceSettings:
    return workspace._replace(source=workspace.source._replace(query=query))


def test_a_query_without_duckdb_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    found = snapshots(tmp_path, write_tables(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    assert "duckdb-missing" in refused(lambda: found.load(DAY, []))


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("arr", "1,200", "not a plain number"),
        ("arr", "1 200", "not a plain number"),
        ("arr", "1_200", "not a plain number"),
        ("arr", "12%", "not a plain number"),
        ("arr", "NaN", "not a finite number"),
        ("arr", "inf", "not a finite number"),
        ("arr", "1e999", "not a finite number"),
        ("health_score", "101", "above the maximum of 100"),
        ("health_score", "-1", "below the minimum of 0"),
        ("renewal_date", "2026-02-30", "not a date"),
        ("renewal_date", "2026-2-3", "not a date"),
        ("renewal_date", "03/02/2026", "not a date"),
        ("renewal_date", "1899-12-31", "not a date"),
        ("renewal_date", "2201-01-01", "not a date"),
        ("renewal_date", "2026-01-31 later", "not a date"),
        ("renewal_date", "46023", "not a date"),
        ("auto_renew", "oui", "neither true nor false"),
        ("auto_renew", "2", "neither true nor false"),
        ("status", "actve", "active may be meant"),
        ("status", "Active", "active may be meant"),
    ],
)
def test_a_bad_value_is_set_apart(tmp_path: Path, cell: str, value: str, reason: str) -> None:
    text = f'account_id,{cell}\na1,\nbad,"{value}"\na3,\n'
    snapshot = csv(tmp_path, text).load(DAY, [cell])
    assert snapshot.frame.rows() == [("a1", None), ("a3", None), ("bad", None)]
    (row,) = snapshot.quarantined.rows(named=True)
    assert row["account_id"] == "bad"
    assert (row["row"], row["field"], row["value"]) == (3, cell, value)
    assert reason in row["reason"]
    assert snapshot.rows == 3


@pytest.mark.parametrize(
    ("cell", "value", "typed"),
    [
        ("arr", " 1200 ", 1200.0),
        ("arr", "-.5", -0.5),
        ("arr", "   ", None),
        ("renewal_date", "2026-01-31T10:20:30.5+02:00", DAY),
        ("renewal_date", "2026-01-31 10:20", DAY),
        ("auto_renew", "YES", True),
        ("auto_renew", "0", False),
        ("plan", "  ", None),
        ("plan", " Pro", "Pro"),
        ("plan", "=1+1", "=1+1"),
        ("plan", "NA", "NA"),
        ("account_name", "two\nlines", "two\nlines"),
    ],
)
def test_a_good_value_is_read(tmp_path: Path, cell: str, value: str, typed: object) -> None:
    snapshot = csv(tmp_path, f'account_id,{cell}\na1,"{value}"\n').load(DAY, [cell])
    assert snapshot.frame[cell].to_list() == [typed]


def test_several_bad_values_of_one_row_are_all_named(tmp_path: Path) -> None:
    text = "account_id,arr,vip\na1,x,maybe\na2,1,true\na3,y,no\n"
    snapshot = csv(tmp_path, text).load(DAY, ["arr", "vip"])
    assert snapshot.frame.rows() == [("a1", None, None), ("a2", 1.0, True), ("a3", None, False)]
    assert snapshot.quarantined.select("account_id", "row", "field").rows() == [
        ("a1", 2, "arr"),
        ("a1", 2, "vip"),
        ("a3", 4, "arr"),
    ]


def test_a_bad_value_in_a_field_that_is_not_read_is_harmless(tmp_path: Path) -> None:
    text = "account_id,arr,vip\na1,x,maybe\na2,1,true\n"
    assert csv(tmp_path, text).load(DAY, []).quarantined.height == 0
    assert csv(tmp_path, text).load(DAY, ["vip"]).quarantined["field"].to_list() == ["vip"]


def test_a_row_without_an_id_is_set_apart(tmp_path: Path) -> None:
    snapshot = csv(tmp_path, "account_id,plan\na1,P\n,P\n  ,Q\n").load(DAY, ["plan"])
    assert snapshot.frame["account_id"].to_list() == ["a1"]
    assert snapshot.quarantined.rows() == [
        (None, 3, "account_id", None, "missing: the account has no id"),
        (None, 4, "account_id", None, "missing: the account has no id"),
    ]


def test_lines_that_do_not_fit_the_header_are_set_apart(tmp_path: Path) -> None:
    text = 'account_id,account_name,arr\na1,Acme, Inc,5\na2,B,6\n\na3,7\n"a4","D",8\n\n'
    snapshot = csv(tmp_path, text).load(DAY, ["arr"])
    assert snapshot.frame.rows() == [("a2", 6.0), ("a4", 8.0)]
    assert snapshot.quarantined.select("row", "reason").rows() == [
        (2, "4 values where the header has 3"),
        (5, "2 values where the header has 3"),
    ]


def test_a_line_too_long_does_not_make_up_for_one_too_short(tmp_path: Path) -> None:
    text = "account_id,account_name,arr\na1,Acme, Inc,5\na3,7\na2,B,6\n"
    snapshot = csv(tmp_path, text).load(DAY, ["arr"])
    assert snapshot.frame.rows() == [("a2", 6.0)]
    assert snapshot.quarantined["row"].to_list() == [2, 3]


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "empty-snapshot", "is empty"),
        (b"account_id,arr\n,1\n,2\n", "empty-snapshot", "row 2, `account_id` is missing"),
        (b"account_id,arr\n", "empty-snapshot", "has no accounts"),
        (b"account_id,arr", "empty-snapshot", "has no accounts"),
        (b"\n", "missing-column", "account_id"),
        (b"id,arr\na1,1\n", "missing-column", "account_id"),
        (b"account_id,arr,arr\na1,1,2\n", "repeated-column", "`arr`"),
        (b"account_id,arr\na1,1\na2,2\na1,3\n", "repeated-account", ": a1"),
        (b"account_id,arr\na1,1\na2", "cut-off", "1 values where the header has 2"),
        (b'account_id,arr\na1,1\n"a2', "cut-off", "end of data"),
        (b'account_id,plan\na1,"x"y\n', "csv-lines", "line 2"),
        (b"account_id,plan\na1,P\na2,Caf\xe9\n", "not-utf-8", "line 3"),
        (b'account_id,plan\na1,"Caf\xe9"\n', "not-utf-8", "line 2"),
        ("account_id\na1\n".encode("utf-16"), "not-utf-8", "UTF-16"),
        (b"account_id,arr\n" + b"".join(b"a%d,x\n" % n for n in range(9)), "retyped-column", "`x`"),
        (
            b"account_id,arr\n" + b"".join(b"a%d,1\n" % (n % 9) for n in range(99)),
            "repeated-account",
            "a0, a1, a2, a3, a4 and 4 more",
        ),
    ],
)
def test_a_csv_file_that_is_no_good_is_refused_whole(
    tmp_path: Path, content: bytes, code: str, says: str
) -> None:
    found = csv(tmp_path, content)
    message = refused(lambda: found.load(DAY, ["arr", "plan"]))
    assert message.startswith(code), message
    assert says in message


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "empty-snapshot", "is empty"),
        (b"\n", "missing-column", "account_id"),
        (b'{"account_id": "a1"}\n{"account_id": "a2"', "cut-off", "line 2"),
        (b'{"account_id": "a1"}\n[1]\n{"account_id": "a2"}\n', "unreadable-snapshot", "line 2"),
        (b'{"account_id": "a1", "arr": NaN}\n{"account_id": "a2"}\n', "unreadable", "line 1"),
        (b'{"account_id": "Caf\xe9"}\n', "not-utf-8", "line 1"),
        (b'{"account_id": "a1"}\n{"account_id": "a1"}\n', "repeated-account", "a1"),
    ],
)
def test_json_lines_that_are_no_good_are_refused_whole(
    tmp_path: Path, content: bytes, code: str, says: str
) -> None:
    (tmp_path / f"{DAY}.jsonl").write_bytes(content)
    found = snapshots(tmp_path, "files: '{date}.jsonl'")
    message = refused(lambda: found.load(DAY, ["arr"]))
    assert message.startswith(code), message
    assert says in message


def test_a_parquet_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    source = write_parquet(tmp_path)
    path = tmp_path / f"{DAY}.parquet"
    whole = path.read_bytes()
    found = snapshots(tmp_path, source)
    for length in (1, 4, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert refused(lambda: found.load(DAY, FIELDS)).startswith("unreadable-snapshot")


def test_parquet_values_are_as_strict_as_text(tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "account_id": [1, 2, 3, 4, None],
            "arr": [1.0, float("nan"), float("inf"), None, 1.0],
            "renewal_date": [dt.date(1, 1, 1), DAY, DAY, dt.date(2026, 1, 1), DAY],
            "vip": [1, 0, 2, None, 1],
            "plan": [[1], [2], [3], None, [4]],
        }
    ).write_parquet(tmp_path / f"{DAY}.parquet")
    snapshot = snapshots(tmp_path, "files: '{date}.parquet'").load(
        DAY, ["arr", "renewal_date", "vip", "plan"]
    )
    assert snapshot.frame["account_id"].to_list() == ["1", "2", "3", "4"]
    assert snapshot.frame.row(1) == ("2", None, None, DAY, False)
    assert snapshot.quarantined.select("row", "field", "value").rows() == [
        (1, "plan", "[1]"),
        (1, "renewal_date", "0001-01-01"),
        (2, "arr", "NaN"),
        (2, "plan", "[2]"),
        (3, "arr", "inf"),
        (3, "plan", "[3]"),
        (3, "vip", "2"),
        (5, "account_id", None),
        (5, "plan", "[4]"),
    ]


def test_ids_that_became_decimal_numbers_are_refused(tmp_path: Path) -> None:
    ids = [float(number) for number in range(10)]
    pl.DataFrame({"account_id": ids}).write_parquet(tmp_path / f"{DAY}.parquet")
    found = snapshots(tmp_path, "files: '{date}.parquet'")
    assert refused(lambda: found.load(DAY, [])).startswith("retyped-column")


def test_columns_are_mapped_translated_and_formatted(tmp_path: Path) -> None:
    fields = (
        "{account_id: {from: Key}, arr: {from: 'Rev, EUR'}, status: {translate: {Actif: active}},"
        " renewal_date: {from: Fin, format: '%d/%m/%Y'}, signup_date: {format: '%d %b %Y %H:%M'},"
        " vip: {translate: {oui: 'true', non: 'false'}}}"
    )
    text = (
        'Key,"Rev, EUR",status,Fin,signup_date,vip\n'
        "k1,5,Actif,31/01/2026,05 Mar 2020 10:30,oui\n"
        "k2,6,lapsed,30/02/2026,,non\n"
    )
    wanted = ["arr", "status", "renewal_date", "signup_date", "vip"]
    snapshot = csv(tmp_path, text, fields).load(DAY, wanted)
    assert snapshot.frame.row(0, named=True) == {
        "account_id": "k1",
        "arr": 5.0,
        "renewal_date": DAY,
        "signup_date": dt.date(2020, 3, 5),
        "status": "active",
        "vip": True,
    }
    (bad,) = snapshot.quarantined.rows(named=True)
    assert "%d/%m/%Y" in bad["reason"]


def test_a_mapped_column_must_be_there_if_its_field_is_read(tmp_path: Path) -> None:
    found = csv(tmp_path, GOOD, "{health_score: {from: hs}}")
    assert found.load(DAY, FIELDS).rows == 3
    message = refused(lambda: found.load(DAY, ["health_score"]))
    assert message.startswith("missing-column")
    assert "`hs`" in message


def test_a_field_that_nothing_fills_is_null_and_warned_of(tmp_path: Path) -> None:
    fields = "{csat: {default: 50}, plan: {default: P}}"
    found = csv(tmp_path, "account_id,plan\na1,\na2,Q\n", fields)
    snapshot = found.load(DAY, ["health_score", "csat", "plan", "segment"])
    assert snapshot.frame.rows(named=True) == [
        {"account_id": "a1", "csat": 50.0, "health_score": None, "plan": "P", "segment": None},
        {"account_id": "a2", "csat": 50.0, "health_score": None, "plan": "Q", "segment": None},
    ]
    assert [(p.code, p.severity) for p in snapshot.warnings] == [("unfilled-field", "warning")] * 2
    assert "`arr`" in snapshot.warnings[0].message
    assert "`health_score`" in snapshot.warnings[1].message
    assert found.unfilled(DAY, ["csat", "health_score"]) == [snapshot.warnings[1]]


def test_segments_follow_from_arr_where_the_export_has_none(tmp_path: Path) -> None:
    amounts = ["100000.01", "100000", "20000", "19999.99", "5000", "4999.99", "0", ""]
    lines = [f"a{n},{amount}," for n, amount in enumerate(amounts)]
    text = "account_id,arr,segment\n" + "\n".join([*lines, "b,1,enterprise"]) + "\n"
    frame = csv(tmp_path, text).load(DAY, ["segment"]).frame
    assert frame.columns == ["account_id", "segment"]
    assert frame["segment"].to_list() == [
        "enterprise",
        "strategic",
        "strategic",
        "growth",
        "growth",
        "self_serve",
        "self_serve",
        None,
        "enterprise",
    ]


def test_ranks_are_shares_of_the_portfolio(tmp_path: Path) -> None:
    fields = (
        "{share: {type: number, rank: {of: arr, among: status == 'active'}},"
        " top: {type: boolean, derive: [{when: share < 0.25, then: true}, {otherwise: false}]}}"
    )
    text = (
        "account_id,arr,status\n"
        "a,10,active\nb,30,active\nc,30,active\nd,,active\ne,99,lapsed\nf,20,active\ng,50,\nx,bad,active\n"
    )
    frame = csv(tmp_path, text, fields).load(DAY, ["share", "top"]).frame
    assert dict(zip(frame["account_id"], frame["share"], strict=True)) == {
        "a": 0.75,
        "b": 0.0,
        "c": 0.0,
        "d": None,
        "e": None,
        "f": 0.5,
        "g": None,
        "x": None,
    }
    assert frame["top"].to_list() == [False, True, True, None, None, False, None, None]


def test_the_standard_ranks_compare_active_enterprise_and_strategic_accounts(
    tmp_path: Path,
) -> None:
    """By ARR the largest first, by signup the earliest first; `segment` follows from ARR where it is not said."""
    text = (
        "account_id,arr,status,segment,signup_date\n"
        "a,20000,active,,2020-01-01\n"
        "b,500000,active,,2024-01-01\n"
        "c,90000,active,,2020-01-01\n"
        "d,90000,active,enterprise,2022-06-30\n"
        "e,19999,active,,2001-01-01\n"
        "f,999999,lapsed,,2001-01-01\n"
        "g,999999,active,growth,2001-01-01\n"
        "h,,active,strategic,\n"
    )
    frame = csv(tmp_path, text).load(DAY, ["arr_rank", "tenure_rank"]).frame
    shares = {row[0]: row[1:] for row in frame.rows()}
    # Four are compared: a, b, c and d; h is one of them too, but neither its ARR nor its date is known.
    assert shares == {
        "a": (3 / 4, 0.0),
        "b": (0.0, 3 / 4),
        "c": (1 / 4, 0.0),
        "d": (1 / 4, 2 / 4),
        "e": (None, None),
        "f": (None, None),
        "g": (None, None),
        "h": (None, None),
    }


def test_the_top_tenth_is_rounded_up_and_has_its_ties_in(tmp_path: Path) -> None:
    """Of 21 accounts a tenth is 2.1, so three; the third and the fourth are equal."""
    arr = [500, 400, 300, 300, *range(200, 183, -1)]
    assert len(arr) == 21
    rows = [f"{n:02},{value},active,enterprise" for n, value in enumerate(arr)]
    text = "\n".join(["account_id,arr,status,segment", *rows]) + "\n"
    frame = csv(tmp_path, text).load(DAY, ["arr_rank"]).frame
    top = frame.filter(frame["arr_rank"] < 0.10)["account_id"].to_list()
    assert top == ["00", "01", "02", "03"]


@pytest.mark.parametrize("count", [20, 60, 70, 110, 140])
def test_ranks_on_the_edge_are_exact(tmp_path: Path, count: int) -> None:
    """Where a tenth, or three twentieths, is a whole number, that account stands exactly there."""
    rows = [f"{n:03},{1000 - n},active,enterprise" for n in range(count)]
    text = "\n".join(["account_id,arr,status,segment", *rows]) + "\n"
    ranks = csv(tmp_path, text).load(DAY, ["arr_rank"]).frame["arr_rank"]
    assert ranks[count // 10] == 0.10
    assert ranks[count * 3 // 20] == count * 3 // 20 / count
    assert ranks.to_list() == [n / count for n in range(count)]


def test_accounts_come_sorted_whatever_their_order(tmp_path: Path) -> None:
    text = "account_id,arr\nb,2\na,1\nB,3\n10,4\n9,5\n"
    frame = csv(tmp_path, text).load(DAY, ["arr"]).frame
    assert frame["account_id"].to_list() == ["10", "9", "B", "a", "b"]
    assert frame["arr"].to_list() == [4, 5, 3, 1, 2]


def test_a_cell_may_be_longer_than_python_reads_of_itself(tmp_path: Path) -> None:
    long = "x" * 200_000
    content = f'account_id,notes,arr\n1,"{long}, and more",5\n2,,"6"\n'
    frame = csv(tmp_path, content).load(DAY, ["arr"]).frame
    assert frame["account_id"].to_list() == ["1", "2"]
    assert frame["arr"].to_list() == [5, 6]
