"""`tenure explain --when`: the dates to come of an account, in order."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

ON = dt.date(2026, 3, 2)
RENEWS = ON + dt.timedelta(days=20)


ROWS = {
    id: {"account_id": id, "status": "active", "renewal_date": date, "csm": "Ana"}
    for id, date in {
        "under_way": RENEWS,
        "soon": ON + dt.timedelta(days=50),
        "later": ON + dt.timedelta(days=90),
    }.items()
}


def ready(root: Path, playbook: str = RENEWAL) -> Path:
    folder = workspace(root, {"renewal": playbook})
    snapshot(folder, ON, [*ROWS.values()])
    run(load_project(folder), ON)
    return folder


def when(root: Path, account: str, *args: str) -> str:
    given = ["explain", account, "--when", "--on", ON.isoformat(), "--workspace", str(root), *args]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 0, result.output
    return result.stdout


def dated(root: Path, account: str) -> list[dict[str, Any]]:
    """What has a date."""
    found = json.loads(when(root, account, "--format", "json"))
    return [each for each in found if each["on"] is not None]


def test_the_steps_to_come_have_their_dates_and_what_would_stop_them(tmp_path: Path) -> None:
    root = ready(tmp_path)
    # The call comes seven days before the renewal; as that is a Sunday, on the Friday before. Thirty after, it lapses.
    leaves = {"what": "status", "must": "not 'active'", "now": "active", "to": "lapsed"}
    assert dated(root, "under_way") == [
        {
            "on": on,
            "playbook": "renewal",
            "what": what,
            "comes": True,
            "unmet": [],
            "changes": [leaves],
        }
        for on, what in (("2026-03-13", "step push"), ("2026-04-21", "end lapsed"))
    ]
    lines = [" ".join(line.split()) for line in when(root, "under_way").splitlines()]
    not_if = "not if status is not 'active', such as 'lapsed' (now 'active')"
    assert f"2026-03-13 renewal step push yes {not_if}" in lines


def test_what_any_day_may_bring_has_the_change_that_brings_it(tmp_path: Path) -> None:
    root = ready(tmp_path)
    found = json.loads(when(root, "under_way", "--format", "json"))
    (renewed,) = [each for each in found if each["what"] == "end renewed"]
    # It is renewed once its date is more than 60 days after the anchor, 2026-03-22.
    assert (renewed["on"], renewed["comes"]) == (None, False)
    (change,) = renewed["changes"]
    assert (change["what"], change["must"]) == ("renewal_date", "after 2026-05-21")
    assert change["to"] == "2026-05-22"


def test_an_account_that_is_not_in_it_yet_has_the_date_of_its_entry(tmp_path: Path) -> None:
    entries = [each for each in dated(ready(tmp_path), "later") if each["what"] == "entry"]
    # 30 days before its renewal on 31 May is 1 May, a holiday in France: the working day before.
    assert [(each["on"], each["comes"]) for each in entries] == [("2026-04-30", True)]


@pytest.mark.parametrize("account", ["under_way", "soon"])
def test_a_run_over_the_change_does_what_was_said(tmp_path: Path, account: str) -> None:
    root = ready(tmp_path / "said")
    found = json.loads(when(root, account, "--format", "json"))
    said = [each for each in found if each["on"] is None and each["changes"]]
    assert said
    for number, each in enumerate(said):
        folder = ready(tmp_path / str(number))
        changes = {change["what"]: change["to"] for change in each["changes"]}
        snapshot(folder, ON + dt.timedelta(days=1), [{**ROWS[account], **changes}])
        run(load_project(folder), ON + dt.timedelta(days=1))
        states = Reader(folder / "store").states().filter(account_id=account)
        _, _, target = each["what"].partition(" ")  # nothing for an entry, which any state is
        entered = not states.is_empty() and target in (states["state"][0], "")
        assert entered is not each["comes"], each


def test_a_date_that_would_be_doubted_is_no_change_that_brings_anything(tmp_path: Path) -> None:
    root = ready(tmp_path)
    found = json.loads(when(root, "later", "--format", "json"))
    (entry,) = [each for each in found if each["on"] is None]
    assert (entry["what"], entry["comes"], entry["changes"]) == ("entry", False, [])
    # 2 April is 30 days ahead, and before 1 May, on which the cycle of 31 May would open.
    moved = {**ROWS["later"], "renewal_date": dt.date(2026, 4, 2)}
    snapshot(root, ON + dt.timedelta(days=1), [moved])
    run(load_project(root), ON + dt.timedelta(days=1))
    assert Reader(root / "store").states().filter(account_id="later").is_empty()


def test_a_hold_has_its_last_day(tmp_path: Path) -> None:
    root = ready(tmp_path)
    hold = ["hold", "under_way", "--until", "2026-03-20", "--because", "asked", "--by", "Ana"]
    held = CliRunner().invoke(main, [*hold, "--workspace", str(root), "--today", ON.isoformat()])
    assert held.exit_code == 0, held.output
    coming = [(each["on"], each["what"], each["comes"]) for each in dated(root, "under_way")]
    # What was due while it was held comes once it is over.
    assert coming[:2] == [
        ("2026-03-20", "last day of the hold", None),
        ("2026-03-21", "step push", True),
    ]
