"""Emails to a real SMTP server with TLS: digests to owners, letters to customers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.deliveries import (
    DAY,
    TestClock,
    deliver_day,
    make_workspace,
    rows_of,
    run_day,
)
from support.mail_server import serving
from tenure.engine.delivery import email_sender

DIGESTS = """\
channels:
  morning:
    email:
      to: owners
      host: 127.0.0.1
      port: {port}
      tls: {tls}
      from: Tenure <tenure@example.com>
      ca_file: ca.pem
{more}    attempts: 2
    timeout: 5
"""
LOGIN = "      user: tenure\n      password: ${SMTP_PASSWORD}\n"
LETTERS = """\
channels:
  letters:
    email:
      to: customers
      host: 127.0.0.1
      port: {port}
      from: The team <team@example.com>
      ca_file: ca.pem
{more}    attempts: 2
    timeout: 5
"""
SEND = "      send: true\n      unsubscribe: https://example.com/u/{account_id}\n"


def digests(port: int, more: str = "", tls: str = "starttls") -> str:
    return DIGESTS.format(port=port, more=more, tls=tls)


def letters(port: int, more: str = SEND) -> str:
    return LETTERS.format(port=port, more=more)


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_each_owner_gets_a_digest_once(tmp_path: Path, tls: str) -> None:
    with serving(tmp_path / "ca.pem", tls=tls) as server:
        root = make_workspace(tmp_path / "w", digests(server.port, tls=tls))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        report = deliver_day(root)
        deliver_day(root)
    assert [row["note"] for row in rows_of(report)] == ["250 accepted as 1"]
    ((recipient, message),) = server.messages
    assert recipient == "alice@example.com"
    assert message["From"] == "Tenure <tenure@example.com>"
    assert message["Subject"] == "Your day, 2 March 2026: 2 today"
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    for part in (plain.get_content(), html.get_content()):
        assert "Firm 1" in part
        assert "Dear Firm 1, your term ends on 1 April 2026." in part


def test_the_work_of_an_absent_owner_goes_to_the_deputy(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = make_workspace(tmp_path / "w", digests(server.port), ("Bob",))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        deliver_day(root)
    ((recipient, message),) = server.messages
    assert recipient == "alice@example.com"
    plain = message.get_body(("plain",))
    assert plain is not None
    assert "for Bob, who is absent" in plain.get_content()


def test_an_owner_without_an_address_is_named(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = make_workspace(tmp_path / "w", digests(server.port), ("Carol", "Alice"))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        report = deliver_day(root)
    notes = {row["to"]: (row["state"], row["note"]) for row in rows_of(report)}
    assert notes["Carol"] == ("failed", "the table of people has no address for this owner")
    assert notes["Alice"][0] == "sent"


def test_letters_go_to_customers_with_a_way_to_unsubscribe_and_count_as_done(
    tmp_path: Path,
) -> None:
    from tenure.engine.store.reader import Reader

    with serving(tmp_path / "ca.pem") as server:
        root = make_workspace(tmp_path / "w", letters(server.port))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        project = run_day(root)
        deliver_day(root)
        deliver_day(root)
    ((recipient, message),) = server.messages
    assert recipient == "c1@customer.example"
    assert message["From"] == "The team <team@example.com>"
    assert message["Subject"] == "Renewal of Firm 1"
    assert message["List-Unsubscribe"] == "<https://example.com/u/a1>"
    assert message.get_content().splitlines() == [
        "Dear Firm 1, your term ends on 1 April 2026.",
        "",
        "Unsubscribe: https://example.com/u/a1",
    ]
    outcomes = Reader.of(project).outcomes().to_dicts()
    assert [(row["outcome"], row["by"], row["on"], row["source"]) for row in outcomes] == [
        ("done", "tenure deliver", DAY, "delivery:letters")
    ]


def test_a_trial_sends_letters_to_its_address_alone(tmp_path: Path) -> None:
    from tenure.engine.store.reader import Reader

    with serving(tmp_path / "ca.pem") as server:
        more = "      dry_run_to: me@example.com\n"
        root = make_workspace(tmp_path / "w", letters(server.port, more))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        project = run_day(root)
        deliver_day(root)
    ((recipient, message),) = server.messages
    assert recipient == "me@example.com"
    assert message["To"] == "me@example.com"
    assert message["Subject"] == "[c1@customer.example] Renewal of Firm 1"
    assert message.get_content().splitlines() == ["Dear Firm 1, your term ends on 1 April 2026."]
    assert Reader.of(project).outcomes().is_empty()


def test_a_letter_goes_out_on_its_contact_day_only(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = make_workspace(tmp_path / "w", letters(server.port))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        deliver_day(root, on=DAY + dt.timedelta(days=1))
        assert server.messages == []
        server.refusals = ["451 later", "451 later"]
        report = deliver_day(root)
        assert [row["state"] for row in rows_of(report)] == ["planned"]
        report = deliver_day(root, on=DAY + dt.timedelta(days=1))
    assert server.messages == []
    assert [(row["state"], row["note"]) for row in rows_of(report)] == [
        ("failed", "it was not sent on its contact day")
    ]


def test_outside_its_hours_a_channel_sends_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        hours = SEND + "    hours: 08:00-12:00\n"
        root = make_workspace(tmp_path / "w", letters(server.port, hours))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        early = dt.datetime(2026, 3, 2, 7, 59, tzinfo=dt.UTC)
        report = deliver_day(root, TestClock(early))
        assert [row["state"] for row in rows_of(report)] == ["planned"]
        assert [problem.code for problem in report.problems] == ["channel-closed"]
        assert server.messages == []
        report = deliver_day(root, TestClock(early + dt.timedelta(minutes=1)))
    assert [row["state"] for row in rows_of(report)] == ["sent"]


def test_no_more_than_the_rate_is_sent_within_a_minute(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        more = SEND + "    per_minute: 2\n"
        root = make_workspace(tmp_path / "w", letters(server.port, more), ("Alice",) * 5)
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        clock = TestClock()
        deliver_day(root, clock)
    assert len(server.messages) == 5
    assert clock.slept == [60.0, 60.0]


def test_login_goes_over_tls_and_no_message_shows_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path / "ca.pem", login=True) as server:
        root = make_workspace(tmp_path / "w", digests(server.port, LOGIN))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        monkeypatch.setenv("SMTP_PASSWORD", "wrong pass")
        report = deliver_day(root)
        shown = f"{rows_of(report)} {report.problems}"
        assert "the mail server refused the login: 535" in shown
        assert "wrong pass" not in shown
        assert [problem.code for problem in report.problems] == ["channel-down"]
        monkeypatch.setenv("SMTP_PASSWORD", "right pass")
        report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["sent"]
    assert server.logins[-1] == ("tenure", "right pass")


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server, serving(tmp_path / "other.pem"):
        root = make_workspace(tmp_path / "w", digests(server.port))
        (tmp_path / "other.pem").rename(root / "ca.pem")
        run_day(root)
        report = deliver_day(root)
    assert "cannot be trusted" in rows_of(report)[0]["note"]
    assert server.messages == []


def test_a_server_without_tls_gets_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem", tls="none") as server:
        root = make_workspace(tmp_path / "w", digests(server.port))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        report = deliver_day(root)
        assert "STARTTLS" in rows_of(report)[0]["note"]
        assert server.messages == []
        text = (root / "tenure.yaml").read_text("utf-8")
        (root / "tenure.yaml").write_text(text.replace("tls: starttls", "tls: none"), "utf-8")
        report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["sent"]


def test_a_refused_recipient_fails_without_an_address_in_the_store(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = make_workspace(tmp_path / "w", letters(server.port), ("Alice", "Alice"))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        server.refusals = ["550 c1@customer.example is unknown"]
        report = deliver_day(root)
    assert sorted(row["state"] for row in rows_of(report)) == ["failed", "sent"]
    failed = next(row for row in rows_of(report) if row["state"] == "failed")
    assert failed["note"] == "the mail server refused it: 550 the address is unknown"
    assert len(server.messages) == 1


def test_a_file_of_certificates_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", digests(1))
    run_day(root)
    report = deliver_day(root)
    assert [problem.code for problem in report.problems] == ["bad-certificates"]
    assert report.waiting == 1


def test_an_email_that_is_too_large_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_sender, "MOST_EMAIL_BYTES", 100)
    with serving(tmp_path / "ca.pem") as server:
        root = make_workspace(tmp_path / "w", letters(server.port))
        (tmp_path / "ca.pem").rename(root / "ca.pem")
        run_day(root)
        report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["failed"]
    assert server.messages == []
