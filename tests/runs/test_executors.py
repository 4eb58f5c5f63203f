"""Parts that a cluster evaluates give what this process gives, whatever the parts, and whatever befalls the tasks."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from support.clusters import CarelessCluster, cluster_of, same_stores, spark_environment
from tenure.cli.main import main
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.fields.catalogue import FieldSpec
from tenure.engine.project.loading import load_project
from tenure.engine.runs import (
    cluster_errors,
    executors,
    part_execution,
    part_tasks,
    running,
    stages,
)
from tenure.engine.runs.library_versions import library_versions
from tenure.engine.runs.part_tasks import installed_versions
from tenure.engine.runs.running import run
from tenure.engine.sources import partitioned, spark_queries
from tenure.engine.sources.convert import convert
from tenure.engine.sources.databases import ask_by_account, ask_database
from tenure.engine.store import Reader, Store, commit
from tenure.engine.version import VERSION
from tenure.engine.workspace.settings import SnapshotSource

LAST = dt.date(2026, 4, 2)
Work = Callable[[bytes], bytes]

DAYS = 2
ACCOUNTS = 400
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of example accounts, run in this process."""
    root = tmp_path_factory.mktemp("example") / "w"
    made = CliRunner().invoke(main, ["init", str(root), "--demo", "--on", LAST.isoformat()])
    assert made.exit_code == 0, made.output
    run_days(root)
    return root


def run_days(root: Path) -> None:
    project = load_project(root)
    for number in reversed(range(DAYS)):
        run(project, LAST - number * DAY)


def copied(example: Path, root: Path, executor: str = "") -> Path:
    """The same workspace, before its runs."""
    root.mkdir()
    for name in ("fields.yaml", "playbooks", "data", "tests"):
        if (example / name).exists():
            (root / name).symlink_to(example / name)
    text = (example / "tenure.yaml").read_text("utf-8")
    (root / "tenure.yaml").write_text(text + executor, "utf-8")
    return root


