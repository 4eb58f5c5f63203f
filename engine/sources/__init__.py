"""Account snapshots, and the example series that needs no data."""

from typing import TYPE_CHECKING

from .snapshots import Snapshot, Snapshots

if TYPE_CHECKING:
    from .large import LargeSnapshot, Part

__all__ = ["LargeSnapshot", "Part", "Snapshot", "Snapshots"]
