"""Stores on servers of one's own, for as long as a test module needs them; each with a schema and files of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import psycopg
from tenure.engine.workspace.store_address import StoreAddress

from support.object_storage import S3, object_storage
from support.postgres_server import postgres_server

PLACES = ("folder", "bucket")
"""Where the files of a store are whose database is in PostgreSQL."""

MakeAddress = Callable[[str, Path], StoreAddress]
_numbers = itertools.count(1)


class StoreServers:
    """A PostgreSQL server and an S3-compatible one."""

    def __init__(self, database: str, storage: S3) -> None:
        self.database = f"postgresql://tenure@{database}/crm"
        self.storage = storage

    def address(self, place: str, folder: Path) -> StoreAddress:
        """Return the address of a store that does not exist yet."""
        schema = f"store_{next(_numbers)}"
        files = str(folder / schema) if place == "folder" else f"s3://exports/{schema}"
        return StoreAddress(files, self.database, schema)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query, asked outside Tenure."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def end_connections(self, holding: str = "") -> None:
        """Let the server end all connections, or those whose last statement has this text."""
        self.ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            f" AND backend_type = 'client backend' AND query LIKE '%{holding}%'"
        )

    def names(self, address: StoreAddress) -> set[str]:
        """Return the names of all files of a store."""
        if address.in_folder:
            root = Path(address.files)
            return {str(each.relative_to(root)) for each in root.rglob("*.parquet")}
        prefix = address.files.removeprefix("s3://exports/") + "/"
        found = self.storage.client.list_objects_v2(Bucket="exports", Prefix=prefix)
        names = {each["Key"].removeprefix(prefix) for each in found.get("Contents", [])}
        return {name for name in names if name.endswith(".parquet")}


def on_servers(root: Path, address: StoreAddress) -> None:
    """Let a workspace's settings name servers."""
    settings = root / "tenure.yaml"
    lines = (
        "store:",
        f"  files: {address.files}",
        f"  database: {address.database}",
        f"  schema: {address.schema}",
    )
    text = settings.read_text("utf-8").replace("\nstore: store\n", "\n")
    assert "\nstore:" not in text
    settings.write_text("\n".join((text.rstrip("\n"), *lines, "")), encoding="utf-8")


@contextmanager
def store_servers() -> Iterator[StoreServers]:
    """Start both servers, with their settings in the environment."""
    with ExitStack() as opened:
        storage = opened.enter_context(object_storage())
        database = opened.enter_context(postgres_server())
        opened.enter_context(mock.patch.dict("os.environ", storage.environment))
        yield StoreServers(database, storage)
