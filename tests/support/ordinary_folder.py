"""A folder that queries may be allowed to read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def ordinary_folder() -> Iterator[Path]:
    """Yield a folder that `allow_folders` can name, unlike one of the system such as `/dev/shm`."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)
