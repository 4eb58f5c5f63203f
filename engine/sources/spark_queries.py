"""Queries that Spark answers: its session, and the rows of one SELECT, at once or in batches.

Which cluster it is, Spark's own settings say: `SPARK_REMOTE`, `spark-submit`, or `spark-defaults.conf`. Only the
DataFrame API is used, so that Spark Connect and managed clusters work.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, NoReturn

from .refusal import first_line, need_package, refuse

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

_POSITION = re.compile(r"\.? ?SQLSTATE:.*")
"""The end of Spark's messages, with a position in the text that Spark was given, which is not the query's."""
_TAG = "tenure-query"
FETCHED_ROWS = 250_000
"""Rows of a sorted answer in memory at a time."""
_PARTITION_SIZE = "spark.sql.adaptive.advisoryPartitionSizeInBytes"
_PARTITION_BYTES = "16MB"
"""A quarter of what is usual. With 64 MB, five million rows of seven columns filled a driver's heap of a gigabyte."""


@contextmanager
def spark_session() -> Iterator[Any]:
    """Yield the session that this process has, or a new one that Spark's settings describe."""
    from pyspark.sql import SparkSession

    with warnings.catch_warnings():
        # PySpark warns of versions of pandas of which it uses nothing here.
        warnings.simplefilter("ignore", FutureWarning)
        yield SparkSession.builder.appName("tenure").getOrCreate()


def spark_errors() -> tuple[type[Exception], ...]:
    """Return the errors that Spark raises; one of Py4J is what comes of a job that was ended."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError, RuntimeError, OSError


@contextmanager
def _limited(session: Any, seconds: int, expired: Event) -> Iterator[None]:
    """End what Spark does for this thread after some seconds, and say so in `expired`."""
    from pyspark.sql.utils import is_remote

    if is_remote():
        add, remove, cancel = session.addTag, session.removeTag, session.interruptTag
    else:
        # The session's own tags do not get to the jobs that collect rows as Arrow.
        jobs = session.sparkContext
        add, remove, cancel = jobs.addJobTag, jobs.removeJobTag, jobs.cancelJobsWithTag

    done = Event()

    def interrupt() -> None:
        if done.wait(seconds):
            return
        expired.set()
        # Again and again: a job may begin between the end of the time and that of the query.
        while not done.is_set():
            with suppress(*spark_errors()):
                cancel(_TAG)
            done.wait(1)

    watching = Thread(target=interrupt, daemon=True)
    add(_TAG)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
        remove(_TAG)


def ask_spark(query: str, seconds: int) -> pl.DataFrame:
    """Return the rows of a query, asked now, all at once.

    Args:
        query: One SELECT.
        seconds: How long it may take.

    Raises:
        Problems: `driver-missing`, `query-failed`, `query-limit` or `repeated-column`.
    """
    with _answer(query, seconds) as (rows, _):
        return _as_frame(rows.toArrow())


def ask_spark_by_account(query: str, seconds: int, id_column: str) -> Iterator[pl.DataFrame]:
    """Yield the rows of a query in batches. Spark sorts them, and no more than a batch is in this process's memory.

    Args:
        query: One SELECT.
        seconds: How long it may take, until the last batch is read.
        id_column: The column of the ids, by whose UTF-8 bytes rows are sorted.

    Raises:
        Problems: As `ask_spark`.
    """
    with _answer(query, seconds) as (rows, expired), _small_partitions(rows.sparkSession):
        from pyspark.sql.functions import col

        columns = rows.columns
        # Spark would take a dot in a name for a field of a struct.
        rows = rows.toDF(*(f"c{number}" for number in range(len(columns))))
        if id_column in columns:
            ids = col(f"c{columns.index(id_column)}").cast("string")
            rows = rows.sort(ids.asc_nulls_last())
        # Rows travel as Arrow, and not one by one as those of `toLocalIterator` do.
        packed = rows.mapInArrow(_packer(), "packed binary").toLocalIterator()
        found = False
        for batch in _gathered(packed, expired):
            found = True
            yield _as_frame(batch.rename_columns(columns))
        if not found:
            import polars as pl

            yield pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


@contextmanager
def _answer(query: str, seconds: int) -> Iterator[tuple[Any, Event]]:
    """Yield a query as a frame of Spark, and what says that its time is over; refuse what Spark reports."""
    for module in ("pyspark", "pyarrow"):
        need_package(module, "a query of Spark", "spark")
    expired = Event()
    try:
        with spark_session() as session, _limited(session, seconds, expired):
            # In brackets, since Spark executes any other statement at once.
            rows = session.sql(f"SELECT * FROM ({query}\n)")
            if len(set(rows.columns)) < len(rows.columns):
                message = "the query's result has several columns of one name"
                refuse("repeated-column", message, "name each column once, with AS")
            yield rows, expired
    except spark_errors() as error:
        if expired.is_set():
            _refuse_late()
        reason = _POSITION.sub("", first_line(error))
        hint = (
            "the query is one SELECT without `;`; see whether Spark knows the table and may read it"
        )
        refuse("query-failed", f"Spark did not answer the query: {reason}", hint)


@contextmanager
def _small_partitions(session: Any) -> Iterator[None]:
    """Let Spark sort into partitions of which its driver can hold one: it collects them one after the other."""
    settings = session.conf
    before = settings.get(_PARTITION_SIZE)
    with suppress(*spark_errors()):  # a managed cluster may have settings that no session changes
        settings.set(_PARTITION_SIZE, _PARTITION_BYTES)
    try:
        yield
    finally:
        with suppress(*spark_errors()):
            settings.set(_PARTITION_SIZE, before)


def _refuse_late() -> NoReturn:
    hint = "select fewer rows, or allow more under `limits: {time: …}`"
    refuse("query-limit", "the query of Spark took longer than it may", hint)


def _packer() -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a function that makes each batch of rows one value.

    It is a function within a function: Spark then sends its code, and its workers need no Tenure.
    """

    def pack(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        options = pa.ipc.IpcWriteOptions(compression="zstd")
        for batch in batches:
            written = pa.BufferOutputStream()
            with pa.ipc.new_stream(written, batch.schema, options=options) as stream:
                stream.write_batch(batch)
            packed = pa.array([written.getvalue().to_pybytes()], pa.binary())
            yield pa.RecordBatch.from_arrays([packed], ["packed"])

    return pack


def _gathered(packed: Iterator[tuple[bytes]], expired: Event) -> Iterator[pa.Table]:
    """Yield what was packed as tables of about `FETCHED_ROWS` rows."""
    import pyarrow as pa

    held: list[pa.Table] = []
    for (some,) in packed:
        if expired.is_set():
            _refuse_late()
        held.append(pa.ipc.open_stream(some).read_all())
        if sum(each.num_rows for each in held) >= FETCHED_ROWS:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def _as_frame(rows: pa.Table) -> pl.DataFrame:
    import polars as pl

    # A column of NULL alone has no type.
    return pl.DataFrame(rows).with_columns(pl.col(pl.Null).cast(pl.String))
