"""One book, with all that exports get wrong, is the same accounts and the same ledger wherever it comes from."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.lakes import opened_catalogue
from support.object_storage import S3, object_storage
from support.postgres_server import can_serve, postgres_server
from support.spreadsheets import write_ods, write_xlsx
from support.workspaces import SETTINGS, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.fields.catalogue import FieldSpec
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.sources import Snapshots
from tenure.engine.sources.convert import convert
from tenure.engine.sources.databases import ask_database
from tenure.engine.workspace.settings import SnapshotSource

DAY = dt.date(2026, 4, 1)
NUMBERS = ("12", "n/a", "-", "", "  ", "abc", "1,5", "NaN", "8", None)
WORDS = ("yes", "No", "TRUE", "0", "", "perhaps", None, "1", "false", "no")
NAMES = (
    "Zoé Martin",
    "Zoe\u0301 Martin ",
    "Ann\u00a0Lee",
    "李雷",
    "",
    "Ann Lee",
    None,
    "O'Neil, Jo",
)
TAGS: tuple[list[str] | None, ...] = (["vip", "beta"], [], None, ["beta"], ["a,b", "é"])
INSTANTS = (
    dt.datetime(2024, 6, 30, 21, 30, tzinfo=dt.UTC),
    dt.datetime(2024, 6, 30, 22, 30, tzinfo=dt.UTC),
    None,
)

Row = dict[str, Any]
BOOK: list[Row] = [
    {
        "account_id": f"{n:03}" if n % 9 else f"AC-{n}",
        "account_name": NAMES[n % len(NAMES)],
        "status": ("active", "active", "Actif", "lapsed", "active", "trial")[n % 6],
        "renewal_date": None if n == 5 else dt.date(2026, 4, 4) + dt.timedelta(days=n % 40),
        "signed": INSTANTS[n % 3],
        "arr": None if n == 7 else Decimal(f"{n * 1117}.{n % 100:02}"),
        "seats_licensed": n * 3,
        "plan_utilisation": n / 64,
        "auto_renew": (True, False, None)[n % 3],
        "opt_out": WORDS[n % len(WORDS)],
        "health_score": NUMBERS[n % len(NUMBERS)],
        "go_live_date": ("2025-01-31", "31/01/2025", "", None, "2025-02-30")[n % 5],
        "tags": TAGS[n % len(TAGS)],
        "csm": (" Ann ", "Bob", None)[n % 3],
    }
    for n in range(1, 61)
]
COLUMNS = list(BOOK[0])
FIELDS = """\
missing: ["n/a", "-"]
fields:
  status: {translate: {Actif: active}}
  signup_date: {from: signed}
  tags: {type: list}
"""
READ = [*COLUMNS[1:4], "signup_date", *COLUMNS[5:]]
PLAYBOOK = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active' and auto_renew is not missing
priority: renewal
owner: operations
catch_up: {within: 60 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - {id: rich, at: -40 days, when: arr * 12 > 50000.5, do: [task: {title: "{{ arr }} {{ csm }}"}]}
    - {id: used, at: -30 days, when: plan_utilisation >= 0.25, do: [task: {title: "{{ account_name }}"}]}
    - {id: sick, at: -20 days, when: health_score < 10, do: [task: {title: "{{ signup_date | date }}"}]}
    - {id: tagged, at: -10 days, when: tags has 'beta', do: [task: {title: "{{ tags }}"}]}
    - {id: live, at: -5 days, when: go_live_date < today and opt_out, do: [task: {title: Live}]}
    - {id: new, at: -3 days, when: signup_date >= 2024-07-01, do: [task: {title: New}]}
"""


def as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(value) if value else "[]"
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def csv_text(separator: str = ",") -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(COLUMNS)
    writer.writerows([as_text(row[name]) for name in COLUMNS] for row in BOOK)
    return written.getvalue()


