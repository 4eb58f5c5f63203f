"""Files of a commit: encoded and named in one place, for the process of the commit and for those of a cluster.

A process of a cluster evaluates a part of a date, and writes its rows to files of the store. Each attempt at a part
gives them new names, so that late, repeated and failed attempts disturb no other. No reader sees a file before the
commit names it in the manifest; those that it does not name are deleted by the next writer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ..workspace.store_address import StoreRoot
from . import file_names, manifest, segments, snapshot_history, state_files
from .manifest import File
from .store_files import files_of


@dataclass(frozen=True, slots=True)
class FileEncoder:
    """The encoder of one writer's files; see `manifest.describe_file` for what it returns.

    Attributes:
        run: The number of the run.
        token: The part of the files' names that no other writer has.
        buckets: The number of buckets of the states.
        day: The date of the snapshot.
    """

    run: int
    token: str
    buckets: int
    day: dt.date

    def delta(self, states: pl.DataFrame, number: int) -> tuple[File, bytes]:
        """Return a file of changed `STATES`."""
        content = state_files.encode_delta(states, self.buckets)
        name = file_names.parquet("delta", self.run, self.token, number)
        return manifest.describe_file(name, "delta", self.run, states.height, content)

    def segment(self, entries: pl.DataFrame, number: int) -> tuple[File, bytes]:
        """Return a file of `LEDGER`."""
        content = segments.encode_segment(entries)
        name = file_names.parquet("ledger", self.run, self.token, number)
        return manifest.describe_file(name, "ledger", self.run, entries.height, content)

    def values(
        self, kind: manifest.FileKind, values: pl.DataFrame, number: int
    ) -> tuple[File, bytes]:
        """Return a file of values of the snapshot, or older ones."""
        content = snapshot_history.encode_history(values)
        name = file_names.parquet(kind, self.run, self.token, number, self.day)
        return manifest.describe_file(name, kind, self.run, values.height, content, day=self.day)


@dataclass(frozen=True, slots=True)
class PartFiles:
    """The rows of a part in files.

    Attributes:
        files: The files.
        ended: `ENDED`, which is not in a file.
        carries: True if older values replace those of before, be it by none.
    """

    files: tuple[File, ...]
    ended: pl.DataFrame
    carries: bool


@dataclass(frozen=True, slots=True)
class PartWriter:
    """The writer of parts of one commit, in any process that reaches the store's files; see `FileEncoder`."""

    root: StoreRoot
    run: int
    buckets: int
    day: dt.date

    def write(
        self,
        number: int,
        states: pl.DataFrame,
        entries: pl.DataFrame,
        ended: pl.DataFrame,
        history: pl.DataFrame | None = None,
        carried: pl.DataFrame | None = None,
    ) -> PartFiles:
        """Write the part of this number, as `Commit.add` takes it, into files that no other attempt writes."""
        encoder = FileEncoder(self.run, file_names.part_token(number), self.buckets, self.day)
        files = []
        for described in _described(encoder, states, entries, history, carried):
            files_of(self.root).write(*described)
            files.append(described[0])
        return PartFiles(tuple(files), ended, history is not None or carried is not None)


def _described(
    encoder: FileEncoder,
    states: pl.DataFrame,
    entries: pl.DataFrame,
    history: pl.DataFrame | None,
    carried: pl.DataFrame | None,
) -> Iterator[tuple[File, bytes]]:
    if states.height:
        yield encoder.delta(states, 0)
    if entries.height:
        yield encoder.segment(entries, 0)
    if history is not None:
        yield encoder.values("history", history, 0)
    if carried is not None and carried.height:
        yield encoder.values("carried", carried, 0)
