"""Notifications through Apprise, to its `json://` service at a real receiver."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.deliveries import (
    DAY,
    Receiver,
    deliver_day,
    make_workspace,
    plain,
    receiving,
    rows_of,
    run_day,
)

CHANNEL = """\
channels:
  phone:
    apprise: {url: "${PHONE_URL}"}
    kinds: [task]
    attempts: 2
    timeout: 5
"""


def address(port: int, scheme: str = "json", host: str = "127.0.0.1") -> str:
    return f"{scheme}://{host}:{port}/secret-path"


def test_each_action_is_notified_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving(Receiver()) as receiver:
        monkeypatch.setenv("PHONE_URL", address(receiver.port))
        root = make_workspace(tmp_path / "w", CHANNEL, ("Alice", "Bob"))
        run_day(root)
        report = deliver_day(root)
        assert rows_of(deliver_day(root)) == []
    assert [(row["item"], row["state"], row["note"]) for row in rows_of(report)] == [
        ("action", "sent", "sent")
    ] * 2
    messages = receiver.bodies()
    assert [message["title"] for message in messages] == ["Notice: Firm 1", "Notice: Firm 2"]
    for message in messages:
        assert "Due: 2 March 2026\n" in message["message"]
        # Bob is absent, and Alice is his deputy.
        assert "Alice" in message["message"]
    assert len({message["message"].splitlines()[-1] for message in messages}) == 2


def test_a_failure_waits_and_shows_no_part_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with receiving(Receiver(plain(500), plain(500), plain(200))) as receiver:
        monkeypatch.setenv("PHONE_URL", address(receiver.port))
        root = make_workspace(tmp_path / "w", CHANNEL)
        run_day(root)
        report = deliver_day(root)
        assert [(row["state"], row["attempts"]) for row in rows_of(report)] == [("planned", 2)]
        assert [problem.code for problem in report.problems] == ["channel-down"]
        assert "500" in report.problems[0].message
        assert [row["state"] for row in rows_of(deliver_day(root))] == ["sent"]
    monkeypatch.setenv("PHONE_URL", address(1))
    root = make_workspace(tmp_path / "v", CHANNEL)
    run_day(root)
    report = deliver_day(root)
    shown = f"{rows_of(report)} {report.problems} {capfd.readouterr()}"
    assert "did not take it" in shown
    assert "secret-path" not in shown


def test_a_redirect_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Receiver()
    with receiving(elsewhere), receiving(Receiver()) as receiver:
        receiver.answers = [plain(307, {"Location": f"http://127.0.0.1:{elsewhere.port}/"})]
        monkeypatch.setenv("PHONE_URL", address(receiver.port))
        root = make_workspace(tmp_path / "w", CHANNEL)
        run_day(root)
        report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["planned"]
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nothing://at-all/secret-path", "knows no service"),
        (address(80, host="receiver.example"), "would not be encrypted"),
    ],
)
def test_an_address_that_cannot_be_used_stops_its_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, message: str
) -> None:
    monkeypatch.setenv("PHONE_URL", url)
    root = make_workspace(tmp_path / "w", CHANNEL)
    run_day(root)
    report = deliver_day(root)
    (problem,) = report.problems
    assert (problem.code, problem.severity, report.waiting) == ("bad-address", "error", 1)
    assert message in problem.message
    assert "secret-path" not in f"{problem}"


def test_certificates_are_verified_whatever_the_address_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tenure.engine.delivery.apprise_sender import AppriseSender
    from tenure.engine.workspace.channels import AppriseChannel, Channel

    monkeypatch.setenv("PHONE_URL", address(443, "jsons", "r.example") + "?verify=no&rto=900")
    way = AppriseChannel("${PHONE_URL}")
    service = AppriseSender(Channel("phone", way, timeout=7), way)._service
    assert service.verify_certificate is True
    assert service.redirects is False
    assert service.request_timeout == (7.0, 7.0)


def test_a_long_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    from tenure.engine.delivery.apprise_sender import MOST_NOTIFICATION, AppriseSender
    from tenure.engine.delivery.parcels import Parcel, of_digest
    from tenure.engine.workspace.channels import AppriseChannel, Channel

    names = [
        "title",
        "account_name",
        "colon",
        "due_label",
        "due_text",
        "owner_label",
        "owner",
        "action_id",
    ]
    content = {**dict.fromkeys(names, "x"), "reason": "y" * 5000}
    with receiving(Receiver()) as receiver:
        monkeypatch.setenv("PHONE_URL", address(receiver.port))
        channel = Channel("phone", AppriseChannel("${PHONE_URL}"))
        parcel = Parcel(of_digest(channel, "Alice", DAY), channel, "", "", lambda: content)
        AppriseSender(channel, AppriseChannel("${PHONE_URL}")).send(parcel, content)
    (message,) = receiver.bodies()
    assert len(message["message"]) == MOST_NOTIFICATION


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHONE_URL", address(1))
    monkeypatch.setitem(sys.modules, "apprise", None)
    root = make_workspace(tmp_path / "w", CHANNEL)
    run_day(root)
    (problem,) = deliver_day(root).problems
    assert (problem.code, problem.hint) == ("apprise-missing", "pip install 'tenure[apprise]'")
