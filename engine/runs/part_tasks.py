"""Tasks of a cluster: the evaluation of one part of a date as a function from bytes to bytes.

A task is what the parts share, written once, and one range of accounts with the values computed for it. Its result is
the part's totals, and the names and digests of the files to which it has written its rows. A task may be executed
twice, at once or after a failure: each attempt writes files under new names, and the commit names one attempt's.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from ..core.problems import Problem, Problems
from ..store import PartFiles, PartWriter
from ..version import VERSION
from ..workspace.store_address import StoreAddress
from .library_versions import library_versions
from .part_evaluation import BookValues, PartResult, StageContext, evaluate_range
from .part_totals import PartTotals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from ..sources import SnapshotPart, UnreadPart


class Executor(Protocol):
    """A cluster that executes tasks."""

    def execute(self, work: Callable[[bytes], bytes], tasks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the result of each task in input order; a task may be executed more than once.

        Raises:
            Problems: A task failed as often as the cluster tries it, or there is no cluster.
        """
        ...


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """The result of a task: that of a part, with its rows in files; see `PartResult`."""

    totals: PartTotals
    files: PartFiles | None
    meeting: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Shared:
    """The inputs that all tasks of a date share."""

    context: StageContext
    writer: PartWriter


@dataclass(frozen=True, slots=True)
class PartWork:
    """The function that executes a task, in any process in which Tenure is installed.

    Attributes:
        versions: The versions of Tenure and of the libraries that results depend on.
        shared: The inputs that all tasks share, as bytes.
    """

    versions: tuple[tuple[str, str], ...]
    shared: bytes

    def __call__(self, task: bytes) -> bytes:
        """Execute a task. Problems that another attempt would have too are returned, not raised."""
        try:
            self._refuse_other_versions()
            return _to_bytes(self._evaluate(task))
        except Problems as error:
            return _to_bytes(error.problems)

    def _refuse_other_versions(self) -> None:
        if self.versions != installed_versions():
            theirs, ours = dict(installed_versions()), dict(self.versions)
            name = next(name for name in ours if ours[name] != theirs[name])
            message = f"a worker of the cluster has {name} {theirs[name]}, and the run {ours[name]}"
            hint = f"install {name} {ours[name]} on the workers: results depend on its version"
            raise Problems([Problem("cluster-versions", message, hint=hint)])

    def _evaluate(self, task: bytes) -> WrittenPart:
        shared = _read_shared(self.shared)
        number, book, accounts = pickle.loads(task)
        result = evaluate_range(shared.context, book, accounts)
        return WrittenPart(result.totals, _write(shared.writer, number, result), result.meeting)


def _write(writer: PartWriter, number: int, result: PartResult) -> PartFiles | None:
    rows = result.rows
    if rows is None:
        return None
    return writer.write(number, rows.states, rows.entries, rows.ended, rows.history, rows.carried)


@lru_cache(maxsize=1)
def _read_shared(shared: bytes) -> _Shared:
    """Read what tasks share: once in each process, which executes many tasks of a date."""
    found: _Shared = pickle.loads(shared)
    return found


def part_work(context: StageContext, writer: PartWriter) -> PartWork:
    """Return the function that executes the tasks of a date."""
    # What is known of quiet accounts saves time in one process, and changes no result.
    alone = replace(context, quiet=None)
    return PartWork(installed_versions(), _to_bytes(_Shared(alone, writer)))


def part_task(number: int, book: BookValues, accounts: SnapshotPart | UnreadPart) -> bytes:
    """Return the task of the range of this number, with those of the book's values that it needs."""
    return _to_bytes((number, book.within(accounts.stretch), accounts))


def read_result(result: bytes) -> WrittenPart:
    """Return the result of a task.

    Raises:
        Problems: Those of the task.
    """
    found = pickle.loads(result)
    if isinstance(found, WrittenPart):
        return found
    raise Problems(found)


def installed_versions() -> tuple[tuple[str, str], ...]:
    """Return name and version of Tenure, and of each library that results depend on."""
    return (("tenure", VERSION), *library_versions())


def _absolute(path: Path) -> tuple[type[Path], tuple[str]]:
    return Path, (str(path.absolute()),)


def _absolute_address(address: StoreAddress) -> tuple[type[StoreAddress], tuple[str, str, str]]:
    files = str(Path(address.files).absolute()) if address.in_folder else address.files
    return StoreAddress, (files, address.database, address.schema)


def _as_view(items: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(items)


def _reduce_view(view: MappingProxyType[Any, Any]) -> tuple[Callable[..., object], tuple[object]]:
    return _as_view, (dict(view),)


class _Pickler(pickle.Pickler):
    """A pickler for another process: paths become absolute, since its working folder is another one."""

    dispatch_table = copyreg.dispatch_table | {
        PosixPath: _absolute,
        StoreAddress: _absolute_address,
        MappingProxyType: _reduce_view,
    }


def _to_bytes(value: object) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()
