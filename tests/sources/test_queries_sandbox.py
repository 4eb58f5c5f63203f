"""A query's process reaches nothing: every statement, function and setting of the installed DuckDB is tried.

Two walls, each tried without the other: the checks of the query's text, and the process that is closed to everything.
"""

from __future__ import annotations

import datetime as dt
import gc
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.ordinary_folder import ordinary_folder
from tenure.engine.core.file_formats import FileFormat
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.sources.duckdb_queries import Query
from tenure.engine.sources.sql_guard import (
    BARE,
    TABLE_FUNCTIONS,
    Refused,
    Statement,
    check_query,
    unstable_functions,
)
from tenure.engine.workspace.settings import SnapshotSource
from tenure.engine.workspace.settings_loader import load_workspace

duckdb = pytest.importorskip("duckdb")

DAY = dt.date(2026, 1, 31)
SECRET = "canary-7f3a91"
WALLS = Path(__file__).parents[1] / "support" / "query_walls.py"

# One text at least for every kind of statement that DuckDB has. `{folder}` lies outside the workspace.
STATEMENTS = {
    "ALTER": ["ALTER TABLE accounts ADD COLUMN x INTEGER"],
    "ANALYZE": ["ANALYZE", "ANALYZE accounts"],
    "ATTACH": ["ATTACH '{folder}/new.db' AS new", "ATTACH '{folder}/secret.csv' AS s", "ATTACH '{web}/x.db' AS w"],
    "CALL": ["CALL pragma_version()", "CALL enable_logging(storage = 'file', storage_path = '{folder}/log')"],
    "COPY": [
        "COPY accounts TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/secret.csv' (FORMAT csv)",
        "COPY (SELECT 1) TO '{folder}/out' (FORMAT parquet, PARTITION_BY (a))",
        "COPY accounts FROM '{folder}/secret.csv'",
        "COPY (SELECT 1) TO '/dev/stdout'",
    ],
    "COPY_DATABASE": ["COPY FROM DATABASE memory TO other"],
    "CREATE": [
        "CREATE TABLE t AS SELECT * FROM '{folder}/secret.csv'",
        "CREATE VIEW v AS SELECT 1",
        "CREATE SECRET s (TYPE http, BEARER_TOKEN 'x')",
        "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
        "CREATE TYPE mood AS ENUM ('a')",
        "CREATE SCHEMA s",
        "CREATE SEQUENCE s",
        "CREATE INDEX i ON accounts (account_id)",
        "CREATE MACRO m(x) AS x + 1",
        "CREATE FUNCTION f(x) AS x",
    ],
    "CREATE_FUNC": ["CREATE TEMP MACRO m() AS TABLE SELECT * FROM read_text('{folder}/secret.txt')"],
    "DELETE": ["DELETE FROM accounts", "TRUNCATE accounts"],
    "DETACH": ["DETACH memory"],
    "DROP": ["DROP TABLE accounts"],
    "EXECUTE": ["EXECUTE p", "EXECUTE p(1)"],
    "EXPLAIN": ["EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1", "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/o'"],
    "EXPORT": ["EXPORT DATABASE '{folder}/all'", "IMPORT DATABASE '{folder}'"],
    "INSERT": ["INSERT INTO accounts VALUES ('1', '2')"],
    "LOAD": ["INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL spatial", "INSTALL x FROM '{web}'", "LOAD '{folder}/x'"],
    "MERGE_INTO": ["MERGE INTO accounts USING accounts AS b ON true WHEN MATCHED THEN DELETE"],
    "MULTI": [
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY accounts TO '{folder}/out.csv'",
        "PIVOT accounts ON account_id USING count(*)",
        "SELECT 1) TO '{folder}/out.csv'; (SELECT 2",
        "SELECT 1 -- \n; SET threads = 4",
    ],
    "PRAGMA": ["PRAGMA version", "PRAGMA database_list", "PRAGMA enable_profiling"],
    "PREPARE": ["PREPARE p AS SELECT 1", "DEALLOCATE p"],
    "SELECT": [
        "SELECT * FROM '{folder}/secret.csv'",
        "FROM '{folder}/secret.parquet'",
        "SELECT * FROM '/dev/fd/0'",
        "SELECT * FROM '{web}/a.csv'",
        "SELECT * FROM read_csv('{web}/a.csv')",
        "SELECT (SELECT content FROM read_text('{folder}/secret.txt'))",
        "SELECT * FROM accounts WHERE account_id IN (FROM read_text('{folder}/secret.txt') SELECT content)",
        "WITH a AS (FROM glob('{folder}/*')) FROM a",
        "WITH a AS (COPY accounts TO '{folder}/out.csv') SELECT * FROM accounts",
        "WITH a AS (INSERT INTO accounts VALUES ('1', '2') RETURNING *) FROM a",
        "WITH a AS (DELETE FROM accounts RETURNING *) FROM a",
        "WITH a AS (UPDATE accounts SET day = '' RETURNING *) FROM a",
        "FROM query('FROM read_text(''{folder}/secret.txt'')')",
        "FROM query_table('{folder}/secret.csv')",
        "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "FROM duckdb_settings",
        "FROM duckdb_secrets()",
        "FROM information_schema.tables",
        "FROM pg_catalog.pg_settings",
        "FROM sqlite_master",
        "FROM other.main.accounts",
        "FROM histogram(accounts, account_id)",
        "SELECT getenv('HOME')",
        "SELECT getvariable('x')",
        "SELECT current_setting('temp_directory')",
        "SELECT write_log('x')",
        "SHOW TABLES",
        "DESCRIBE accounts",
        "SUMMARIZE accounts",
        "FROM (SHOW ALL TABLES)",
        "SELECT * FROM statements",
        "SELECT * FROM __builtins__",
        "",
        "-- nothing",
    ],
    "SET": ["SET threads = 4", "RESET threads", "SET GLOBAL enable_external_access = true", "USE memory"],
    "TRANSACTION": ["BEGIN", "COMMIT", "ROLLBACK"],
    "UPDATE": ["UPDATE accounts SET day = ''"],
    "VACUUM": ["VACUUM", "CHECKPOINT", "FORCE CHECKPOINT"],
    "VARIABLE_SET": ["SET VARIABLE x = (SELECT content FROM read_text('{folder}/secret.txt'))"],
}  # fmt: skip
NAMES = {"RESET schema", "RESET search_path"}
NO_TEXT = {"EXTENSION", "INVALID", "LOGICAL_PLAN", "RELATION"}
"""Kinds that no text has: those of extensions, and those that programs build."""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with ordinary_folder() as folder:
        yield folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in ("secret.csv", "secret.txt", "secret.json", "secret.jsonl"):
        text = f'{{"a": "{SECRET}"}}\n' if "json" in name else f"a\n{SECRET}\n"
        (folder / name).write_text(text)
    with duckdb.connect(str(folder / "secret.db")) as database:
        database.execute(f"CREATE TABLE t AS SELECT '{SECRET}' AS a")
        database.execute(f"COPY t TO '{folder / 'secret.parquet'}'")
    return folder


