"""Erasing names: they are in no byte of the store, the facts stay, and a killed erasure is whole or not there.

Run as a script this file kills erasures: `PYTHONPATH=tests python tests/store/test_erase.py FOLDER`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from support.killed_store import forked
from support.store_rows import commit_tables
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, HAND_MOVES, LEDGER, OUTCOMES, QUARANTINE, STATES
from tenure.engine.evaluation.hand_orders import replace_remark
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import (
    Reader,
    Retention,
    RunRecord,
    Store,
    commit,
    failpoints,
    lock,
    verify,
)
from tenure.engine.store.erase import has_account
from tenure.engine.store.redaction import ERASED, NameMatcher, Redaction

FIRST = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
NAME = "Zoé Lambert"
EMAIL = "zoe.lambert@customer.example"
OTHER = "Bruno Keller"


def table(schema: dict[str, pl.DataType], **columns: Any) -> pl.DataFrame:
    frame = pl.DataFrame(columns)
    missing = {name: pl.lit(None) for name in schema if name not in columns}
    return frame.with_columns(**missing).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )


def fill(store: Store, number: int, retention: Retention | None = None) -> None:
    """Commit a date with the name in every table that can have one."""
    on = FIRST + number * DAY
    accounts = ["a", "b", "c"]
    states = table(STATES, account_id=accounts, playbook=["p"] * 3, state=["s"] * 3)
    entries = table(
        LEDGER,
        action_id=[f"{number}-{n}" for n in range(3)],
        revision=[1] * 3,
        status=["issued"] * 3,
        due_on=[on] * 3,
        issued_on=[on] * 3,
        account_id=accounts,
        account_name=["Acme", "Borel", "Zoé  LAMBERT"],
        owner=[NAME, OTHER, None],
        reason=[f"{NAME} asked for it", "champion left", f"wrote to {EMAIL}"],
    )
    ended = table(ENDED, account_id=["a"], playbook=["p"], cycle=[str(number)], ended_on=[on])
    bad = table(
        QUARANTINE,
        account_id=["a", "b"],
        row=[1, 2],
        field=["arr"] * 2,
        value=[NAME, "x"],
        reason=["not a number"] * 2,
    )
    kept = pl.DataFrame(
        {"account_id": accounts, "champion": [NAME, OTHER, None], "health_score": [1.0, 2.0, 3.0]}
    )
    record = RunRecord(on, 1, on, on, "ab", 3, 2, {"p": "cd"}, "1.0", [])
    if retention is None:
        commit_tables(store, record, states, entries, ended, bad, kept)
        return
    with store.begin(on, 1, on) as commit:
        commit.add(states, entries, ended, kept)
        commit.finish(record, bad, retention=retention)
        assert sum(frame.collect().height for frame in commit.entries()) == 3


def filled(root: Path) -> Path:
    """Make a store of three runs: the second wrote its entries to a Parquet file."""
    root.parent.mkdir(exist_ok=True)
    with Store.open(root, root.parent) as store:
        usual = commit.MOST_ENTRIES
        for number in range(3):
            commit.MOST_ENTRIES = 2 if number == 1 else usual
            fill(store, number)
        commit.MOST_ENTRIES = usual
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return filled(tmp_path / "w" / "store")


def erase(root: Path, *names: str, on: dt.date = FIRST) -> Any:
    with Store.open(root, root.parent) as store:
        return store.erase(Redaction(NameMatcher(names)), "person", on)


def spellings(root: Path) -> list[str]:
    """Return the files below a folder in which a spelling of the name is."""
    wanted = [
        unicodedata.normalize(form, text).encode()
        for text in (NAME, "Zoé  LAMBERT", "LAMBERT", "Lambert")
        for form in ("NFC", "NFD")
    ]
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return [path.name for path in paths if any(name in path.read_bytes() for name in wanted)]


@pytest.mark.parametrize(
    ("name", "text", "whole", "within"),
    [
        ("Zoé Lambert", "zoé  lambert ", "erased", "erased "),
        ("Zoé Lambert", "Zoe\u0301 Lambert", "erased", "erased"),
        ("Zoé Lambert", "to Zoe\u0301 Lambert, twice", "to erased, twice", "to erased, twice"),
        ("Zoé Lambert", "Zoé Lamberti", "Zoé Lamberti", "Zoé Lamberti"),
        ("Zoé", "Zoé Lambert", "Zoé Lambert", "erased Lambert"),
        ("Zoé", "Zoé's", "Zoé's", "erased's"),
        ("Zoe", "Zoé", "Zoé", "Zoé"),
        ("Anne", "Marie-Anne", "Marie-Anne", "Marie-Anne"),
        ("Brien", "O'Brien", "O'Brien", "O'Brien"),
        ("STRASSE AG", "Straße AG", "erased", "erased"),
        ("a@b.example", "x.a@b.example", "x.a@b.example", "x.a@b.example"),
        ("a@b.example", "A@B.Example.", "erased.", "erased."),
        ("a@b.example", "a@b.example.org", "a@b.example.org", "a@b.example.org"),
        ("(x+", "the (x+ team", "the (x+ team", "the erased team"),
        ("Zoé B.", "to Zoé B.xy", "to erasedxy", "to erasedxy"),
        ("é Bo", "to Ané Bo", "to Ané Bo", "to Ané Bo"),
        ("İpek", "for İpek!", "for İpek!", "for erased!"),
        (" ", "nothing", "nothing", "nothing"),
    ],
)
def test_names_are_matched_whole_without_case(
    name: str, text: str, whole: str, within: str
) -> None:
    matcher = NameMatcher([name])
    assert matcher.replace_name(text) == whole
    assert matcher.replace_within(text) == within


def test_no_byte_of_the_store_holds_an_erased_name(root: Path) -> None:
    assert "store.db" in spellings(root)
    assert any(name.startswith("tenure-ledger") for name in spellings(root))
    assert any(name.startswith("tenure-history") for name in spellings(root))
    places = erase(root, NAME)
    # A name, an owner and a reason a run; a champion a day; a bad value a run.
    assert (places.ledger, places.history, places.quarantine) == (9, 3, 3)
    assert spellings(root) == []
    assert verify(root) == []


def test_the_facts_of_actions_stay(root: Path) -> None:
    reader = Reader(root)
    before = [reader.ledger(history=True), reader.states(), reader.ended(), reader.runs()]
    erase(root, NAME)
    names = ["account_name", "owner", "reason"]
    after = reader.ledger(history=True)
    assert after.drop(names).equals(before[0].drop(names))
    assert reader.states().equals(before[1])
    assert reader.ended().equals(before[2])
    assert reader.runs() == before[3]
    assert after["owner"].to_list() == [ERASED, OTHER, None] * 3
    assert after["reason"][:2].to_list() == ["erased asked for it", "champion left"]
    kept = reader.history(FIRST, ["champion", "health_score"])
    assert kept["champion"].to_list() == [ERASED, OTHER, None]
    assert kept["health_score"].to_list() == [1.0, 2.0, 3.0]
    assert reader.quarantine(FIRST)["value"].to_list() == [ERASED, "x"]


def test_an_account_loses_its_names_and_others_keep_theirs(root: Path) -> None:
    redaction = Redaction(NameMatcher([NAME]), "a", owners=frozenset(["csm"]))
    with Store.open(root, root.parent) as store:
        store.erase(redaction, "account", FIRST)
    rows = Reader(root).ledger(accounts=["a"])
    assert set(rows["account_name"]) == {ERASED}
    assert set(rows["reason"]) == {"erased asked for it"}
    assert set(rows["owner"]) == {NAME}, "the owner is a person of the workspace"
    assert set(Reader(root).ledger(accounts=["c"])["account_name"]) == {"Zoé  LAMBERT"}
    assert Reader(root).history(FIRST, ["champion"])["champion"].to_list() == [ERASED, OTHER, None]
    assert verify(root) == []


def test_remarks_go_with_the_account_of_their_action_wherever_its_entry_is(root: Path) -> None:
    # The entries of run 1 are in a file, the others in the table.
    actions = ["0-0", "0-1", "1-0", "1-1"]
    recorded = table(
        OUTCOMES,
        action_id=actions,
        outcome=["done"] * 4,
        on=[FIRST] * 4,
        note=["a remark"] * 4,
        recorded_on=[FIRST] * 4,
    )
    with Store.open(root, root.parent) as store:
        store.record(recorded, pl.DataFrame(schema=HAND_MOVES))
        store.erase(Redaction(NameMatcher(()), account="a"), "account", FIRST)
    found = Reader(root).outcomes()
    assert dict(found.select("action_id", "note").iter_rows()) == {
        "0-0": ERASED,
        "1-0": ERASED,
        "0-1": "a remark",
        "1-1": "a remark",
    }


def test_an_account_is_known_by_any_one_of_the_tables_and_files(root: Path) -> None:
    rows = {
        "states": table(STATES, account_id=["in states"], playbook=["p"], state=["s"]),
        "entries": table(
            LEDGER,
            action_id=["n"],
            revision=[1],
            status=["issued"],
            due_on=[FIRST],
            issued_on=[FIRST],
            account_id=["in entries"],
        ),
        "ended": table(
            ENDED, account_id=["in ended"], playbook=["p"], cycle=["1"], ended_on=[FIRST]
        ),
        "bad": table(QUARANTINE, account_id=["in bad"], row=[1], field=["arr"], reason=["no"]),
    }
    kept = pl.DataFrame({"account_id": ["in history"], "champion": ["Ann"]})
    on = FIRST + 3 * DAY
    record = RunRecord(on, 1, on, on, "ab", 3, 2, {"p": "cd"}, "1.0", [])
    move = table(
        HAND_MOVES, move=["hold"], account_id=["in moves"], on=[FIRST], recorded_on=[FIRST]
    )
    with Store.open(root, root.parent) as store:
        commit_tables(store, record, *rows.values(), kept)
        store.record(pl.DataFrame(schema=OUTCOMES), move)
    for account in (*"abc", *(f"in {name}" for name in (*rows, "history", "moves"))):
        assert has_account(root, account), account
    assert not has_account(root, "nowhere")


def test_an_erasure_is_recorded_without_the_name(root: Path) -> None:
    erase(root, NAME, on=dt.date(2026, 3, 9))
    with sqlite3.connect(root / "store.db") as database:
        rows = database.execute("SELECT run, erased_on, kind, places FROM erasures").fetchall()
        assert rows == [(3, "2026-03-09", "person", 15)]
        database.execute("UPDATE erasures SET places = 1")
    database.close()
    assert [problem.code for problem in verify(root)] == ["store-damaged"]


def test_a_damaged_store_is_not_given_new_digests(root: Path) -> None:
    with sqlite3.connect(root / "store.db") as database:
        database.execute("UPDATE ends SET ended_on = ended_on + 1 WHERE entry = 1")
    database.close()
    with pytest.raises(Problems) as raised:
        erase(root, NAME)
    assert {problem.code for problem in raised.value.problems} == {"store-damaged"}
    assert "store.db" in spellings(root)


def test_runs_go_on_after_an_erasure(root: Path) -> None:
    erase(root, NAME)
    with Store.open(root, root.parent) as store:
        fill(store, 3)
    assert verify(root) == []
    erase(root, NAME)
    assert spellings(root) == []
    assert verify(root) == []


def test_a_copy_from_before_an_erasure_is_noticed(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "copy")
    erase(root, NAME)
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "copy", root)
    with pytest.raises(Problems) as raised, Store.open(root, root.parent):
        pass
    assert raised.value.problems[0].code == "store-taken-back"


@pytest.mark.parametrize("step", ["before", "after"])
def test_an_erasure_that_fails_leaves_no_file_of_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(name: str) -> None:
        if name == f"{step} COMMIT of the erasure":
            raise OSError("no space")

    def files() -> set[str]:
        return {path.name for path in root.rglob("*.parquet")}

    before = files()
    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "failpoint", fail)
        with pytest.raises(Problems):
            erase(root, NAME)
    if step == "before":
        assert files() == before
        assert "store.db" in spellings(root)
    else:
        # It is in the database: its files are needed, and the next writer removes those that they replace.
        assert files() > before
        assert erase(root, NAME).total == 0
    assert verify(root) == []


def contents(root: Path) -> list[str]:
    """Return all texts that can be read."""
    reader = Reader(root)
    found = [reader.ledger(history=True), reader.states(), reader.ended()]
    found += [reader.history(day, ["champion"]) for day in reader.history_days()]
    found += [reader.quarantine(record.on) for record in reader.runs()]
    return [frame.write_csv() for frame in found]


def erase_killed(root: Path, call: int) -> str:
    """Erase, dying at that failpoint; "done" where there are fewer."""
    from tenure.engine.store import failpoints

    calls = 0

    def failpoint(name: str) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoints.failpoint = failpoint
    erase(root, NAME)
    return "done"


def opened(root: Path) -> list[Any]:
    """Return what is there once a writer has opened the store: its texts, spellings left, and problems."""
    with Store.open(root, root.parent):
        pass
    return [contents(root), spellings(root), [problem.message for problem in verify(root)]]


def made_and_erased(folder: Path) -> list[list[str]]:
    before = contents(filled(folder / "made" / "store"))
    shutil.copytree(folder / "made", folder / "erased")
    erase(folder / "erased" / "store", NAME)
    return [before, contents(folder / "erased" / "store")]


def kill_everywhere(folder: Path) -> None:
    before, after = forked(made_and_erased, folder)
    call, found, ends = 0, None, {"before": 0, "after": 0}
    while found != "done":
        call += 1
        shutil.rmtree(folder / "w", ignore_errors=True)
        shutil.copytree(folder / "made", folder / "w")
        root = folder / "w" / "store"
        found = forked(erase_killed, root, call)
        read = forked(contents, root)
        assert read in (before, after), f"call {call}: half an erasure was read"
        now, left, problems = forked(opened, root)
        assert now == read, f"call {call}"
        assert problems == [], f"call {call}: {problems}"
        assert bool(left) == (read == before), f"call {call}: {left}"
        ends["before" if read == before else "after"] += 1
    print(json.dumps(ends))


@pytest.mark.slow
def test_an_erasure_killed_anywhere_is_whole_or_not_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    ends = json.loads(done.stdout)
    assert ends["before"] > 10
    assert ends["after"] > 5


# Retention


def test_a_run_replaces_the_names_of_runs_that_are_older(root: Path) -> None:
    """The entries of the first run are in the table, those of the second in a file."""
    before = Reader(root).ledger(history=True)
    with Store.open(root, root.parent) as store:
        fill(store, 3, Retention(names_before=FIRST + 2 * DAY))
    after = Reader(root).ledger(history=True)
    assert verify(root) == []
    names = ["account_name", "owner", "reason"]
    old = pl.col("due_on") < FIRST + 2 * DAY
    assert after.head(9).drop(names).equals(before.drop(names))
    assert after.filter(~old).head(3).equals(before.filter(~old))
    assert after.filter(old)["account_name"].to_list() == [ERASED] * 6
    assert after.filter(old)["owner"].to_list() == [ERASED, ERASED, None] * 2
    assert set(after.filter(old)["reason"]) == {
        "erased asked for it",
        "champion left",
        f"wrote to {EMAIL}",
    }
    assert OTHER in set(after.filter(~old)["owner"])
    with sqlite3.connect(root / "store.db") as database:
        rows = database.execute("SELECT run, erased_on, kind, places FROM erasures").fetchall()
    database.close()
    # Each run: three account names, two owners and one reason.
    assert rows == [(4, str(FIRST + 3 * DAY), "retention", 12)]


def test_a_run_replaces_old_values_that_were_left_out(root: Path) -> None:
    with Store.open(root, root.parent) as store:
        fill(store, 3, Retention(quarantine_before=FIRST + DAY))
    reader = Reader(root)
    assert verify(root) == []
    assert reader.quarantine(FIRST)["value"].to_list() == [ERASED, ERASED]
    assert reader.quarantine(FIRST)["reason"].to_list() == ["not a number"] * 2
    assert reader.quarantine(FIRST + DAY)["value"].to_list() == [NAME, "x"]


def test_each_run_of_the_past_is_done_once(root: Path) -> None:
    everything = Retention(FIRST + 9 * DAY, FIRST + 9 * DAY)
    with Store.open(root, root.parent) as store:
        fill(store, 3, everything)
        fill(store, 4, everything)
        fill(store, 5, Retention())
    with sqlite3.connect(root / "store.db") as database:
        runs = database.execute("SELECT run, places FROM erasures").fetchall()
    database.close()
    # Six names a run and two values: of three runs, then of the fourth alone.
    assert runs == [(4, 24), (5, 8)]
    assert verify(root) == []


def test_expiry_does_not_hide_damage(root: Path) -> None:
    with sqlite3.connect(root / "store.db") as database:
        database.execute("DELETE FROM entries WHERE entry = 2")
    database.close()
    with pytest.raises(Problems) as raised, Store.open(root, root.parent) as store:
        fill(store, 3, Retention(names_before=FIRST + DAY))
    assert raised.value.problems[0].code == "store-damaged"
    assert len(Reader(root).runs()) == 3


@pytest.mark.parametrize("days", [1, 36_500])
def test_retention_in_the_settings_is_applied_by_runs(tmp_path: Path, days: int) -> None:
    settings = f"{SETTINGS}retention: {{names: {days} days, quarantine: {days} days}}\n"
    place = workspace(tmp_path / "w", {"renewal": RENEWAL}, settings)
    row = {"account_id": "a", "status": "active", "renewal_date": FIRST + 30 * DAY, "csm": NAME}
    for n in range(3):
        snapshot(place, FIRST + n * DAY, [row])
        run(load_project(place), FIRST + n * DAY)
    owners = set(Reader(place / "store").ledger(issued_on=FIRST)["owner"])
    assert owners == ({ERASED} if days == 1 else {NAME})
    assert verify(place / "store") == []


# The command

ASKS = RENEWAL.replace(
    "[{call: {owner: csm}}]",
    "[{call: {owner: csm, when: result('notice/email') == 'no answer'}}]",
)
"""A playbook with a condition about a result."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace after one run that issued two actions of `a`, whose CSM is Zoé, and has a success plan."""
    place = workspace(tmp_path / "w", {"renewal": RENEWAL})
    row = {
        "account_id": "a",
        "account_name": "Acme Mills",
        "status": "active",
        "renewal_date": FIRST + 30 * DAY,
        "csm": NAME,
        "contact_name": "Ann O'Hara",
        "contact_email": EMAIL,
    }
    for n in range(3):
        snapshot(place, FIRST + n * DAY, [row])
    run(load_project(place), FIRST)
    (place / "plans").mkdir()
    (place / "plans" / "a.yaml").write_text(PLAN, encoding="utf-8")
    return place


