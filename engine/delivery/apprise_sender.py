"""The channel that notifies through Apprise: chats, push services, SMS and the other services that it knows.

Apprise makes the connections. Here they are held to the rules of the other channels: encrypted, verified, without
redirects and in the time of an attempt. Apprise gives the reason of a failure in its log alone, so that is read.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..core.problems import Problem, Problems
from ..text.printable import fit_lines, fit_words
from ..workspace.channel_settings import LOOPBACK
from ..workspace.channels import AppriseChannel, Channel
from ..workspace.environment_secrets import SHORTEST_MASKED, mask, reveal
from .action_templates import fill_action_template
from .outbox import DeliveryFailed
from .parcels import Parcel, ParcelContent

if TYPE_CHECKING:
    from apprise import NotifyBase

MOST_NOTIFICATION = 2_000
"""Characters of a notification's text."""
_HIDDEN = "the service's error has a secret in it, and is left out"


class AppriseSender:
    """Sender of a channel's notifications."""

    def __init__(self, channel: Channel, way: AppriseChannel) -> None:
        self._service, self._secrets = _open_service(channel, way)

    def send(self, parcel: Parcel, content: ParcelContent) -> str:
        """Send an action, and return that the service took it."""
        del parcel  # a notification has the action's id in its text; services know no keys
        if not isinstance(content, Mapping):
            raise TypeError("a notification is of an action")
        filled = fill_action_template("notification", content)
        with _log_lines() as lines:
            try:
                taken = self._service.notify(
                    title=fit_words(filled["title"]),
                    body=fit_lines(filled["body"])[:MOST_NOTIFICATION],
                    body_format="text",
                )
            except Exception as error:
                lines.append(str(error) or type(error).__name__)
                taken = False
        if taken:
            return "sent"
        reason = mask(lines[-1] if lines else "no reason given", self._secrets, _HIDDEN)
        # The log has no status that would say whether another attempt helps.
        raise DeliveryFailed(
            f"the service did not take it: {fit_words(reason)}", temporary=True, channel_down=True
        )

    def close(self) -> None:
        """Do nothing: Apprise ends its connections."""


def _open_service(channel: Channel, way: AppriseChannel) -> tuple[NotifyBase, frozenset[str]]:
    """Return the service of an address, and the texts that no message may show.

    Raises:
        Problems: Apprise is not installed, the secret is missing, or the address cannot be used.
    """
    try:
        from apprise import Apprise
    except ImportError as error:
        message = f"the channel `{channel.id}` needs Apprise, which is not installed"
        hint = "pip install 'tenure[apprise]'"
        raise Problems([Problem("apprise-missing", message, hint=hint)]) from error
    url, secrets = reveal(way.url, f"channels/{channel.id}/apprise/url")
    with _log_lines(), warnings.catch_warnings():
        # It imports its services now, with modules that some versions of Python are about to drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        service = Apprise.instantiate(url.strip())
    if service is None:
        message = f"Apprise knows no service with the address of the channel `{channel.id}`"
        hint = "write one address in the form of Apprise, such as tgram://TOKEN/CHAT"
        raise Problems([Problem("bad-address", message, hint=hint)])
    _hold_to_rules(service, channel)
    pieces = re.split(r"[/@?&=:,\s]+", url.partition("://")[2])
    return service, secrets | {each for each in pieces if len(each) > SHORTEST_MASKED}


def _hold_to_rules(service: NotifyBase, channel: Channel) -> None:
    """Make a service verify certificates, follow no redirects and end in time.

    Raises:
        Problems: Its connection would not be encrypted, though it could be.
    """
    schema = str(getattr(service, "schema", ""))
    encrypted = _names(service.secure_protocol)
    if encrypted and schema not in encrypted and service.host not in LOOPBACK:
        message = f"the notifications of the channel `{channel.id}` would not be encrypted"
        hint = f"write {encrypted[0]}:// in place of {schema}://"
        raise Problems([Problem("bad-address", message, hint=hint)])
    service.verify_certificate = True
    service.redirects = False
    service.socket_connect_timeout = service.socket_read_timeout = float(channel.timeout)


def _names(protocol: object) -> tuple[str, ...]:
    if isinstance(protocol, str):
        return (protocol,)
    return tuple(map(str, protocol)) if isinstance(protocol, tuple | list) else ()


class _Lines(logging.Handler):
    """A handler that collects messages."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


@contextmanager
def _log_lines() -> Iterator[list[str]]:
    """Collect Apprise's warnings and errors, and let none of them through: they can have parts of an address."""
    lines: list[str] = []
    log = logging.getLogger("apprise")
    handler, passed_on = _Lines(lines), log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield lines
    finally:
        log.propagate = passed_on
        log.removeHandler(handler)
