"""The shipped renewal playbook, held against a ledger written by hand from its source."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path

import polars as pl
import pytest
from tenure.engine.evaluation.tables import COUNTS, LEDGER
from tenure.engine.reports.messages import Letter, Writer
from tenure.engine.runs.project import Project, load_project
from tenure.engine.runs.run import run

HERE = Path(__file__).parent
SCENARIO = HERE / "scenarios" / "renewal"
PLAYBOOK = HERE.parent / "playbooks" / "renewal.yaml"
FIRST, LAST = dt.date(2026, 2, 2), dt.date(2026, 7, 10)
COLUMNS = (
    "account_id",
    "due_on",
    "issued_on",
    "step",
    "action",
    "owner",
    "status",
    "late_days",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    root = tmp_path_factory.mktemp("renewal") / "workspace"
    shutil.copytree(SCENARIO, root)
    (root / "playbooks").mkdir()
    shutil.copy(PLAYBOOK, root / "playbooks")
    project = load_project(root)
    assert not project.errors
    return project


@pytest.fixture(scope="module")
def year(project) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ledger and the counts of all daily runs."""
    entries, counts = [pl.DataFrame(schema=LEDGER)], [pl.DataFrame(schema=COUNTS)]
    on = FIRST
    while on <= LAST:
        result = run(project, on)
        entries.append(result.entries)
        counts.append(result.counts)
        on += dt.timedelta(days=1)
    return pl.concat(entries), pl.concat(counts)


def expected() -> dict[str, list[tuple[str, ...]]]:
    with (SCENARIO / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row[name] for name in COLUMNS) for row in csv.DictReader(file)]
    return {account: [row for row in rows if row[0] == account] for account in {r[0] for r in rows}}


@pytest.mark.parametrize("account", sorted(expected()))
def test_each_account_gets_what_the_source_says(year, account):
    ledger, _ = year
    rows = ledger.filter(pl.col("account_id") == account).select(COLUMNS)
    given = [tuple(map(str, row)) for row in rows.iter_rows()]
    assert sorted(given) == sorted(expected()[account])


def test_nobody_else_gets_anything(year):
    ledger, _ = year
    assert set(ledger["account_id"]) == set(expected())


def test_what_cannot_be_told_is_counted_with_its_field(year):
    _, counts = year
    untold = counts.filter(pl.col("what") == "cannot_tell")
    found = set(untold.select("step", "field").iter_rows())
    assert ("health_check", "health_score") in found
    assert ("urgency", "health_score") in found
    assert any(field == "renewal_date" for _, field in found)


def letters(project: Project, ledger: pl.DataFrame, **account: object) -> list[tuple[dict, Letter]]:
    """Every entry that has a message with its letter, all fields but those given missing."""
    writer = Writer(project.workspace, project.playbooks)
    values = dict.fromkeys(project.catalogue.fields) | account
    written = [(entry, writer.write(entry, values)) for entry in ledger.iter_rows(named=True)]
    return [(entry, letter) for entry, letter in written if letter]


FULL = {
    "account_name": "Delta SAS",
    "contact_first_name": "Léa",
    "csm": "Alice",
    "health_score": 55.0,
    "arr": 12000.0,
    "currency": "EUR",
    "hours_saved": 1250.0,
    "seats_active": 40.0,
    "seats_licensed": 50.0,
    "features_used": 9.0,
    "renewal_date": dt.date(2027, 6, 3),
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("known", [FULL, {"account_name": "Delta SAS"}], ids=["full", "empty"])
def test_every_message_is_ready_to_send_whatever_is_missing(project, year, language, known):
    ledger, _ = year
    written = letters(project, ledger, language=language, **known)
    assert {entry["message"] for entry, _ in written} == set(project.playbooks[0].messages)
    for entry, letter in written:
        assert letter.problem is None, (entry["message"], letter.problem)
        assert letter.language == language
        assert letter.subject
        assert "\n\n\n" not in letter.body
        assert "{" not in letter.subject + letter.body


def test_countdowns_state_the_days_that_are_really_left(project, year):
    ledger, _ = year
    ours = ledger.filter(pl.col("account_id") == "holiday_us")
    subjects = {
        entry["message"]: letter.subject
        for entry, letter in letters(project, ours, language="fr", **FULL)
    }
    # 25 May 2026 is a holiday in the United States: the message of J-14 leaves on Friday 22 May.
    assert subjects["urgency"] == "Plus que 17 jours pour renouveler"
    assert subjects["urgency_banner"] == "Plus que 17 jours"
    assert subjects["value_report"] == "Votre année avec Acme en chiffres 📈"
    assert subjects["renewal_notice"] == "Votre renouvellement Acme - Action requise"
    assert subjects["final_push"] == "Dernière semaine pour renouveler"


def test_grace_messages_count_down_to_its_end(project, year):
    ledger, _ = year
    mine = (pl.col("account_id") == "at_risk") & (pl.col("step") == "grace")
    bodies = [
        letter.body for _, letter in letters(project, ledger.filter(mine), language="en", **FULL)
    ]
    left = [next(line for line in body.splitlines() if " left to renew" in line) for body in bodies]
    assert [line.split(" days")[0] for line in left] == [
        f"You have {days}" for days in (14, 13, 12, 9, 8)
    ]
