"""The channel that posts signed JSON over HTTPS: to Slack, Teams, a CRM or any other receiver.

Only the configured address is connected to: redirects are refused. Certificates are verified, and what a receiver
answers is read up to a limit, in the time that an attempt may take.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..core.problems import Problem, Problems
from ..reports.listing import markdown_text
from ..text.printable import fit_words
from ..version import VERSION
from ..workspace.channel_settings import wrong_url
from ..workspace.channels import Channel, WebhookChannel
from ..workspace.environment_secrets import mask, reveal
from .clock import Clock
from .cut_off import cut_off_after
from .email_sender import tls_context
from .outbox import LONGEST_WAIT_SECONDS, DeliveryFailed
from .parcels import Parcel, ParcelContent

MOST_REQUEST_BYTES = 256_000
MOST_ANSWER_BYTES = 64_000
"""Bytes of an answer that are read."""
SIGNATURE_HEADER = "Tenure-Signature"
TIMESTAMP_HEADER = "Tenure-Timestamp"

_TEMPORARY = (408, 409, 425, 429)
_OF_CHANNEL = (401, 403, 404, 410, 429, 502, 503, 504)
"""Statuses for which other requests would fail too."""
_HIDDEN = "the error has a secret in it, and is left out"
_TEMPLATES = Path(__file__).with_name("templates")


class WebhookSender:
    """Sender of a channel's requests, each over a connection that is closed after it."""

    def __init__(self, channel: Channel, way: WebhookChannel, root: Path, clock: Clock) -> None:
        self._timeout = channel.timeout
        self._template = way.template
        self._clock = clock
        url, hidden = reveal(way.url, f"channels/{channel.id}/webhook/url")
        if problem := wrong_url(url):
            raise Problems([Problem("bad-address", f"{problem} (channel `{channel.id}`)")])
        self._parts = urlsplit(url)
        self._key = b""
        # The path of an address is often a secret by itself, as Slack's is.
        self._secrets = hidden | ({self._parts.path} if len(self._parts.path) > 1 else frozenset())
        if way.secret is not None:
            secret, more = reveal(
                way.secret, f"channels/{channel.id}/webhook/secret", address=False
            )
            self._key, self._secrets = secret.encode(), self._secrets | more
        self._context = tls_context(way.ca_file, root)

    def send(self, parcel: Parcel, content: ParcelContent) -> str:
        """Post an action, and return the receiver's status."""
        if not isinstance(content, Mapping):
            raise TypeError("a webhook takes actions")
        body = fill_webhook(self._template, content)
        if len(body) > MOST_REQUEST_BYTES:
            raise DeliveryFailed(
                f"the request has {len(body):,} bytes, more than {MOST_REQUEST_BYTES:,}"
            )
        try:
            with closing(self._connect()) as connection:
                status, reason, wait = self._post(connection, parcel.key, body)
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
        if 200 <= status < 300:
            return f"{status} {reason}".strip()
        if 300 <= status < 400:
            message = f"the receiver answers with a redirect ({status}), which is not followed"
            raise DeliveryFailed(message, channel_down=True)
        raise DeliveryFailed(
            f"the receiver answers {status} {reason}".strip(),
            temporary=status in _TEMPORARY or status >= 500,
            channel_down=status in _OF_CHANNEL,
            wait=wait,
        )

    def close(self) -> None:
        """Do nothing: each connection is closed after its request."""

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)

    def _post(
        self, connection: http.client.HTTPConnection, key: str, body: bytes
    ) -> tuple[int, str, float | None]:
        stamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": key,
            "User-Agent": f"tenure/{VERSION}",
            TIMESTAMP_HEADER: stamp,
        }
        if self._key:
            headers[SIGNATURE_HEADER] = sign(self._key, stamp, body)
        query = f"?{self._parts.query}" if self._parts.query else ""
        with cut_off_after(self._timeout, lambda: connection.sock):
            connection.request("POST", f"{self._parts.path or '/'}{query}", body, headers)
            answer = connection.getresponse()
            read = 0
            while read < MOST_ANSWER_BYTES and (piece := answer.read1(8192)):
                read += len(piece)
        reason = fit_words(self._masked(answer.reason or ""))[:80]
        return answer.status, reason, _wait(answer.headers.get("Retry-After"))

    def _masked(self, message: str) -> str:
        return fit_words(mask(message, self._secrets, _HIDDEN))


def sign(key: bytes, stamp: str, body: bytes) -> str:
    """Return the signature of a request: HMAC-SHA256 over the timestamp, a point and the body."""
    return "sha256=" + hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def fill_webhook(name: str, values: Mapping[str, Any]) -> bytes:
    """Return the JSON of a template, with an action's values in its places; a missing one is null."""
    escape = _ESCAPES.get(name, str)
    filled = _filled(_load(name), values, escape)
    return json.dumps(filled, ensure_ascii=False).encode("utf-8", "replace")


@cache
def _load(name: str) -> Any:
    return json.loads((_TEMPLATES / f"webhook_{name}.json").read_text("utf-8"))


def _filled(part: Any, values: Mapping[str, Any], escape: Callable[[str], str]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, values, escape) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, values, escape) for value in part]
    if not isinstance(part, str) or "{" not in part:
        return part
    name = part[1:-1]
    if part == f"{{{name}}}" and name in values:
        value = values[name]
        return escape(value) if isinstance(value, str) else value
    texts = {key: escape(str(value)) if value is not None else "" for key, value in values.items()}
    return part.format_map(texts)


def _slack(text: str) -> str:
    """Escape the three characters that mean something in Slack's texts."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_ESCAPES: dict[str, Callable[[str], str]] = {"slack": _slack, "teams": markdown_text}


def _wait(header: str | None) -> float | None:
    """Return the seconds that a receiver asks to wait, up to the longest wait; None without a number."""
    if header is None or not header.strip().isascii() or not header.strip().isdecimal():
        return None
    return min(LONGEST_WAIT_SECONDS, float(header))