PLAN = """\
# The plan of Acme Mills.
account: a
vision: 'Acme Mills and Ann O''Hara know more'  # says Zoé Lambert
team:
  - {role: champion, name: "Ann O'Hara"}
  - {role: csm, name: Zoé Lambert}
"""


def store(place: Path, *words: str, **more: Any) -> Result:
    return CliRunner().invoke(main, ["store", *words, "--workspace", str(place)], **more)


def test_a_person_is_erased_after_a_question(place: Path) -> None:
    asked = store(place, "erase", NAME)
    assert asked.exit_code == 2
    assert "nothing was changed: say --yes" in asked.stderr
    assert "store.db" in spellings(place / "store")
    done = store(place, "erase", "zoé lambert", "--yes")
    assert done.exit_code == 0, done.stderr
    assert done.stderr == (
        "Names of “zoé lambert” will be erased in 4 places:"
        " the ledger 2, earlier values 0, quarantined values 0, outcomes 0, settings and playbooks of runs 0,"
        " success plans 2.\n"
        "Not erased: snapshots and exports, files made by `report --output`, logs, backups,"
        " and what was sent.\n"
        "A snapshot that still has them brings them back with the next run:"
        " erase them at their source first.\n"
        "Erased in 4 places.\n"
    )
    assert spellings(place / "store") == []
    assert (place / "plans" / "a.yaml").read_text("utf-8") == PLAN.replace(NAME, "erased")
    assert store(place, "verify").exit_code == 0


