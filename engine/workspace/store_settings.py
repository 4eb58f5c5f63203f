"""Reader of the `store` setting: a folder, or the addresses of files and of a database that several machines use."""

from __future__ import annotations

from ..core.file_formats import in_object_storage
from ..core.problems import ProblemList
from ..fields.yaml_values import child, text_of
from ..text.schema.lists import Either
from ..text.schema.maps import MapShape, optional_key, required_key
from ..text.schema.scalars import TextShape
from ..text.yaml_nodes import Mapping, Node
from .database_address import EXTRA_BY_SCHEME, scheme_of
from .source_settings import check_address
from .store_address import StoreAddress

FOLDER = "store"
"""The folder of a workspace that names none."""
_SCHEMA = "tenure"

STORE_SHAPE = Either(
    TextShape(),
    MapShape(
        "store",
        "Where states and the ledger are, if several machines use them.",
        {
            "files": required_key(
                TextShape(),
                "Files",
                "The address of a bucket, or a folder that all machines share, for the Parquet files.",
                example="s3://acme-tenure/store",
            ),
            "database": required_key(
                TextShape(),
                "Database",
                "The address of a PostgreSQL database for runs, manifest and ledger. Secrets in it are `${NAME}`, "
                "from the environment.",
                example="postgresql://tenure:${TENURE_PASSWORD}@db.example.com/tenure",
            ),
            "schema": optional_key(
                TextShape(
                    "[a-z_][a-z0-9_]{0,62}",
                    "a name of small letters, digits and `_`, such as `tenure`",
                    example="tenure",
                ),
                "Schema",
                "The schema of the database that has the store's tables; `tenure` if left out. Each workspace has "
                "another one.",
            ),
        },
    ),
    what="a folder, or a map with `files` and `database`",
)


def read_store(problems: ProblemList, node: Node | None) -> str | StoreAddress:
    """Return where the store lies: a folder, or servers."""
    if not isinstance(node, Mapping):
        return text_of(node) or FOLDER
    files, database = child(node, "files"), child(node, "database")
    _check_files(problems, files)
    check_address(problems, database)
    address = text_of(database) or ""
    scheme = scheme_of(address)
    if database and scheme and EXTRA_BY_SCHEME.get(scheme) != "postgres":
        message = "a store that several machines use has its database in PostgreSQL"
        problems.report("bad-database", message, database.span, "begin it with `postgresql://`")
    return StoreAddress(
        text_of(files) or FOLDER, address, text_of(child(node, "schema")) or _SCHEMA
    )


def _check_files(problems: ProblemList, files: Node | None) -> None:
    address = text_of(files) or ""
    if files and "://" in address and not in_object_storage(address):
        hint = "begin it with `s3://`, `gs://` or `az://`, or name a folder"
        problems.report("bad-text", "the address is not of object storage", files.span, hint)
