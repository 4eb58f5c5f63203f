"""The texts of each run: settings, fields and playbooks as it read them, each stored once by its SHA-256.

A run has the digest of a listing, and the listing the digest of each file. The listing is a text of the same table.
A text from which a name was to be erased has no content any more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..core.problems import Problem
from ..workspace.store_address import StoreRoot
from . import errors
from .store_database import Database

VERSIONS_TABLE = "CREATE TABLE versions (run INTEGER PRIMARY KEY, sha256 TEXT NOT NULL)"
VERSION_TEXTS_TABLE = "CREATE TABLE version_texts (sha256 TEXT PRIMARY KEY, content BLOB)"
NO_TEXTS: Mapping[str, str] = MappingProxyType({})
"""For commits of tests and benches, which read no files."""
FIRST_LAYOUT_WITH_TEXTS = 7
"""The first layout of the store with these two tables. The next run adds them to an older store."""


@dataclass(frozen=True, slots=True)
class RunTexts:
    """The texts that a run read.

    Attributes:
        on: The date that it evaluated.
        texts: By the name of the file in the workspace; None if the run is from before texts were stored.
        erased: The names of the files whose texts were erased.
    """

    on: dt.date
    texts: dict[str, str] | None
    erased: tuple[str, ...] = ()


def write_version(database: Database, run: int, texts: Mapping[str, str]) -> None:
    """Add the texts of a run, inside its transaction; those that are there already are not written again."""
    digests = {name: _write(database, text) for name, text in sorted(texts.items())}
    database.execute("INSERT INTO versions VALUES (?, ?)", [run, _write(database, _dump(digests))])


def read_version(database: Database, on: dt.date | None) -> RunTexts | None:
    """Return the texts of the last run, or of the last one over a date; None without such a run."""
    clause, values = (" WHERE evaluated_on = ?", [on.isoformat()]) if on else ("", [])
    query = f"SELECT run, evaluated_on FROM runs{clause} ORDER BY run DESC LIMIT 1"
    found = database.execute(query, values).fetchone()
    if found is None:
        return None
    run, evaluated = found
    listing = _listing(database, run)
    if listing is None:
        return RunTexts(dt.date.fromisoformat(evaluated), None)
    texts = {name: _read(database, digest) for name, digest in listing.items()}
    return RunTexts(
        dt.date.fromisoformat(evaluated),
        {name: text for name, text in texts.items() if text is not None},
        tuple(sorted(name for name, text in texts.items() if text is None)),
    )


def version_digests(database: Database, run: int) -> list[tuple[str]]:
    """Return the row of the run's listing; empty for a run from before texts were stored."""
    if not _has_tables(database):
        return []
    return database.execute("SELECT sha256 FROM versions WHERE run = ?", [run]).fetchall()


def check_versions(database: Database, root: StoreRoot) -> list[Problem]:
    """Return a problem for each text that is missing or changed, or that no run read."""
    if not _has_tables(database):
        return []
    query = "SELECT sha256, content FROM version_texts ORDER BY sha256"
    stored = dict(database.execute(query).fetchall())
    wrong = {digest for digest, content in stored.items() if not _is_whole(digest, content)}
    needed = {digest for (digest,) in database.execute("SELECT sha256 FROM versions")}
    for listing in sorted(needed - wrong):
        needed |= (
            set(json.loads(_unpack(stored[listing])).values()) if stored.get(listing) else set()
        )
    found = [
        *(f"the text {each[:12]} is not as it was written" for each in sorted(wrong)),
        *(f"the text {each[:12]} is missing" for each in sorted(needed - set(stored))),
    ]
    extra = len(set(stored) - needed)
    if extra and not wrong:
        found.append(f"{extra} texts belong to no run")
    return [
        errors.damaged(root, f"of the settings and playbooks of runs, {each}") for each in found
    ]


def count_versions(database: Database) -> tuple[int, int]:
    """Return how many versions and how many texts are stored, listings among neither."""
    if not _has_tables(database):
        return 0, 0
    (versions,) = database.execute("SELECT count(DISTINCT sha256) FROM versions").fetchone()
    (texts,) = database.execute("SELECT count(*) FROM version_texts").fetchone()
    return versions, texts - versions


def texts_with(database: Database, has_name: Callable[[str], bool]) -> list[str]:
    """Return the digests of the texts that a test is true of."""
    if not _has_tables(database):
        return []
    query = (
        "SELECT sha256, content FROM version_texts WHERE content IS NOT NULL"
        " AND sha256 NOT IN (SELECT sha256 FROM versions) ORDER BY sha256"
    )
    return [digest for digest, content in database.execute(query) if has_name(_unpack(content))]


def texts_until(database: Database, run: int) -> list[str]:
    """Return the digests of the texts with content that only this run and earlier ones read."""
    if not _has_tables(database):
        return []
    query = "SELECT max(run) FROM versions GROUP BY sha256 HAVING max(run) > ?"
    later: set[str] = set()
    for (each,) in database.execute(query, [run]).fetchall():
        later |= set((_listing(database, each) or {}).values())
    return [digest for digest in texts_with(database, lambda _: True) if digest not in later]


def erase_texts(database: Database, digests: Collection[str]) -> None:
    """Remove the content of texts, inside a transaction. The run's listing still names them."""
    for digest in digests:
        database.execute("UPDATE version_texts SET content = NULL WHERE sha256 = ?", [digest])


def _has_tables(database: Database) -> bool:
    query = "SELECT 1 FROM meta WHERE key = 'version' AND value >= ?"
    return database.execute(query, [FIRST_LAYOUT_WITH_TEXTS]).fetchone() is not None


def _listing(database: Database, run: int) -> dict[str, str] | None:
    rows = version_digests(database, run)
    text = _read(database, rows[0][0]) if rows else None
    return None if text is None else json.loads(text)


def _write(database: Database, text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = "SELECT 1 FROM version_texts WHERE sha256 = ? AND content IS NOT NULL"
    if database.execute(known, [digest]).fetchone() is None:
        # A text that was erased is stored again if it still is in the workspace.
        values = [digest, zlib.compress(text.encode(), 9)]
        upsert = (
            "INSERT INTO version_texts VALUES (?, ?)"
            " ON CONFLICT (sha256) DO UPDATE SET content = excluded.content"
        )
        database.execute(upsert, values)
    return digest


def _read(database: Database, digest: str) -> str | None:
    query = "SELECT content FROM version_texts WHERE sha256 = ?"
    found = database.execute(query, [digest]).fetchone()
    if found is None or not _is_whole(digest, found[0]):
        raise sqlite3.DatabaseError(f"the text {digest[:12]} is not as it was written")
    return None if found[0] is None else _unpack(found[0])


def _is_whole(digest: str, content: bytes | None) -> bool:
    if content is None:
        return True
    try:
        return hashlib.sha256(zlib.decompress(content)).hexdigest() == digest
    except (zlib.error, TypeError):
        return False


def _unpack(content: bytes) -> str:
    return zlib.decompress(content).decode()


def _dump(digests: Mapping[str, str]) -> str:
    return json.dumps(digests, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
