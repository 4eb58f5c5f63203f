"""Several files replaced together: all of them, or after any failure none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ..core.atomic_files import write_whole


@contextmanager
def replaced_files(
    contents: Mapping[Path, bytes], private: frozenset[Path] = frozenset()
) -> Iterator[None]:
    """Write the files for the body; if it raises, everything is as it was before.

    Args:
        contents: The new content of each file; folders are created as needed.
        private: Those that are for their owner alone.
    """
    before = {path: path.read_bytes() if path.is_file() else None for path in contents}
    folders = [folder for path in contents for folder in _absent(path.parent)]
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if before[path] != content:
                write_whole(path, content, private=path in private)
        yield
    except BaseException:
        _restore(before, contents)
        for folder in sorted(set(folders), reverse=True):
            with suppress(OSError):
                folder.rmdir()
        raise


def _restore(before: Mapping[Path, bytes | None], contents: Mapping[Path, bytes]) -> None:
    for path, content in before.items():
        if content is None:
            path.unlink(missing_ok=True)
        elif content != contents[path]:
            write_whole(path, content)


def _absent(folder: Path) -> list[Path]:
    """Return the folder and those above it that do not exist."""
    return [each for each in (folder, *folder.parents) if not each.exists()]
