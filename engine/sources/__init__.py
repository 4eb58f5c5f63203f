"""Account snapshots, and the example series that needs no data."""

from .snapshots import Snapshot, Snapshots

__all__ = ["Snapshot", "Snapshots"]
