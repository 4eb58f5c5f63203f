"""Execute tasks on Spark: one row and one partition a task, through the DataFrame API alone.

So Spark Connect and managed clusters work, which have no access to RDDs. Which cluster it is, Spark's own settings say;
see `sources.spark_queries`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ..core.problems import Problems
from ..sources.spark_queries import spark_errors, spark_session
from .cluster_errors import cluster_failed

if TYPE_CHECKING:
    import pyarrow as pa

Batches = Iterator["pa.RecordBatch"]


class SparkExecutor:
    """The session of Spark that its settings describe, or that this process already has."""

    def execute(self, work: Callable[[bytes], bytes], tasks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the results, all of them after the last task; Spark retries a task that fails.

        Raises:
            Problems: A task failed too often, or there is no cluster.
        """
        import pyarrow as pa

        listed = list(tasks)
        numbers = pa.array(range(len(listed)), pa.int64())
        table = pa.table({"number": numbers, "task": pa.array(listed, pa.binary())})
        try:
            with spark_session() as session:
                # By range: each task then has a partition, and no two wait for one another.
                frame = session.createDataFrame(table).repartitionByRange(len(listed), "number")
                done = frame.mapInArrow(_in_batches(work), "number long, result binary").toArrow()
        except spark_errors() as error:
            raise Problems([cluster_failed("Spark", error)]) from error
        yield from done.sort_by("number")["result"].to_pylist()


def _in_batches(work: Callable[[bytes], bytes]) -> Callable[[Batches], Batches]:
    """Return the function as Spark calls it: from batches of `number` and `task` to `number` and `result`."""

    def execute(batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            for row in batch.to_pylist():
                yield pa.RecordBatch.from_pylist(
                    [{"number": row["number"], "result": work(row["task"])}],
                    pa.schema({"number": pa.int64(), "result": pa.binary()}),
                )

    return execute
