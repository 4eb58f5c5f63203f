"""The actions that a channel gets on a date."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import polars as pl
import pytest
from support.deliveries import DAY, PLAYBOOK, SETTINGS, run_day
from support.workspaces import snapshot, workspace
from tenure.engine.delivery.digest import STALE_DAYS
from tenure.engine.delivery.selection import CURRENT_DAYS, actions_on, recent_actions
from tenure.engine.language.actions_read import OPEN_NOW
from tenure.engine.runs.outcome_rows import OutcomeRow
from tenure.engine.runs.recording import record_outcomes
from tenure.engine.sources.people_table import PeopleTable
from tenure.engine.store import Reader
from tenure.engine.store.action_standing import with_standing

SINCE = dt.timedelta(days=CURRENT_DAYS)
LATER = DAY + dt.timedelta(days=150)


@pytest.mark.parametrize(
    ("issued", "contact", "standing", "expected"),
    [
        (0, None, "open", True),
        (-2, None, "overdue", True),
        (-3, None, "open", False),
        # A contact counts from its contact day.
        (-9, 0, "open", True),
        (-9, -2, "open", True),
        (-9, -3, "open", False),
        (-9, 1, "open", False),
        (0, 0, "done", False),
        (0, None, "snoozed", False),
        (0, None, None, False),
    ],
)
def test_recent_actions(
    issued: int, contact: int | None, standing: str | None, expected: bool
) -> None:
    days = {"issued_on": issued, "contact_on": contact}
    dates = {
        name: None if count is None else DAY + dt.timedelta(days=count)
        for name, count in days.items()
    }
    schema = {"issued_on": pl.Date(), "contact_on": pl.Date(), "standing": pl.String()}
    actions = pl.DataFrame([{**dates, "standing": standing}], schema=schema)
    assert (recent_actions(actions, DAY).height == 1) is expected


AGAIN = (
    PLAYBOOK.replace("due: 0 days", "due: 3 days, again: {after: 20 days, at_most: 3}")
    .replace('"0 6 * * *"', '"0 6 * * 1"')
    .replace("within: 3 days", "within: 200 days")
    + "    - {id: later, at: 90 days}\n"
)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, list[OutcomeRow]]:
    """A store of 150 days with reminders, and outcomes of most of its actions at random."""
    assert "again" in AGAIN
    root = workspace(
        tmp_path_factory.mktemp("busy") / "w", {"renewal": AGAIN}, SETTINGS.partition("people")[0]
    )
    snapshot(
        root,
        DAY,
        [
            {
                "account_id": f"a{number}",
                "account_name": f"Firm {number}",
                "status": "active",
                "renewal_date": (DAY + dt.timedelta(days=30 + 9 * number)).isoformat(),
                "csm": "Alice" if number % 2 else "Bob",
                "contact_email": f"c{number}@customer.example",
            }
            for number in range(14)
        ],
    )
    run_day(root)
    project = run_day(root, LATER)
    reader = Reader.of(project)
    chance = random.Random(7)
    rows = []
    for id, issued_on in (
        reader.ledger(statuses=("issued",)).select("action_id", "issued_on").rows()
    ):
        for _ in range(chance.choice((0, 0, 1, 2))):
            on = issued_on + dt.timedelta(days=chance.randrange(1 + (LATER - issued_on).days))
            kind = chance.choice(("done", "snoozed", "snoozed", "assigned"))
            until = on + dt.timedelta(days=chance.randrange(1, 250)) if kind == "snoozed" else None
            to = "Cy" if kind == "assigned" else None
            rows.append(OutcomeRow(id, id, kind, on, until=until, to=to))
    checked = record_outcomes(project, lambda _: rows, LATER, "test", again=True)
    assert checked.problems == ()
    return reader, rows


@pytest.mark.parametrize("days", [0, 30, 75, 200])
def test_what_was_current_of_late_is_all_that_the_whole_ledger_has_of_it(
    busy: tuple[Reader, list[OutcomeRow]], days: int
) -> None:
    reader, rows = busy
    on = LATER + dt.timedelta(days=days)
    found = actions_on(reader, PeopleTable(), on)
    entries = reader.ledger(issued_to=on, statuses=("issued", "postponed"))
    whole = with_standing(entries, reader.outcomes(until=on), on)
    touched: dict[str, list[dt.date]] = {}
    for row in rows:
        touched.setdefault(row.action_id, []).append(row.until or row.on or DAY)
    own = {
        entry["action_id"]: entry
        for entry in whole.iter_rows(named=True)
        if max(
            entry["due_on"],
            entry["issued_on"],
            entry["contact_on"] or entry["due_on"],
            *touched.get(entry["action_id"], ()),
        )
        >= on - SINCE
    }
    same = [name for name in whole.columns if name != "owner"]
    extra = found.filter(~pl.col("action_id").is_in(list(own)))
    kept = found.filter(pl.col("action_id").is_in(list(own)))
    assert {row["action_id"]: row for row in kept.select(same).iter_rows(named=True)} == {
        id: {name: entry[name] for name in same} for id, entry in own.items()
    }
    assert dict(kept.select("action_id", "owner").rows()) == {
        id: entry["owner"] or entry["owner_role"] for id, entry in own.items()
    }
    # What else is read was touched of late, and has been replaced or undone since.
    assert set(extra["action_id"]) <= set(touched)
    if days == 30:
        assert {"done", "overdue", "snoozed", "reminded"} <= set(found["standing"])
        assert found.height < whole.height


def test_an_old_action_outside_is_read_if_the_outbox_has_it(
    busy: tuple[Reader, list[OutcomeRow]],
) -> None:
    reader, _ = busy
    on = LATER + dt.timedelta(days=400)
    first = reader.ledger(statuses=("issued",))["action_id"][0]
    before = set(actions_on(reader, PeopleTable(), on)["action_id"])
    named = set(actions_on(reader, PeopleTable(), on, [first])["action_id"])
    assert first not in before
    assert named == before | {first}


@pytest.mark.parametrize(
    ("outcome", "until", "current"),
    [
        ("snoozed", LATER, LATER),
        ("assigned", None, DAY + dt.timedelta(days=80)),
        ("reopened", None, DAY + dt.timedelta(days=80)),
        ("dismissed", None, None),
    ],
)
def test_an_action_is_current_from_the_day_on_which_it_came_back(
    tmp_path: Path, outcome: str, until: dt.date | None, current: dt.date | None
) -> None:
    from support.deliveries import make_workspace

    project = run_day(make_workspace(tmp_path / "w", ""))
    reader = Reader.of(project)
    (id,) = reader.ledger(statuses=("issued",)).filter(kind="task")["action_id"]
    touched = DAY + dt.timedelta(days=80)
    rows = [
        OutcomeRow(
            id, id, outcome, touched, until=until, to="Bob" if outcome == "assigned" else None
        )
    ]
    if outcome == "reopened":
        rows.insert(0, OutcomeRow(id, id, "done", DAY))
    record_outcomes(project, lambda _: rows, touched, "test", again=True)
    on = current or touched
    found = actions_on(reader, PeopleTable(), on).filter(action_id=id)
    assert found["current_on"].to_list() == [current or DAY]
    assert (found["standing"][0] in OPEN_NOW) is (current is not None)
    assert (found["back_on"][0] == on) is (outcome == "snoozed")
    assert (on - DAY).days > STALE_DAYS
