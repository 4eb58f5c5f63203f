"""Who may read the store: its owner alone, also after it was copied by a program that widened its permissions."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from ..core.problems import Problem
from . import file_names

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_Found = tuple[str, os.stat_result]


def tighten(root: Path) -> list[Problem]:
    """Take the store's folder and files away from other users, and return a warning if that was needed."""
    ours = _ours(root)
    wide = [Path(path) for path, status in ours if status.st_mode & _OTHERS]
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
    return found + _foreign_owners(root, ours)


def warn(root: Path) -> list[Problem]:
    """Return warnings of what other users may read or own; change nothing."""
    if not root.is_dir():
        return []
    ours = _ours(root)
    wide = [Path(path) for path, status in ours if status.st_mode & _OTHERS]
    return ([_warning(root, wide, _BY_HAND)] if wide else []) + _foreign_owners(root, ours)


_BY_HAND = "take them away with `chmod -R go= FOLDER`"


def _warning(root: Path, paths: list[Path], hint: str) -> Problem:
    rest = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
    return Problem(
        "store-open-to-others",
        f"other users of this machine could use {paths[0]}{rest}",
        hint=hint.replace("FOLDER", str(root)),
        severity="warning",
    )


def _foreign_owners(root: Path, ours: list[_Found]) -> list[Problem]:
    """Return a warning if files belong to several users: after a run of one, the others cannot go on."""
    owner = root.lstat().st_uid
    others = [(path, status.st_uid) for path, status in ours if status.st_uid != owner]
    user = os.geteuid()
    if not others and user == owner:
        return []
    message = (
        f"{others[0][0]} belongs to user {others[0][1]}, the store to user {owner}"
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


def _ours(root: Path) -> list[_Found]:
    """Return the store's folder, its own folders, and the files that are its own by name, each with its status.

    Each is looked at once: the store of a year has hundreds of files.
    """
    found: list[_Found] = [(str(root), root.lstat())]
    for name in (
        file_names.DATABASE,
        file_names.JOURNAL,
        file_names.LOCK,
        file_names.NOTE,
    ):
        with suppress(FileNotFoundError):
            status = (root / name).lstat()
            if stat.S_ISREG(status.st_mode):
                found.append((str(root / name), status))
    for folder in sorted(set(file_names.FOLDERS.values())):
        if (root / folder).is_dir():
            found.append((str(root / folder), (root / folder).lstat()))
            with os.scandir(root / folder) as entries:
                files = [
                    (entry.path, entry.stat(follow_symlinks=False))
                    for entry in entries
                    if file_names.is_ours(entry.name) and entry.is_file(follow_symlinks=False)
                ]
            found += sorted(files, key=lambda file: file[0])
    return found
