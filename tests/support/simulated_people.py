"""A messy year with people in it: those who do, forget, snooze, dismiss and leave, and accounts on hold.

    PYTHONPATH=tests python -m support.simulated_people [quarter|months|year]

prints the tables of docs/evidence/year-with-people.md for the first quarter, until September, or for the whole year.

160 generated accounts have the dirt of the messy year, and a run every day with the shipped playbooks and one more,
whose calls are issued again and escalated. People know what each run issues, and record what they do through the
functions that the commands call. The simulation has its own log: all counts come from it, and not from the store.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from click.testing import CliRunner
from tenure.cli.main import main as tenure
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import Project, load_project
from tenure.engine.runs.move_checks import move_row
from tenure.engine.runs.outcome_rows import OutcomeRow
from tenure.engine.runs.recording import CheckedMove, record_move, record_outcomes
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

from support.dirt import DAY, NEW_OWNER, Dirt, clean_rows, lives, soiled, sown, write
from support.what_people_did import held_until

FIRST, LAST = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
QUARTER = (dt.date(2025, 4, 1) - FIRST).days
YEAR = (LAST - FIRST).days + 1
"""The number of days of the first quarter and of the year."""

ACCOUNTS = 160
LIVES_SEED, DIRT_SEED, PEOPLE_SEED = 1, 5, 11
LEAVES_ON = dt.date(2025, 2, 12)
"""When a CSM leaves whose name the CRM goes on to have; another one leaves with the dirt of the messy year."""

LETTERS = ("email", "in_app")
"""Kinds that a mailing tool sends. It exports those sent to the file that each run reads."""

CALLS = """\
playbook: call_until_reached
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
triggers:
  open: [{id: low, when: health_score < 65, rearm: health_score >= 70}]
  steps:
    - id: ask
      at: 0 days
      do:
        - task:
            owner: [csm, account_manager, operations]
            title: Find out why the score fell
            due: 2 business days
            again: {after: 2 business days, at_most: 2}
            escalate: {after: 5 business days, to: leadership}
    - {id: look, at: 20 days, when: not done('ask'), do: [task: {owner: operations, title: Look into it}]}
    - {id: later, at: 40 days}
  outcomes:
    reached: {when: result('ask') == 'reached'}
    over: {at: 45 days}
