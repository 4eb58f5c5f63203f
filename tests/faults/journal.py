"""The journal of a process's calls, and the disks that a power cut at any moment of it can leave.

Rule: replaying a whole journal gives the folder as it is, byte for byte; `live` and `read_folder` show both.
"""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

Files = dict[str, bytes | None]
"""Contents by path below the folder; None for a folder."""

STYLES = ("nothing", "names", "data", "prefix", "torn", "torn", "torn")
"""What of the unsynced reaches the disk; see `Disk.after_power_cut`."""

SECTOR = 512
_HEAD = struct.Struct("<ciIIQQ")


class Call(NamedTuple):
    """A call that succeeded; "a" is what the user was told, "f" an injected fault."""

    kind: str
    file: int
    path: str
    other: str
    number: int
    """An offset, a size, or the flags of opening."""
    data: bytes


def read_journal(path: Path) -> list[Call]:
    """Read the calls, in their order."""
    return list(_calls(path.read_bytes()))


def _calls(content: bytes) -> Iterator[Call]:
    place = 0
    while place < len(content):
        kind, file, path, other, number, data = _HEAD.unpack_from(content, place)
        place += _HEAD.size
        parts = []
        for length in (path, other, data):
            parts.append(content[place : place + length])
            place += length
        yield Call(kind.decode(), file, parts[0].decode(), parts[1].decode(), number, parts[2])


def said(calls: Iterable[Call]) -> list[str]:
    """Return what the user was told."""
    return [call.data.decode() for call in calls if call.kind == "a"]


@dataclass(eq=False)
class File:
    """A file's content on the disk, and each content that it has had since."""

    images: list[bytes] = field(default_factory=lambda: [b""])

    def write(self, offset: int, data: bytes) -> None:
        now = self.images[-1]
        head = now[:offset].ljust(offset, b"\0")
        self.images.append(head + data + now[offset + len(data) :])

    def resize(self, size: int) -> None:
        self.images.append(self.images[-1][:size].ljust(size, b"\0"))

    def sync(self) -> None:
        del self.images[:-1]

    def torn(self, chance: random.Random) -> bytes:
        """Return sectors of any of its contents, in any of its sizes."""
        size = len(chance.choice(self.images))
        sectors = []
        for place in range(0, size, SECTOR):
            sector = chance.choice(self.images)[place : place + SECTOR]
            sectors.append(sector.ljust(SECTOR, b"\0"))
        return b"".join(sectors)[:size]


@dataclass(eq=False)
class Folder:
    """A folder's names: on the disk, and now."""

    disk: dict[str, File | Folder] = field(default_factory=dict)
    now: dict[str, File | Folder] = field(default_factory=dict)


class Edit(NamedTuple):
    """A name that is given to something, or taken away."""

    folder: Folder
    name: str
    to: File | Folder | None

    def apply(self, names: dict[str, File | Folder]) -> None:
        if self.to is None:
            names.pop(self.name, None)
        else:
            names[self.name] = self.to