def in_parts(monkeypatch: pytest.MonkeyPatch, parts: int) -> int:
    """Set the accounts of a part, so that there are about as many parts, and return their number."""
    size = -(-ACCOUNTS // parts)
    monkeypatch.setattr(stages, "BATCH", size)
    monkeypatch.setattr(stages, "FIRST_BATCH", size)
    return size


@pytest.mark.parametrize(
    ("parts", "large"), [(1, False), (7, True), pytest.param(64, False, marks=pytest.mark.slow)]
)
def test_a_careless_cluster_gives_the_same(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int, large: bool
) -> None:
    cluster = CarelessCluster()
    monkeypatch.setattr(running, "open_executor", lambda _: nullcontext(cluster))
    size = in_parts(monkeypatch, parts)
    if large:
        monkeypatch.setattr(commit, "MOST_ENTRIES", 20)
        monkeypatch.setattr(commit, "MOST_STATES", 20)
    root = copied(example, tmp_path / "w")
    run_days(root)
    assert cluster.executed >= 2 * DAYS * (ACCOUNTS // size)
    same_stores(root / "store", example / "store")


def test_a_worker_with_other_versions_is_refused(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_worker = (("tenure", "0.1"), *library_versions())
    versions = iter([installed_versions()])
    monkeypatch.setattr(part_tasks, "installed_versions", lambda: next(versions, of_worker))
    monkeypatch.setattr(running, "open_executor", lambda _: nullcontext(CarelessCluster()))
    root = copied(example, tmp_path / "w")
    with pytest.raises(Problems) as caught:
        run(load_project(root), LAST)
    (problem,) = caught.value.problems
    assert problem.code == "cluster-versions"
    assert problem.message == f"a worker of the cluster has tenure 0.1, and the run {VERSION}"
    assert Reader(root / "store").last_committed() is None


def test_problems_of_a_part_are_those_of_the_run(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = Problem("unreadable-snapshot", "the file cannot be read", hint="export it again")

    def refuse(*_: object) -> None:
        raise Problems([problem])

    monkeypatch.setattr(part_tasks, "evaluate_range", refuse)
    monkeypatch.setattr(running, "open_executor", lambda _: nullcontext(CarelessCluster()))
    root = copied(example, tmp_path / "w")
    with pytest.raises(Problems) as caught:
        run(load_project(root), LAST)
    assert caught.value.problems == (problem,)
    assert Reader(root / "store").last_committed() is None


@pytest.mark.parametrize(("name", "module"), [("spark", "pyspark"), ("dask", "distributed")])
def test_an_executor_whose_extra_is_missing_says_what_to_install(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    real = executors.find_spec
    monkeypatch.setattr(executors, "find_spec", lambda each: None if each == module else real(each))
    root = copied(example, tmp_path / "w", f"executor: {name}\n")
    with pytest.raises(Problems) as caught:
        run(load_project(root), LAST)
    (problem,) = caught.value.problems
    assert problem.code == "executor-missing"
    assert problem.hint == f"pip install 'tenure[{name}]', or write `executor: local`"
    assert not (root / "store").exists()


def test_an_unknown_executor_gets_the_nearest_name(example: Path, tmp_path: Path) -> None:
    root = copied(example, tmp_path / "w", "executor: sparc\n")
    with pytest.raises(Problems) as caught:
        load_project(root)
    (problem,) = caught.value.problems
    assert problem.message == "expected `local`, `spark` or `dask`, found `sparc`"
    assert problem.hint == "did you mean `spark`?"


@pytest.fixture(scope="module", params=["dask", "spark"])
def cluster(request: pytest.FixtureRequest) -> Iterator[str]:
    """A cluster of this machine, by the name that `executor:` has."""
    with cluster_of(request.param):
        yield request.param


@pytest.mark.slow
@pytest.mark.parametrize("parts", [1, 7, 64])
def test_a_cluster_gives_the_same(
    example: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: str,
    parts: int,
) -> None:
    in_parts(monkeypatch, parts)
    root = copied(example, tmp_path / "w", f"executor: {cluster}\n")
    run_days(root)
    same_stores(root / "store", example / "store")


def failing_once(work: Work, marks: Path) -> Work:
    """Work of which each task fails at its first attempt, after it has written its files."""

    def execute(task: bytes) -> bytes:
        result = work(task)
        mark = marks / hashlib.sha256(task).hexdigest()
        if not mark.exists():
            mark.touch()
            raise RuntimeError("the worker was lost")
        return result

    return execute


def failing(work: Work, marks: Path) -> Work:
    """Work that never succeeds."""

    def execute(task: bytes) -> bytes:
        raise RuntimeError("the disk of the worker is full")

    return execute


def spoil(monkeypatch: pytest.MonkeyPatch, how: Callable[[Work, Path], Work], marks: Path) -> None:
    marks.mkdir()
    made = part_execution.part_work
    monkeypatch.setattr(part_execution, "part_work", lambda *given: how(made(*given), marks))


@pytest.mark.slow
def test_tasks_that_fail_once_are_tried_again_and_nothing_is_doubled(
    example: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: str,
) -> None:
    in_parts(monkeypatch, 7)
    spoil(monkeypatch, failing_once, tmp_path / "marks")
    root = copied(example, tmp_path / "w", f"executor: {cluster}\n")
    run_days(root)
    assert len(list((tmp_path / "marks").iterdir())) >= 7
    left = len(list((root / "store").rglob("tenure-*.parquet")))
    same_stores(root / "store", example / "store")
    with Store.open(root / "store"):
        assert len(list((root / "store").rglob("tenure-*.parquet"))) < left


@pytest.mark.slow
def test_a_cluster_that_fails_writes_nothing_and_says_so(
    example: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: str,
) -> None:
    spoil(monkeypatch, failing, tmp_path / "marks")
    root = copied(example, tmp_path / "w", f"executor: {cluster}\n")
    with pytest.raises(Problems) as caught:
        run(load_project(root), LAST)
    (problem,) = caught.value.problems
    assert problem.code == "cluster-failed"
    assert "the disk of the worker is full" in problem.message
    assert Reader(root / "store").last_committed() is None
    monkeypatch.undo()
    run(load_project(root), LAST)
    assert Reader(root / "store").last_committed() == LAST


def only_spark(cluster: str) -> Any:
    if cluster != "spark":
        pytest.skip("a query of Spark is asked where the session of Spark is")
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession()


def snapshots_from(root: Path, source: str) -> None:
    """Give a workspace of the example another source of snapshots."""
    settings = root / "tenure.yaml"
    text, changed = re.subn(
        r"(?m)^snapshots:\n(?:  .*\n)+", f"snapshots:\n  {source}\n", settings.read_text("utf-8")
    )
    assert changed == 1
    settings.write_text(text, "utf-8")


@pytest.mark.slow
def test_a_table_of_spark_gives_the_same(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: str
) -> None:
    """Four days of texts, with bad values and rows without an id; the workers read what has arrived."""
    session = only_spark(cluster)
    monkeypatch.setattr(partitioned, "LARGE_ROWS", 100)
    files = copied(example, tmp_path / "files")
    snapshots_from(files, "files: book/accounts-{date}.csv")
    (files / "book").mkdir()
    table = copied(example, tmp_path / "table", "executor: spark\n")
    snapshots_from(table, "database: spark\n  query: SELECT * FROM book -- of today")
    book = pl.read_csv(example / "data" / f"accounts-{LAST}.csv", infer_schema=False)
    for number in range(4):
        day = LAST + number * DAY
        rows = book.with_row_index("row").filter(pl.col("row") % 40 != number)
        absent = pl.when(pl.col("row") != 41 + number).then("account_id")
        rows = rows.with_columns(account_id=absent).drop("row")
        rows.write_csv(files / "book" / f"accounts-{day}.csv")
        run(load_project(files), day, today=day)
        shuffled = rows.sample(fraction=1.0, shuffle=True, seed=7)
        session.createDataFrame(shuffled.to_arrow()).createOrReplaceTempView("book")
        with monkeypatch.context() as patched:
            in_parts(patched, 2)
            run(load_project(table), day, today=day)
    same_stores(table / "store", files / "store", same_source=False)
    stored = sorted(path.name for path in (table / "arrivals").iterdir())
    assert stored == [f"accounts-{LAST + n * DAY}.parquet" for n in range(4)]


@pytest.mark.slow
def test_types_of_spark_are_read_and_bad_queries_named(tmp_path: Path, cluster: str) -> None:
    session = only_spark(cluster)
    columns = (
        "7L AS id, CAST(1234.50 AS DECIMAL(12, 2)) AS arr, DATE'2026-03-01' AS renewal, "
        "TIMESTAMP'2024-06-30 22:30:00Z' AS signed, array('vip', 'a,b') AS tags, true AS paid, NULL AS gone"
    )

    def asked(query: str, seconds: int = 60, column: str = "") -> pl.DataFrame:
        """The answer all at once, or by account if there is a column of ids."""
        source = SnapshotSource(database="spark", query=query, query_seconds=seconds)
        if column:
            return pl.concat(ask_by_account(source, tmp_path, column))
        return ask_database(source, tmp_path)

    def refused(query: str, seconds: int = 60) -> Problem:
        found = []
        for column in ("", "id"):
            with pytest.raises(Problems) as caught:
                asked(query, seconds, column)
            found += caught.value.problems
        assert found[0] == found[1]
        return found[0]

    for found in (asked(f"SELECT {columns}"), asked(f"SELECT {columns}", column="id")):
        assert found["arr"].to_list() == [Decimal("1234.50")]
        assert found["renewal"].to_list() == [dt.date(2026, 3, 1)]
        signed, _ = convert(found["signed"], FieldSpec("signed", "date"), "Europe/Paris")
        assert signed.to_list() == [dt.date(2024, 7, 1)]
        assert [each.to_list() for each in found["tags"]] == [["vip", "a,b"]]
        assert found.select("id", "paid", "gone").rows() == [(7, True, None)]
        assert found.schema["gone"] == pl.String
    missing = refused("SELECT * FROM crm.accounts")
    assert missing.code == "query-failed"
    assert "`crm`.`accounts`" in missing.message
    assert "SQLSTATE" not in missing.message
    assert "`nope`" in refused("SELECT nope FROM (SELECT 1 AS x)").message
    assert refused("SELECT 1 AS x, 2 AS x").code == "repeated-column"
    for statement in (
        "DROP VIEW IF EXISTS book",
        "CREATE TABLE made AS SELECT 1 AS x",
        "SHOW TABLES",
    ):
        assert refused(statement).code == "query-failed"
    assert not session.catalog.tableExists("made")
    assert refused("SELECT sum(id % 7) AS s FROM range(1000000000000)", 1).code == "query-limit"
    assert asked("SELECT 1 AS x").rows() == [(1,)]
    late = "SELECT cast(id AS string) AS id, 1 / (id - 7) AS y FROM range(9)"
    assert "DIVIDE_BY_ZERO" in refused(late).message
    none = asked("SELECT 'a' AS id, 1 AS x WHERE false", column="id")
    assert (none.columns, none.height) == (["id", "x"], 0)


@pytest.mark.slow
def test_spark_sorts_by_the_bytes_of_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: str
) -> None:
    """Also of one that sorts otherwise by UTF-16, and in a column with another collation; in batches of some rows."""
    only_spark(cluster)
    monkeypatch.setattr(spark_queries, "FETCHED_ROWS", 3)
    ids = ["a", "b", "B", "é", "\U0001f600", "\ue000", "10", "9", "", "it''s"]
    texts = [each.replace("''", "'") for each in ids]
    values = ", ".join(f"('{each}')" for each in ids)
    for column in ("id", "id COLLATE UTF8_LCASE"):
        query = (
            f"SELECT {column} AS `the.id`, 1 AS `x.y` FROM VALUES {values}, (NULL), ('b') AS t(id)"
        )
        source = SnapshotSource(database="spark", query=query)
        found = pl.concat(ask_by_account(source, tmp_path, "the.id"))
        assert found.columns == ["the.id", "x.y"]
        by_bytes = sorted([*texts, "b"], key=lambda id: id.encode())
        assert found["the.id"].to_list() == [*by_bytes, None]


def test_what_has_just_arrived_is_where_workers_read_it(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver's temporary folder is on another machine than the workers."""
    tasks: list[bytes] = []

    class Watched(CarelessCluster):
        def execute(self, work: Work, given: Iterable[bytes]) -> Iterator[bytes]:
            tasks.extend(given)
            return super().execute(work, tasks)

    monkeypatch.setattr(running, "open_executor", lambda _: nullcontext(Watched()))
    monkeypatch.setattr(partitioned, "LARGE_ROWS", 100)
    in_parts(monkeypatch, 2)
    root = copied(example, tmp_path / "w", "executor: dask\n")
    snapshots_from(root, f"file: {tmp_path}/book/")
    (tmp_path / "book").mkdir()
    rows = pl.read_csv(example / "data" / f"accounts-{LAST}.csv", infer_schema=False)
    rows.write_parquet(tmp_path / "book" / "a.parquet")
    (root / "arrivals" / ".tenure-of-a-killed-run").mkdir(parents=True)
    run(load_project(root), LAST)
    assert len(tasks) >= 2
    assert all(str(root / "arrivals" / ".tenure-").encode() in task for task in tasks)
    gc.collect()
    assert [each.name for each in (root / "arrivals").iterdir()] == [f"accounts-{LAST}.parquet"]


@pytest.mark.slow
def test_spark_connect_gives_the_same(example: Path, tmp_path: Path) -> None:
    """Run as a command, since a process that has a classic session cannot have another."""
    environment = os.environ | spark_environment() | {"SPARK_REMOTE": "local[2]"}
    root = copied(example, tmp_path / "spark", "executor: spark\n")
    rows = pl.read_csv(example / "data" / f"accounts-{LAST}.csv", infer_schema=False)
    rows.write_parquet(tmp_path / "book.parquet")
    query = f"SELECT * FROM parquet.`{tmp_path}/book.parquet`"
    snapshots_from(root, f"database: spark\n  query: {query}")
    command = [sys.executable, "-c", "from tenure.cli.main import main; main()", "run"]
    arguments = ["--workspace", str(root), "--on", LAST.isoformat(), "--today", LAST.isoformat()]
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 4, done.stderr  # the example has bad values
    local = copied(example, tmp_path / "local")
    run(load_project(local), LAST)
    same_stores(root / "store", local / "store", same_source=False)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("no cluster at sc://here:15002\nand more", "no cluster at sc://here:15002"),
        (
            "Job failed\nTraceback (most recent call last):\n  File x\nOSError: full\n\nat org.x",
            "OSError: full",
        ),
        ("", "RuntimeError"),
    ],
)
def test_of_a_long_message_the_cause_is_shown(message: str, reason: str) -> None:
    problem = cluster_errors.cluster_failed("Spark", RuntimeError(message))
    assert problem.message == f"Spark did not evaluate the accounts: {reason}"
