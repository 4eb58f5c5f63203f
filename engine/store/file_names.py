"""Names of the store's files, made and recognised in one place.

Only files with such a name are ever deleted. All other files in the folder belong to others.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets

DATABASE = "store.db"
JOURNAL = f"{DATABASE}-journal"
"""SQLite's rollback journal: as long as it is there, its transaction is not committed."""
LOCK = "lock"
NOTE = "tenure-newest-run.json"
GITIGNORE = ".gitignore"

FOLDERS: dict[str, str] = {
    "base": "states",
    "delta": "states",
    "history": "history",
    "carried": "history",
    "ledger": "ledger",
}
"""The folder of each kind of Parquet file."""

_PARQUET = re.compile(
    r"tenure-[a-z]+-(?:\d{4}-\d{2}-\d{2}-)?\d{8,}-(?:[0-9a-f]{8}){1,2}-\d{3,}\.parquet"
)
_PARTIAL = re.compile(r"tenure-[a-z-]+\.json\.[0-9a-f]{8}\.partial")

_SERVER_NAMES = frozenset(
    (
        "#recycle",
        "$RECYCLE.BIN",
        ".AppleDouble",
        ".DS_Store",
        ".Spotlight-V100",
        ".TemporaryItems",
        ".Trashes",
        ".directory",
        ".fseventsd",
        ".snapshot",
        ".snapshots",
        ".stfolder",
        ".zfs",
        "@Recycle",
        "@eaDir",
        "System Volume Information",
        "Thumbs.db",
        "desktop.ini",
        "ehthumbs.db",
        "lost+found",
        "~snapshot",
    )
)
_SERVER_PREFIXES = (".nfs", "._", ".fuse_hidden", ".smbdelete", ".Trash-", ".__")


def new_token() -> str:
    """Return a random part of a name, so that two writers never use the same name."""
    return secrets.token_hex(4)


def part_token(number: int) -> str:
    """Return the same for an attempt at a part of a commit, whose files are then in the order of the parts."""
    return f"{number:08x}{new_token()}"


def parquet(kind: str, run: int, token: str, part: int, day: dt.date | None = None) -> str:
    """Return the path of a Parquet file below the store's folder."""
    middle = f"{day.isoformat()}-" if day else ""
    return f"{FOLDERS[kind]}/tenure-{kind}-{middle}{run:08}-{token}-{part:03}.parquet"


def partial(name: str, token: str) -> str:
    """Return the name under which a small file is written before it takes its own name."""
    return f"{name}.{token}.partial"


def is_ours(name: str) -> bool:
    """Return whether Tenure gave a file this name, in any of the store's folders."""
    return name == NOTE or is_sweepable(name)


def is_sweepable(name: str) -> bool:
    """Return whether the file may be deleted if nothing refers to it."""
    return bool(_PARQUET.fullmatch(name) or _PARTIAL.fullmatch(name))


def is_from_server(name: str) -> bool:
    """Return whether a file server, desktop or version control makes such entries in any folder."""
    harmless = name in _SERVER_NAMES or name in (GITIGNORE, ".gitkeep", ".keep")
    return harmless or name.startswith(_SERVER_PREFIXES)
