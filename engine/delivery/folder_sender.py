"""The channel that writes files: a digest for each owner and day, complete or not at all."""

from __future__ import annotations

import re
from pathlib import Path

from ..core.atomic_files import write_whole
from ..store.parquet_files import ignore_in_git
from .outbox import DeliveryFailed
from .parcels import DigestPages, Parcel, ParcelContent

_OTHER = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 60


class FolderSender:
    """Writer of a channel's files, in a folder for each day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, parcel: Parcel, content: ParcelContent) -> str:
        """Write the owner's files. Written again, they are replaced."""
        if not isinstance(content, DigestPages):
            raise TypeError("a folder takes digests")
        day = self._folder / parcel.delivery.day
        name = file_stem(content.owner)
        try:
            day.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore_in_git(self._folder)
            for page in content.pages:
                target = day / f"{name}.{page.ending}"
                write_whole(target, page.text.encode("utf-8", "replace"), private=True)
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"the file cannot be written: {reason}"
            raise DeliveryFailed(message, temporary=True, channel_down=True) from error
        # Without the name: the store has none of people in its outbox.
        return "written"

    def close(self) -> None:
        """Do nothing: each file is closed when it is written."""


def file_stem(owner: str) -> str:
    """Return an owner's name as the name of a file: `alice-martin`.

    Two owners whose names differ only in other characters than letters and digits share a file name, so a digest of
    the name is added wherever something was replaced by more than a dash between words.
    """
    import hashlib

    plain = _OTHER.sub("-", owner.strip().casefold()).strip("-.")[:_LONGEST_NAME] or "owner"
    if plain == owner.strip().casefold().replace(" ", "-"):
        return plain
    return f"{plain}-{hashlib.sha256(owner.encode('utf-8', 'replace')).hexdigest()[:6]}"
