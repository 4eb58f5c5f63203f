"""Executors of a run's parts: threads of this process, or a cluster."""

from __future__ import annotations

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
