"""A year of the whole programme on a real subscription history: all shipped playbooks, once a week.

The snapshots are of Sundays and the playbooks look at them on Mondays; VIP also on the first of each month, since
members are judged on the first day of a quarter, and the quarterly review by email on its own dates.
What is expected is reckoned here from the snapshots' cells and the playbooks' text: nothing of it comes from Tenure.
The data is not part of the project: without it these tests skip.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "displayr"
SHIPPED = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yaml"))
DAY = dt.timedelta(days=1)
SUNDAYS = [dt.date(2013, 1, 6) + week * 7 * DAY for week in range(52)]
MONDAYS = [sunday + DAY for sunday in SUNDAYS]
QUARTERS = [dt.date(2013, month, 1) for month in (4, 7, 10)]
"""The first of January lies before the first snapshot."""
FIRSTS = [dt.date(2013, month, 1) for month in range(2, 13)]
WEEKLY, WEEKLY_AND_MONTHLY, QUARTERLY = "0 6 * * 1", "0 6 1 * 1", "0 6 1 1,4,7,10 *"
STRATEGIC = 27_600
"""20,000 euros in Australian dollars, as `displayr/fields.yaml` has it."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (DATA / f"accounts-{SUNDAYS[0]}.csv").exists(),
        reason="the Displayr history is not here",
    ),
]

Row = dict[str, str]


@cache
def snapshot(sunday: dt.date) -> dict[str, Row]:
    with (DATA / f"accounts-{sunday}.csv").open(encoding="utf-8", newline="") as file:
        return {row["account_id"]: row for row in csv.DictReader(file)}


def newest(on: dt.date) -> dict[str, Row]:
    return snapshot(max(sunday for sunday in SUNDAYS if sunday <= on))


def date(cell: str) -> dt.date:
    return dt.date.fromisoformat(cell)


def is_active(row: Row) -> bool:
    return row["status"] == "active"


def active_on(on: dt.date) -> list[Row]:
    return [row for row in newest(on).values() if is_active(row)]


# The workspace, and its year.


def lay_out(root: Path, schedules: dict[str, str]) -> Path:
    """The Displayr workspace with these playbooks, at other times than they are shipped with."""
    shutil.copytree(HERE / "displayr", root)
    replace(root / "tenure.yaml", "../../../../shared/data/displayr", DATA.as_posix())
    (root / "playbooks").mkdir()
    for name, cron in schedules.items():
        path = shutil.copy(ROOT / "playbooks" / f"{name}.yaml", root / "playbooks")
        text = Path(path).read_text(encoding="utf-8")
        (written,) = re.findall(r'(?m)^schedule: "(.*)"', text)
        replace(Path(path), f'schedule: "{written}"', f'schedule: "{cron}"')
    return root


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


@dataclass(frozen=True)
class Year:
    root: Path
    results: list[Any]
    entries: list[dict[str, Any]]
    counts: list[tuple[dt.date, dict[str, Any]]]

    def of(self, playbook: str, **cells: str) -> list[dict[str, Any]]:
        """Entries of a playbook, with these cells."""
        return [
            entry
            for entry in self.entries
            if entry["playbook"] == playbook and cells.items() <= entry.items()
        ]

    def accounts(self, playbook: str, **cells: str) -> Counter[tuple[dt.date, str]]:
        """When such entries were written, and for whom."""
        return Counter((e["evaluated_on"], e["account_id"]) for e in self.of(playbook, **cells))

    def counted(self, what: str, playbook: str) -> Counter[tuple[str, str]]:
        """By step and field, over the year."""
        found: Counter[tuple[str, str]] = Counter()
        for _, row in self.counts:
            if (row["what"], row["playbook"]) == (what, playbook):
                found[row["step"], row["field"]] += row["accounts"]
        return found


def live(root: Path, dates: list[dt.date]) -> Year:
    from tenure.engine.project.loading import load_project
    from tenure.engine.runs.running import run

    project = load_project(root)
    assert not project.errors
    results = [run(project, on) for on in dates]
    entries = [row for result in results for row in result.entries.to_dicts()]
    counts = [(result.on, row) for result in results for row in result.counts.to_dicts()]
    return Year(root, results, entries, counts)


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> Year:
    schedules = dict.fromkeys(SHIPPED, WEEKLY)
    schedules |= {"vip": WEEKLY_AND_MONTHLY, "self_serve_review": QUARTERLY}
    return live(lay_out(tmp_path_factory.mktemp("displayr") / "workspace", schedules), MONDAYS)


