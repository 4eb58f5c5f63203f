"""Executors of a run's parts: threads of this process, or a cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..core.problems import Problem, Problems
from ..workspace.settings import SETTINGS, ExecutorName

if TYPE_CHECKING:
    from .part_tasks import Executor

_MODULES: dict[ExecutorName, tuple[str, ...]] = {
    "local": (),
    "spark": ("pyspark", "pandas", "pyarrow"),
    "dask": ("distributed",),
}
"""The modules that an executor needs, which its extra installs."""
_RAISED = re.compile(r"^Traceback .*?^(\w[\w.]*: [^\n]+)", re.M | re.S)
"""The end of a worker's traceback, in the middle of a cluster's long message."""


@contextmanager
def open_executor(name: ExecutorName) -> Iterator[Executor | None]:
    """Yield a workspace's executor; None is threads of this process.

    A cluster is connected to at the first task, and left again at the end.

    Raises:
        Problems: Its extra is not installed.
    """
    if any(find_spec(module) is None for module in _MODULES[name]):
        message = f"{SETTINGS} says `executor: {name}`, and what talks to that is not installed"
        hint = f"pip install 'tenure[{name}]', or write `executor: local`"
        raise Problems([Problem("executor-missing", message, hint=hint)])
    if name == "spark":
        from .spark_executor import SparkExecutor

        yield SparkExecutor()
    elif name == "dask":
        from .dask_executor import DaskExecutor

        with DaskExecutor() as executor:
            yield executor
    else:
        yield None


def cluster_failed(name: str, error: Exception) -> Problem:
    """Return the problem of a cluster that gave no result."""
    hint = (
        "see the cluster's log; its workers need the same Python and Tenure as this machine, and the workspace's "
        "folder under the same path"
    )
    return Problem(
        "cluster-failed", f"{name} did not evaluate the accounts: {_reason(error)}", hint=hint
    )


def _reason(error: Exception) -> str:
    """Return what a worker raised, or else the first line of the cluster's message."""
    raised = _RAISED.search(str(error))
    if raised:
        return raised[1]
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)
