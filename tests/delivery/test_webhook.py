"""Webhooks: signed requests to a real receiver that fails, hangs, cuts off and answers twice."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import ssl
import time
from pathlib import Path

import polars as pl
import pytest
import trustme
from support.deliveries import (
    DAY,
    Receiver,
    TestClock,
    deliver_day,
    make_workspace,
    plain,
    receiving,
    rows_of,
    run_day,
)
from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES, empty_table
from tenure.engine.delivery import http_endpoint
from tenure.engine.delivery.delivering import deliver
from tenure.engine.delivery.webhook_sender import fill_webhook, sign
from tenure.engine.store import Store

CHANNEL = """\
channels:
  hook:
    webhook: {{url: "{url}", secret: "${{HOOK_SECRET}}"{more}}}
    kinds: [task]
    attempts: 2
    timeout: {timeout}
"""


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "the key of signatures")


def channel(port: int, scheme: str = "http", more: str = "", timeout: int = 5) -> str:
    url = f"{scheme}://127.0.0.1:{port}/services/T0/secret-path?x=1"
    return CHANNEL.format(url=url, more=more, timeout=timeout)


def test_an_action_is_posted_once_with_a_signature(tmp_path: Path) -> None:
    with receiving(Receiver()) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port))
        run_day(root)
        report = deliver_day(root)
        again = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["sent"]
    assert rows_of(again) == []
    ((headers, body),) = receiver.requests
    stamp = headers["Tenure-Timestamp"]
    assert stamp == "1772442000"  # 2026-03-02 09:00 UTC
    expected = hmac.new(b"the key of signatures", f"{stamp}.".encode() + body, hashlib.sha256)
    assert headers["Tenure-Signature"] == f"sha256={expected.hexdigest()}"
    action = json.loads(body)
    assert headers["Idempotency-Key"] == f"{action['action_id']}.1.hook"
    assert action["idempotency_key"] == headers["Idempotency-Key"]
    assert (action["account_id"], action["kind"], action["due_on"]) == ("a1", "task", "2026-03-02")
    assert (action["owner"], action["owner_email"], action["revision"]) == (
        "Alice",
        "alice@example.com",
        1,
    )


def test_a_signature_is_that_of_rfc_4231_over_its_timestamp_and_body() -> None:
    assert sign(b"key", "1", b"body") == (
        "sha256=" + hmac.new(b"key", b"1.body", hashlib.sha256).hexdigest()
    )


def test_an_absent_owners_action_goes_to_the_deputy(tmp_path: Path) -> None:
    with receiving(Receiver()) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port), ("Bob",))
        run_day(root)
        deliver_day(root)
    assert receiver.bodies()[0]["owner"] == "Alice"


def test_a_failure_is_attempted_again_and_the_wait_is_the_same_each_time(tmp_path: Path) -> None:
    waits = []
    for name in ("one", "two"):
        with receiving(Receiver(plain(503), plain(200))) as receiver:
            root = make_workspace(tmp_path / name, channel(receiver.port))
            run_day(root)
            clock = TestClock()
            report = deliver_day(root, clock)
        assert [(row["state"], row["attempts"]) for row in rows_of(report)] == [("sent", 2)]
        assert len(set(receiver.keys())) == 1
        waits.append(clock.slept)
    assert waits[0] == waits[1]
    assert 0.5 <= waits[0][0] < 1.5


def test_retry_after_is_obeyed(tmp_path: Path) -> None:
    with receiving(Receiver(plain(429, {"Retry-After": "7"}), plain(200))) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port))
        run_day(root)
        clock = TestClock()
        deliver_day(root, clock)
    assert clock.slept == [7.0]


def test_a_channel_that_is_down_is_given_up_and_goes_on_the_next_time(tmp_path: Path) -> None:
    with receiving(Receiver(plain(503), plain(503), plain(200))) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port), ("Alice", "Alice", "Alice"))
        run_day(root)
        report = deliver_day(root)
        assert [(row["state"], row["attempts"]) for row in rows_of(report)] == [
            ("planned", 2),
            ("planned", 0),
            ("planned", 0),
        ]
        assert [problem.code for problem in report.problems] == ["channel-down"]
        report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["sent"] * 3
    assert len(set(receiver.keys())) == 3


def test_a_refusal_fails_at_once_is_shown_and_sent_again_when_told(tmp_path: Path) -> None:
    with receiving(Receiver(plain(400), plain(200))) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port), ("Alice", "Alice"))
        run_day(root)
        report = deliver_day(root)
        assert sorted(row["state"] for row in rows_of(report)) == ["failed", "sent"]
        report = deliver_day(root)
        assert rows_of(report) == []
        assert [problem.code for problem in report.problems] == ["delivery-failed"]
        report = deliver_day(root, retry=True)
    assert [row["state"] for row in rows_of(report)] == ["sent"]
    assert report.problems == []
    assert len(receiver.requests) == 3


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    elsewhere = Receiver()
    with receiving(elsewhere), receiving(Receiver()) as receiver:
        receiver.answers = [plain(302, {"Location": f"http://127.0.0.1:{elsewhere.port}/"})]
        root = make_workspace(tmp_path / "w", channel(receiver.port))
        run_day(root)
        report = deliver_day(root)
    assert "redirect (302), which is not followed" in rows_of(report)[0]["note"]
    assert elsewhere.requests == []


def hangs(handler: http.server.BaseHTTPRequestHandler) -> None:
    del handler
    time.sleep(3)


def drips(handler: http.server.BaseHTTPRequestHandler) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.1)


def cuts_off(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 20")
    handler.connection.close()


def answers_twice(handler: http.server.BaseHTTPRequestHandler) -> None:
    plain(200)(handler)
    plain(500)(handler)


def is_endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    for _ in range(1000):
        handler.wfile.write(b"x" * 10_000)


@pytest.mark.parametrize("answer", [hangs, drips, cuts_off])
def test_a_receiver_that_hangs_drips_or_cuts_off_costs_an_attempt(
    tmp_path: Path, answer: object
) -> None:
    with receiving(Receiver(answer, plain(200))) as receiver:  # type: ignore[arg-type]
        root = make_workspace(tmp_path / "w", channel(receiver.port, timeout=1))
        run_day(root)
        report = deliver_day(root)
    assert [(row["state"], row["attempts"]) for row in rows_of(report)] == [("sent", 2)]
    assert len(set(receiver.keys())) == 1


@pytest.mark.parametrize("answer", [answers_twice, is_endless])
def test_more_than_an_answer_is_not_waited_for(tmp_path: Path, answer: object) -> None:
    with receiving(Receiver(answer)) as receiver:  # type: ignore[arg-type]
        root = make_workspace(tmp_path / "w", channel(receiver.port))
        run_day(root)
        report = deliver_day(root)
    assert [(row["state"], row["attempts"]) for row in rows_of(report)] == [("sent", 1)]
    assert len(receiver.requests) == 1


def test_certificates_are_verified(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with receiving(Receiver(), context) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port, "https"))
        run_day(root)
        report = deliver_day(root)
        assert "the certificate of 127.0.0.1 cannot be trusted" in rows_of(report)[0]["note"]
        assert receiver.requests == []
        authority.cert_pem.write_to_path(str(root / "ca.pem"))
        text = (root / "tenure.yaml").read_text("utf-8")
        (root / "tenure.yaml").write_text(
            text.replace("}\n    kinds", ", ca_file: ca.pem}\n    kinds")
        )
        report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["sent"]
    assert len(receiver.requests) == 1


def test_no_message_shows_the_secret_parts_of_the_address(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", channel(1))
    run_day(root)
    report = deliver_day(root)
    shown = f"{rows_of(report)} {report.problems}"
    assert "cannot be reached" in shown
    assert "secret-path" not in shown
    assert "the key of signatures" not in shown


def test_a_missing_secret_stops_its_channel_and_is_not_an_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    desk = "  desk: {folder: {path: outbox}}\n  crm: {folder: {path: crm, tasks: hubspot}}\n"
    with receiving(Receiver()) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port) + desk)
        run_day(root)
        report = deliver_day(root)
        rows = [(row["channel"], row["state"], row["attempts"]) for row in rows_of(report)]
        assert ("hook", "planned", 0) in rows
        assert {("desk", "sent", 1), ("crm", "sent", 1)} <= set(rows)
        (problem,) = report.problems
        assert (problem.code, problem.severity) == ("missing-secret", "error")
        assert receiver.requests == []
        monkeypatch.setenv("HOOK_SECRET", "the key of signatures")
        assert {(row["channel"], row["state"]) for row in rows_of(deliver_day(root))} == {
            ("hook", "sent")
        }


@pytest.mark.parametrize("name", ["generic", "crm", "slack", "teams"])
def test_templates_escape_what_comes_from_data(name: str) -> None:
    names = (
        "key action_id revision account_id playbook cycle step kind owner owner_email owner_role priority due_on "
        "issued_on contact_on reason workspace due_label due_text kind_label kind_text owner_label"
    )
    values = dict.fromkeys(names.split()) | {"colon": ":"}
    hostile = 'A & "B" <!channel> {owner} [x](https://evil.example)'
    filled = json.loads(fill_webhook(name, {**values, "title": hostile, "account_name": "Firm"}))
    text = json.dumps(filled)
    assert "{title}" not in text
    if name == "slack":
        assert filled["text"] == (
            'A &amp; "B" &lt;!channel&gt; {owner} [x](https://evil.example): Firm'
        )
    if name == "teams":
        title = filled["attachments"][0]["content"]["body"][0]["text"]
        assert title == 'A & "B" \\<!channel\\> {owner} \\[x\\](https://evil.example)'
    if name in ("generic", "crm"):
        assert hostile in filled.values()
        assert filled["owner_email"] is None


def test_what_was_dismissed_while_it_waited_does_not_arrive_until_it_is_reopened(
    tmp_path: Path,
) -> None:
    with receiving(Receiver(plain(503), plain(503), plain(200))) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port))
        project = run_day(root)
        assert [row["state"] for row in rows_of(deliver_day(root))] == ["planned"]
        with Store.open(project.store, project.root) as store:
            action = store.ledger().filter(kind="task")["action_id"][0]
            for outcome, state, requests in (("dismissed", "dropped", 2), ("reopened", "sent", 3)):
                row = {"action_id": action, "outcome": outcome, "on": DAY, "recorded_on": DAY}
                store.record(pl.DataFrame([row], schema=OUTCOMES), empty_table(HAND_MOVES))
                report = deliver(project, store, DAY, TestClock())
                assert [each["state"] for each in rows_of(report)] == [state]
                assert len(receiver.requests) == requests


def test_a_request_that_is_too_large_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_endpoint, "MOST_REQUEST_BYTES", 100)
    with receiving(Receiver()) as receiver:
        root = make_workspace(tmp_path / "w", channel(receiver.port))
        run_day(root)
        report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["failed"]
    assert "more than 100" in rows_of(report)[0]["note"]
    assert receiver.requests == []
