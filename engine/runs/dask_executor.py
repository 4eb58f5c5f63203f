"""Execute tasks on Dask, through its `concurrent.futures` interface.

Which cluster it is, Dask's own settings say, such as `DASK_SCHEDULER_ADDRESS`; without any, it starts one of this
machine's processors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from ..core.problems import Problems
from .cluster_errors import cluster_failed

if TYPE_CHECKING:
    from concurrent.futures import Executor

RETRIES = 3
"""How often Dask tries a failed task again; a task whose worker died, it tries again by itself."""


LARGE_TASK_ADVICE = "distributed.admin.large-graph-warning-threshold"
"""The size from which Dask advises, in its output, to let the workers load the data."""


class DaskExecutor:
    """The cluster of Dask that its settings describe; a context manager, which leaves it at the end."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._executor: Executor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def execute(self, work: Callable[[bytes], bytes], tasks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the results as they come, in input order.

        Raises:
            Problems: A task failed too often, or there is no cluster.
        """
        try:
            executor = self._connected()
            # `map` takes no iterator. What has been taken is released here, and then by the cluster.
            under_way = deque(executor.submit(work, task) for task in tasks)
            while under_way:
                yield under_way.popleft().result()
        except Problems:
            raise
        except Exception as error:
            raise Problems([cluster_failed("Dask", error)]) from error

    def _connected(self) -> Executor:
        if self._executor is None:
            from dask import config
            from distributed import Client

            # A task carries its accounts only where the workers cannot read them.
            self._open.enter_context(config.set({LARGE_TASK_ADVICE: "1 TB"}))
            connect: Callable[..., Client] = Client
            client = self._open.enter_context(connect(set_as_default=False))
            # Not pure: a task that is given twice is executed twice, whatever the cluster remembers.
            found: Executor = client.get_executor(retries=RETRIES, pure=False)
            self._open.callback(found.shutdown, wait=False)
            self._executor = found
        return self._executor