def test_every_playbook_runs_on_every_date_without_a_problem(year):
    assert [on for result in year.results for on in result.dates] == sorted({*MONDAYS, *FIRSTS})
    for result in year.results:
        assert not result.quarantined.height
        assert not result.note
        # The test's schedule of `vip` is weekly and monthly, on purpose.
        assert {problem.code for problem in result.warnings} == {"unfilled-field", "either-day"}


def test_running_the_last_date_again_adds_nothing(year):
    again = live(year.root, MONDAYS[-1:])
    assert not again.entries


# What the playbooks read, by their text alone, and what the export has.

CONDITIONS = {"for", "when", "wait_for", "rearm", "again", "since", "anchor", "of", "next_cycle"}
OUTSIDE = {"messages", "choices", "agendas", "define"}
"""What evaluation does not look at; a defined name counts where a condition uses it."""


@cache
def written(playbook: str) -> dict[str, Any]:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(ROOT / "playbooks" / f"{playbook}.yaml")


def texts(value: Any) -> Iterator[str]:
    """Every text of a condition, be it a text, a list or a map: its keys may be fields."""
    if isinstance(value, dict):
        yield from value
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def conditions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from texts(part) if key in CONDITIONS else conditions(part)
    elif isinstance(value, list):
        for part in value:
            yield from conditions(part)


def words(found: Iterator[str]) -> set[str]:
    return {word for text in found for word in re.findall("[a-z_]+", re.sub("'[^']*'", "", text))}


def fields_read(playbook: str) -> set[str]:
    from tenure.engine.fields.standard_fields import STANDARD

    whole = written(playbook)
    found = words(conditions({key: whole[key] for key in whole.keys() - OUTSIDE}))
    meant: set[str] = set()
    while found:
        meant |= found
        used = (whole.get("define", {}).get(name) for name in found)
        found = words(text for value in used for text in texts(value)) - meant
    return meant & {field.name for field in STANDARD}


def columns() -> dict[str, str]:
    """The export's column of each field that has one."""
    from ruamel.yaml import YAML

    mapped = YAML(typ="safe", pure=True).load(HERE / "displayr" / "fields.yaml")["fields"]
    header = next(iter(snapshot(SUNDAYS[0]).values())).keys()
    found = {column: column for column in header}
    return found | {name: spec["from"] for name, spec in mapped.items() if "from" in spec}


FOLLOW = {"segment": "arr_aud", "arr_rank": "arr_aud", "tenure_rank": "signup_date"}
"""Fields that are reckoned from a column."""


def lacking(playbook: str) -> set[str]:
    return fields_read(playbook) - columns().keys() - FOLLOW.keys()


def warned(results: list[Any]) -> dict[str, set[str]]:
    """By playbook: the fields that the warnings of these runs name."""
    found: dict[str, set[str]] = defaultdict(set)
    for problem in (each for result in results for each in result.warnings):
        match = re.fullmatch("nothing fills the field `(.+)`: .*; read by (.+)", problem.message)
        assert (match is not None) == (problem.code == "unfilled-field")
        for playbook in match[2].split(", ") if match else ():
            found[playbook].add(match[1])
    return found


def test_exactly_what_the_export_lacks_is_warned_about(year):
    expected = {name: lacking(name) for name in SHIPPED}
    assert all(expected.values())
    assert warned(year.results) == expected
    every_week = expected.keys() - {"self_serve_review"}
    for result in year.results:
        found = warned([result])
        assert all(found[name] == expected[name] for name in every_week)


def test_unknown_conditions_are_due_to_fields_that_the_export_lacks(year):
    for playbook in SHIPPED:
        for step, field in year.counted("cannot_tell", playbook):
            wanting = words(iter([field])) & (fields_read(playbook) | {"snapshot_date"})
            known = {("renewal", "snapshot_date"), ("anniversary", "signup_date")}
            assert len(wanting) == 1, (playbook, step, field)
            assert wanting <= lacking(playbook) or (playbook, *wanting) in known


