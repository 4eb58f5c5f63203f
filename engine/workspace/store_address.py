"""Where a store lies that several machines use: its files in one place, its database on a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .database_address import hide_password


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A store on servers.

    Attributes:
        files: A folder that all machines share, or the address of a bucket, such as `s3://bucket/prefix`.
        database: The address of a PostgreSQL database; secrets in it are `${NAME}`, from the environment.
        schema: The database's schema that has the store's tables.
    """

    files: str
    database: str
    schema: str = "tenure"

    def __str__(self) -> str:
        """Return how messages name it, without a password."""
        return f"{self.files} with {hide_password(self.database)}"

    @property
    def in_folder(self) -> bool:
        """Return whether the files are in a folder."""
        return "://" not in self.files


StoreRoot = Path | StoreAddress
"""Where a store lies: a folder with everything, or on servers."""
