"""Tables of a lake in a folder: an Iceberg catalogue, and versions whose times are moved."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest


def opened_catalogue(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the catalogue `crm`, with the namespace `book`, as workspaces find one; the caller closes it."""
    from pyiceberg import catalog
    from pyiceberg.utils.config import Config

    monkeypatch.setenv("PYICEBERG_CATALOG__CRM__TYPE", "sql")
    monkeypatch.setenv("PYICEBERG_CATALOG__CRM__URI", f"sqlite:///{folder}/catalog.db")
    monkeypatch.setenv("PYICEBERG_CATALOG__CRM__WAREHOUSE", f"file://{folder}/warehouse")
    monkeypatch.setattr(catalog, "_ENV_CONFIG", Config())
    opened = catalog.load_catalog("crm")
    opened.create_namespace("book")
    return opened


def move_delta(table: Path, version: int, at: dt.datetime) -> None:
    """Make a version of a Delta table one of another time."""
    log = table / "_delta_log" / f"{version:020}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        if "commitInfo" in action:
            action["commitInfo"]["timestamp"] = _milliseconds(at)
    log.write_text("".join(json.dumps(action) + "\n" for action in actions))


def files_of(table: Path, version: int) -> list[str]:
    """Return the paths of the files of a version of a Delta table."""
    from deltalake import DeltaTable

    return DeltaTable(str(table), version=version).file_uris()


def move_iceberg(table: Any, times: list[dt.datetime]) -> None:
    """Make the snapshots of an Iceberg table, in order, those of other times."""
    path = Path(table.refresh().metadata_location.removeprefix("file://"))
    metadata = json.loads(path.read_text())
    stamps = dict(
        zip([each["snapshot-id"] for each in metadata["snapshot-log"]], times, strict=True)
    )
    for entry in (*metadata["snapshot-log"], *metadata["snapshots"]):
        entry["timestamp-ms"] = _milliseconds(stamps[entry["snapshot-id"]])
    path.write_text(json.dumps(metadata))


def _milliseconds(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)
