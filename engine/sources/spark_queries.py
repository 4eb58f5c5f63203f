"""Queries that Spark answers: its session, and the rows of one SELECT.

Which cluster it is, Spark's own settings say: `SPARK_REMOTE`, `spark-submit`, or `spark-defaults.conf`. Only the
DataFrame API is used, so that Spark Connect and managed clusters work.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

from .refusal import first_line, need_package, refuse

if TYPE_CHECKING:
    import polars as pl

_POSITION = re.compile(r"\.? ?SQLSTATE:.*")
"""The end of Spark's messages, with a position in the text that Spark was given, which is not the query's."""
_TAG = "tenure-query"


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

    def interrupt() -> None:
        expired.set()
        cancel(_TAG)

    timer = Timer(seconds, interrupt)
    timer.daemon = True
    add(_TAG)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        remove(_TAG)


def ask_spark(query: str, seconds: int) -> pl.DataFrame:
    """Return the rows of a query, asked now.

    Args:
        query: One SELECT.
        seconds: How long it may take.

    Raises:
        Problems: `driver-missing`, `query-failed` or `query-limit`.
    """
    for module in ("pyspark", "pyarrow"):
        need_package(module, "a query of Spark", "spark")
    import polars as pl

    expired = Event()
    try:
        with spark_session() as session, _limited(session, seconds, expired):
            # In brackets, since Spark executes any other statement at once.
            rows = session.sql(f"SELECT * FROM ({query}\n)").toArrow()
    except spark_errors() as error:
        if expired.is_set():
            hint = "select fewer rows, or allow more under `limits: {time: …}`"
            refuse("query-limit", "the query of Spark took longer than it may", hint)
        reason = _POSITION.sub("", first_line(error))
        hint = (
            "the query is one SELECT without `;`; see whether Spark knows the table and may read it"
        )
        refuse("query-failed", f"Spark did not answer the query: {reason}", hint)
    if len(set(rows.column_names)) < len(rows.column_names):
        message = "the query's result has several columns of one name"
        refuse("repeated-column", message, "name each column once, with AS")
    found = pl.DataFrame(rows)
    # A column of NULL alone has no type.
    return found.with_columns(pl.col(pl.Null).cast(pl.String))