@pytest.fixture
def web() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "accounts.csv").write_text("account_id,day\n007,2026-01-31\n008,2026-02-28\n009,\n")
    return root


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as found:
        yield found


@pytest.fixture(scope="module")
def check(database) -> Callable[[str], Statement]:
    unstable = unstable_functions(database)
    return lambda text: check_query(database, text, {"accounts"}, unstable)


def source(query: str, **more: object) -> SnapshotSource:
    stated = SnapshotSource(query=query, files={"accounts": "accounts.csv"}, date_column="day")
    return stated._replace(**more)


def problem(root: Path, stated: SnapshotSource) -> Problem:
    with pytest.raises(Problems) as caught:
        Query(stated, root).read(DAY)
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


def held(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def filled(text: str, outside: Path, web: socket.socket) -> str:
    address = f"http://127.0.0.1:{web.getsockname()[1]}"
    return text.replace("{folder}", str(outside)).replace("{web}", address)


def every_statement(outside: Path, web: socket.socket) -> list[str]:
    return [filled(text, outside, web) for texts in STATEMENTS.values() for text in texts]


def every_function(database: duckdb.DuckDBPyConnection, outside: Path) -> list[str]:
    """A call of every function that DuckDB lists, on paths outside and plain values."""
    found = set()
    rows = database.execute(
        "SELECT DISTINCT function_name, function_type, len(parameter_types) FROM duckdb_functions()"
    ).fetchall()
    files = sorted(str(path) for path in outside.iterdir())
    for name, kind, arity in rows:
        if "sleep" in name:
            continue
        for file in files:
            for rest in ("1", f"'{file}'"):
                given = ", ".join([f"'{file}'", *[rest] * ((arity or 1) - 1)]) if arity else ""
                if kind == "pragma":
                    found.add(f"PRAGMA {name}({given})" if given else f"PRAGMA {name}")
                elif "table" in kind:
                    found |= {f'FROM "{name}"({given})', f"FROM \"{name}\"('{file}')"}
                else:
                    found.add(f'SELECT "{name}"({given})')
    return sorted(found)


def every_setting(database: duckdb.DuckDBPyConnection, outside: Path) -> list[str]:
    names = [row[0] for row in database.execute("SELECT name FROM duckdb_settings()").fetchall()]
    values = ("true", "100", f"'{outside}'", f"['{outside}']")
    sets = [f"SET GLOBAL {name} = {value}" for name in names for value in values]
    return sorted(sets + [f"RESET {name}" for name in names])


def test_every_kind_of_statement_has_a_text() -> None:
    kinds = set(duckdb.StatementType.__members__) - NO_TEXT
    assert kinds <= STATEMENTS.keys()


def test_the_text_of_a_query_is_one_select_over_its_tables(check, database, outside, web) -> None:
    passed = []
    for text in every_statement(outside, web) + every_setting(database, outside):
        try:
            check(text)
        except (Refused, duckdb.Error):
            continue
        passed.append(text)
    # These name functions that do not exist.
    assert passed == ["SELECT getenv('HOME')"]


def test_of_table_functions_only_those_that_compute_pass(check, database) -> None:
    rows = database.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type LIKE 'table%'"
    ).fetchall()
    assert len(rows) > 80
    for (name,) in rows:
        if name in TABLE_FUNCTIONS:
            check(f"FROM {name}(1)")
            continue
        for text in (f'FROM "{name}"()', f"SELECT (FROM main.{name.upper()}('x'))"):
            with pytest.raises(Refused) as caught:
                check(text)
            assert caught.value.code == "query-outside"