def test_an_account_is_erased_with_its_people(place: Path) -> None:
    done = store(place, "erase", "a", "--yes", "--today", str(FIRST))
    assert done.exit_code == 0, done.stderr
    assert (place / "plans" / "a.yaml").read_text("utf-8") == (
        "# The plan of erased.\n"
        "account: a\n"
        "vision: 'erased and erased know more'  # says Zoé Lambert\n"
        "team:\n"
        '  - {role: champion, name: "erased"}\n'
        "  - {role: csm, name: Zoé Lambert}\n"
    )
    assert set(Reader(place / "store").ledger()["account_name"]) == {"erased"}
    assert b"Acme" not in (place / "store" / "store.db").read_bytes()
    assert store(place, "verify").exit_code == 0
    again = store(place, "erase", "a", "--yes", "--today", str(FIRST))
    assert again.exit_code == 1


MARK = "zebrafish"
"""A word in every text that people wrote about the account `a`."""


def told(place: Path, *words: str, on: dt.date = FIRST) -> None:
    """Run a command of the workspace on a date."""
    given = [*words, "--workspace", str(place), "--today", on.isoformat()]
    done = CliRunner().invoke(main, given)
    assert done.exit_code == 0, done.stderr


def marked(folder: Path) -> list[str]:
    """Return the files below a folder that have the word."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in paths if MARK.encode() in path.read_bytes()]


def lived_by_hand(place: Path) -> None:
    """Give `a` an outcome with a remark and results, and every move by hand that ends up in the ledger's reasons."""
    done, dismissed = Reader(place / "store").ledger(statuses=["issued"])["action_id"].to_list()
    remark = f"{MARK}: her: health; more"
    told(place, "done", done, "--note", remark, "--result", f"spoke of {MARK}", "--by", "Ana")
    told(place, "dismiss", dismissed, "--because", remark, "--result", "no answer")
    told(place, "skip", "a", "renewal/push", "--because", remark, "--by", "Ana")
    told(place, "hold", "a", "--until", str(FIRST + DAY), "--because", remark)
    for n, close in enumerate([False, True]):
        on = FIRST + n * DAY
        if close:
            told(place, "close", "a", "renewal", "--because", remark, "--by", "Ana", on=on)
        run(load_project(place), on)
    told(place, "enrol", "a", "renewal", "--because", remark, on=FIRST + 2 * DAY)


