"""`--messages` prints what is to be sent; messages of other actions only where they are asked for, and marked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tenure
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main

PLAYBOOK = """\
playbook: p
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
timeline:
  anchor: renewal_date
  steps: [{id: notice, at: -30 days, do: [{email: {owner: csm, message: notice, shift: none}}]}]
  outcomes: {over: {at: 30 days}}
messages: {notice: {en: {subject: Notice, body: "Dear {{ account_name }}"}}}
"""
STATUSES = {"Ada": "issued", "Bob": "postponed", "Cid": "skipped"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    head, _, _ = SETTINGS.partition("  suppress:")
    settings = f"{head}  suppress: [{{when: vip, reason: is a VIP}}]\n"
    root = workspace(tmp_path / "w", {"p": PLAYBOOK}, settings)
    due = MONDAY + 30 * DAY
    snapshot(
        root,
        MONDAY,
        [
            row(account_id="a", account_name="Ada", renewal_date=due, vip=False),
            row(account_id="b", account_name="Bob", renewal_date=due, vip=True),
            row(account_id="c", account_name="Cid", renewal_date=due - 5 * DAY, vip=False),
        ],
    )
    return root


def ran(root: Path, *words: str) -> str:
    result = CliRunner().invoke(main, [*words, "--workspace", str(root)])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def after_run(root: Path) -> Path:
    ran(root, "run", "--on", str(MONDAY))
    return root


LISTED = ("actions", "--on", str(MONDAY), "--messages")


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ((), {"Ada"}),
        (("--status", "issued"), {"Ada"}),
        (("--status", "postponed"), {"Bob"}),
        (("--status", "issued", "--status", "skipped"), {"Ada", "Cid"}),
        (("--all",), set(STATUSES)),
    ],
)
def test_only_what_is_asked_for_is_printed(
    after_run: Path, words: tuple[str, ...], printed: set[str]
) -> None:
    text = ran(after_run, *LISTED, *words)
    assert {name for name in STATUSES if f"Dear {name}" in text} == printed
    for name in printed:
        marked = f"-- {STATUSES[name]}: " in text
        assert marked == (STATUSES[name] != "issued")
    lines = ran(after_run, *LISTED, *words, "--format", "jsonl").splitlines()
    bodies = {each["account_name"] for each in map(json.loads, lines) if each["body"]}
    assert bodies == printed


def test_the_list_still_has_every_action(after_run: Path) -> None:
    lines = ran(after_run, *LISTED, "--format", "jsonl").splitlines()
    assert {each["account_name"]: each["status"] for each in map(json.loads, lines)} == STATUSES


def test_a_preview_prints_what_would_be_sent(root: Path) -> None:
    text = ran(root, "preview", "--on", str(MONDAY), "--messages")
    assert {name for name in STATUSES if f"Dear {name}" in text} == {"Ada"}


def test_python_gets_the_same(after_run: Path) -> None:
    opened = tenure.open(after_run, today=MONDAY)
    bodies = opened.actions(MONDAY, messages=True).filter(body="Dear Ada")
    assert bodies.height == 1
    assert opened.actions(MONDAY, messages=True)["body"].drop_nulls().len() == 1
    waiting = opened.actions(MONDAY, messages=True, statuses="postponed")
    assert waiting["body"].to_list() == ["Dear Bob"]
