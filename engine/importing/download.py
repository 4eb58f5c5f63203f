"""Download of an export from an address: https only, of bounded size and time, and nothing that is not a table."""

from __future__ import annotations

import time
import urllib.request
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit

from ..core.problems import Problem, Problems

MOST_BYTES = 500_000_000
MOST_SECONDS = 120
_TIMEOUT = 30
"""Seconds without an answer."""
_CHUNK = 1 << 20
_WEB_PAGE = "text/html"


def is_web_address(text: str) -> bool:
    """Return whether a text is an address and not a file's name."""
    return "://" in text


def download(address: str, folder: Path) -> Path:
    """Return the file in the folder that the address gives.

    Raises:
        Problems: It is refused: another protocol than https, a web page, too large, too slow, or the server's error.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        _refuse(f"{address} is not an https address", "export to a file, and name that")
    if parts.username or parts.password:
        _refuse("an address with a password is refused", "export to a file, and name that")
    request = urllib.request.Request(address, headers={"User-Agent": "tenure-import"})
    opener = urllib.request.build_opener(_HttpsOnly)
    try:
        with opener.open(request, timeout=_TIMEOUT) as response:
            if response.headers.get_content_type() == _WEB_PAGE:
                hint = "it may ask for a password; export to a file, and name that"
                _refuse(f"{parts.hostname} gives a web page, not a table", hint)
            content = _read(response)
    except HTTPError as error:
        _refuse(f"{parts.hostname} answers {error.code} {error.reason}", "is the address right?")
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        _refuse(f"{parts.hostname} cannot be read: {reason}", "is the address right?")
    target = folder / (Path(unquote(parts.path)).name or "export.csv")
    target.write_bytes(content)
    return target


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Redirects are followed to https addresses only."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request to the new address."""
        if urlsplit(newurl).scheme != "https":
            _refuse(f"the address leads to {newurl}, which is not https", "name an https address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _read(response: IO[bytes]) -> bytes:
    """Return the content, at most `MOST_BYTES` within `MOST_SECONDS`."""
    started = time.monotonic()
    content = bytearray()
    while chunk := response.read(_CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            _refuse(f"it has more than {MOST_BYTES:,} bytes, the limit", "name a file instead")
        if time.monotonic() - started > MOST_SECONDS:
            _refuse(f"it takes longer than {MOST_SECONDS} seconds", "name a file instead")
    return bytes(content)


def _refuse(message: str, hint: str) -> NoReturn:
    raise Problems([Problem("not-importable", message, hint=hint)])
