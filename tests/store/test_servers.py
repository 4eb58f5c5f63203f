"""A store whose database is in PostgreSQL, with its files in a shared folder or in object storage."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import polars as pl
import psycopg
import pytest
from support.object_storage import S3
from support.pooler import pgbouncer, pooler
from support.postgres_server import can_serve
from support.storage_gate import storage_gate
from support.store_rows import commit, day, entry, record, state, table
from support.store_servers import PLACES, StoreServers, store_servers
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import (
    ENDED,
    HAND_MOVES,
    LEDGER,
    OUTCOMES,
    QUARANTINE,
    STATES,
)
from tenure.engine.store import (
    Commits,
    Locked,
    Reader,
    Store,
    bucket_files,
    failpoints,
    postgres,
    verify,
)
from tenure.engine.store.backup import backup
from tenure.engine.store.deliveries import Delivery
from tenure.engine.store.store_files import FolderFiles
from tenure.engine.store.transfer import import_store
from tenure.engine.workspace.store_address import StoreAddress, StoreRoot

pytestmark = pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here")

VIEWS: dict[str, Callable[[Reader], Any]] = {
    "runs": Reader.runs,
    "states": Reader.states,
    "ledger": Reader.ledger,
    "history of the ledger": lambda reader: reader.ledger(history=True),
    "issued": lambda reader: reader.ledger(issued_on=day(1)),
    "of an account": lambda reader: reader.ledger(accounts=["b1"], history=True),
    "contacts": lambda reader: reader.contacts(day(0)),
    "pending": lambda reader: reader.pending(day(0)),
    "known": lambda reader: reader.known(pl.Series([id_of(0), id_of(9), "named"])),
    "ids": lambda reader: reader.action_ids(["0000", "na"]),
    "steps": lambda reader: reader.step_history(
        ["renewal"], ["grace"], ["offer"], ["action_id", "revision"]
    ).sort("action_id", "revision"),
    "last evaluation": lambda reader: reader.last_evaluation("renewal", day(2)),
    "ended": Reader.ended,
    "outcomes": Reader.outcomes,
    "outcomes of actions": lambda reader: reader.outcomes(actions=pl.Series([id_of(0)])),
    "moves": Reader.hand_moves,
    "deliveries": Reader.deliveries,
    "history": lambda reader: [reader.history(on, ["health"]) for on in reader.history_days()],
    "quarantine": lambda reader: reader.quarantine(day(1)),
    "texts": Reader.run_texts,
}
"""All that is read of a store, by name."""


@pytest.fixture(scope="module")
def servers() -> Iterator[StoreServers]:
    with store_servers() as started:
        yield started


@pytest.fixture(params=PLACES)
def address(request: pytest.FixtureRequest, servers: StoreServers, tmp_path: Path) -> StoreAddress:
    return servers.address(request.param, tmp_path)


def id_of(number: int) -> str:
    return f"{number:020x}"


def write_day(store: Store, number: int) -> None:
    """Commit a date with a bit of everything; the third one withdraws an action of the first."""
    entries = [
        entry(
            id_of(number),
            action="offer",
            due_on=day(number),
            issued_on=day(number),
            contact_on=day(number),
        ),
        entry(id_of(100 + number), account_id="ü%?", due_on=day(number), reason="100 % sure?"),
    ]
    if number == 0:
        entries.append(entry("named", due_on=day(5), issued_on=day(0)))
    if number == 2:
        entries.append(
            entry(id_of(0), 2, "withdrawn", action="offer", due_on=day(0), issued_on=day(2))
        )
    commit(
        store,
        record(number),
        [state("a", f"s{number}"), state(f"b{number}", "open")],
        entries,
        [
            {
                "account_id": f"b{number}",
                "playbook": "renewal",
                "cycle": "1",
                "ended_on": day(number),
            }
        ],
        [{"row": 2, "field": "mrr", "value": f"-{number}", "reason": "bad", "account_id": "a"}],
        pl.DataFrame({"account_id": ["a", "b"], "health": [number, None]}),
    )


def write_people(store: Store) -> None:
    """Record outcomes, a hold and deliveries."""
    rows = [
        {"action_id": id, "outcome": "done", "on": day(1), "by": "Ann", "recorded_on": day(1)}
        for id in (id_of(0), "named")
    ]
    hold = {"account_id": "a", "move": "hold", "on": day(1), "by": "Ann", "recorded_on": day(1)}
    numbered = {"number": None}
    store.record(
        table(OUTCOMES, [row | numbered for row in rows]), table(HAND_MOVES, [hold | numbered])
    )
    planned = Delivery("k1", "mail", "action", id_of(0), 1, day(1).isoformat())
    store.plan_deliveries([planned, planned._replace(key="k2")])
    store.plan_deliveries([planned._replace(item="digest")])
    store.note_delivery(planned._replace(state="sent", attempts=1))


def fill(root: StoreRoot) -> None:
    for number in range(3):
        with Store.open(root) as store:
            write_day(store, number)
            if number == 1:
                write_people(store)


def seen(root: StoreRoot) -> dict[str, Any]:
    """Return all that is read of a store."""

    def plain(value: Any) -> Any:
        if isinstance(value, pl.DataFrame):
            return value.to_dicts()
        return [plain(each) for each in value] if isinstance(value, list) else value

    return {name: plain(read(Reader(root))) for name, read in VIEWS.items()}


def test_all_that_is_read_is_the_same_as_of_a_folder(address: StoreAddress, tmp_path: Path) -> None:
    fill(address)
    fill(tmp_path / "one")
    assert seen(address) == seen(tmp_path / "one")
    assert verify(address) == []


def test_a_store_that_does_not_exist_reads_as_an_empty_one(address: StoreAddress) -> None:
    assert Reader(address).ledger().is_empty()
    assert Reader(address).last_committed() is None
    assert verify(address) == []


def test_it_moves_to_servers_and_back(
    address: StoreAddress, tmp_path: Path, servers: StoreServers
) -> None:
    fill(tmp_path / "one")
    before = seen(tmp_path / "one")
    import_store(tmp_path / "one", address, None)
    assert seen(address) == before
    with pytest.raises(Problems, match="has runs already"):
        import_store(tmp_path / "one", address, None)
    note = backup(address, tmp_path / "two")
    assert (note.run, note.on) == (3, day(2).isoformat())
    assert seen(tmp_path / "two") == before
    assert verify(tmp_path / "two") == []
    for root in (address, tmp_path / "two"):
        with Store.open(root) as store:
            write_day(store, 3)
    assert seen(address) == seen(tmp_path / "two")


def test_large_commits_are_the_same_in_segments(
    address: StoreAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure.engine.store.commit.MOST_ENTRIES", 1)
    monkeypatch.setattr("tenure.engine.store.state_files.MOST_DELTAS", 1)
    fill(address)
    fill(tmp_path / "one")
    assert seen(address) == seen(tmp_path / "one")
    assert verify(address) == []


def test_the_second_of_two_writers_is_refused(address: StoreAddress) -> None:
    with Store.open(address) as store:
        write_day(store, 0)
        with pytest.raises(Locked, match="another process has held"), Store.open(address):
            pass
        write_day(store, 1)
    with Store.open(address) as store:
        write_day(store, 2)
    assert len(Reader(address).runs()) == 3


def test_two_stores_do_not_share_their_lock(servers: StoreServers, tmp_path: Path) -> None:
    one, other = (servers.address("folder", tmp_path) for _ in range(2))
    with Store.open(one), Store.open(other):
        pass


def test_a_writer_whose_lock_ended_commits_nothing(
    address: StoreAddress, servers: StoreServers
) -> None:
    fill(address)
    before = seen(address)
    with Store.open(address) as store, store.begin(day(3), 1, day(3)) as part:
        part.add(table_of("states"), table_of("entries"), table_of("ended"))
        servers.end_connections("SELECT 1")
        servers.end_connections("pg_try_advisory_xact_lock")
        with Store.open(address) as other:
            write_day(other, 3)
        with pytest.raises(Problems) as raised:
            part.finish(record(3), table_of("quarantine"))
    assert [problem.code for problem in raised.value.problems] == ["store-lock-lost"]
    assert Reader(address).runs()[:3] == before["runs"]
    assert [each.on for each in Reader(address).runs()] == [day(number) for number in range(4)]
    assert verify(address) == []


def table_of(name: str) -> pl.DataFrame:
    schemas = {"states": STATES, "entries": LEDGER, "ended": ENDED, "quarantine": QUARANTINE}
    rows = {"states": [state("late", "x")], "entries": [entry(id_of(77))]}
    return table(schemas[name], rows.get(name, []))


class Killed(BaseException):
    """The process is killed here: nothing is undone."""


def kill_at(number: int, write: Callable[[], None]) -> None:
    """Write, and end at the nth failpoint as a killed process does: without COMMIT, undo or tidying."""
    passed = 0

    def failpoint(name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == number:
            raise Killed

    with (
        mock.patch.object(failpoints, "failpoint", failpoint),
        mock.patch("tenure.engine.store.commit.Commit.undo"),
        suppress(Killed),
    ):
        write()


@pytest.mark.slow
def test_a_run_killed_at_any_point_is_there_completely_or_not_at_all(
    address: StoreAddress, servers: StoreServers
) -> None:
    def write() -> None:
        with Store.open(address) as store:
            write_day(store, 3)

    fill(address)
    before = seen(address)
    number = 0
    outcomes = set()
    while True:
        number += 1
        kill_at(number, write)
        runs = len(Reader(address).runs())
        outcomes.add(runs)
        assert verify(address) == []
        if runs == 4:
            break
        assert seen(address) == before
        assert number < 100
    assert outcomes == {3, 4}
    # What killed runs left is swept by the next writer.
    with Store.open(address):
        pass
    with psycopg.connect(address.database) as database:
        query = f'SELECT name FROM "{address.schema}".files'
        assert servers.names(address) == {name for (name,) in database.execute(query)}


@pytest.mark.slow
def test_an_import_killed_at_any_point_is_done_again(
    address: StoreAddress, tmp_path: Path, servers: StoreServers
) -> None:
    fill(tmp_path / "one")
    number = 0
    while Reader(address).last_committed() is None:
        number += 1
        kill_at(number, lambda: import_store(tmp_path / "one", address, None))
        assert number < 100
    assert number > 5
    assert seen(address) == seen(tmp_path / "one")
    with Store.open(address) as store:
        write_day(store, 3)
    assert verify(address) == []


def test_a_database_that_refuses_for_good_is_not_asked_again(
    servers: StoreServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONNECT_PATIENCE", 3600)
    other = servers.database.replace("/crm", "/nowhere")
    with pytest.raises(Problems, match="nowhere"):
        Reader(StoreAddress(str(tmp_path), other)).ledger()


@pytest.mark.parametrize("answered", [False, True])
def test_a_connection_lost_at_the_commit_leaves_no_doubt(
    address: StoreAddress, servers: StoreServers, answered: bool
) -> None:
    """The server ends the connection before it takes COMMIT, or commits and the answer is lost."""
    really = postgres.ServerDatabase.execute

    def execute(self: postgres.ServerDatabase, statement: str, *values: Any) -> Any:
        if statement == "COMMIT" and armed:
            armed.clear()
            if answered:
                really(self, statement)
            servers.end_connections("INSERT INTO seals")
            servers.end_connections("UPDATE seals")
            self._connection.close()
        return really(self, statement, *values)

    def failpoint(name: str) -> None:
        armed.extend([name] if name == "before COMMIT" else [])

    armed: list[str] = []
    commits = Commits()
    fill(address)
    with (
        mock.patch.object(postgres.ServerDatabase, "execute", execute),
        mock.patch.object(failpoints, "failpoint", failpoint),
        suppress(Problems),
        Store.open(address, commits=commits) as store,
    ):
        write_day(store, 3)
    assert commits.dates == [day(3)] * answered
    assert [each.code for each in commits.warnings] == ["store-unconfirmed"] * answered
    assert [each.on for each in Reader(address).runs()] == [day(n) for n in range(3 + answered)]
    assert verify(address) == []
    with Store.open(address) as store:
        if not answered:
            write_day(store, 3)
        write_day(store, 4)
    assert verify(address) == []
    assert Reader(address).ledger().height == len({*Reader(address).ledger()["action_id"]})


def test_a_database_that_is_away_for_a_moment_is_waited_for(
    address: StoreAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(address)
    really, away = psycopg.connect, iter([True, True])

    def connect(*given: Any, **named: Any) -> Any:
        if next(away, False):
            raise psycopg.OperationalError("connection refused")
        return really(*given, **named)

    monkeypatch.setattr(psycopg, "connect", connect)
    assert Reader(address).last_committed() == day(2)


def test_a_database_that_does_not_answer_is_reported(
    servers: StoreServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONNECT_PATIENCE", 0.1)
    monkeypatch.setenv("TENURE_TRY", "s3cr3t-word")
    gone = StoreAddress(str(tmp_path), "postgresql://tenure:${TENURE_TRY}@127.0.0.1:9/crm")
    with pytest.raises(Problems) as raised:
        Reader(gone).ledger()
    (problem,) = raised.value.problems
    assert problem.code == "store-failed"
    assert "s3cr3t" not in f"{problem.message} {problem.hint}"


def test_nothing_is_left_in_a_session(
    address: StoreAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pooler gives each transaction whichever connection is free: here another one each time."""
    really = psycopg.connect

    class Pooled:
        def __init__(self, *given: Any, **named: Any) -> None:
            self.sessions = [really(*given, **named) for _ in range(3)]
            self.adapters = psycopg.adapters

        def _next(self) -> None:
            self.sessions.append(self.sessions.pop(0))

        def execute(self, statement: str, *values: Any) -> Any:
            done = self.sessions[0].execute(statement, *values)
            if statement in ("COMMIT", "ROLLBACK"):
                self._next()
            return done

        def close(self) -> None:
            for session in self.sessions:
                session.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.sessions[0], name)

    monkeypatch.setattr(psycopg, "connect", Pooled)
    fill(address)
    found = seen(address)
    monkeypatch.setattr(psycopg, "connect", really)
    assert found == seen(address)
    assert verify(address) == []