def test_every_cell_that_the_conditions_read_of_active_accounts_is_filled():
    """So nothing can be untold for the want of a cell: only of a column."""
    column_of = columns() | FOLLOW
    read = {column_of[name] for p in SHIPPED for name in fields_read(p) if name in column_of}
    assert {"renewal_date", "signup_date", "arr_aud", "status", "current_term_start"} <= read
    for sunday in SUNDAYS:
        for row in snapshot(sunday).values():
            assert all(row[name] for name in read if is_active(row) or name != "current_term_start")


def old_enough(days: int) -> int:
    """Active accounts whose signup is so many days ago, on all Mondays together."""
    return sum(
        date(row["signup_date"]) + days * DAY <= on for on in MONDAYS for row in active_on(on)
    )


def in_first_year(row: Row, on: dt.date) -> bool:
    signup = date(row["signup_date"])
    return (on.year, on.month, on.day) < (signup.year + 1, signup.month, signup.day)


def test_as_many_conditions_are_unknown_as_there_are_accounts(year):
    everybody = old_enough(0)
    assert year.counted("cannot_tell", "expansion") == {
        ("for", field): everybody for field in ("health_score", "nps_rating", "plan_utilisation")
    }
    criteria = {"silver": (180, 1), "gold": (365, 2), "platinum": (730, 4)}
    fields = ("seats_active", "health_score", "features_used", "features_total")
    assert year.counted("cannot_tell", "loyalty") == {
        (level, field): old_enough(days)
        for level, (days, asked) in criteria.items()
        for field in fields[:asked]
    }
    # Nor can an anniversary that is still to come.
    first_year = sum(in_first_year(row, on) for on in MONDAYS for row in active_on(on))
    assert year.counted("cannot_tell", "anniversary") == {
        ("for", "anniversary(signup_date)"): first_year
    }
    for nothing in ("self_serve_review", "vip", "win_back"):
        assert not year.counted("cannot_tell", nothing)


# What happens, and what never does.


def test_nothing_opens_for_want_of_a_score_or_a_figure(year):
    for playbook in ("expansion", "self_serve_review"):
        assert not year.counted("opened", playbook)
        assert not year.of(playbook)


def test_reviews_open_by_the_calendar_alone(year):
    """Not by a score, a sponsor, a go-live or a booking: the export has none."""
    cycles = {(entry["account_id"], entry["cycle"]) for entry in year.of("reviews")}
    assert year.counted("opened", "reviews") == {("", ""): len(cycles)}
    openers = Counter(cycle.split()[1] for _, cycle in cycles)
    assert openers.keys() == {"renewal", "cadence", "monthly"}
    assert not year.counted("ended", "reviews").keys() & {("done", "")}


def test_no_account_gets_beyond_bronze(year):
    assert {entry["step"] for entry in year.of("loyalty") if entry["action"] == "features"} == {
        "bronze"
    }
    granted = Counter(e["account_id"] for e in year.of("loyalty", action="features"))
    due = {
        row["account_id"]
        for on in MONDAYS
        for row in active_on(on)
        if date(row["signup_date"]) + 90 * DAY <= on
    }
    assert granted == dict.fromkeys(due, 1)


def lapsed_for(days: int) -> set[tuple[dt.date, str]]:
    """The first Monday so many days after an expiry, and who has not renewed by then.

    An account counts that was seen active before, in the term that ended.
    """
    found = set()
    for before, on in pairwise(MONDAYS):
        for account, row in newest(on).items():
            due = date(row["renewal_date"]) + days * DAY
            if (
                not is_active(row)
                and before < due <= on
                and was_active(account, row["renewal_date"])
            ):
                found.add((on, account))
    return found


def was_active(account: str, term: str) -> bool:
    seen = (snapshot(sunday).get(account) for sunday in SUNDAYS)
    return any(row and is_active(row) and row["renewal_date"] == term for row in seen)


def test_only_accounts_that_lapsed_are_to_be_won_back(year):
    """7 days after the expiry, for no account has a CSM; lost after 30."""
    assert year.accounts("win_back", step="learn") == Counter(lapsed_for(7))
    assert year.accounts("win_back", step="lost") == Counter(lapsed_for(30))
    won = year.counted("moved", "win_back")["renewed", ""]
    assert won == sum(returned_in_time(on, account) for on, account in lapsed_for(7)) > 0