def test_remarks_about_an_erased_account_are_in_no_byte_of_the_store_or_of_a_backup(
    place: Path, tmp_path: Path
) -> None:
    (place / "playbooks" / "renewal.yaml").write_text(ASKS, encoding="utf-8")
    lived_by_hand(place)
    assert marked(place / "store") == ["store.db"]
    done = store(place, "erase", "a", "--yes", "--today", str(FIRST + 2 * DAY))
    assert done.exit_code == 0, done.stderr
    assert marked(place / "store") == []
    assert store(place, "backup", str(tmp_path / "copy")).exit_code == 0
    assert marked(tmp_path / "copy") == []
    assert store(place, "verify").exit_code == 0
    outcomes = Reader(place / "store").outcomes()
    assert outcomes["note"].to_list() == [ERASED] * 2
    assert outcomes["result"].to_list() == [ERASED, "no answer"], "a condition compares with it"
    run(load_project(place), FIRST + 2 * DAY)
    assert marked(place / "store") == []


@pytest.mark.parametrize(
    ("reason", "without", "nameless"),
    [
        ("closed by Ann: she: left", "closed by Ann: erased", "closed by erased: erased"),
        ("renewal; skipped: skipped by hand: x", "renewal; skipped: skipped by hand: erased", None),
        ("held until 2026-05-01 by Ann", None, "held until 2026-05-01 by erased"),
        ("due: 2 days before; sent by Ann: x", None, None),
    ],
)
def test_the_remark_ends_a_reason(reason: str, without: str | None, nameless: str | None) -> None:
    assert replace_remark(reason, ERASED) == (without or reason)
    assert replace_remark(reason, ERASED, by=ERASED) == (nameless or without or reason)


