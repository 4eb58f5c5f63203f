"""Scenario folders: accounts chosen to walk a playbook, and the ledger that its source asks for, written by hand.

    tests/scenarios/tenure.yaml               the settings of all
    tests/scenarios/<name>/scenario.yaml      which shipped playbooks, which dates, and why each account is there
    tests/scenarios/<name>/data/              the snapshots
    tests/scenarios/<name>/outcomes.csv       perhaps: what people did, as account, step, action, outcome, date and more
    tests/scenarios/<name>/expected.csv       the ledger; an account without rows gets nothing
    tests/scenarios/<name>/fields.yaml, playbooks/      perhaps: fields, and playbooks that are not shipped

A folder walks the playbook it is named after, up to a dot (`renewal.reviews` walks `renewal`), and those of its own.
Others may run beside it, to be read by it: where `expected.csv` has no column `playbook`, it leaves their entries out.
Those that they ask about, and that it does not name, are there but asleep: never due, so that nobody stands in them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
from ruamel.yaml import YAML
from tenure.engine.core.schemas import COUNTS, LEDGER
from tenure.engine.project.loading import Project, load_project
from tenure.engine.runs.running import RunOutcome, run
from tenure.engine.store import Reader
from tenure.engine.text.problem_text import render

from support.both_executors import executor
from support.branches import Branch, issued_by, watched
from support.what_people_did import record

FOLDERS = Path(__file__).parents[1] / "scenarios"
SHIPPED = Path(__file__).parents[2] / "playbooks"

ASLEEP = (9, 15)
"""A month and day that no scenario goes over."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One folder: what it runs, on every day from `first` to `last`, and the playbooks it is there to walk."""

    folder: Path
    playbooks: tuple[str, ...]
    first: dt.date
    last: dt.date

    @property
    def walks(self) -> frozenset[str]:
        own = [path.stem for path in (self.folder / "playbooks").glob("*.yaml")]
        return frozenset([self.folder.name.split(".")[0], *own])


@dataclass(frozen=True, slots=True)
class Walk:
    """What a scenario's runs gave, and which branches of its playbooks were walked."""

    project: Project
    ledger: pl.DataFrame
    counts: pl.DataFrame
    seen: frozenset[Branch]


def scenario_names() -> list[str]:
    return sorted(path.parent.name for path in FOLDERS.glob("*/scenario.yaml"))


@cache
def read(name: str) -> Scenario:
    """A folder's scenario.yaml; what it says beside these four keys is for people."""
    said = YAML(typ="safe", pure=True).load(FOLDERS / name / "scenario.yaml")
    return Scenario(FOLDERS / name, tuple(said["playbooks"]), said["first"], said["last"])


def expected(scenario: Scenario) -> list[Row]:
    with (scenario.folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def compared(ledger: pl.DataFrame, columns: list[str]) -> list[Row]:
    """The ledger as rows of text, as a CSV has them."""
    rows = ledger.select(columns).iter_rows(named=True)
    return [{name: "" if v is None else str(v) for name, v in row.items()} for row in rows]


def ship(root: Path, awake: Iterable[str], asleep: tuple[int, int] = ASLEEP) -> None:
    """Puts shipped playbooks into a workspace, and those that they ask about, asleep.

    What is asleep is due on one day of the year, `asleep`, which the test must not go over.
    """
    never = "0 0 {1} {0} *".format(*asleep)
    (root / "playbooks").mkdir(exist_ok=True)
    awake = set(awake)
    waiting, done = set(awake), set()
    while waiting:
        id = waiting.pop()
        done.add(id)
        text = (SHIPPED / f"{id}.yaml").read_text(encoding="utf-8")
        waiting |= _asked_about(text) - done
        if id not in awake:
            text = re.sub(r"(?m)^schedule: .*$", f'schedule: "{never}"', text)
        (root / "playbooks" / f"{id}.yaml").write_text(text, encoding="utf-8")


def _asked_about(text: str) -> set[str]:
    shipped = {path.stem for path in SHIPPED.glob("*.yaml")}
    return {id for id in re.findall(r"'(\w+)[/']", text) if id in shipped}


def lay_out(scenario: Scenario, root: Path) -> Project:
    """The scenario as a workspace; whatever is wrong with it fails the test."""
    years = range(scenario.first.year, scenario.last.year + 1)
    assert not any(scenario.first <= dt.date(y, *ASLEEP) <= scenario.last for y in years)
    shutil.copytree(scenario.folder, root)
    (root / "tenure.yaml").write_text(_settings(scenario), "utf-8")
    ship(root, scenario.playbooks)
    project = load_project(root)
    assert not project.errors, render(project.errors, project.texts)
    return project


def _settings(scenario: Scenario) -> str:
    """The settings of all, without what they ask of playbooks that are not there."""
    yaml, out = YAML(), io.StringIO()
    settings = yaml.load(FOLDERS / "tenure.yaml")
    rules = settings["contact_policy"]["suppress"]
    there = {*scenario.playbooks, *scenario.walks}
    asked = [set(re.findall(r"stands_in\('(\w+)", str(rule["when"]))) for rule in rules]
    settings["contact_policy"]["suppress"] = [
        rule for rule, named in zip(rules, asked, strict=True) if named <= there
    ]
    yaml.dump(settings, out)
    return out.getvalue()


def days(project: Project, scenario: Scenario) -> Iterator[RunOutcome]:
    """The run of each day, one after the other, with what people did until then recorded before it."""
    on, outcomes = scenario.first, outcomes_of(scenario)
    while on <= scenario.last:
        for row in outcomes:
            if row["on"] == str(on):
                record_of(project, row)
        yield run(project, on)
        on += dt.timedelta(days=1)
    assert all(str(scenario.first) < row["on"] <= str(scenario.last) for row in outcomes)


def outcomes_of(scenario: Scenario) -> list[Row]:
    """What people did, from outcomes.csv: none where the folder has no such file."""
    path = scenario.folder / "outcomes.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def record_of(project: Project, row: Row) -> None:
    """Records an outcome of the action that was issued last, of those that the row names."""
    key = {name: row[name] for name in ("account_id", "step", "action")}
    known = Reader.of(project).ledger(statuses=["issued"]).filter(**key).sort("due_on")
    assert known.height, f"{row['on']}: nothing was issued of {key}"
    more = {name: row[name] for name in ("result", "to") if row.get(name)}
    if row.get("until"):
        more["until"] = dt.date.fromisoformat(row["until"])
    on = dt.date.fromisoformat(row["on"])
    record(project.root, known["action_id"][-1], row["outcome"], on, **more)


@cache
def walk(name: str, by_account: bool = False) -> Walk:
    """Runs a scenario day by day, in a folder of its own, once however many tests ask.

    The branches walked are known of runs over columns; others go account by account.
    """
    scenario = read(name)
    way = executor(1_000_000 if by_account else -1)
    with tempfile.TemporaryDirectory() as folder, way, watched() as seen:
        project = lay_out(scenario, Path(folder) / "workspace")
        results = list(days(project, scenario))
    ledger = pl.concat([pl.DataFrame(schema=LEDGER), *(result.entries for result in results)])
    counts = pl.concat([pl.DataFrame(schema=COUNTS), *(result.counts for result in results)])
    seen |= issued_by(project.playbooks, ledger)
    return Walk(project, ledger, counts, frozenset(seen))


def walks_of(playbook: str) -> list[Walk]:
    """The walks of all folders that are there for a playbook."""
    return [walk(name) for name in scenario_names() if playbook in read(name).walks]