def returned_in_time(on: dt.date, account: str) -> bool:
    expiry = date(newest(on)[account]["renewal_date"])
    later = (newest(monday)[account] for monday in MONDAYS if on < monday < expiry + 37 * DAY)
    return any(is_active(row) for row in later)


# The VIP programme, reckoned anew.


def ahead(row: Row, ranked: list[Row]) -> tuple[int, int]:
    """How many have a higher revenue, and how many signed up earlier."""
    return (
        sum(float(other["arr_aud"]) > float(row["arr_aud"]) for other in ranked),
        sum(other["signup_date"] < row["signup_date"] for other in ranked),
    )


def within_top(row: Row, ranked: list[Row], percent: int) -> bool:
    """By one of the two. The top is rounded up, and who is level with the last one in is in."""
    return any(100 * count < percent * len(ranked) for count in ahead(row, ranked))


@dataclass(frozen=True)
class Members:
    """Dates and accounts."""

    joined: set[tuple[dt.date, str]]
    stepped_down: set[tuple[dt.date, str]]
    departed: set[tuple[dt.date, str]]
    called: set[tuple[dt.date, str]]


def reckon_members(dates: list[dt.date], floor: int) -> Members:
    members: set[str] = set()
    found = Members(set(), set(), set(), set())
    for on in dates:
        rows = newest(on)
        ranked = {row["account_id"]: row for row in active_on(on) if float(row["arr_aud"]) >= floor}
        gone = {account for account in members if not is_active(rows[account])}
        found.departed.update((on, account) for account in gone)
        members -= gone
        if on not in QUARTERS:
            continue
        others = list(ranked.values())
        top = {a for a, row in ranked.items() if within_top(row, others, 10)} - members - gone
        keep = {a for a, row in ranked.items() if within_top(row, others, 15)}
        found.joined.update((on, account) for account in top)
        found.stepped_down.update((on, account) for account in members - keep)
        members = (members & keep) | top
        found.called.update((on, account) for account in members)
    return found


def members_of(year: Year) -> Members:
    grants = [e for e in year.of("vip", kind="grant") if e["status"] == "issued"]
    twelve = Counter((entry["evaluated_on"], entry["account_id"]) for entry in grants)
    assert set(twelve.values()) <= {12}
    # A call that finds no room on its day has a later one too.
    calls = [e for e in year.of("vip", kind="call") if e["revision"] == 1]
    return Members(
        set(twelve),
        set(year.accounts("vip", step="stepped_down")),
        set(year.accounts("vip", step="departed")),
        {(entry["evaluated_on"], entry["account_id"]) for entry in calls},
    )


def test_the_vip_members_of_each_quarter_are_the_top(year):
    expected = reckon_members(sorted({*MONDAYS, *FIRSTS}), STRATEGIC)
    assert {on for on, _ in expected.called} == set(QUARTERS)
    assert members_of(year) == expected