def test_retention_replaces_remarks_and_who_made_a_move_in_reasons(place: Path) -> None:
    settings = f"{SETTINGS}retention: {{names: 1 days}}\n"
    (place / "tenure.yaml").write_text(settings, encoding="utf-8")
    told(place, "close", "a", "renewal", "--because", MARK, "--by", "Ana Reis", on=FIRST + DAY)
    run(load_project(place), FIRST + DAY)
    reasons = Reader(place / "store").ledger(statuses=["withdrawn"])["reason"].to_list()
    assert reasons == [f"closed by Ana Reis: {MARK}"]
    run(load_project(place), FIRST + 2 * DAY)
    file = place / "data" / f"accounts-{FIRST + 2 * DAY}.csv"
    file.with_name(f"accounts-{FIRST + 5 * DAY}.csv").write_bytes(file.read_bytes())
    run(load_project(place), FIRST + 5 * DAY)
    reasons = Reader(place / "store").ledger(statuses=["withdrawn"])["reason"].to_list()
    assert reasons == ["closed by erased: erased"]
    assert store(place, "verify").exit_code == 0


def test_a_name_that_is_nowhere_is_an_error(place: Path) -> None:
    done = store(place, "erase", "Nobody Here", "--yes")
    assert done.exit_code == 1
    code = "erase-nothing"
    assert done.stderr == (
        f"error[{code}]: names of “Nobody Here” are neither in the store nor in a success plan\n"
        " = help: write the account's id, or the name as the snapshot has it\n"
        "\n1 error\n"
    )