class Disk:
    """A folder as the calls of a journal leave it, and as a power cut would."""

    def __init__(self, files: Files) -> None:
        self._root = Folder()
        self._open: dict[int, File | Folder] = {}
        self._unsynced: list[list[Edit]] = []
        """Changes of names since their folders were synced; the edits of a renaming go together."""
        for path, content in sorted(files.items()):
            self._edit((path, Folder() if content is None else File([content])))
        for folder in self._folders(self._root):
            self._sync_folder(folder)

    def replay(self, calls: Iterable[Call]) -> None:
        """Do what the calls did."""
        for call in calls:
            self._replay(call)

    def live(self) -> Files:
        """Return what a program sees now."""
        return self._walk(self._root, lambda folder: folder.now, lambda file: file.images[-1])

    def after_power_cut(self, style: str, chance: random.Random) -> Files:
        """Return what is there after a power cut now.

        Args:
            style: Of what is unsynced, "nothing" is there; all "names" but no data; all "data" but no names;
                the names up to some moment and all data; or each name and each sector or not ("torn").
            chance: Decides where there is a choice.
        """
        changes = self._surviving(style, chance)
        names: dict[int, dict[str, File | Folder]] = {}
        for folder in self._folders(self._root):
            names[id(folder)] = dict(folder.disk)
        for edit in (edit for change in changes for edit in change):
            edit.apply(names.setdefault(id(edit.folder), dict(edit.folder.disk)))

        def content(file: File) -> bytes:
            if style == "torn":
                return file.torn(chance)
            return file.images[-1 if style in ("data", "prefix") else 0]

        return self._walk(self._root, lambda folder: names.get(id(folder), folder.disk), content)

    def _surviving(self, style: str, chance: random.Random) -> list[list[Edit]]:
        if style in ("nothing", "data"):
            return []
        if style == "names":
            return self._unsynced
        if style == "prefix":
            return self._unsynced[: chance.randint(0, len(self._unsynced))]
        return [change for change in self._unsynced if chance.random() < 0.5]

    def _replay(self, call: Call) -> None:
        match call.kind:
            case "o":
                self._open[call.file] = self._opened(call)
            case "x":
                self._open.pop(call.file, None)
            case "w":
                self._file(call).write(call.number, call.data)
            case "t":
                self._file(call).resize(call.number)
            case "s":
                synced = self._open[call.file]
                self._sync_folder(synced) if isinstance(synced, Folder) else synced.sync()
            case "u":
                self._edit((call.path, None))
            case "m":
                self._edit((call.path, Folder()))
            case "r":
                assert call.path, "renamed from outside the folder"
                assert call.other, "renamed to outside the folder"
                self._edit((call.other, self._find(call.path)), (call.path, None))
            case "l":
                self._edit((call.other, self._find(call.path)))

    def _opened(self, call: Call) -> File | Folder:
        found = self._find(call.path)
        if found is None:
            assert call.number & os.O_CREAT, f"{call.path} was opened, and is not there"
            found = File()
            self._edit((call.path, found))
        elif call.number & os.O_TRUNC and isinstance(found, File):
            found.resize(0)
        return found

    def _file(self, call: Call) -> File:
        file = self._open[call.file]
        assert isinstance(file, File)
        return file

    def _find(self, path: str) -> File | Folder | None:
        found: File | Folder | None = self._root
        for name in filter(None, path.split("/")):
            found = found.now.get(name) if isinstance(found, Folder) else None
        return found

    def _edit(self, *changed: tuple[str, File | Folder | None]) -> None:
        edits = []
        for path, to in changed:
            parent, _, name = path.rpartition("/")
            folder = self._find(parent)
            assert isinstance(folder, Folder), f"{parent} is not a folder"
            edits.append(Edit(folder, name, to))
            edits[-1].apply(folder.now)
        self._unsynced.append(edits)

    def _sync_folder(self, folder: Folder) -> None:
        for change in [c for c in self._unsynced if any(edit.folder is folder for edit in c)]:
            for edit in change:
                edit.apply(edit.folder.disk)
            self._unsynced.remove(change)

    def _folders(self, folder: Folder) -> Iterator[Folder]:
        yield folder
        for entry in [*folder.disk.values(), *folder.now.values()]:
            if isinstance(entry, Folder):
                yield from self._folders(entry)

    def _walk(self, folder: Folder, names, content, path: str = "") -> Files:
        found: Files = {}
        for name, entry in names(folder).items():
            if isinstance(entry, File):
                found[path + name] = content(entry)
            else:
                found[path + name] = None
                found |= self._walk(entry, names, content, f"{path}{name}/")
        return found


def read_folder(folder: Path) -> Files:
    """Read all of a folder."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


def write_folder(files: Files, folder: Path) -> None:
    """Lay out a folder that is not there yet."""
    folder.mkdir()
    for path, content in sorted(files.items()):
        if content is None:
            (folder / path).mkdir(mode=0o700)
        else:
            (folder / path).write_bytes(content)
            (folder / path).chmod(0o600)