"""


class Habit(NamedTuple):
    """How many decisions a person makes on a working day, and how often each is made of an action seen."""

    a_day: int
    forgets: float
    puts_off: float
    snoozes: float
    dismisses: float


HABITS = {
    "Alice Martin": Habit(12, 0.01, 0.1, 0.02, 0.01),
    "Bruno Keller": Habit(8, 0.15, 0.5, 0.02, 0.02),
    "Claire Dubois": Habit(8, 0.03, 0.2, 0.3, 0.03),
    "David Osei": Habit(8, 0.03, 0.3, 0.05, 0.03),
    "Eva Lindqvist": Habit(8, 0.03, 0.2, 0.05, 0.3),
}
OTHERS = Habit(40, 0.03, 0.2, 0.03, 0.03)


class Outcome(NamedTuple):
    """What somebody recorded of an action."""

    kind: str
    on: dt.date
    until: dt.date | None = None
    to: str | None = None


@dataclass
class Seen:
    """An action as its runs issued it, and what was recorded of it, in order."""

    entry: dict[str, Any]
    first_issued: dt.date | None
    outcomes: list[Outcome] = field(default_factory=list)
    forgotten: bool = False

    @property
    def series(self) -> tuple[Any, ...]:
        names = ("account_id", "playbook", "cycle", "step", "action")
        return (*(self.entry[name] for name in names), self.entry["occurrence"].split("+")[0])

    @property
    def number(self) -> int:
        """Which one it is of its series: 1, and more for a reminder."""
        return int(([*self.entry["occurrence"].split("+"), "1"])[1])

    @property
    def escalated(self) -> bool:
        return bool(self.entry["action"].endswith("_escalated"))

    def alone(self, on: dt.date) -> str | None:
        """Its standing on a date, whatever its reminders are; None if it is not issued, and was not done before."""
        valid = [each for each in self.outcomes if each.on <= on and each.kind != "assigned"]
        last = valid[-1] if valid else None
        if self.entry["status"] != "issued":
            was_done = last is not None and last.kind == "done"
            return "done" if was_done and self.entry["status"] == "withdrawn" else None
        if last is not None and last.kind in ("done", "dismissed"):
            return last.kind
        if last is not None and last.kind == "snoozed" and last.until and last.until > on:
            return "snoozed"
        return "overdue" if self.entry["due_on"] < on else "open"


class Figures(Counter[tuple[dt.date, str, str]]):
    """Counts by week (its Monday), owner and what happened."""

    def add(self, on: dt.date, owner: str, what: str) -> None:
        self[on - on.weekday() * DAY, owner, what] += 1


@dataclass
class Log:
    """What the simulation knows: actions by id, moves by hand, faults of what was issued, and figures."""

    actions: dict[str, Seen] = field(default_factory=dict)
    moves: list[dict[str, Any]] = field(default_factory=list)
    twice: list[dict[str, Any]] = field(default_factory=list)
    in_hold: list[dict[str, Any]] = field(default_factory=list)
    stopped: list[dt.date] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    given: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    by_series: dict[tuple[Any, ...], list[Seen]] = field(default_factory=lambda: defaultdict(list))

    def note(self, entries: Iterable[dict[str, Any]], on: dt.date) -> None:
        """Note the entries of a run."""
        for entry in sorted(entries, key=lambda each: (each["action_id"], each["revision"])):
            self._note_hold(entry)
            known = self.actions.get(entry["action_id"])
            if known is None:
                known = self.actions[entry["action_id"]] = Seen(entry, None)
                if any(other.number == known.number for other in self.by_series[known.series]):
                    self.twice.append(entry)
                self.by_series[known.series].append(known)
            elif entry["revision"] != known.entry["revision"] + 1:
                self.twice.append(entry)
            known.entry = entry
            if entry["status"] == "issued" and known.first_issued is None:
                known.first_issued = on
                self._count_issued(known, on)

    def _note_hold(self, entry: dict[str, Any]) -> None:
        """Note an entry that a hold should have prevented."""
        if entry["status"] != "issued":
            return
        key = entry["account_id"], entry["playbook"]
        until = held_until(self.moves, *key, entry["evaluated_on"])
        if until is None:
            return
        contact = entry["contact_on"]
        if entry["revision"] == 1 or (contact is not None and contact <= until):
            self.in_hold.append(entry)

    def _count_issued(self, seen: Seen, on: dt.date) -> None:
        if is_letter(seen):
            return
        if seen.escalated:
            series = (*seen.series[:4], seen.series[4].removesuffix("_escalated"), seen.series[5])
            self.figures.add(on, self.owner(self.by_series[series][-1]), "escalated")
        elif seen.number > 1:
            self.figures.add(on, self.owner(seen), "reminded")
        self.figures.add(on, self.owner(seen), "issued")

    def owner(self, seen: Seen) -> str:
        """Whose it is: the person it was last assigned to, or else one of its series, or else the run's owner."""
        own = [each.to for each in seen.outcomes if each.to]
        given = own or [to for to, series in self.given if series == seen.series]
        return given[-1] if given else seen.entry["owner"] or ""

    def record(self, seen: Seen, outcome: Outcome) -> None:
        """Record an outcome, and count it for the owner of the action."""
        if not is_letter(seen):
            what = outcome.kind
            if what == "done":
                due = self.by_series[seen.series][0].entry["due_on"]
                what = "on time" if outcome.on <= due else "late"
            self.figures.add(outcome.on, self.owner(seen), what)
        if outcome.to:
            self.given.append((outcome.to, seen.series))
        seen.outcomes.append(outcome)

    def standings(self, on: dt.date) -> dict[str, str | None]:
        """The standing of each action on a date, by id. Of a series, the last one is open, and done once is done."""
        found: dict[str, str | None] = {}
        for series in self.by_series.values():
            each_alone = [(seen, seen.alone(on)) for seen in series]
            kinds = {kind for _, kind in each_alone}
            end = next((kind for kind in ("done", "dismissed") if kind in kinds), None)
            last = max((s.number for s, kind in each_alone if kind is not None), default=0)
            for seen, kind in each_alone:
                if kind is None or kind in ("done", "dismissed"):
                    found[seen.entry["action_id"]] = kind
                else:
                    found[seen.entry["action_id"]] = end or (
                        kind if seen.number == last else "reminded"
                    )
        return found


