"""Refuse a snapshot: nothing of it is used, and the run stops before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import NoReturn

from ..core.problems import Problem, Problems

_ANSWER = re.compile(r"<Code>(\w+)</Code>\s*<Message>([^<]*)")
"""An error as S3 answers it, such as `AccessDenied`, after lines about the request."""


def refuse(code: str, message: str, hint: str | None = None) -> NoReturn:
    """Raise the one problem for which a snapshot cannot be used."""
    raise Problems([Problem(code, message, hint=hint)])


def empty_snapshot(shown: str) -> Problem:
    """Return the problem of a snapshot without a row."""
    hint = "see whether the export worked; a header alone is not a snapshot"
    return Problem("empty-snapshot", f"{shown} has no accounts", hint=hint)


def need_package(module: str, what: str, extra: str) -> None:
    """Refuse what is read with a package that is not installed; `extra` installs it."""
    if find_spec(module) is None:
        message = f"{what} is read with a package that is not installed"
        refuse("driver-missing", message, f"pip install 'tenure[{extra}]'")


@contextmanager
def reading(shown: str) -> Iterator[None]:
    """Raise as `Problems` what the system reports, at any moment, about a file that is read.

    A disk, a network folder or the limit of open files can fail between any two calls, also after a file was opened.
    A panic of Polars is treated alike: it is not an `Exception`, and no caller would catch it.

    Args:
        shown: The file as messages name it.

    Raises:
        Problems: `unreadable-snapshot`.
    """
    try:
        yield
    except OSError as error:
        if _is_broken_packing(error):
            refuse("unreadable-snapshot", f"{shown} cannot be unpacked: {first_line(error)}")
        reason = error.strerror or first_line(error)
        refuse("unreadable-snapshot", f"{shown} cannot be read: {reason}")
    except Exception as error:
        if _is_broken_packing(error):
            hint = "the export may have been cut off; wait for it to finish, or export again"
            refuse("cut-off", f"{shown} cannot be unpacked: {first_line(error)}", hint)
        raise
    except BaseException as error:
        if not _is_panic(error):
            raise
        refuse(
            "unreadable-snapshot",
            f"{shown} cannot be read: Polars failed: {first_line(error)}",
            "see whether its disk is well, and whether the file is whole; or export it again",
        )


def _is_panic(error: BaseException) -> bool:
    import polars as pl  # `validate` comes by here and needs none of it

    return isinstance(error, pl.exceptions.PanicException)


def _is_broken_packing(error: Exception) -> bool:
    """Return whether it says that a compressed file is not whole, not one at all, or has a password."""
    import gzip
    import zipfile
    import zlib

    kinds = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, NotImplementedError)
    return isinstance(error, kinds) or "password" in str(error)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message that says something; of an answer of S3, its code and message."""
    if answer := _ANSWER.search(str(error)):
        return ": ".join(answer.groups())
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))
