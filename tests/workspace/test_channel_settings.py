"""The `channels` section: what it reads, and what it refuses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tenure.engine.core.problems import Problem
from tenure.engine.workspace.channels import (
    CalendarChannel,
    Channel,
    EmailChannel,
    FolderChannel,
    WebhookChannel,
)
from tenure.engine.workspace.settings import WorkspaceSettings
from tenure.engine.workspace.settings_loader import load_workspace

SETTINGS = """\
workspace: Demo
time_zone: Europe/Paris
snapshots: {{files: "{{date}}.csv"}}
roles: {{csm: {{name: Team}}}}
channels:
  it: {{{channel}}}
"""


def load(root: Path, channel: str) -> tuple[WorkspaceSettings, list[Problem]]:
    (root / "tenure.yaml").write_text(SETTINGS.format(channel=channel), "utf-8")
    workspace, _, problems, _ = load_workspace(root)
    assert workspace is not None
    return workspace, problems


def channel_of(root: Path, channel: str) -> Channel:
    workspace, problems = load(root, channel)
    assert problems == []
    return workspace.channels["it"]


def test_a_folder(tmp_path: Path) -> None:
    found = channel_of(
        tmp_path, "folder: {path: out, formats: [html]}, roles: [csm], kinds: [call]"
    )
    assert found == Channel("it", FolderChannel("out", ("html",)), ("csm",), ("call",))
    assert found.has_digests


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("ssl", 465)])
def test_emails(tmp_path: Path, tls: str, port: int) -> None:
    text = f"email: {{to: owners, host: h.example, tls: {tls}, from: T <t@example.com>}}, hours: 09:00-18:00"
    found = channel_of(tmp_path, text)
    assert isinstance(found.way, EmailChannel)
    assert (found.way.port, found.way.sender, found.way.letters) == (
        port,
        "T <t@example.com>",
        False,
    )
    assert found.hours == (dt.time(9), dt.time(18))


def test_a_webhook(tmp_path: Path) -> None:
    found = channel_of(tmp_path, 'webhook: {url: "${HOOK}", template: slack}, per_minute: 20')
    assert found.way == WebhookChannel("${HOOK}", None, "slack")
    assert (found.per_minute, found.has_digests, found.has_letters) == (20, False, False)


def test_a_calendar(tmp_path: Path) -> None:
    text = 'calendar: {url: https://c.example/team/, user: u, password: "${P}", entries: tasks}'
    found = channel_of(tmp_path, text)
    assert found.way == CalendarChannel("https://c.example/team/", "u", "${P}", "tasks")
    assert (found.takes_back, found.has_digests, found.has_letters) == (True, False, False)


def test_the_hours_of_customers(tmp_path: Path) -> None:
    text = LETTERS + ", dry_run_to: me@example.com}, hours: 09:00-17:30"
    for place, expected in (("customer", True), ("workspace", False)):
        found = channel_of(tmp_path, f"{text}, hours_of: {place}")
        assert (found.hours_of_customer, found.hours) == (expected, (dt.time(9), dt.time(17, 30)))


LETTERS = "email: {to: customers, host: h.example, from: t@example.com"


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("folder: {path: out}, webhook: {url: https://a.example}", "conflicting-keys"),
        ("roles: [csm]", "missing-key"),
        ("folder: {path: out, formats: [html], tasks: hubspot}", "conflicting-keys"),
        ("folder: {path: out, tasks: pipedrive}", "unknown-word"),
        ("folder: {path: out}, roles: [cms]", "unknown-role"),
        ("folder: {path: out}, kinds: [calls]", "unknown-word"),
        ("folder: {path: out}, hours: 18:00-09:00", "bad-date"),
        ("folder: {path: out}, hours: 09:00-18:00, hours_of: customer", "conflicting-keys"),
        (LETTERS + ", dry_run_to: me@example.com}, hours_of: customer", "missing-key"),
        (LETTERS + "}", "missing-key"),
        (LETTERS + ", send: false}", "missing-key"),
        (LETTERS + ", send: true}", "missing-key"),
        (LETTERS + ", send: true, dry_run_to: me@example.com}", "conflicting-keys"),
        (
            "email: {to: owners, host: h.example, from: t@example.com, send: true}",
            "conflicting-keys",
        ),
        (
            "email: {to: owners, host: h.example, tls: none, from: t@example.com}",
            "plain-connection",
        ),
        (
            "email: {to: owners, host: h.example, from: t@example.com, user: u, password: pw}",
            "plain-secret",
        ),
        ("email: {to: owners, host: h.example, from: t@example.com, user: u}", "missing-key"),
        ("webhook: {url: http://a.example/x}", "bad-address"),
        ("webhook: {url: ftp://a.example/x}", "bad-address"),
        ("webhook: {url: https://user@a.example/x}", "bad-address"),
        ("webhook: {url: https://a.example, secret: plain}", "plain-secret"),
        ("apprise: {url: tgram://token/chat}", "plain-secret"),
        ("apprise: {}", "missing-key"),
        ("calendar: {url: http://a.example/team/}", "bad-address"),
        ("calendar: {url: https://u@a.example/team/}", "bad-address"),
        ("calendar: {url: https://a.example/?token=1}", "bad-address"),
        ("calendar: {url: https://a.example/team/, user: u}", "missing-key"),
        ("calendar: {url: https://a.example/team/, user: u, password: pw}", "plain-secret"),
        (
            "calendar: {url: https://a.example/}, webhook: {url: https://a.example}",
            "conflicting-keys",
        ),
    ],
)
def test_wrong_channels_are_errors_and_left_out(tmp_path: Path, channel: str, code: str) -> None:
    _, problems = load(tmp_path, channel)
    assert code in {problem.code for problem in problems}


@pytest.mark.parametrize(
    "channel",
    [
        "email: {to: owners, host: h.example, from: t@example.com, user: u, password: hunter2}",
        "email: {to: owners, host: h.example, from: t@example.com, user: u, password: 1234567}",
        "webhook: {url: https://a.example, secret: hunter2}",
        "webhook: {url: https://user:hunter2@a.example/x}",
        "webhook: {url: http://a.example/services/hunter2}",
        "calendar: {url: https://a.example/?token=hunter2}",
        "calendar: {url: https://a.example/team/, user: u, password: hunter2}",
        "apprise: {url: tgram://hunter2/chat}",
    ],
)
def test_no_problem_shows_a_secret_that_is_written_in_the_file(
    tmp_path: Path, channel: str
) -> None:
    from tenure.engine.text.problem_text import render

    _, problems = load(tmp_path, channel)
    files = {each.span.file for each in problems if each.span is not None}
    shown = render(problems, {file: Path(file).read_text("utf-8") for file in files})
    assert "tenure.yaml, line " in shown
    assert "hunter2" not in shown
    assert "1234567" not in shown


def test_a_playbook_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    from tenure.engine.project.loading import read_project

    load(tmp_path, "folder: {path: out}, playbooks: [renewals]")
    codes = {problem.code for problem in read_project(tmp_path).problems}
    assert "unknown-playbook" in codes