def is_letter(seen: Seen) -> bool:
    """Whether a mailing tool sends it."""
    return seen.entry["kind"] in LETTERS


class Office:
    """A workspace with its exports, and the people who work with it, day by day."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "office"
        made = CliRunner().invoke(
            tenure, ["init", str(self.root), "--demo", "--on", LAST.isoformat()]
        )
        assert made.exit_code == 0, made.output
        for file in (self.root / "data").iterdir():
            file.unlink()
        (self.root / "playbooks" / "call_until_reached.yaml").write_text(CALLS, "utf-8")
        settings = self.root / "tenure.yaml"
        source = "\noutcomes: {file: data/letters.csv}\n"
        settings.write_text(settings.read_text("utf-8") + source, "utf-8")
        self.project: Project = load_project(self.root)
        assert not self.project.problems
        self.world = lives(LIVES_SEED, ACCOUNTS, FIRST, LAST)
        self.dirt = sown(DIRT_SEED, self.world, FIRST, LAST)
        self.log = Log()
        self.random = Random(PEOPLE_SEED)
        self.sent: list[tuple[Seen, Outcome]] = []

    @property
    def reader(self) -> Reader:
        return Reader.of(self.project)

    def live(self, days: int) -> Iterator[dt.date]:
        """Live through the days of the year; yields each after its run, before people act."""
        for n in range(days):
            on = FIRST + n * DAY
            self._export(on)
            self._leave(on)
            self._hold(on, 0.15)
            self._run(on)
            yield on
            self._work(on)
            self._hold(on, 0.15)
            self._send(on)
            if (on + DAY).weekday() == 0:
                self._close_week(on)

    def _export(self, on: dt.date) -> None:
        rows = soiled(clean_rows(self.world, on), on, self.dirt)
        kinds = {each.kind for each in self.dirt if not each.account and each.covers(on)}
        if "export down" not in kinds:
            export = self.root / "data" / f"accounts-{on}.csv"
            write(export, rows + rows[:1] if "repeated" in kinds else rows)

    def _run(self, on: dt.date) -> None:
        """Run, and read what the mailing tool sent before."""
        sent = [each for each in self.sent if each[1].on > on - 5 * DAY]
        with (self.root / "data" / "letters.csv").open("w", encoding="utf-8") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(("action_id", "outcome", "on", "by"))
            for seen, outcome in sent:
                row = (seen.entry["action_id"], outcome.kind, outcome.on, "Mailing tool")
                lines.writerow(row)
        for seen, outcome in self.sent:
            if outcome not in seen.outcomes:
                self.log.record(seen, outcome)
        self.sent = sent
        try:
            found = run(self.project, on)
        except Problems:
            self.log.stopped.append(on)
            rows = soiled(clean_rows(self.world, on), on, self.dirt)
            write(self.root / "data" / f"accounts-{on}.csv", rows)
            return
        self.log.note(found.entries.iter_rows(named=True), on)

    def _send(self, on: dt.date) -> None:
        """Let the mailing tool send the letters of the day."""
        for seen in self.log.actions.values():
            if seen.entry["contact_on"] == on and is_letter(seen) and seen.alone(on) == "open":
                self.sent.append((seen, Outcome("done", on)))

    def _leave(self, on: dt.date) -> None:
        """Let an owner leave: the open actions, and those to come, go to somebody else."""
        dirty = next(each for each in self.dirt if each.kind == "owner left")
        if on == LEAVES_ON:
            gone, to = leaver(self.dirt), "Alice Martin"
        elif on == dirty.first:
            gone, to = dirty.detail, NEW_OWNER
        else:
            return
        words = ["assign", "--owner", gone, "--to", to, "--because", "left the company"]
        more = ["--workspace", str(self.root), "--today", on.isoformat()]
        result = CliRunner().invoke(tenure, [*words, *more])
        assert result.exit_code == 0, result.output
        standings = self.log.standings(on)
        for id, seen in self.log.actions.items():
            if self.log.owner(seen) == gone and standings[id] in ("open", "overdue", "snoozed"):
                self.log.record(seen, Outcome("assigned", on, to=to))

    def _hold(self, on: dt.date, chance: float) -> None:
        """Put an account on hold now and then, or release it."""
        draw, ids = self.random, [f"{life.number + 1:05d}" for life in self.world]
        held = sorted(
            {move["account_id"] for move in self.log.moves if move["move"] == "hold"}
            & {id for id in ids if held_until(self.log.moves, id, "renewal", on)}
        )
        if draw.random() < chance:
            account, until = draw.choice(ids), on + draw.randint(3, 30) * DAY
            playbook = draw.choice([None, None, None, "renewal"])
            self._move("hold", on, account, playbook, until)
        if held and draw.random() < chance:
            self._move("release", on, draw.choice(held), None, None)

    def _move(
        self, move: str, on: dt.date, account: str, playbook: str | None, until: dt.date | None
    ) -> None:
        more: dict[str, Any] = {"account": account, "playbook": playbook, "until": until}
        row = move_row(move, on, on, "simulation", by="Ops", because="merger under way", **more)
        assert record_move(self.project, row) == CheckedMove()
        self.log.moves.append(row.row(0, named=True))

    def _work(self, on: dt.date) -> None:
        """Let everybody work on what is due within three days."""
        if on.weekday() >= 5:
            return
        standings = self.log.standings(on)
        desks: dict[str, list[Seen]] = defaultdict(list)
        for id, seen in self.log.actions.items():
            if standings[id] in ("open", "overdue") and not is_letter(seen):
                soon = seen.entry["due_on"] <= on + 3 * DAY
                if soon and not seen.forgotten:
                    desks[self.log.owner(seen)].append(seen)
        decided = [
            each
            for owner in sorted(desks)
            for each in self._decide(on, desks[owner], HABITS.get(owner, OTHERS))
        ]
        decided += self._reopen(on)
        rows = [
            OutcomeRow(
                seen.entry["action_id"],
                seen.entry["action_id"],
                outcome.kind,
                on,
                self.log.owner(seen),
                result=result,
                until=outcome.until,
                to=outcome.to,
            )
            for seen, outcome, result in decided
        ]
        checked = record_outcomes(self.project, lambda _: rows, on, "tenure done", again=True)
        assert not checked.problems, checked.problems
        assert checked.outcomes.height == len(rows)
        for seen, outcome, _ in decided:
            self.log.record(seen, outcome)

    def _decide(
        self, on: dt.date, desk: list[Seen], habit: Habit
    ) -> Iterator[tuple[Seen, Outcome, str | None]]:
        draw, left = self.random, habit.a_day
        for seen in sorted(desk, key=lambda s: (s.entry["due_on"], s.entry["action_id"])):
            if left == 0:
                return
            chance = draw.random()
            if chance < habit.forgets:
                seen.forgotten = True
                continue
            if draw.random() < habit.puts_off:
                continue
            left, chance = left - 1, draw.random()
            if chance < habit.snoozes:
                yield seen, Outcome("snoozed", on, until=on + draw.randint(2, 14) * DAY), None
            elif chance < habit.snoozes + habit.dismisses:
                yield seen, Outcome("dismissed", on), None
            else:
                result = draw.choice(["reached", "no answer", None])
                yield seen, Outcome("done", on), result

    def _reopen(self, on: dt.date) -> list[tuple[Seen, Outcome, str | None]]:
        """Take one of the outcomes of the day before back, now and then."""
        done = [
            seen
            for seen in self.log.actions.values()
            if seen.alone(on) in ("done", "dismissed")
            and seen.outcomes[-1].on == on - DAY
            and not is_letter(seen)
        ]
        if not done or self.random.random() > 0.15:
            return []
        done.sort(key=lambda seen: seen.entry["action_id"])
        return [(self.random.choice(done), Outcome("reopened", on), None)]

    def _close_week(self, on: dt.date) -> None:
        """Count what is open and what is overdue at the end of a week, as of the morning after."""
        for id, standing in self.log.standings(on + DAY).items():
            seen = self.log.actions[id]
            if standing in ("open", "overdue", "snoozed") and not is_letter(seen):
                self.log.figures.add(on, self.log.owner(seen), "left open")
                if standing == "overdue":
                    self.log.figures.add(on, self.log.owner(seen), "overdue")


def leaver(dirt: Sequence[Dirt]) -> str:
    """The CSM who leaves first: another one than the dirt's."""
    gone = next(each.detail for each in dirt if each.kind == "owner left")
    return next(name for name in ("David Osei", "Bruno Keller") if name != gone)


