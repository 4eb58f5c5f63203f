"""Account snapshots, and the example series that needs no data."""

from typing import TYPE_CHECKING

from .snapshots import Snapshot, Snapshots

if TYPE_CHECKING:
    from .partitioned import LargeSnapshot, SnapshotPart

__all__ = ["LargeSnapshot", "Snapshot", "SnapshotPart", "Snapshots"]
