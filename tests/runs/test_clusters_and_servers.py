"""Random playbooks by each executor, in each kind of store, in any number of parts: the same store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import profiles
from support.clusters import same_stores
from support.postgres_server import can_serve
from support.random_books import ACCOUNTS, DAYS, FORCED, Book, books
from support.store_servers import PLACES, StoreServers, on_servers
from tenure.engine.project.loading import load_project
from tenure.engine.runs import stages
from tenure.engine.runs.running import run
from tenure.engine.workspace.store_address import StoreRoot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here"),
]

STORES = ("bucket", "sqlite", "folder")
LONG = profiles.chosen() == "long"
EXECUTORS = ["dask", "local"] + ["spark"] * LONG
"""Spark's start would be most of a quick run; `make clusters` has it."""
PARTS = [7, 1] + [64] * LONG
assert {*STORES} == {"sqlite", *PLACES}


def lived(root: Path, book: Book) -> StoreRoot:
    project = load_project(root)
    assert {each.id for each in project.playbooks} == {*book.texts}, project.problems
    for on in DAYS:
        run(project, on, force=FORCED)
    return project.store


@given(
    executor=st.sampled_from(EXECUTORS),
    book=books(),
    parts=st.sampled_from(PARTS),
    place=st.sampled_from(STORES),
)
@profiles.examples(36 if LONG else 12)
def test_random_playbooks_are_the_same_everywhere(
    servers: StoreServers,
    clusters: Callable[[str], str],
    executor: str,
    book: Book,
    parts: int,
    place: str,
) -> None:
    setting = clusters(executor)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        local = lived(book.lay_out(home / "local"), book)
        root = book.lay_out(home / "other")
        if place != "sqlite":
            on_servers(root, servers.address(place, home))
        with (root / "tenure.yaml").open("a", encoding="utf-8") as file:
            file.write(setting)
        size = -(-ACCOUNTS // parts)
        with (
            mock.patch.object(stages, "BATCH", size),
            mock.patch.object(stages, "FIRST_BATCH", size),
        ):
            other = lived(root, book)
        same_stores(other, local)
