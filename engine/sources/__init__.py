"""Account snapshots: read the exports that a workspace declares."""

from typing import TYPE_CHECKING

from .snapshots import Snapshot, Snapshots

if TYPE_CHECKING:
    from .partitioned import LargeSnapshot, SnapshotPart, UnreadPart

__all__ = ["LargeSnapshot", "Snapshot", "SnapshotPart", "Snapshots", "UnreadPart"]
