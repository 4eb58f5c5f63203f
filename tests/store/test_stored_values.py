"""The digests of a small store, as they have been: a store of before must be right for the versions to come.

Who changes one of these values changes what every store has, and needs a new layout.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from support.store_rows import commit_tables, day, entry, record, table
from tenure.engine.core.schemas import ENDED, HAND_MOVES, LEDGER, OUTCOMES, QUARANTINE, STATES
from tenure.engine.store import Store, sqlite_schema, verify

ID = "0123456789abcdef0123"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs without a file, the second of which revises an entry of the first."""
    root = tmp_path_factory.mktemp("stored") / "store"
    with ExitStack() as held:
        patch = held.enter_context(pytest.MonkeyPatch.context())
        # What else a store draws by chance is in the names of files, which this one has none of.
        patch.setattr(sqlite_schema.secrets, "randbits", lambda _: 7)
        store = held.enter_context(Store.open(root))
        for number in range(2):
            rows = [entry(ID, number + 1, owner="Ann", title="Call"), entry(f"named {number}")]
            ended = {"account_id": "e", "playbook": "p", "cycle": "1", "ended_on": day(number)}
            bad = [{"account_id": "q", "row": n, "field": "arr", "value": "?"} for n in range(3)]
            commit_tables(
                store,
                record(number),
                table(STATES, []),
                table(LEDGER, rows),
                table(ENDED, [ended]),
                table(QUARANTINE, bad),
                texts={"tenure.yaml": "owner: Ann\n"},
            )
            outcome = {"action_id": ID, "outcome": "done", "on": day(1), "by": "Ann"}
            move = {"move": "hold", "account_id": "a", "on": day(1), "because": "é"}
            store.record(table(OUTCOMES, [outcome]), table(HAND_MOVES, [move]))
    assert verify(root) == []
    return root


def rows(root: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(root / "store.db")) as database:
        return [row[0] if len(row) == 1 else row for row in database.execute(query)]


def test_a_row_has_the_sum_of_its_number_its_content_and_its_forms_digest(root: Path) -> None:
    null = "\x00"
    form = ["renewal", "grace", *[None] * 8]
    digest = hashlib.sha256(
        str(form).replace("'", '"').replace("None", "null").encode()
    ).hexdigest()
    assert digest[:24] in rows(root, "SELECT digest FROM forms")
    # 20,454 days after the first of 1970.
    content = ["named 0", "20454", null, "a", null, null, null, "issued", null, null, "1"]
    line = "\x1f".join(["2", *content, *[null] * 5, digest[:24]])
    sum_of = zlib.crc32(line.encode()) - 2**31
    assert rows(root, 'SELECT "check" FROM entries WHERE entry = 2') == [sum_of]


def test_what_was_left_out_of_a_run_has_one_sum_in_any_order(root: Path) -> None:
    left_out = [(2, "q", n, "arr", "?", None) for n in (2, 0, 1)]
    digests = [hashlib.sha256(repr(row).encode()).digest()[:16] for row in left_out]
    total = sum(int.from_bytes(each, "big") for each in digests) % 2**128
    assert rows(root, "SELECT quarantine FROM seals WHERE run = 2") == [f"{total:032x}"]


def test_a_text_is_known_by_its_digest_and_a_run_by_that_of_its_listing(root: Path) -> None:
    text = b"owner: Ann\n"
    digest = hashlib.sha256(text).hexdigest()
    listing = f'{{"tenure.yaml":"{digest}"}}'.encode()
    run = hashlib.sha256(listing).hexdigest()
    assert rows(root, "SELECT sha256 FROM versions") == [run, run]
    stored = dict(rows(root, "SELECT sha256, content FROM version_texts"))
    assert {key: zlib.decompress(content) for key, content in stored.items()} == {
        digest: text,
        run: listing,
    }


def test_a_recording_has_the_digest_of_its_numbers_its_rows_and_the_one_before(root: Path) -> None:
    before = b""
    found = rows(root, "SELECT number, digest FROM recordings ORDER BY number")
    for number, digest in found:
        null = "\x00"
        outcome = [f"{number}", ID, "done", "20455", "Ann", *[null] * 6]
        move = [f"{number}", "hold", "a", *[null] * 4, "20455", null, null, "é", null, null]
        lines = [["\x1f".join(outcome)], ["\x1f".join(move)]]
        content = json.dumps([number, number, number, *lines])
        before = hashlib.sha256(before + content.encode()).digest()
        assert digest == before


def test_runs_are_chained_as_they_have_been(root: Path) -> None:
    digests = "SELECT substr(lower(hex({})), 1, 16) FROM chain ORDER BY run"
    assert rows(root, digests.format("content")) == ["56e4c0e543a85d68", "fe67380de5fa10b2"]
    assert rows(root, digests.format("digest")) == ["e96c1cda0a5ece97", "50f6d224af4902c4"]
    assert rows(root, "SELECT substr(whole, 1, 16) FROM seals") == [
        "871ee23a051e1ebc",
        "c4122435d436902c",
    ]


def test_ids_texts_and_forms_are_numbered_from_one(root: Path) -> None:
    key = bytes.fromhex(ID)
    ids = rows(root, "SELECT entry, action_id, revision FROM entries ORDER BY entry")
    assert ids == [(1, key, 1), (2, "named 0", 1), (3, key, 2), (4, "named 1", 1)]
    assert rows(root, "SELECT action_id, revision, run FROM replaced") == [(key, 1, 2)]
    texts = dict(rows(root, "SELECT id, text FROM texts ORDER BY id"))
    # Of each table the new texts in their order, after those that were there.
    assert [*texts.items()] == [
        *enumerate(["Ann", "a", "issued", "1", "e", "p", "done", "hold", "é"], 1)
    ]
    assert rows(root, "SELECT id FROM forms ORDER BY id") == [1, 2]
    assert rows(root, "SELECT outcomes_to, moves_to FROM recordings") == [(1, 1), (2, 2)]
    links = rows(root, "SELECT run, entries_to, ends_to, issued_from FROM chain")
    assert links == [(1, 2, 1, None), (2, 4, 2, None)]