@pytest.mark.parametrize(("part", "leave"), [(5, "stepped_down"), (20, "departed")])
def test_the_vip_members_are_the_top_of_many_too(tmp_path, part, leave):
    """With thresholds at a part of what they are: hardly any account of this export is large enough."""
    # The day after, a member's call is out of the way of the next.
    dates = sorted(on + days * DAY for on in QUARTERS for days in (0, 1))
    schedules = {"vip": "0 6 1,2 1,4,7,10 *", "renewal": QUARTERLY, "reviews": QUARTERLY}
    root = lay_out(tmp_path / "workspace", schedules)
    for threshold in (STRATEGIC, 138_000):
        replace(root / "fields.yaml", str(threshold), str(threshold // part))
    # In a quarter most renewal dates move, and many enrolments end.
    brake = "brake: {actions: 2000, dates: 100 %, ended: 100 %}"
    replace(root / "tenure.yaml", "brake: {actions: 2000}", brake)
    expected = reckon_members(dates, STRATEGIC // part)
    assert len(expected.joined) > 15
    assert getattr(expected, leave)
    assert kept_below_the_top(expected, STRATEGIC // part)
    assert members_of(live(root, dates)) == expected


def kept_below_the_top(found: Members, floor: int) -> set[tuple[dt.date, str]]:
    """Members who are in the top 15 % and no longer in the top 10 %."""
    ranked = {
        on: [row for row in active_on(on) if float(row["arr_aud"]) >= floor] for on in QUARTERS
    }
    return {
        (on, account)
        for on, account in found.called
        if not within_top(newest(on)[account], ranked[on], 10)
    }


# Contacts.


def latest(year: Year) -> list[dict[str, Any]]:
    """Every action as last revised."""
    newest = {entry["action_id"]: entry for entry in year.entries}
    return list(newest.values())


def contacts(year: Year) -> dict[str, set[tuple[dt.date, str, dt.date]]]:
    """By account: the day on which a step reached it, the step, and when that was decided."""
    found: dict[str, set[tuple[dt.date, str, dt.date]]] = defaultdict(set)
    for entry in latest(year):
        if entry["status"] == "issued" and entry["contact_on"]:
            step = f"{entry['playbook']}/{entry['step']}"
            found[entry["account_id"]].add((entry["contact_on"], step, entry["evaluated_on"]))
    return found


EXEMPT = ("renewal/grace", "renewal/renewed")


def test_no_account_is_contacted_more_than_the_policy_allows(year):
    """Two in seven days and one in one; exempt contacts pass, and count for those decided on later dates."""
    looked_at = 0
    for account, made in contacts(year).items():
        for day, step, decided in made:
            if step in EXEMPT:
                continue
            counting = [
                other
                for other, its_step, its_date in made
                if its_step not in EXEMPT or its_date < decided
            ]
            assert counting.count(day) == 1, (account, day)
            for first in (day - back * DAY for back in range(7)):
                within = [other for other in counting if first <= other < first + 7 * DAY]
                assert len(within) <= 2, (account, first)
            looked_at += 1
    assert looked_at > 500


def postponed(entry: dict[str, Any]) -> bool:
    """Whether an entry gives a contact a later day than the planned one, or none yet."""
    return entry["planned_on"] is not None and entry["contact_on"] != entry["planned_on"]


def test_what_the_policy_holds_back_says_why(year):
    held = [entry for entry in year.entries if postponed(entry)]
    assert held
    for entry in held:
        assert f"; postponed from {entry['planned_on']}: no more than " in entry["reason"]
    # The policy allows more contacts than there are, so that nearly each finds a day within its patience.
    withheld = [entry for entry in year.entries if entry["status"] == "withheld"]
    assert len(withheld) <= 2
    for entry in withheld:
        why = entry["reason"].rpartition("; withheld: ")[2]
        assert why.startswith(("no more than ", "it could wait until ")), why


def test_no_action_is_issued_twice(year):
    keys = ("playbook", "account_id", "cycle", "step", "action", "occurrence", "revision")
    seen = Counter(tuple(entry[key] for key in keys) for entry in year.entries)
    assert set(seen.values()) == {1}
    last: dict[str, str] = {}
    for entry in year.entries:
        before, status = last.get(entry["action_id"]), entry["status"]
        # What is over stays over; a date that moved is followed by the action with its new date.
        assert before in {None, "issued", "postponed", "superseded"}, (before, status)
        assert before != "superseded" or status in {"issued", "postponed", "skipped", "withheld"}
        last[entry["action_id"]] = status


def test_the_docs_say_what_the_year_gave(year):
    page = (ROOT / "docs" / "evidence" / "real-year.md").read_text("utf-8").replace(",", "")
    for playbook in SHIPPED:
        mine = [entry for entry in latest(year) if entry["playbook"] == playbook]
        statuses = Counter(entry["status"] for entry in mine)
        statuses["postponed"] = sum(map(postponed, mine))
        untold = {
            word for _, f in year.counted("cannot_tell", playbook) for word in words(iter([f]))
        }
        fields = " ".join(f"`{name}`" for name in sorted(untold & lacking(playbook))) or "nothing"
        cells = (statuses[status] for status in ("issued", "postponed", "withheld", "skipped"))
        assert f"| `{playbook}` | {' | '.join(map(str, cells))} | {fields} |" in page