@pytest.mark.skipif(pgbouncer() is None, reason="PgBouncer is not installed here")
def test_the_database_behind_pgbouncer(
    address: StoreAddress, servers: StoreServers, tmp_path: Path
) -> None:
    with pooler(urlsplit(servers.database).netloc.partition("@")[2]) as here:
        pooled = StoreAddress(address.files, f"postgresql://tenure@{here}/crm", address.schema)
        fill(pooled)
        fill(tmp_path / "one")
        assert seen(pooled) == seen(tmp_path / "one")
        with Store.open(pooled) as store:
            with pytest.raises(Locked), Store.open(pooled):
                pass
            # The lock counts for a writer that does not use the pooler too.
            with pytest.raises(Locked), Store.open(address):
                pass
            with ThreadPoolExecutor(8) as readers:
                ledgers = [*readers.map(lambda _: Reader(pooled).ledger(), range(16))]
            assert all(each.equals(ledgers[0]) for each in ledgers)
            write_day(store, 3)
        assert [each.on for each in Reader(address).runs()] == [day(n) for n in range(4)]
        assert verify(pooled) == []


def test_a_file_that_a_reader_may_still_open_is_deleted_later(
    address: StoreAddress, servers: StoreServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure.engine.store.state_files.MOST_DELTAS", 1)
    fill(address)
    before = servers.names(address)
    with Reader(address)._session() as reading:
        listed = {name for (name,) in reading.execute("SELECT name FROM files")}
        with Store.open(address) as store:
            write_day(store, 3)
            write_day(store, 4)
        assert listed <= servers.names(address)
        assert {name for (name,) in reading.execute("SELECT name FROM files")} == listed
    with Store.open(address):
        pass
    assert not before <= servers.names(address)
    assert verify(address) == []


def test_a_changed_or_missing_file_is_reported(
    servers: StoreServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = servers.address("bucket", tmp_path)
    fill(address)
    name = sorted(each for each in servers.names(address) if each.startswith("states/"))[0]
    key = f"{address.files.removeprefix('s3://exports/')}/{name}"
    client = servers.storage.client
    content = client.get_object(Bucket="exports", Key=key)["Body"].read()
    client.put_object(Bucket="exports", Key=key, Body=content[:-1] + b"!")
    assert [problem.message for problem in verify(address)] == [
        f"the store {address.files} is damaged: {name} holds other bytes than were written"
    ]
    monkeypatch.setattr("tenure.engine.store.store_files._bucket", cache(bucket_files.BucketFiles))
    with pytest.raises(Problems, match="holds other bytes"):
        Reader(address).states()
    client.delete_object(Bucket="exports", Key=key)
    assert "is missing" in verify(address)[0].message


@contextmanager
def failing_storage(
    storage: S3, fails: Callable[[str, str], bool], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Put a server before the storage's that answers 500 to the requests for which `fails` is true."""
    with storage_gate(storage.environment["AWS_ENDPOINT_URL"]) as gate:
        gate.fails = fails
        monkeypatch.setenv("AWS_ENDPOINT_URL", gate.address)
        fresh = cache(bucket_files.BucketFiles)
        monkeypatch.setattr("tenure.engine.store.store_files._bucket", fresh)
        yield
        monkeypatch.undo()


def test_a_storage_that_fails_at_times_is_asked_again(
    servers: StoreServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, chance, failed = servers.address("bucket", tmp_path), random.Random(17), []

    def fails(method: str, path: str) -> bool:
        failed.extend([path] if (hit := chance.random() < 0.3) else [])
        return hit

    with failing_storage(servers.storage, fails, monkeypatch):
        fill(address)
        found = seen(address)
    fill(tmp_path / "one")
    assert failed
    assert found == seen(tmp_path / "one")
    assert verify(address) == []


def test_a_storage_that_goes_on_failing_is_reported_and_nothing_is_committed(
    servers: StoreServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = servers.address("bucket", tmp_path)
    fill(address)
    monkeypatch.setattr(bucket_files, "MOST_RETRIES", 1)

    def fails(method: str, path: str) -> bool:
        return method == "PUT" and "/states/" in path

    with (
        failing_storage(servers.storage, fails, monkeypatch),
        Store.open(address) as store,
        pytest.raises(Problems) as raised,
    ):
        write_day(store, 3)
    (problem,) = raised.value.problems
    assert problem.code == "store-failed"
    assert "the object storage answers" in (problem.hint or "")
    assert Reader(address).last_committed() == day(2)
    assert verify(address) == []
    with Store.open(address) as store:
        write_day(store, 3)
    fill(tmp_path / "one")
    with Store.open(tmp_path / "one") as store:
        write_day(store, 3)
    assert seen(address) == seen(tmp_path / "one")


def test_files_of_another_store_are_not_taken_over(
    address: StoreAddress, servers: StoreServers
) -> None:
    fill(address)
    names = servers.names(address)
    other = StoreAddress(address.files, address.database, f"{address.schema}_other")
    with pytest.raises(Problems, match="is not the one"), Store.open(other):
        pass
    assert servers.names(address) == names
    assert verify(address) == []


def test_a_folder_with_a_database_is_not_taken_for_files(
    servers: StoreServers, tmp_path: Path
) -> None:
    fill(tmp_path / "one")
    with pytest.raises(Problems, match="a database of its own"):
        import_store(
            tmp_path / "one",
            StoreAddress(str(tmp_path / "one"), servers.database, "store_mixed"),
            None,
        )
    assert verify(tmp_path / "one") == []


def test_long_texts_are_stored_and_found_again(address: StoreAddress, tmp_path: Path) -> None:
    reasons = ["".join(random.Random(seed).choices("abcdéü%?\\\t", k=9_000)) for seed in range(2)]
    for root in (address, tmp_path / "one"):
        for number in range(2):
            with Store.open(root) as store:
                rows = [
                    entry(id_of(10 * number + n), reason=reason, due_on=day(0))
                    for n, reason in enumerate(reasons)
                ]
                commit(store, record(number), [], rows)
    assert seen(address) == seen(tmp_path / "one")
    assert {*Reader(address).ledger()["reason"]} == {*reasons}
    assert verify(address) == []


def test_a_character_that_postgresql_has_not_stops_the_commit(address: StoreAddress) -> None:
    fill(address)
    with Store.open(address) as store, pytest.raises(Problems) as raised:
        commit(store, record(3), [], [entry(id_of(9), account_name="a\0b")])
    (problem,) = raised.value.problems
    assert problem.code == "store-failed"
    assert "NUL" in problem.message
    assert Reader(address).last_committed() == day(2)
    assert verify(address) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_of_many_faults_nothing_is_lost_and_nothing_doubled(
    address: StoreAddress,
    servers: StoreServers,
    tmp_path: Path,
    seed: int,
) -> None:
    """Runs are killed, lose a connection or meet a storage that fails, until six days are committed."""
    chance = random.Random(seed)
    write = bucket_files.BucketFiles.write if not address.in_folder else FolderFiles.write

    def fails_at_times(self: Any, file: Any, content: bytes) -> None:
        if chance.random() < 0.5:
            raise OSError("500 Internal Server Error")
        write(self, file, content)

    def lose_connection() -> None:
        at = chance.choice(["before the transaction", "ledger entered", "before COMMIT"])

        def failpoint(name: str) -> None:
            if name == at:
                servers.end_connections()

        with mock.patch.object(failpoints, "failpoint", failpoint):
            write_next()

    def write_next() -> None:
        with Store.open(address) as store:
            number = len(store.runs())
            assert number == done
            write_day(store, number)

    done = tried = 0
    while done < 6:
        tried += 1
        fault = chance.choice(["none", "kill", "storage", "connection"])
        # A server may need a moment until it has ended a connection with its lock.
        with suppress(Problems, Locked):
            if fault == "kill":
                kill_at(chance.randrange(1, 25), write_next)
            elif fault == "connection":
                lose_connection()
            elif fault == "storage":
                with mock.patch.object(
                    FolderFiles if address.in_folder else bucket_files.BucketFiles,
                    "write",
                    fails_at_times,
                ):
                    write_next()
            else:
                write_next()
        runs = len(Reader(address).runs())
        assert runs in (done, done + 1), (seed, tried, fault)
        done = runs
    for number in range(6):
        with Store.open(tmp_path / "one") as store:
            write_day(store, number)
    assert tried > 6
    assert seen(address) == seen(tmp_path / "one")
    with Store.open(address):
        pass
    assert verify(address) == []
    named = servers.ask(f'SELECT name FROM "{address.schema}".files')
    assert servers.names(address) == {name for (name,) in named}


def test_views_show_people_what_is_stored(address: StoreAddress, servers: StoreServers) -> None:
    fill(address)
    query = (
        f"SELECT action_id, due_on FROM \"{address.schema}\".ledger WHERE action_id = '{id_of(1)}'"
    )
    assert servers.ask(query) == [(id_of(1), day(1))]
