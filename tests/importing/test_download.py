"""Exports from an address: https only, of bounded size and time, and only tables."""

from __future__ import annotations

import io
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from tenure.engine.core.problems import Problems
from tenure.engine.importing import download as module
from tenure.engine.importing.download import download

ADDRESS = "https://example.com/exports/accounts%202026-03-31.csv?key=1"


class Response(io.BytesIO):
    """What a server answers."""

    def __init__(self, content: bytes, kind: str = "text/csv") -> None:
        super().__init__(content)
        self.headers = Message()
        self.headers["Content-Type"] = kind


def answering(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    class Opener:
        def open(self, request: urllib.request.Request, timeout: float) -> Any:
            assert request.full_url == ADDRESS
            assert timeout <= module.MOST_SECONDS
            if isinstance(answer, Exception):
                raise answer
            return answer

    monkeypatch.setattr(urllib.request, "build_opener", lambda *_: Opener())


def refused(folder: Path) -> str:
    with pytest.raises(Problems) as raised:
        download(ADDRESS, folder)
    assert list(folder.iterdir()) == []
    return raised.value.problems[0].message


def test_a_file_has_the_name_of_its_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answering(monkeypatch, Response(b"a,b\n1,2\n"))
    file = download(ADDRESS, tmp_path)
    assert file == tmp_path / "accounts 2026-03-31.csv"
    assert file.read_bytes() == b"a,b\n1,2\n"


def test_a_web_page_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answering(monkeypatch, Response(b"<html>", "text/html; charset=utf-8"))
    assert refused(tmp_path) == "example.com gives a web page, not a table"


def test_what_the_server_answers_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answering(monkeypatch, HTTPError(ADDRESS, 404, "Not Found", Message(), None))
    assert refused(tmp_path) == "example.com answers 404 Not Found"
    answering(monkeypatch, OSError("no route to host"))
    assert refused(tmp_path) == "example.com cannot be read: no route to host"


def test_too_much_and_too_long_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 5)
    answering(monkeypatch, Response(b"a,b\n1,2\n"))
    assert refused(tmp_path) == "it has more than 5 bytes, the limit"
    monkeypatch.setattr(module, "MOST_BYTES", 500)
    monkeypatch.setattr(module, "MOST_SECONDS", -1)
    monkeypatch.setattr(module, "_TIMEOUT", -2)
    answering(monkeypatch, Response(b"a,b\n1,2\n"))
    assert refused(tmp_path) == "it takes longer than -1 seconds"


def test_a_redirect_to_another_protocol_is_refused() -> None:
    request = urllib.request.Request(ADDRESS)
    redirects = module._HttpsOnly()
    given = (request, io.BytesIO(), 302, "Found", Message())
    with pytest.raises(Problems, match="which is not https"):
        redirects.redirect_request(*given, "http://example.com/a.csv")
    followed = redirects.redirect_request(*given, "https://example.org/a.csv")
    assert followed is not None
    assert followed.full_url == "https://example.org/a.csv"