@pytest.mark.slow
def test_a_closed_process_reaches_nothing(database, root, outside, web) -> None:
    statements = every_statement(outside, web) + every_function(database, outside)
    # Last, so that what a setting lets loose could still be used.
    settings = every_setting(database, outside)
    statements = [*settings, *statements, *settings, *every_statement(outside, web)]
    before = held(outside.parent)
    ran = subprocess.run(
        [sys.executable, WALLS, outside / "secret.txt", root / "accounts.csv"],
        input=json.dumps(statements),
        capture_output=True,
        text=True,
        cwd=outside,
        env={"TENURE_SECRET": SECRET},
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [statement for statement, _ in results] == [*statements, "open", "socket", "pipe"]
    assert len(results) > 2500
    for statement, result in results:
        assert SECRET not in result, statement
        # These two say where names are looked up, and are no part of the configuration that is locked.
        if statement.startswith(("SET GLOBAL", "RESET")) and statement not in NAMES:
            assert result.startswith("refused: "), statement
    for _, result in results[-3:]:
        assert result.startswith("refused: [Errno 24]")
    assert held(outside.parent) == before
    with pytest.raises(BlockingIOError):
        web.accept()


UNSTABLE = [
    "current_date", "now()", "today()", "current_timestamp", "current_time", "localtime", "localtimestamp",
    "get_current_time()", "get_current_timestamp()", "transaction_timestamp()", "NOW()", "Current_Date",
    "main.now()", "pg_catalog.now()", "\"now\"()", "ago(INTERVAL 1 DAY)", "age(TIMESTAMP '2020-01-01')",
    "(SELECT now())", "list_transform([1], lambda x: now())", "CASE WHEN true THEN now() END",
    "pg_postmaster_start_time()", "random()", "uuid()", "uuidv4()", "uuidv7()", "gen_random_uuid()", "setseed(0.5)",
    "txid_current()", "current_query()", "pg_sleep(1)", "sleep_ms(1)", "nextval('s')", "getvariable('a')",
    "current_setting('TimeZone')", "reservoir_quantile(1, 0.5)", "current_schema", "current_database()",
]  # fmt: skip


FORMS = [
    "SELECT {} FROM accounts",
    "FROM accounts WHERE {} IS NULL",
    "SELECT 1 UNION ALL SELECT {} ORDER BY 1",
    "WITH a AS (SELECT {}) FROM a",
    "FROM accounts ORDER BY {} LIMIT 1",
    "FROM accounts a JOIN accounts b ON {} IS NULL",
    "SELECT count(*) FILTER ({} IS NULL) OVER (PARTITION BY day) FROM accounts",
    "FROM (VALUES ({}))",
    "FROM range(1), unnest([{}])",
    "SELECT 1 QUALIFY {} IS NULL",
]


def test_the_clock_and_chance_are_refused(check) -> None:
    queries = [form.format(UNSTABLE[0]) for form in FORMS]
    queries += [FORMS[at % len(FORMS)].format(text) for at, text in enumerate(UNSTABLE)]
    for query in queries:
        with pytest.raises(Refused) as caught:
            check(query)
        assert caught.value.code == "query-unstable", query


@pytest.mark.parametrize("query", ["FROM accounts USING SAMPLE 3", "FROM accounts TABLESAMPLE 10%"])
def test_samples_are_refused(check, query: str) -> None:
    with pytest.raises(Refused) as caught:
        check(query)
    assert caught.value.code == "query-unstable"


def test_what_passes_without_arguments_is_the_same_at_any_time(check, database) -> None:
    names = [
        row[0]
        for row in database.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() "
            "WHERE function_type IN ('scalar', 'macro') ORDER BY 1"
        ).fetchall()
    ]
    passed = []
    for text in [f'SELECT "{name}"()' for name in names] + [f"SELECT {name}" for name in names]:
        try:
            check(text)
            passed.append((text, database.execute(text).fetchall()))
        except (Refused, duckdb.Error):
            continue
    assert "SELECT pi()" in [text.replace('"', "") for text, _ in passed]
    time.sleep(0.01)
    with duckdb.connect() as other:
        assert [(text, other.execute(text).fetchall()) for text, _ in passed] == passed