COLUMNS = {
    "issued": "issued",
    "on time": "done on time",
    "late": "done late",
    "dismissed": "dismissed",
    "reopened": "reopened",
    "snoozed": "snoozed",
    "reminded": "reminders",
    "escalated": "escalated",
    "left open": "open at the end",
    "overdue": "overdue at the end",
}
AT_THE_END = ("left open", "overdue")


def weeks_of(days: int) -> tuple[dt.date, ...]:
    """The Mondays of the weeks that end within these days of the year."""
    first = FIRST - FIRST.weekday() * DAY
    return tuple(first + 7 * n * DAY for n in range((FIRST.weekday() + days) // 7))


def by_week(figures: Figures, days: int) -> str:
    """The table by week of these days, in Markdown."""
    rows = {
        week.isoformat(): _sums(figures, lambda w, _, e=week: w == e) for week in weeks_of(days)
    }
    return _table("week of", rows)


def by_owner(figures: Figures, days: int) -> str:
    """The table by owner over the weeks of these days, in Markdown; what is open is that of the last week."""
    weeks = weeks_of(days)
    owners = sorted({owner for week, owner, _ in figures if week in weeks})
    rows = {
        owner or "without an owner": _sums(
            figures, lambda w, o, e=owner: o == e and w in weeks, weeks[-1]
        )
        for owner in owners
    }
    return _table("owner", rows)


def _sums(figures: Figures, chosen: Any, last: dt.date | None = None) -> list[int]:
    found: Counter[str] = Counter()
    for (week, owner, what), number in figures.items():
        if chosen(week, owner) and (last in (None, week) or what not in AT_THE_END):
            found[what] += number
    return [found[what] for what in COLUMNS]


def _table(first: str, rows: dict[str, list[int]]) -> str:
    lines = [f"| {first} | " + " | ".join(COLUMNS.values()) + " |"]
    lines.append("|---|" + "---:|" * len(COLUMNS))
    lines += [
        f"| {name} | " + " | ".join(f"{n:,}" for n in row) + " |" for name, row in rows.items()
    ]
    return "\n".join(lines) + "\n"


def main(days: int) -> None:
    """Print both tables of these days."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        for on in office.live(days):
            print(on, len(office.log.actions), file=sys.stderr)
    figures = office.log.figures
    sys.stdout.write(f"{by_week(figures, days)}\n{by_owner(figures, days)}")


if __name__ == "__main__":
    spans = {"quarter": QUARTER, "year": YEAR}
    main(spans[sys.argv[1] if sys.argv[1:] else "quarter"])
