"""What the store says to PostgreSQL, and how it takes what PostgreSQL says, without a server."""

from __future__ import annotations

import hashlib
import struct
from typing import Any
from unittest import mock

import psycopg
import pytest
from tenure.engine.core.problems import Problems
from tenure.engine.store import postgres
from tenure.engine.store.places import ServerLock
from tenure.engine.store.store_database import ServerError
from tenure.engine.workspace.store_address import StoreAddress

ADDRESS = StoreAddress("/srv/files", "postgresql://db/crm", "tenure")


class Recorded:
    """A connection that remembers what is executed; it is in no transaction before `BEGIN`."""

    def __init__(self, fails: str = "") -> None:
        self.executed: list[tuple[Any, ...]] = []
        self.info = mock.Mock(transaction_status=psycopg.pq.TransactionStatus.IDLE)
        self._fails = fails

    def execute(self, *given: Any) -> None:
        self.executed.append(given)
        if self._fails and self._fails in given[0]:
            raise psycopg.errors.UniqueViolation("there already\nDETAIL: id 7")


def database(fails: str = "") -> tuple[postgres.ServerDatabase, Recorded]:
    connection = Recorded(fails)
    return postgres.ServerDatabase(connection, ADDRESS), connection  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "values", "said", "bound"),
    [
        ("SELECT 1", [], "SELECT 1", []),
        ("SELECT a FROM b WHERE c = ? AND d = ?", [1, 2], "SELECT a FROM b WHERE c = %s AND d = %s", [1, 2]),
        ("SELECT 'a%' CROSS JOIN b", [], "SELECT 'a%%' JOIN b", []),
        ("instr(?, 'x')", ["y"], "strpos(%s, 'x')", ["y"]),
        # The values that are wanted take their place among the others.
        (
            "SELECT ? FROM temp.wanted WHERE a = ?", [1, 2],
            "SELECT %s FROM unnest(%s::text[]) AS wanted (value) WHERE a = %s", [1, ["x", "y"], 2],
        ),
        (
            "SELECT value FROM json_each(?)", ["[1]"],
            "SELECT value FROM (SELECT CAST(id AS BIGINT) AS value"
            " FROM json_array_elements_text(CAST(%s AS json)) AS ids (id)) AS numbers", ["[1]"],
        ),
    ],
)  # fmt: skip
def test_statements_are_said_in_postgresqls_words(
    statement: str, values: list[Any], said: str, bound: list[Any]
) -> None:
    asked, connection = database()
    with asked.wanting(["x", "y"]):
        asked.execute(statement, values)
    begun, executed, ended = connection.executed
    assert executed == (said, bound)
    # A statement outside a transaction is one by itself, of the store's own schema.
    assert begun[0].startswith(
        'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL search_path TO "tenure"'
    )
    assert ended == ("COMMIT",)


def test_a_statement_that_fails_is_rolled_back_and_reported() -> None:
    asked, connection = database(fails="INSERT")
    with pytest.raises(postgres.ServerConflict, match=r"^there already$"):
        asked.execute("INSERT INTO seals VALUES (?)", [1])
    assert connection.executed[-1] == ("ROLLBACK",)


def test_what_is_wanted_is_forgotten_afterwards() -> None:
    asked, connection = database()
    with asked.wanting(["x"]), asked.wanting(["y"]):
        pass
    asked.execute("SELECT 1 FROM temp.wanted")
    assert connection.executed[1][1] == [[]]


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ("connection refused", True),
        ("FATAL: the database system is starting up", True),
        ("FATAL: the database system is in recovery mode", True),
        ("FATAL: sorry, too many clients already", True),
        ("FATAL: remaining connection slots are reserved", True),
        ("FATAL: password authentication failed", False),
    ],
)
def test_a_refusal_that_may_pass_is_waited_for(
    said: str, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = mock.Mock(side_effect=[psycopg.OperationalError(said), mock.Mock()])
    waited: list[float] = []
    monkeypatch.setattr(psycopg, "connect", connected)
    monkeypatch.setattr(postgres.time, "sleep", waited.append)
    if passes:
        postgres.connect_server(ADDRESS)
        assert len(waited) == 1
        assert waited[0] > 0
        return
    with pytest.raises(ServerError, match=said):
        postgres.connect_server(ADDRESS)
    assert waited == []


def test_a_server_that_stays_away_is_not_waited_for_beyond_the_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = mock.Mock(side_effect=psycopg.OperationalError("connection refused"))
    now = iter([100.0, 100.0 + postgres.CONNECT_PATIENCE, 100.1 + postgres.CONNECT_PATIENCE])
    monkeypatch.setattr(psycopg, "connect", gone)
    monkeypatch.setattr(postgres.time, "sleep", lambda _: None)
    monkeypatch.setattr(postgres.time, "monotonic", lambda: next(now))
    with pytest.raises(ServerError, match="refused"):
        postgres.connect_server(ADDRESS)
    assert gone.call_count == 2


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda _: None)
    with pytest.raises(Problems) as raised:
        postgres.connect_server(ADDRESS)
    (problem,) = raised.value.problems
    assert (problem.code, problem.hint) == ("driver-missing", "pip install 'tenure[postgres]'")


def test_the_key_of_a_store_is_of_its_schema_alone() -> None:
    (expected,) = struct.unpack(">i", hashlib.sha256(b"tenure tenure").digest()[:4])
    elsewhere = StoreAddress("s3://files", "postgresql://db/crm", "tenure")
    assert postgres._key(ADDRESS) == postgres._key(elsewhere) == expected
    assert postgres._key(StoreAddress("/srv/files", "postgresql://db/crm", "other")) != expected


@pytest.mark.parametrize(
    ("in_transaction", "answer", "lost"),
    [
        (True, (1,), False),
        # The server ended the transaction, or the connection, or does not answer any more.
        (False, (1,), True),
        (True, ServerError("terminated"), True),
    ],
)
def test_a_lock_is_lost_with_its_transaction(in_transaction: bool, answer: Any, lost: bool) -> None:
    held = mock.Mock(in_transaction=in_transaction)
    if isinstance(answer, Exception):
        held.execute.side_effect = answer
    else:
        held.execute.return_value.fetchone.return_value = answer
    if not lost:
        ServerLock(ADDRESS, held).refuse_lost()
        return
    with pytest.raises(Problems) as raised:
        ServerLock(ADDRESS, held).refuse_lost()
    assert [problem.code for problem in raised.value.problems] == ["store-lock-lost"]