def test_words_without_brackets_that_call_a_function_are_known(database) -> None:
    names = database.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()
    there = set()
    for (name,) in names:
        try:
            database.execute(f"SELECT {name}")
        except duckdb.Error:
            continue
        there.add(name)
    constant = {"current_role", "current_user", "session_user", "user"}
    assert there - constant <= BARE


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a.current_date, today, uuid FROM accounts a",
        "SELECT age(DATE '2020-01-01', $on), date_part('year', $on), date_trunc('month', $on::date) FROM accounts",
        "SELECT sum(x) OVER (ORDER BY x DESC NULLS LAST) FROM (VALUES (1), (2)) v(x)",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) FROM t",
        "(SELECT * FROM Accounts) EXCEPT (FROM main.accounts) ORDER BY ALL LIMIT 10%",
        "PIVOT accounts ON day IN ('a', 'b') USING count(*)",
        "UNPIVOT accounts ON account_id, day",
        "SELECT DISTINCT ON (day) * EXCLUDE (day), [x FOR x IN [1, 2] IF x > 1] FROM accounts QUALIFY true;",
        "SELECT a.* FROM accounts a, LATERAL (SELECT a.day), generate_series(1, 3) WHERE error('no') IS NULL",
        "FROM accounts a ASOF JOIN accounts b ON a.day >= b.day",
        "SELECT COLUMNS(*)::DECIMAL(10, 2), {'a': 1}, CAST(day AS STRUCT(x INTEGER)) FROM accounts GROUP BY ALL",
        "SELECT count(*) FROM accounts GROUP BY GROUPING SETS ((day), ()) -- the end",
        "TABLE accounts",
    ],
)  # fmt: skip
def test_selects_of_every_form_pass(check, query: str) -> None:
    assert check(query).takes_date == ("$on" in query)


def test_each_refusal_says_what_to_write(root: Path) -> None:
    found = problem(root, source("SELECT *, current_date FROM accounts"))
    assert found.code == "query-unstable"
    assert found.message == "the query calls `current_date`, which follows the machine's clock"
    assert found.hint is not None
    assert found.hint.startswith("write `$on`, the date that is evaluated")