def test_nothing_is_erased_while_a_run_is_under_way(place: Path) -> None:
    with lock.hold_lock(place / "store"):
        done = store(place, "erase", NAME, "--yes")
    assert done.exit_code == 3
    assert "store.db" in spellings(place / "store")
    assert (place / "plans" / "a.yaml").read_text("utf-8") == PLAN


def test_older_stores_that_keep_the_name_are_listed(place: Path) -> None:
    aside = place / "store.before-restore-1"
    shutil.copytree(place / "store", aside)
    done = store(place, "erase", NAME, "--yes")
    assert f"{aside} is an older store, and keeps them: delete it.\n" in done.stderr


@pytest.mark.parametrize("redo", [True, False])
def test_a_redo_brings_back_nothing_that_was_erased_at_its_source(place: Path, redo: bool) -> None:
    """The snapshot has lost the names; what the store kept must not bring them back."""
    store(place, "erase", NAME, "--yes")
    for n in range(3):
        file = place / "data" / f"accounts-{FIRST + n * DAY}.csv"
        file.write_text(file.read_text("utf-8").replace(NAME, "erased"), encoding="utf-8")
    if redo:
        run(load_project(place), FIRST, redo=True)
    else:
        result = preview(load_project(place), FIRST + DAY)
        assert NAME not in result.entries.write_csv()
        run(load_project(place), FIRST + DAY)
    assert spellings(place / "store") == []
    assert store(place, "verify").exit_code == 0


