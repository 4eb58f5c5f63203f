"""What the store says to PostgreSQL, and how it takes what PostgreSQL says, without a server."""

from __future__ import annotations

import datetime as dt
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

    def cursor(self) -> Recorded:
        return self


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


def test_a_connection_that_a_network_has_forgotten_is_noticed_within_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected = mock.Mock()
    monkeypatch.setattr(psycopg, "connect", connected)
    postgres.connect_server(ADDRESS)
    (shown,), settings = connected.call_args
    assert shown == ADDRESS.database
    idle, interval, count = (
        settings.pop(f"keepalives_{name}") for name in ("idle", "interval", "count")
    )
    assert idle + interval * count == 60
    # Nothing is prepared, for a pooler's sake, and each attempt has ten seconds.
    assert settings == {
        "autocommit": True,
        "prepare_threshold": None,
        "connect_timeout": 10,
        "tcp_user_timeout": 60_000,
    }


def loaded(data: bytes) -> Any:
    """A number as PostgreSQL sends it, as the store's connections read it."""
    connection = mock.Mock()
    with mock.patch.object(psycopg, "connect", return_value=connection):
        postgres.connect_server(ADDRESS)
    name, loader = connection.adapters.register_loader.call_args.args
    assert name == "numeric"
    return loader(0).load(data)


def test_sums_are_whole_numbers() -> None:
    assert loaded(b"9223372036854775808") == 2**63
    assert isinstance(loaded(memoryview(b"12")), int)


@pytest.mark.parametrize(
    ("status", "inside"),
    [("IDLE", False), ("UNKNOWN", False), ("INTRANS", True), ("INERROR", True), ("ACTIVE", True)],
)
def test_a_transaction_goes_on_until_it_ended_or_the_connection_did(
    status: str, inside: bool
) -> None:
    asked, connection = database()
    connection.info.transaction_status = getattr(psycopg.pq.TransactionStatus, status)
    assert asked.in_transaction is inside
    asked.execute("SELECT 1")
    # Inside of one, a statement begins and ends none.
    assert len(connection.executed) == (1 if inside else 3)


def test_locks_of_two_versions_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their keys are part of what the store is, as its tables are."""
    key = postgres._key(ADDRESS)
    asked, connection = database()
    asked.execute("BEGIN IMMEDIATE")
    assert connection.executed[0][0].endswith(
        f"SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock({key}, 2)"
    )
    asked.execute("BEGIN")
    assert connection.executed[1][0].startswith("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;")
    assert connection.executed[1][0].endswith("; LOCK TABLE files IN ACCESS SHARE MODE")
    for held in (True, False):
        opened = mock.Mock()
        opened.execute.return_value.fetchone.return_value = (held,)
        monkeypatch.setattr(postgres, "connect_server", mock.Mock(return_value=opened))
        with postgres.try_writer(ADDRESS) as found:
            assert (found is opened) is held
            assert opened.begin.call_args.args == (
                "READ COMMITTED",
                "SET LOCAL idle_in_transaction_session_timeout = 0",
            )
            assert opened.execute.call_args.args[1] == [key, 1]
            assert not opened.close.called
        assert opened.execute.call_args.args == ("ROLLBACK",)
        assert opened.close.call_count == 1


def test_the_beginning_of_a_run_is_asked_for_by_keys_without_a_sign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = mock.Mock()
    monkeypatch.setattr(postgres, "connect_server", mock.Mock(return_value=opened))
    monkeypatch.setattr(postgres, "_key", lambda _: -5)
    east = dt.timezone(dt.timedelta(hours=2))
    began = dt.datetime(2026, 1, 1, 12, tzinfo=east)
    opened.execute.return_value.fetchone.return_value = (began,)
    found = postgres.writing_since(ADDRESS)
    assert (found, found.tzinfo, found.hour) == (began, dt.UTC, 10)
    assert opened.execute.call_args.args[1] == [2**32 - 5, 1]
    assert opened.close.call_count == 1
    opened.execute.return_value.fetchone.return_value = (None,)
    before = dt.datetime.now(dt.UTC)
    assert before <= postgres.writing_since(ADDRESS) <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(("reads", "ended"), [(False, "COMMIT"), (True, "ROLLBACK")])
@pytest.mark.parametrize("inside", [True, False])
def test_files_are_deleted_where_nothing_reads(reads: bool, ended: str, inside: bool) -> None:
    said: list[str] = []

    def execute(statement: str) -> None:
        said.append(statement)
        if reads and "NOWAIT" in statement:
            raise ServerError("it is read")

    asked = mock.Mock(spec=postgres.ServerDatabase, in_transaction=inside, execute=execute)
    with postgres.without_readers(asked) as free:
        assert free is not reads
    assert said == [
        "BEGIN IMMEDIATE",
        "LOCK TABLE files IN ACCESS EXCLUSIVE MODE NOWAIT",
        *([ended] if inside else []),
    ]


def test_rows_of_an_insert_are_copied_and_other_statements_executed() -> None:
    connection = mock.MagicMock()
    connection.info.transaction_status = psycopg.pq.TransactionStatus.INTRANS
    cursor = connection.cursor.return_value.__enter__.return_value
    copy = cursor.copy.return_value.__enter__.return_value
    asked = postgres.ServerDatabase(connection, ADDRESS)
    for columns in ("", " (a, b)"):
        asked.executemany(f"INSERT INTO seals{columns} VALUES (?, ?)", iter([(1, 2), (3, 4)]))
        assert cursor.copy.call_args.args == (f"COPY seals{columns} FROM STDIN",)
        assert [each.args for each in copy.write_row.call_args_list[-2:]] == [((1, 2),), ((3, 4),)]
    assert not cursor.executemany.called
    more = "INSERT INTO seals VALUES (?) ON CONFLICT DO NOTHING"
    asked.executemany(more, iter([(1,)]))
    assert cursor.executemany.call_args.args == (more.replace("?", "%s"), [(1,)])
    asked.close()
    assert connection.close.call_count == 1