REFUSED = {
    "query-not-select": ("SELECT 1; SELECT 2", "the query has 2 statements, and it must be one SELECT"),
    "query-outside": ("FROM b", "the query reads `b`, which is not one of its tables"),
    "query-failed": ("SELECT $x", "the query has the parameter `$x`, and only `$on` has a value"),
    "missing-column": ("SELECT 1", "the query's result has no column `day`, which `date_column` names"),
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
def test_a_refused_query_is_a_problem(root: Path, code: str) -> None:
    query, message = REFUSED[code]
    found = problem(root, source(query))
    assert (found.code, found.message) == (code, message)


def test_a_query_reads_each_date_from_one_process(root: Path) -> None:
    query = Query(
        source("SELECT account_id, day, 1 AS day FROM accounts ORDER BY account_id DESC;"), root
    )
    process = query._process.pid
    assert query.dates() == [DAY, dt.date(2026, 2, 28)]
    assert query.columns(DAY) == ["account_id", "day", "day_1"]
    assert query.read(DAY).rows() == [("009", None, 1), ("007", "2026-01-31", 1)]
    assert query.read(dt.date(2026, 2, 28))["account_id"].to_list() == ["009", "008"]
    assert query._process.pid == process
    assert query._process.poll() is None
    del query
    gc.collect()
    assert not there(process)


def there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


ENDLESS = (
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) AS day FROM t"
)


@pytest.mark.parametrize(
    "query",
    [
        ENDLESS,
        "SELECT count(*) AS day FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 1",
    ],
)
def test_a_query_that_does_not_end_is_ended(root: Path, query: str) -> None:
    opened = Query(source("SELECT 1 AS day"), root)
    assert opened.columns(DAY) == ["day"]
    endless = Query(source(query, query_seconds=2), root)
    with pytest.raises(Problems) as caught:
        endless.read(DAY)
    (found,) = caught.value.problems
    assert (found.code, found.message) == ("query-limit", "the query has no result after 2 seconds")
    assert not there(endless._process.pid)
    # What it is asked later meets the same problem.
    with pytest.raises(Problems, match="no result after"):
        endless.dates()
    assert opened.columns(DAY) == ["day"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT repeat('a', 3000000000) AS day",
        "SELECT repeat('a', 100000000) || range AS day FROM range(100)",
        "SELECT list(range) AS day FROM range(1000000000)",
        "SELECT range AS day FROM range(1000000000) ORDER BY hash(range)",
        "SELECT string_agg(range::VARCHAR) AS day FROM range(1000000000)",
        "SELECT a.range AS day, b.range FROM range(1000000) a, range(1000000) b",
    ],
)
def test_a_query_that_needs_too_much_memory_is_ended(root: Path, query: str) -> None:
    found = problem(root, source(query, query_memory=200 << 20))
    message = "the query and its tables need more memory than 200 MB"
    assert (found.code, found.message) == ("query-limit", message)


def test_a_query_nested_too_deeply_is_a_problem(root: Path) -> None:
    for deep in (
        "(" * 100_000 + "1" + ")" * 100_000,
        "+".join("1" * 20_000),
        "NOT " * 50_000 + "true",
    ):
        found = problem(root, source(f"SELECT {deep} AS day"))
        assert found.code in {"query-failed", "query-not-select", "query-limit"}


