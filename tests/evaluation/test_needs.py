"""An action that needs a contact is skipped where that contact did not go out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.one_account import DAY, MONDAY, row, text
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

REVIEW = """\
timeline:
  anchor: renewal_date
  steps:
    - id: invitation
      at: -30 days
      do: [{email: {owner: csm, when: not vip, until: 3 days}}]
    - id: meeting
      at: -28 days
      needs: invitation
      do: [{meeting: {owner: csm}}, {task: {owner: csm}}]
    - id: summary
      at: -27 days
      do: [{email: {owner: csm, needs: meeting, shift: none}}, {task: {owner: csm, shift: none}}]
  outcomes: {over: {at: 30 days}}
"""
OPT_OUT = SETTINGS.replace(
    "{when: status == 'lapsed', kinds: [email]", "{when: opt_out, kinds: [email]"
)


def lived(root: Path, *days: dict[str, Any], body: str = REVIEW) -> dict[str, tuple[str, str]]:
    """By `step.action`: the last status and the end of the reason, after as many days as values are given."""
    workspace(root, {"p": text(body)}, OPT_OUT)
    for n, values in enumerate(days):
        start = row(renewal_date=MONDAY + 30 * DAY, opt_out=False, vip=False)
        snapshot(root, MONDAY + n * DAY, [start | values])
        run(load_project(root), MONDAY + n * DAY)
    rows = Reader(root / "store").ledger().iter_rows(named=True)
    return {f"{r['step']}.{r['action']}": (r["status"], r["reason"].split("; ")[-1]) for r in rows}


def test_what_is_needed_and_goes_out_changes_nothing(tmp_path: Path) -> None:
    found = lived(tmp_path / "w", {}, {}, {}, {})
    assert {status for status, _ in found.values()} == {"issued"}
    assert len(found) == 5


def test_a_contact_that_never_came_up_stops_nothing(tmp_path: Path) -> None:
    found = lived(tmp_path / "w", *[{"vip": True}] * 4)
    assert "invitation.email" not in found
    assert found["meeting.meeting"][0] == found["summary.email"][0] == "issued"


def test_a_contact_that_goes_out_late_is_enough(tmp_path: Path) -> None:
    # It opts in again on Wednesday, the day of the meeting, and gets the invitation on that day.
    found = lived(tmp_path / "w", *[{"opt_out": True}] * 2, {}, {})
    assert found["invitation.email"][0] == "issued"
    assert found["meeting.meeting"][0] == "issued"


def test_a_contact_that_waits_on_the_day_is_not_waited_for(tmp_path: Path) -> None:
    found = lived(tmp_path / "w", *[{"opt_out": True}] * 3, {}, {})
    # Opted in again on Thursday: the invitation goes out then, too late for the meeting of Wednesday.
    assert found["invitation.email"][0] == "issued"
    skipped = ("skipped", "skipped: it needs `invitation`, which is postponed")
    assert found["meeting.meeting"] == found["meeting.task"] == skipped
    # What needs the meeting is skipped too, what does not need it is issued.
    assert found["summary.email"] == ("skipped", "skipped: it needs `meeting`, which was skipped")
    assert found["summary.task"][0] == "issued"


def test_a_contact_of_the_same_day_counts_as_the_plan_decides(tmp_path: Path) -> None:
    same_day = REVIEW.replace("at: -28 days", "at: -30 days")
    found = lived(tmp_path / "w", {"opt_out": True}, body=same_day)
    assert found["meeting.meeting"] == (
        "skipped",
        "skipped: it needs `invitation`, which is postponed",
    )
    found = lived(tmp_path / "v", {}, body=same_day)
    assert found["meeting.meeting"][0] == "issued"
