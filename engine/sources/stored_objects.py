"""Objects of object storage that are listed or read whole: the files of a folder, and files about a snapshot.

The settings are those of the environment, such as `AWS_ACCESS_KEY_ID`, as for everything that is in object storage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .refusal import first_line, need_package

if TYPE_CHECKING:
    from obstore.store import ObjectStore

ObjectStamp = tuple[int, str]
"""Size and content tag of an object: another stamp means another content."""


def list_objects(folder: str) -> dict[str, ObjectStamp]:
    """Return the objects under an address that ends in `/`: name below it, and stamp.

    Raises:
        OSError: The storage does not answer, or refuses.
    """
    import obstore

    store = _opened(folder)
    with _as_file_errors():
        found = [each for some in obstore.list(store) for each in some]
    return {
        each["path"]: (each["size"], each["e_tag"] or str(each["last_modified"])) for each in found
    }


def read_object(address: str) -> bytes | None:
    """Return the content of a small object; None if it is not there.

    Raises:
        OSError: The storage does not answer, or refuses.
    """
    import obstore

    folder, _, name = address.rpartition("/")
    store = _opened(folder)
    with _as_file_errors():
        try:
            return bytes(obstore.get(store, name).bytes())
        except FileNotFoundError:
            return None


def _opened(address: str) -> ObjectStore:
    need_package("obstore", "a folder or a small file in object storage", "s3")
    from obstore.store import from_url

    with _as_file_errors():
        return from_url(address)


@contextmanager
def _as_file_errors() -> Iterator[None]:
    """Raise the storage's errors as those of a file system, but for what is not there."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, PermissionError) as error:
        raise OSError(first_line(error)) from error