def test_a_query_ends_with_the_process_that_asked(root: Path) -> None:
    program = f"""
import datetime as dt, sys
from pathlib import Path
from tenure.engine.sources.duckdb_queries import Query
from tenure.engine.workspace.settings_loader import load_workspace
from tenure.engine.workspace.settings import SnapshotSource
stated = SnapshotSource(query={ENDLESS!r}, files={{"accounts": "accounts.csv"}}, date_column="day")
query = Query(stated, Path(sys.argv[1]))
print(query._process.pid, flush=True)
query.read(dt.date(2026, 1, 31))
"""
    command = [sys.executable, "-c", program, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asker:
        assert asker.stdout is not None
        child = int(asker.stdout.readline())
        time.sleep(2)
        assert there(child)
        asker.kill()
    for _ in range(200):
        if not there(child) or defunct(child):
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the query's process went on")


def defunct(process: int) -> bool:
    """Whether a process has ended and only waits for its parent, which in a container nothing may be."""
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_process_is_given_nothing_that_it_does_not_need(root: Path, monkeypatch) -> None:
    monkeypatch.setenv("TENURE_SECRET", SECRET)
    query = Query(source("FROM accounts"), root)
    assert query.dates() != []
    process = Path(f"/proc/{query._process.pid}")
    if not process.exists():
        pytest.skip("the system does not show what a process has")
    environment = (process / "environ").read_bytes().decode().split("\0")
    assert {entry.partition("=")[0] for entry in environment if entry} <= {
        "DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "POLARS_MAX_THREADS", "TZ",
    }  # fmt: skip
    assert (process / "cwd").readlink() == Path("/")
    files = {str(link.readlink()) for link in (process / "fd").iterdir()}
    assert {file for file in files if file.startswith("/")} <= {"/dev/null"}


def test_tables_lie_in_the_workspace_or_in_an_allowed_folder(root: Path, outside: Path) -> None:
    (root / "link.csv").symlink_to(outside / "secret.csv")
    (root / "folder").symlink_to(outside)
    allowed = [str(outside), "../outside", "folder", str(outside.parent)]
    paths = ["../outside/secret.csv", "link.csv", "folder/secret.csv", str(outside / "secret.csv")]
    for path, folder in zip(paths, allowed, strict=True):
        stated = source("FROM t", files={"t": path}, date_column="a")
        for elsewhere in ((), (str(root),), (str(outside / ".." / "workspace"),)):
            found = problem(root, stated._replace(allow_folders=elsewhere))
            assert found.code == "table-outside"
            assert found.message.startswith(f"the table `t` is outside the workspace: {path}")
            hint = f"if the query may read it, allow its folder: `allow_folders: [{outside}]`"
            assert found.hint == hint
        assert Query(stated._replace(allow_folders=(folder,)), root).columns(DAY) == ["a"]


@pytest.mark.parametrize("folder", ["/", "/proc", "/proc/self", "/dev", "/sys/kernel"])
def test_no_folder_of_the_system_is_allowed(root: Path, folder: str) -> None:
    if not Path(folder).exists():
        pytest.skip("no such folder")
    stated = source(
        "FROM t",
        files={"t": "/proc/self/environ"},
        file_format=FileFormat("csv"),
        allow_folders=(folder,),
    )
    found = problem(root, stated)
    assert (found.code, found.message) == ("table-outside", f"`allow_folders` cannot name {folder}")


def test_a_table_is_a_file(root: Path, monkeypatch) -> None:
    monkeypatch.chdir(root)  # A socket's path must be short.
    os.mkfifo(root / "pipe.csv")
    (root / "folder.csv").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.csv")
    for name in ("pipe.csv", "folder.csv", "socket.csv", "gone.csv"):
        found = problem(root, source("FROM t", files={"t": name}))
        assert found.code == "unreadable-snapshot"
        assert found.message.startswith(name)


def test_a_table_that_is_not_what_it_says_is_named(root: Path) -> None:
    (root / "a.parquet").write_text("nothing")
    (root / "a.jsonl").write_text('{"a": 1}\nnothing\n')
    (root / "a.gz").write_text("nothing")
    for name, format in (("a.parquet", None), ("a.jsonl", None), ("a.gz", "csv")):
        found = problem(root, source("FROM t", files={"t": name}, file_format=FileFormat(format)))
        assert found.code == "unreadable-snapshot"
        assert found.message.startswith(f"the table `t` cannot be read from {name}: ")
        assert "/dev/fd" not in found.message


def test_a_compressed_table_is_read(root: Path) -> None:
    (root / "t.csv.gz").write_bytes(gzip.compress(b"id,day\n007,2026-01-31\n"))
    query = Query(source("FROM t", files={"t": "t.csv.gz"}, file_format=FileFormat("csv")), root)
    assert query.read(DAY).rows() == [("007", "2026-01-31")]


def test_limits_of_a_query_are_read_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "tenure.yaml").write_text(
        "workspace: W\ntime_zone: UTC\nsnapshots:\n  query: FROM a\n  tables: {a: a.csv}\n  date_column: day\n"
        "  allow_folders: [/srv/exports, ../x]\n  limits: {memory: 500 MB, time: 10 minutes}\n"
    )
    workspace, _, problems, _ = load_workspace(tmp_path)
    assert problems == []
    assert workspace is not None
    assert workspace.source.allow_folders == ("/srv/exports", "../x")
    assert workspace.source.query_memory == 500 * 1024 * 1024
    assert workspace.source.query_seconds == 600
