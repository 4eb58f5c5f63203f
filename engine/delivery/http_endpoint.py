"""Requests to one configured HTTP address: verified TLS, a limit on time and size, and errors without secrets.

Only this address is connected to: redirects are refused. An answer is read up to a limit, in the time that an attempt
may take.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ..core.problems import Problem, Problems
from ..text.printable import fit_words
from ..version import VERSION
from ..workspace.channel_settings import wrong_url
from ..workspace.channels import Channel
from ..workspace.environment_secrets import mask, reveal
from .cut_off import cut_off_after
from .email_sender import tls_context
from .outbox import LONGEST_WAIT_SECONDS, DeliveryFailed

MOST_REQUEST_BYTES = 256_000
MOST_ANSWER_BYTES = 64_000
"""Bytes of an answer that are read."""

_TEMPORARY = (408, 409, 425, 429)
_OF_CHANNEL = (401, 403, 404, 410, 429, 502, 503, 504)
"""Statuses for which other requests would fail too."""
_HIDDEN = "the error has a secret in it, and is left out"


class HttpAnswer(NamedTuple):
    """An answer, with its reason, its headers by names in small letters, and the beginning of its body."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def shown(self) -> str:
        """Return the status as people read it: `201 Created`."""
        return f"{self.status} {self.reason}".strip()


class HttpEndpoint:
    """An address that a channel sends requests to, each over a connection that is closed after it."""

    def __init__(
        self, channel: Channel, kind: str, url: str, ca_file: str | None, root: Path
    ) -> None:
        """Fill in the secrets of the address, and check it.

        Args:
            channel: The channel.
            kind: Its kind, as its settings name it: `webhook`.
            url: Its address, with `${NAME}` for secret parts.
            ca_file: A file with the certificates of a private authority.
            root: The workspace's folder.

        Raises:
            Problems: A secret is missing, or the address cannot be used.
        """
        self._setting = f"channels/{channel.id}/{kind}"
        self._timeout = channel.timeout
        url, hidden = reveal(url, f"{self._setting}/url")
        if problem := wrong_url(url, kind):
            raise Problems([Problem("bad-address", f"{problem} (channel `{channel.id}`)")])
        self._parts = urlsplit(url)
        # The path of an address is often a secret by itself, as Slack's is.
        self._secrets = hidden | ({self._parts.path} if len(self._parts.path) > 1 else frozenset())
        encrypted = self._parts.scheme == "https"
        self._context = tls_context(ca_file, root) if encrypted else None

    def reveal(self, text: str, key: str) -> str:
        """Return a text with its secrets filled in; no error shows them from now on."""
        shown, more = reveal(text, f"{self._setting}/{key}", address=False)
        self._secrets |= more
        return shown

    def hide(self, secret: str) -> None:
        """Show this text in no error from now on."""
        self._secrets |= {secret}

    @property
    def path(self) -> str:
        """Return the path of the address, with its query."""
        query = f"?{self._parts.query}" if self._parts.query else ""
        return f"{self._parts.path or '/'}{query}"

    @property
    def folder(self) -> str:
        """Return the path of the address as that of a collection: with a slash at its end."""
        return self._parts.path.rstrip("/") + "/"

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpAnswer:
        """Send a request and return its answer, whatever its status.

        Raises:
            DeliveryFailed: The request is too large, the address cannot be reached, or it answers with a redirect.
        """
        if len(body) > MOST_REQUEST_BYTES:
            raise DeliveryFailed(
                f"the request has {len(body):,} bytes, more than {MOST_REQUEST_BYTES:,}"
            )
        try:
            with closing(self._connect()) as connection:
                answer = self._exchange(connection, method, path, headers, body)
        except ssl.SSLCertVerificationError as error:
            message = self._masked(error.verify_message or str(error))
            raise DeliveryFailed(
                f"the certificate of {self._parts.hostname} cannot be trusted: {message}",
                channel_down=True,
            ) from error
        except (OSError, http.client.HTTPException) as error:
            message = self._masked(str(error) or type(error).__name__)
            raise DeliveryFailed(
                f"{self._parts.hostname} cannot be reached: {message}",
                temporary=True,
                channel_down=True,
            ) from error
        if 300 <= answer.status < 400:
            message = (
                f"the receiver answers with a redirect ({answer.status}), which is not followed"
            )
            raise DeliveryFailed(message, channel_down=True)
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> HttpAnswer:
        headers = {"User-Agent": f"tenure/{VERSION}", **headers}
        with cut_off_after(self._timeout, lambda: connection.sock):
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            read = bytearray()
            while len(read) < MOST_ANSWER_BYTES and (piece := answer.read1(8192)):
                read += piece
        reason = fit_words(self._masked(answer.reason or ""))[:80]
        fields = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(answer.status, reason, fields, bytes(read))

    def _masked(self, message: str) -> str:
        return fit_words(mask(message, self._secrets, _HIDDEN))


def refusal(answer: HttpAnswer) -> DeliveryFailed:
    """Return the failure that a status other than success means."""
    return DeliveryFailed(
        f"the receiver answers {answer.shown}",
        temporary=answer.status in _TEMPORARY or answer.status >= 500,
        channel_down=answer.status in _OF_CHANNEL,
        wait=_wait(answer.headers.get("retry-after")),
    )


def _wait(header: str | None) -> float | None:
    """Return the seconds that a receiver asks to wait, up to the longest wait; None without a number."""
    if header is None or not header.strip().isascii() or not header.strip().isdecimal():
        return None
    return min(LONGEST_WAIT_SECONDS, float(header))
