"""A process closed as a query's is, in which a test tries every statement without the checks of its text."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable

from tenure.engine.sources.query_child import open_database


def tried(act: Callable[[], object]) -> str:
    try:
        return f"done: {act()!r}"
    except BaseException as error:
        return f"refused: {error}"


def main(secret: str) -> None:
    statements = json.load(sys.stdin)
    file = os.open(sys.argv[2], os.O_RDONLY)
    table = {"name": "accounts", "file": file, "shown": "a", "format": "csv", "compression": None}
    database = open_database([table], 300 << 20)
    for statement in statements:
        # A transaction that failed would fail all that follows.
        tried(lambda: database.execute("ROLLBACK"))
        found = tried(lambda text=statement: database.execute(text).fetchmany(200))  # type: ignore[misc]
        print(json.dumps([statement, found]))
    print(json.dumps(["open", tried(lambda: os.open(secret, os.O_RDONLY))]))
    print(json.dumps(["socket", tried(socket.socket)]))
    print(json.dumps(["pipe", tried(os.pipe)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
