"""An SMTP server on the loopback address, with TLS and login, that takes what it is told to take."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class MailServer:
    """What the server has got, and what it answers.

    Attributes:
        messages: The recipient and the message of each that was accepted.
        refusals: Answers to recipients, in the place of acceptance: the first is used up first.
        port: Where it listens.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, EmailMessage]] = []
        self.refusals: list[str] = []
        self.logins: list[tuple[str, str]] = []
        self.port = 0

    async def handle_RCPT(
        self, _s: Any, _session: Any, envelope: Any, address: str, _o: Any
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append((envelope.rcpt_tos[0], message))
        return f"250 accepted as {len(self.messages)}"

    def login(self, _s: Any, _session: Any, _e: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right pass", handled=False)


@contextmanager
def serving(ca_file: Path, *, tls: str = "starttls", login: bool = False) -> Iterator[MailServer]:
    """Serve with a certificate of an authority whose own certificate is written to the file."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = MailServer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    extra: dict[str, Any] = {"authenticator": server.login, "auth_required": True} if login else {}
    if tls == "ssl":
        extra |= {"ssl_context": context, "auth_require_tls": False}
    elif tls == "starttls":
        extra |= {"tls_context": context, "require_starttls": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        controller = Controller(server, hostname="127.0.0.1", port=server.port, **extra)
        controller.start()
        try:
            yield server
        finally:
            controller.stop()
