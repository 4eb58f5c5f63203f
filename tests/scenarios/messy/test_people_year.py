"""A messy year with people in it: what the commands list is what the simulation's own log says.

The profile `long` lives through the whole year as well, the others through a quarter of it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass, field

import pytest
from click.testing import CliRunner
from hypothesis import settings
from support.doc_blocks import DOCS
from support.simulated_people import (
    COLUMNS,
    FIRST,
    LEAVES_ON,
    QUARTER,
    YEAR,
    Office,
    by_owner,
    by_week,
    leaver,
)
from tenure.cli.main import main as tenure

pytestmark = pytest.mark.slow

PAGE = "evidence/year-with-people.md"
LISTS = {"--open": ("open", "overdue", "snoozed"), "--overdue": ("overdue",), "--done": ("done",)}


@dataclass
class Lived:
    """An office after its days, and by date and option what a list has too much and what it lacks."""

    office: Office
    days: int
    listed: int = 0
    wrong: dict[tuple[dt.date, str], tuple[list[str], list[str]]] = field(default_factory=dict)


@pytest.fixture(
    scope="module",
    params=[QUARTER, YEAR] if settings.get_current_profile_name() == "long" else [QUARTER],
)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    office = Office(tmp_path_factory.mktemp("people"))
    found = Lived(office, request.param)
    for n, on in enumerate(office.live(found.days), 1):
        if n % 7 == 0 or n == found.days:
            compare(found, on)
    return found


def compare(lived: Lived, on: dt.date) -> None:
    """Compare the three lists of a morning with the log: the same actions of the same people, so the same counts."""
    log, standings = lived.office.log, lived.office.log.standings(on)
    for option, kinds in LISTS.items():
        words = ["actions", option, "--workspace", str(lived.office.root), "--format", "csv"]
        more = ["--today", on.isoformat(), "--columns", "action_id,owner"]
        result = CliRunner().invoke(tenure, [*words, *more])
        assert result.exit_code == 0, result.output
        rows = csv.DictReader(io.StringIO(result.stdout))
        listed = sorted((row["action_id"], row["owner"]) for row in rows)
        own = sorted(
            (id, log.owner(log.actions[id])) for id, kind in standings.items() if kind in kinds
        )
        lived.listed += len(own)
        if listed != own:
            extra, lacking = {*listed} - {*own}, {*own} - {*listed}
            lived.wrong[on, option] = sorted(map(str, extra)), sorted(map(str, lacking))


def test_what_is_open_overdue_and_done_is_what_the_log_says(lived: Lived) -> None:
    assert lived.wrong == {}
    assert lived.listed > 10_000


def test_nothing_is_issued_twice(lived: Lived) -> None:
    assert lived.office.log.twice == []
    entries = lived.office.reader.ledger(history=True)
    assert not entries.select("action_id", "revision").is_duplicated().any()
    assert entries["action_id"].n_unique() == len(lived.office.log.actions)


def test_nothing_is_issued_in_a_hold(lived: Lived) -> None:
    log = lived.office.log
    assert log.in_hold == []
    moves = [move["move"] for move in log.moves]
    assert moves.count("hold") > lived.days / 6
    assert moves.count("release") > lived.days / 30


def test_who_left_gets_nothing_any_more(lived: Lived) -> None:
    gone = leaver(lived.office.dirt)
    later = [
        each
        for each in lived.office.log.actions.values()
        if lived.office.log.owner(each) == gone
        and each.first_issued
        and each.first_issued >= LEAVES_ON
    ]
    assert later == []
    assigned = [
        n
        for (_, owner, what), n in lived.office.log.figures.items()
        if (owner, what) == (gone, "assigned")
    ]
    assert sum(assigned) > 0


def test_only_exports_that_repeat_an_account_stop_a_run(lived: Lived) -> None:
    last = FIRST + dt.timedelta(days=lived.days - 1)
    repeated = [each.first for each in lived.office.dirt if each.kind == "repeated"]
    assert lived.office.log.stopped == [on for on in repeated if on <= last]


def test_everything_happens(lived: Lived) -> None:
    assert COLUMNS.keys() <= {what for _, _, what in lived.office.log.figures}


def test_the_page_has_the_tables(lived: Lived) -> None:
    page = (DOCS / PAGE).read_text("utf-8")
    # The weeks of the quarter are the first rows of the year's table.
    for table in (by_week, by_owner):
        text = table(lived.office.log.figures, lived.days)
        assert text in page, text
