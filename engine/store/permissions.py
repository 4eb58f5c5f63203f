"""Who may read the store: its owner alone, also after it was copied by a program that widened its permissions."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..core.problems import Problem
from . import file_names

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def tighten(root: Path) -> list[Problem]:
    """Take the store's folder and files away from other users, and return a warning if that was needed."""
    wide = [path for path in _ours(root) if path.lstat().st_mode & _OTHERS]
    changed = []
    for path in wide:
        # What belongs to another user is left as it is, and named.
        with suppress(PermissionError):
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~_OTHERS)
            changed.append(path)
    found = []
    if changed:
        found.append(_warning(root, changed, "they are for their owner alone again"))
    if len(changed) < len(wide):
        found.append(_warning(root, [path for path in wide if path not in changed], _BY_HAND))
    return found + _foreign_owners(root)


def warn(root: Path) -> list[Problem]:
    """Return warnings of what other users may read or own; change nothing."""
    if not root.is_dir():
        return []
    wide = [path for path in _ours(root) if path.lstat().st_mode & _OTHERS]
    return ([_warning(root, wide, _BY_HAND)] if wide else []) + _foreign_owners(root)


_BY_HAND = "take them away with `chmod -R go= FOLDER`"


def _warning(root: Path, paths: list[Path], hint: str) -> Problem:
    rest = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
    return Problem(
        "store-open-to-others",
        f"other users of this machine could use {paths[0]}{rest}",
        hint=hint.replace("FOLDER", str(root)),
        severity="warning",
    )


def _foreign_owners(root: Path) -> list[Problem]:
    """Return a warning if files belong to several users: after a run of one, the others cannot go on."""
    owner = root.lstat().st_uid
    others = [path for path in _ours(root) if path.lstat().st_uid != owner]
    user = os.geteuid()
    if not others and user == owner:
        return []
    message = (
        f"{others[0]} belongs to user {others[0].lstat().st_uid}, the store to user {owner}"
        if others
        else f"the store {root} belongs to user {owner}, this is user {user}"
    )
    return [
        Problem(
            "store-owner",
            message,
            hint=f"run as one user only, and give everything to that user with `chown -R`, as in"
            f" `chown -R {owner} {root}`",
            severity="warning",
        )
    ]


def _ours(root: Path) -> Iterator[Path]:
    """Yield the store's folder, its own folders, and the files that are its own by name."""
    yield root
    for name in (
        file_names.DATABASE,
        f"{file_names.DATABASE}-journal",
        file_names.LOCK,
        file_names.NOTE,
    ):
        if (root / name).is_file() and not (root / name).is_symlink():
            yield root / name
    for folder in sorted(set(file_names.FOLDERS.values())):
        if (root / folder).is_dir():
            yield root / folder
            with os.scandir(root / folder) as entries:
                yield from sorted(
                    Path(entry.path)
                    for entry in entries
                    if file_names.is_ours(entry.name) and entry.is_file(follow_symlinks=False)
                )
