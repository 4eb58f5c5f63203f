"""A contact that must reach the customer and cannot go out gives its owner one task to find another way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from support.one_account import DAY, MONDAY, row, text
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_data import explanation_data
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

NOTICE = """\
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - email: {title: Notice, owner: csm, until: 3 days, must_reach: true}
        - in_app: {title: Banner, owner: csm, until: 3 days}
  outcomes: {over: {at: 30 days}}
"""
OPT_OUT = SETTINGS.replace("status == 'lapsed'", "opt_out")
Task = tuple[dt.date, str, Any, str]


def lived(
    root: Path, *days: dict[str, Any] | None, settings: str = OPT_OUT, body: str = NOTICE
) -> Path:
    """A workspace run on as many days as values are given; on a day of None the account is absent."""
    workspace(root, {"p": text(body)}, settings)
    other = row(renewal_date=None) | {"account_id": "z"}
    for n, values in enumerate(days):
        on, mine = MONDAY + n * DAY, row(renewal_date=MONDAY + 30 * DAY, opt_out=False)
        snapshot(root, on, [other] if values is None else [mine | values, other])
        run(load_project(root), on)
    return root


def tasks(root: Path) -> list[Task]:
    """The tasks that the engine added: due date, title, owner and action."""
    rows = Reader(root / "store").ledger(history=True).filter(kind="task")
    return list(rows.select("due_on", "title", "owner", "action").iter_rows())


def statuses(root: Path) -> list[str]:
    rows = Reader(root / "store").ledger(history=True).filter(kind="email").sort("revision")
    return rows["status"].to_list()


def test_the_owner_hears_of_an_opt_out_at_once_and_once(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", *[{"opt_out": True}] * 5)
    title = "Tell the customer another way: Notice"
    assert tasks(root) == [(MONDAY, title, "Zoé", "email.other_way")]
    # Its last day is Thursday.
    assert statuses(root) == ["postponed", "withheld"]


def test_the_reason_says_what_is_against_the_contact(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"opt_out": True})
    reason = Reader(root / "store").ledger().filter(kind="task")["reason"].item()
    assert reason.startswith("30 days before 2026-04-01; cannot go out: ")


@pytest.mark.parametrize("address", [None, "none"])
def test_the_owner_hears_of_a_missing_address_at_once(tmp_path: Path, address: str | None) -> None:
    root = lived(tmp_path / "w", {"contact_email": address})
    rows = Reader(root / "store").ledger()
    assert len(tasks(root)) == 1
    assert rows.filter(kind="in_app")["status"].to_list() == ["issued"]
    assert rows.filter(kind="email")["status"].to_list() == ["postponed"]


def test_explain_says_what_waits_since_when_and_why(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"opt_out": True})
    project = load_project(root)
    explanation = explain_account(project, "a", MONDAY, project.playbooks)
    assert explanation is not None
    text = explanation_text(explanation)
    why = "the account has lapsed"
    line = f"`notice.email` waits since 2026-03-02, until 2026-03-05 at the latest: {why}"
    assert line in text
    (waiting,) = explanation_data(explanation)["playbooks"][0]["waiting"]
    assert waiting == {
        "step": "notice",
        "action": "email",
        "since": "2026-03-02",
        "until": "2026-03-05",
        "why": why,
    }


def test_where_the_export_has_no_addresses_emails_go_out(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {})
    assert tasks(root) == []
    assert statuses(root) == ["issued"]


def test_without_room_the_owner_hears_of_it_when_it_is_withheld(tmp_path: Path) -> None:
    none_at_all = OPT_OUT.replace("{contacts: 2, within: 7 days}", "{contacts: 0, within: 1 day}")
    root = lived(tmp_path / "w", *[{}] * 4, settings=none_at_all)
    assert statuses(root) == ["postponed", "withheld"]
    assert [due for due, *_ in tasks(root)] == [MONDAY + 3 * DAY]


def test_an_absent_account_gives_a_task_only_when_the_contact_is_withheld(tmp_path: Path) -> None:
    later = NOTICE.replace(
        "owner: csm, until: 3 days, must", "owner: csm, due: 2 days, until: 3 days, must"
    )
    root = lived(tmp_path / "w", {}, *[None] * 5, body=later)
    # Promised on Monday for Wednesday; the account is gone from Tuesday on. Its last day is Saturday.
    assert statuses(root) == ["issued", "postponed", "withheld"]
    assert [due for due, *_ in tasks(root)] == [MONDAY + 5 * DAY]
