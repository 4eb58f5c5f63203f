"""The channel that sends emails over SMTP, with verified TLS."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import quote

from ..core.problems import Problem, Problems
from ..text.email_address import is_address
from ..text.printable import fit_words
from ..text.translations import translate
from ..workspace.channels import Channel, EmailChannel
from ..workspace.environment_secrets import mask, reveal
from .clock import Clock
from .cut_off import cut_off_after
from .outbox import DeliveryFailed
from .parcels import DigestPages, Letter, Parcel, ParcelContent

MOST_EMAIL_BYTES = 5_000_000
"""The largest email that is sent."""
_HIDDEN = "the server's answer has a secret in it, and is left out"


class EmailSender:
    """A connection to a mail server, opened when it is first needed, and again after it broke."""

    def __init__(self, channel: Channel, way: EmailChannel, root: Path, clock: Clock) -> None:
        self._way = way
        self._timeout = channel.timeout
        self._clock = clock
        self._context = tls_context(way.ca_file, root)
        self._secrets: frozenset[str] = frozenset()
        self._password = ""
        if way.password is not None:
            self._password, self._secrets = reveal(way.password, "password", address=False)
        self._connection: smtplib.SMTP | None = None

    def send(self, parcel: Parcel, content: ParcelContent) -> str:
        """Send an email, and return the server's answer."""
        message = self._message_of(parcel, content)
        recipient = _address_of(message["To"])
        data = message.as_bytes()
        if len(data) > MOST_EMAIL_BYTES:
            raise DeliveryFailed(
                f"the email has {len(data):,} bytes, more than {MOST_EMAIL_BYTES:,}"
            )
        try:
            with cut_off_after(self._timeout, self._socket):
                return self._masked(self._transfer(recipient, data), recipient)
        except smtplib.SMTPResponseException as error:
            answer = _text_of(error.smtp_error)
            message_text = self._masked(f"{error.smtp_code} {answer}", recipient)
            self._drop()
            login = isinstance(error, smtplib.SMTPAuthenticationError)
            sender = isinstance(error, smtplib.SMTPSenderRefused)
            raise DeliveryFailed(
                f"the mail server refused {'the login' if login else 'it'}: {message_text}",
                temporary=400 <= error.smtp_code < 500,
                channel_down=login or sender or error.smtp_code == 421,
            ) from error
        except ssl.SSLCertVerificationError as error:
            self._drop()
            message_text = self._masked(error.verify_message or str(error), recipient)
            raise DeliveryFailed(
                f"the certificate of {self._way.host} cannot be trusted: {message_text}",
                channel_down=True,
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            self._drop()
            raise DeliveryFailed(
                f"{self._way.host} does not offer what is needed: {self._masked(str(error), recipient)}",
                channel_down="STARTTLS" in str(error) or "AUTH" in str(error),
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            message_text = self._masked(str(error) or type(error).__name__, recipient)
            raise DeliveryFailed(
                f"{self._way.host} cannot be reached: {message_text}",
                temporary=True,
                channel_down=True,
            ) from error

    def _message_of(self, parcel: Parcel, content: ParcelContent) -> EmailMessage:
        if isinstance(content, Letter):
            return self._letter(parcel, content)
        if isinstance(content, DigestPages):
            return self._digest(parcel, content)
        raise TypeError("an email is a letter or a digest")

    def close(self) -> None:
        """End the connection politely."""
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
            self._drop()

    def _socket(self) -> socket.socket | None:
        return None if self._connection is None else self._connection.sock

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.close()
            self._connection = None

    def _transfer(self, recipient: str, data: bytes) -> str:
        connection = self._connection = self._connection or self._connect()
        wide = not recipient.isascii()
        if wide and not connection.has_extn("smtputf8"):
            raise DeliveryFailed("the mail server takes no address with letters beyond ASCII")
        options = ["SMTPUTF8"] if wide else []
        sender = _address_of(self._way.sender)
        code, answer = connection.mail(sender, options)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, answer, sender)
        code, answer = connection.rcpt(recipient)
        if code not in (250, 251):
            connection.rset()
            raise smtplib.SMTPDataError(code, answer)
        code, answer = connection.data(data)
        if code != 250:
            raise smtplib.SMTPDataError(code, answer)
        return f"{code} {_text_of(answer)}"

    def _connect(self) -> smtplib.SMTP:
        way = self._way
        if way.tls == "ssl":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                way.host, way.port, timeout=self._timeout, context=self._context
            )
        else:
            connection = smtplib.SMTP(way.host, way.port, timeout=self._timeout)
        try:
            if way.tls == "starttls":
                connection.starttls(context=self._context)
            connection.ehlo_or_helo_if_needed()
            if way.user is not None:
                connection.login(way.user, self._password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _masked(self, message: str, recipient: str) -> str:
        """Return a server's words without secrets and without the recipient, whom the store is not to name."""
        plain = fit_words(mask(message, self._secrets, _HIDDEN))
        return plain.replace(recipient, "the address")

    def _message(self, key: str, to: str, subject: str) -> EmailMessage:
        # Seven bits, so that no server on the way has to change the text.
        message = EmailMessage(policy=(SMTP if to.isascii() else SMTPUTF8).clone(cte_type="7bit"))
        message["From"] = _header_address(self._way.sender)
        message["To"] = _header_address(to)
        message["Subject"] = fit_words(subject)
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = message_id(key, self._way.sender)
        message["Auto-Submitted"] = "auto-generated"
        if self._way.reply_to is not None:
            message["Reply-To"] = _header_address(self._way.reply_to)
        return message

    def _digest(self, parcel: Parcel, content: DigestPages) -> EmailMessage:
        message = self._message(parcel.key, content.address or "", content.subject)
        message["Content-Language"] = content.language
        pages = {page.ending: page.text for page in content.pages}
        message.set_content(pages["txt"])
        message.add_alternative(pages["html"], subtype="html")
        return message

    def _letter(self, parcel: Parcel, letter: Letter) -> EmailMessage:
        way = self._way
        subject, to = letter.subject, letter.recipient
        if way.dry_run_to is not None:
            subject, to = f"[{to}] {subject}", way.dry_run_to
        message = self._message(parcel.key, to, subject)
        message["Content-Language"] = letter.language
        body = letter.body
        if way.unsubscribe is not None:
            page = way.unsubscribe.replace("{account_id}", quote(letter.account_id, safe=""))
            message["List-Unsubscribe"] = f"<{page}>"
            # Not every mail program shows the header.
            link = translate("delivery", "unsubscribe", letter.language, page=page)
            body = f"{body.rstrip()}\n\n{link}\n"
        message.set_content(body)
        return message


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID of a key, the same for each attempt."""
    domain = _address_of(sender).rpartition("@")[2]
    return f"<{quote(key, safe='.-_')}@{domain}>"


def tls_context(ca_file: str | None, root: Path) -> ssl.SSLContext:
    """Return the settings of verified TLS, with the system's authorities or those of a file in the workspace.

    Raises:
        Problems: The file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=str(root / ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        message = f"the certificates in {ca_file} cannot be read: {error.strerror or error}"
        raise Problems([Problem("bad-certificates", message)]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _address_of(text: str) -> str:
    return parseaddr(str(text))[1]


def _header_address(text: str) -> Address:
    name, address = parseaddr(text)
    if not is_address(address):
        raise DeliveryFailed("the recipient has no email address")
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def _text_of(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