def frame() -> pl.DataFrame:
    types = {
        "arr": pl.Decimal(12, 2),
        "tags": pl.List(pl.String),
        "signed": pl.Datetime("us", "UTC"),
    }
    return pl.DataFrame(BOOK, schema_overrides=types, infer_schema_length=None)


def as_json(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def lines() -> str:
    return "".join(json.dumps({k: as_json(v) for k, v in row.items()}) + "\n" for row in BOOK)


def as_parquet(rows: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    rows.write_parquet(written)
    return written.getvalue()


def parquet() -> bytes:
    return as_parquet(frame())


def cells() -> list[list[Any]]:
    """Rows of a spreadsheet: numbers, dates and booleans are such cells; it has no lists and no instants."""
    kept = (bool, int, float, dt.date)
    return [COLUMNS] + [
        [
            float(value)
            if isinstance(value, Decimal)
            else value
            if isinstance(value, kept) and not isinstance(value, dt.datetime)
            else as_text(value) or None
            for value in row.values()
        ]
        for row in BOOK
    ]


def of_csv(root: Path) -> str:
    (root / f"data/accounts-{DAY}.csv").write_text(csv_text(), "utf-8")
    return "files: data/accounts-{date}.csv"


def of_windows_csv(root: Path) -> str:
    # UTF-16, since no encoding of one byte has all these letters.
    (root / f"data/accounts-{DAY}.csv").write_text(csv_text(";"), "utf-16")
    return "files: data/accounts-{date}.csv\n  encoding: utf-16"


def of_packed_csv(root: Path) -> str:
    (root / f"data/accounts-{DAY}.csv.gz").write_bytes(gzip.compress(csv_text("\t").encode()))
    return "files: data/accounts-{date}.csv.gz"


def of_parquet(root: Path) -> str:
    (root / f"data/accounts-{DAY}.parquet").write_bytes(parquet())
    return "files: data/accounts-{date}.parquet"


def of_json(root: Path) -> str:
    objects = [json.loads(line) for line in lines().splitlines()]
    (root / f"data/accounts-{DAY}.json").write_text(json.dumps({"accounts": objects}))
    return "files: data/accounts-{date}.json"


def of_lines(root: Path) -> str:
    (root / f"data/accounts-{DAY}.jsonl").write_text(lines())
    return "files: data/accounts-{date}.jsonl"


def of_xlsx(root: Path) -> str:
    write_xlsx(root / f"data/accounts-{DAY}.xlsx", {"Book": cells()})
    return "files: data/accounts-{date}.xlsx"


def of_ods(root: Path) -> str:
    write_ods(root / f"data/accounts-{DAY}.ods", {"Book": cells()})
    return "files: data/accounts-{date}.ods"


def of_overwritten(root: Path) -> str:
    (root / "data/accounts.csv").write_text(csv_text(), "utf-8")
    return "file: data/accounts.csv"


def of_query(root: Path) -> str:
    (root / "data/crm.parquet").write_bytes(parquet())
    return "query: SELECT * FROM crm WHERE $on > '2026-01-01'\n  tables: {crm: data/crm.parquet}"


def of_sqlite(root: Path) -> str:
    database = sqlite3.connect(root / "data/crm.db")
    database.execute(f"CREATE TABLE accounts ({', '.join(COLUMNS)})")
    kept = (bool, int, float, type(None))
    rows = [
        tuple(
            float(v) if isinstance(v, Decimal) else v if isinstance(v, kept) else as_text(v)
            for v in row.values()
        )
        for row in BOOK
    ]
    marks = ", ".join("?" * len(COLUMNS))
    database.executemany(f"INSERT INTO accounts VALUES ({marks})", rows)
    database.commit()
    database.close()
    return "database: sqlite:///data/crm.db\n  query: SELECT * FROM accounts"


def of_delta(root: Path) -> str:
    frame().write_delta(str(root / "data/lake"))
    return "file: data/lake\n  format: delta"


def in_folders() -> dict[str, bytes]:
    """The book as a cluster writes it: files in a folder for each value of a column, and files about them."""
    attempt = as_parquet(frame().drop("csm"))
    found = {"_SUCCESS": b"", "_temporary/0/part-0.parquet": attempt, "csm=Bob/_committed": b"-"}
    for (csm,), rows in frame().group_by("csm"):
        folder = "__HIVE_DEFAULT_PARTITION__" if csm is None else quote(str(csm))
        for part, some in enumerate((rows[::2], rows[1::2])):
            name = f"csm={folder}/part-{part}.snappy.parquet"
            found[name] = as_parquet(some.drop("csm"))
    return found


def of_folder(root: Path) -> str:
    for name, content in in_folders().items():
        path = root / f"data/book-{DAY}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return "files: data/book-{date}/\n  done_file: data/book-{date}/_SUCCESS"


FILES = [
    *(of_windows_csv, of_packed_csv, of_parquet, of_json, of_lines, of_xlsx, of_ods),
    *(of_overwritten, of_query, of_sqlite, of_delta, of_folder),
]


def read(
    root: Path, place: Callable[[Path], str]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the accounts, the bad values and the ledger of one run."""
    workspace(root, {"renewal": PLAYBOOK}, SETTINGS)
    source = place(root)
    settings = SETTINGS.replace("files: data/accounts-{date}.csv", source)
    (root / "tenure.yaml").write_text(f"{settings}brake: {{left_out: 90 %}}\n", "utf-8")
    (root / "fields.yaml").write_text(FIELDS, "utf-8")
    project = load_project(root)
    snapshots = Snapshots(project.workspace, project.catalogue)
    snapshots.arrive(DAY)
    loaded = snapshots.load(DAY, READ, ["arr"])
    bad = loaded.quarantined.select("account_id", "field", "value", "reason")
    entries = run(project, DAY, today=DAY).entries.sort("action_id", "revision")
    return loaded.frame, bad.sort(bad.columns), entries


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Any:
    accounts, bad, entries = read(tmp_path_factory.mktemp("csv") / "w", of_csv)
    assert accounts.height == len(BOOK)
    assert set(bad["field"]) == {"health_score", "opt_out", "go_live_date"}
    first = accounts.filter(pl.col("account_id") == "002").row(0, named=True)
    assert (first["signup_date"], first["arr"]) == (None, Decimal("2234.02"))
    assert first["tags"] is None
    names = accounts["account_name"].drop_nulls()
    assert "Zoé Martin" in names
    assert "Ann Lee" in names
    assert not names.str.contains("\u0301|\u00a0| $").any()
    # 22:30 in UTC is half past midnight in Paris.
    assert set(accounts["signup_date"].drop_nulls()) == {dt.date(2024, 6, 30), dt.date(2024, 7, 1)}
    assert {*entries["step"]} == {"rich", "used", "sick", "tagged", "live", "new"}
    return accounts, bad, entries


def compare(found: Any, expected: Any) -> None:
    for here, there in zip(found, expected, strict=True):
        assert_frame_equal(here, there)


@pytest.mark.parametrize("place", FILES)
def test_it_is_the_same_from(place: Callable[[Path], str], expected: Any, tmp_path: Path) -> None:
    compare(read(tmp_path / "w", place), expected)


@pytest.fixture(scope="module")
def storage() -> Iterator[S3]:
    with object_storage() as opened:
        yield opened


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_it_is_the_same_from_object_storage(
    ending: str, expected: Any, storage: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    content = {"csv": csv_text().encode(), "parquet": parquet(), "jsonl": lines().encode()}
    storage.put(f"same/accounts.{ending}", content[ending])
    found = read(tmp_path / "w", lambda _: f"file: s3://exports/same/accounts.{ending}")
    compare(found, expected)


def test_it_is_the_same_from_a_folder_in_object_storage(
    expected: Any, storage: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    for name, content in in_folders().items():
        storage.put(f"same/date={DAY}/{name}", content)
    folder = "s3://exports/same/date={date}/"
    found = read(tmp_path / "w", lambda _: f"files: {folder}\n  done_file: {folder}_SUCCESS")
    compare(found, expected)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*Delete operation:UserWarning")
def test_it_is_the_same_from_iceberg(
    expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = opened_catalogue(tmp_path, monkeypatch)
    rows = frame().to_arrow()
    opened.create_table("book.accounts", schema=rows.schema).overwrite(rows)
    found = read(tmp_path / "w", lambda _: "file: crm/book.accounts\n  format: iceberg")
    opened.close()
    compare(found, expected)


@pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here")
def test_it_is_the_same_from_postgresql(expected: Any, tmp_path: Path) -> None:
    import adbc_driver_postgresql.dbapi as dbapi

    types = {
        "renewal_date": "date", "signed": "timestamptz", "arr": "numeric(12, 2)", "seats_licensed": "integer",
        "plan_utilisation": "double precision", "auto_renew": "boolean", "tags": "text[]",
    }  # fmt: skip
    columns = ", ".join(f"{name} {types.get(name, 'text')}" for name in COLUMNS)
    with postgres_server() as server:
        address = f"postgresql://tenure@{server}/crm"
        with (
            dbapi.connect(address, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(f"CREATE TABLE accounts ({columns})")
            for row in BOOK:
                values = ", ".join(_literal(row[name]) for name in COLUMNS)
                cursor.execute(f"INSERT INTO accounts VALUES ({values})")
        source = f"database: {address}\n  query: SELECT * FROM accounts"
        found = read(tmp_path / "w", lambda _: source)
    compare(found, expected)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"ARRAY[{', '.join(_literal(each) for each in value)}]::text[]"
    return f"'{as_text(value).replace(chr(39), chr(39) * 2)}'"


@pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here")
def test_types_of_postgresql_that_others_lack_are_read(tmp_path: Path) -> None:
    ids = ["3f333df6-90a4-4fda-8dd3-9485d27cee36", "00000000-0000-0000-0000-000000000001"]
    with postgres_server() as server:
        place = f"postgresql://tenure@{server}/crm"

        def asked(columns: str) -> pl.DataFrame:
            query = f"SELECT {columns} FROM (VALUES ('{ids[0]}'), ('{ids[1]}'), (NULL)) AS t(id)"
            return ask_database(SnapshotSource(database=place, query=query), tmp_path)

        found = asked("id::uuid AS id, 1.50::numeric AS price, 0.1::real AS share")
        amounts = asked("'-1234.50'::money AS arr, 1250::bigint AS seats, NULL::money AS mrr")
        with pytest.raises(Problems) as caught:
            asked("'1 day'::interval AS term")
    assert found["id"].to_list() == [*ids, None]
    assert found["price"].to_list() == ["1.50"] * 3
    share, _ = convert(found["share"], FieldSpec("share", "number"), "UTC")
    assert share.to_list() == [0.1] * 3
    arr, _ = convert(amounts["arr"], FieldSpec("arr", "number"), "UTC")
    assert arr.to_list() == [-1234.5] * 3
    assert amounts["seats"].to_list() == [1250] * 3
    assert amounts["mrr"].to_list() == [None] * 3
    assert caught.value.problems[0].code == "query-failed"
    assert "`term::text`" in str(caught.value.problems[0].hint)


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        (pl.Decimal(38, 0), True),
        (pl.Int16(), True),
        (pl.Decimal(38, 1), False),
        (pl.Float64(), False),
    ],
)
def test_an_id_is_a_whole_number(kind: pl.DataType, good: bool) -> None:
    ids, bad = convert(pl.Series([7, None]).cast(kind), FieldSpec("account_id", "text"), "UTC")
    assert ids.to_list() == ["7" if good else None, None]
    assert (bad is None) == good