def test_a_plan_without_a_store_is_erased_too(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", {}, SETTINGS)
    (place / "plans").mkdir()
    (place / "plans" / "x.yaml").write_text(f"not: [yaml {NAME}\n", encoding="utf-8")
    assert store(place, "erase", NAME, "--yes").exit_code == 0
    assert (place / "plans" / "x.yaml").read_text("utf-8") == "not: [yaml erased\n"
    assert not (place / "store").exists()


# Files with people's data


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_with_peoples_data_are_for_their_owner_alone(place: Path, tmp_path: Path) -> None:
    target = tmp_path / "plan.md"
    target.write_text("", encoding="utf-8")
    target.chmod(0o644)
    words = ["report", "success_plan", "a", "--on", str(FIRST), "--workspace", str(place)]
    assert CliRunner().invoke(main, [*words, "--output", str(target)]).exit_code == 0
    assert mode(target) == 0o600
    (place / "plans" / "a.yaml").unlink()
    assert CliRunner().invoke(main, [*words, "--update"]).exit_code == 0
    assert mode(place / "plans" / "a.yaml") == 0o600


def test_shipped_jobs_keep_their_log_from_other_users(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0
    (job,) = [
        line
        for line in (folder / "deploy" / "crontab").read_text("utf-8").splitlines()
        if line and not line.startswith(("#", "CRON_TZ="))
    ]
    assert job.startswith("0 * * * * umask 077; ")
    assert "UMask=0077" in (folder / "deploy" / "tenure.service").read_text("utf-8").splitlines()


if __name__ == "__main__":
    kill_everywhere(Path(sys.argv[1]))
