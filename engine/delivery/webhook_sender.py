"""The channel that posts signed JSON over HTTPS: to Slack, Teams, a CRM or any other receiver."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..reports.listing import markdown_text
from ..workspace.channels import Channel, WebhookChannel
from .action_templates import fill_action_template
from .clock import Clock
from .http_endpoint import HttpEndpoint, refusal
from .parcels import Parcel, ParcelContent

SIGNATURE_HEADER = "Tenure-Signature"
TIMESTAMP_HEADER = "Tenure-Timestamp"


class WebhookSender:
    """Sender of a channel's requests."""

    def __init__(self, channel: Channel, way: WebhookChannel, root: Path, clock: Clock) -> None:
        self._template = way.template
        self._clock = clock
        self._endpoint = HttpEndpoint(channel, "webhook", way.url, way.ca_file, root)
        self._key = b""
        if way.secret is not None:
            self._key = self._endpoint.reveal(way.secret, "secret").encode()

    def send(self, parcel: Parcel, content: ParcelContent) -> str:
        """Post an action, and return the receiver's status."""
        if not isinstance(content, Mapping):
            raise TypeError("a webhook takes actions")
        body = fill_webhook(self._template, content)
        answer = self._endpoint.request(
            "POST", self._endpoint.path, self._headers(parcel.key, body), body
        )
        if 200 <= answer.status < 300:
            return answer.shown
        raise refusal(answer)

    def close(self) -> None:
        """Do nothing: each connection is closed after its request."""

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        stamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": key,
            TIMESTAMP_HEADER: stamp,
        }
        if self._key:
            headers[SIGNATURE_HEADER] = sign(self._key, stamp, body)
        return headers


def sign(key: bytes, stamp: str, body: bytes) -> str:
    """Return the signature of a request: HMAC-SHA256 over the timestamp, a point and the body."""
    return "sha256=" + hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def fill_webhook(name: str, values: Mapping[str, Any]) -> bytes:
    """Return the JSON of a template, with an action's values in its places; a missing one is null."""
    filled = fill_action_template(f"webhook_{name}", values, _ESCAPES.get(name, str))
    return json.dumps(filled, ensure_ascii=False).encode("utf-8", "replace")


def _slack(text: str) -> str:
    """Escape the three characters that mean something in Slack's texts."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_ESCAPES: dict[str, Callable[[str], str]] = {"slack": _slack, "teams": markdown_text}
