"""SQL queries over the workspace's declared files, run by DuckDB, which the extra `tenure[sql]` installs.

A query runs in a separate process, `query_child`, which has its tables in memory and access to nothing else. Its
time and memory are limited, and it ends with this process. Columns of CSV tables are text, so that `007` stays `007`:
a query casts them before it computes. A query that uses `$on` gets the snapshot's date.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..core.problems import Problem, Problems
from ..workspace.settings import SnapshotSource, asks_for_date
from .query_pipe import Ended, PipeMessage, Silent, receive
from .refusal import reading, refuse
from .table_files import open_tables

if TYPE_CHECKING:
    import polars as pl

_CHILD = __name__.rpartition(".")[0] + ".query_child"
_START = f"""\
import json, sys
sys.path += [path for path in json.loads(sys.argv[2]) if path not in sys.path]
from {_CHILD} import serve
serve(int(sys.argv[1]))
"""
_PASSED = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH")
"""Variables without which some installations of Python cannot start."""


class Query:
    """A declared query over its files. It holds a process as long as it lives.

    The tables are read once, when it opens. The rows of the last date read are cached.
    """

    def __init__(self, source: SnapshotSource, root: Path) -> None:
        if find_spec("duckdb") is None:
            refuse(
                "duckdb-missing",
                "a `query` is run by DuckDB, which is not installed",
                "install it where Tenure is installed: pip install duckdb",
            )
        self.source = source
        self.dated = asks_for_date(source.query or "")
        self._last: tuple[dt.date, pl.DataFrame] | None = None
        self._failed: Problem | None = None
        # Another thread prefetches snapshots.
        self._lock = threading.RLock()
        with reading("the query's tables"):
            self._process, self._answers = _start(source, root)
        self._end = weakref.finalize(self, _end, self._process, self._answers)

    def columns(self, on: dt.date) -> list[str]:
        """Return the columns of the query, in order."""
        if self.dated:
            return self.read(on).columns
        about, _ = self._ask({"ask": "columns"})
        return list(about["columns"])

    def dates(self) -> list[dt.date]:
        """Return the dates of its rows. A query with the date as a parameter lists none."""
        if self.dated or self.source.date_column is None:
            return []
        about, _ = self._ask({"ask": "dates"})
        return [dt.date.fromisoformat(on) for on in about["dates"]]

    def read(self, on: dt.date) -> pl.DataFrame:
        """Return the rows of that date, and those without a date."""
        import polars as pl

        with self._lock:
            if self._last is None or self._last[0] != on:
                _, rows = self._ask({"ask": "rows", "on": on.isoformat()})
                self._last = (on, pl.read_ipc_stream(io.BytesIO(rows)))
            return self._last[1]

    def _ask(self, request: dict[str, Any]) -> PipeMessage:
        with self._lock:
            if self._failed is not None:
                raise Problems([self._failed])
            try:
                _write(self._process, request)
                about, rows = receive(self._answers, self.source.query_seconds)
            except Silent:
                self._stop(self._too_long())
            except (Ended, BrokenPipeError):
                self._stop(self._ended(self._process.wait()))
        if about.get("limit") == "memory":
            self._stop(self._too_large())
        if "code" in about:
            raise Problems([self._problem(about["code"], about["message"], about["hint"])])
        return about, rows

    def _stop(self, problem: Problem) -> NoReturn:
        """End the process. Every later request raises the same problem."""
        self._end()
        self._failed = problem
        raise Problems([problem])

    def _too_long(self) -> Problem:
        message = f"the query has no result after {self.source.query_seconds} seconds"
        hint = "see whether it ends at all; if it only needs longer, raise `limits: {time: ...}`"
        return self._problem("query-limit", message, hint)

    def _too_large(self) -> Problem:
        message = (
            f"the query and its tables need more memory than {_size(self.source.query_memory)}"
        )
        hint = (
            "see whether a join lacks its condition; if the tables are large, raise "
            "`limits: {memory: ...}`"
        )
        return self._problem("query-limit", message, hint)

    def _ended(self, code: int) -> Problem:
        if code == -signal.SIGXCPU:
            return self._too_long()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        message = (
            f"the query's process ended without an answer ({how}); "
            f"it may use {_size(self.source.query_memory)} of memory"
        )
        return self._problem("query-limit", message, "make the query or its tables smaller")

    def _problem(self, code: str, message: str, hint: str | None) -> Problem:
        return Problem(code, message, self.source.span, hint)


def _start(source: SnapshotSource, root: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the process and write its order. Return it with the pipe of its answers."""
    answers, to_us = os.pipe()
    try:
        with open_tables(source, root) as tables:
            process = _launch(to_us, [table["file"] for table in tables])
    except BaseException:
        os.close(answers)
        raise
    finally:
        os.close(to_us)
    order = {
        "tables": tables,
        "text": (source.query or "").strip(),
        "date_column": source.date_column if not asks_for_date(source.query or "") else None,
        "time_zone": source.time_zone,
        "memory": source.query_memory,
        "seconds": source.query_seconds,
    }
    # If it has ended already, the first request finds out why.
    with suppress(BrokenPipeError):
        _write(process, order)
    return process, answers


def _launch(answers: int, files: list[int]) -> subprocess.Popen[bytes]:
    paths = [path for path in sys.path if Path(path).is_absolute()]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _START, str(answers), json.dumps(paths)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(answers, *files),
        cwd="/",
        env=_environment(),
        # A signal from the terminal is for Tenure; this process ends with it.
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return {"POLARS_MAX_THREADS": "1", "TZ": "UTC", **passed}


def _write(process: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    if process.stdin is not None:
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()


def _end(process: subprocess.Popen[bytes], answers: int) -> None:
    process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
    os.close(answers)


def _size(number: int) -> str:
    return f"{number / (1 << 30):g} GB" if number >= 1 << 30 else f"{number >> 20} MB"
