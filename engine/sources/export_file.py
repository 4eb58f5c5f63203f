"""An exported file: where it is, how it is written, and its content as readers take it.

A plain file, which is UTF-8 and not compressed, is read from its path. Any other is unpacked and decoded in memory.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from ..core.file_formats import UNSTATED, UTF_8, FileFormat, codec_name, format_of, packing_of
from ..text.input_files import MAX_SNAPSHOT_BYTES, check_regular
from .refusal import refuse

MAX_EXPORT_CONTENT = MAX_SNAPSHOT_BYTES // 2
"""Limit of a compressed file's content, which is held in memory."""

UTF_8_MARK = codecs.BOM_UTF8
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WIDEST_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
WESTERN = ("windows-1252", "iso-8859-15", "mac-roman", "cp850", "latin-1")
"""Encodings of western Europe, the most usual first; every text fits the last one."""
_USUAL = frozenset(
    "àâäáãåçéèêëíîïìñóôöòõúûüùýÿœæøßÀÂÄÁÃÅÇÉÈÊËÍÎÏÌÑÓÔÖÒÕÚÛÜÙÝŒÆØŠšŽž€£«»°’‘“”–—…·§©®™²³µ½¼¡¿ªº\u00a0"
)
"""The signs beyond ASCII that western text usually has."""
_STRETCH, _SAMPLE = 1024, 1 << 20
_SKIPPED = ("__MACOSX/", ".DS_Store")
"""Names in zip files that macOS adds."""


@dataclass(frozen=True)
class ExportFile:
    """A file with a table.

    Attributes:
        path: The file.
        shown: The path as messages name it.
        stated: The settings about how it is read.
    """

    path: Path
    shown: str
    stated: FileFormat = UNSTATED

    @property
    def format(self) -> str:
        """Return the format, as stated or by the extension."""
        return self.stated.format or format_of(self.path.name) or "csv"

    @property
    def encoding(self) -> str:
        """Return Python's name of the encoding."""
        return codec_name(self.stated.encoding) or UTF_8

    @property
    def plain(self) -> bool:
        """Return whether the file can be read as it is."""
        return packing_of(self.path.name) is None and self.encoding == UTF_8

    @cached_property
    def source(self) -> Path | bytes:
        """Return the path of a plain file, or the content of another, unpacked and in UTF-8."""
        if self.plain:
            return self.path
        with self.open() as file:
            content = file.read(MAX_EXPORT_CONTENT + 1)
        if len(content) > MAX_EXPORT_CONTENT:
            message = f"{self.shown} has more than {MAX_EXPORT_CONTENT:,} bytes when unpacked"
            refuse("too-large", message, "export it as Parquet, or in parts")
        if self.encoding == UTF_8:
            return content
        try:
            text = content.decode(self.encoding)
        except UnicodeDecodeError:
            self.refuse_encoding()
            raise
        return text.removeprefix("\ufeff").encode()

    def check(self) -> None:
        """Refuse what is not a regular file, or is empty."""
        check_regular(self.path, self.shown, MAX_SNAPSHOT_BYTES)
        with self.open() as file:
            something = file.read(1)
        if not something:
            refuse("empty-snapshot", f"{self.shown} is empty", "export it again")

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Yield the file's bytes, unpacked."""
        packing = packing_of(self.path.name)
        with self.path.open("rb") as file:
            if packing == ".gz":
                import gzip

                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield cast(BinaryIO, unpacked)
            elif packing == ".zip":
                with self._only_member(file) as unpacked:
                    yield unpacked
            else:
                yield file

    @contextmanager
    def open_text(self) -> Iterator[TextIO]:
        """Yield the file's text, with line ends as written."""
        if self.encoding == UTF_8:
            self._refuse_wide()
        try:
            if packing_of(self.path.name) is None:
                with self.path.open(encoding=_with_mark(self.encoding), newline="") as text:
                    yield text
            else:
                with self.open() as file:
                    yield io.TextIOWrapper(file, encoding=_with_mark(self.encoding), newline="")
        except UnicodeDecodeError:
            self.refuse_encoding()
            raise

    def refuse_encoding(self) -> None:
        """Raise `Problems` with the first line that is not in the encoding, if there is one."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        with self.open() as file:
            for number, line in enumerate(file, start=1):
                try:
                    decoder.decode(line)
                except UnicodeDecodeError as error:
                    self._refuse_byte(number, error.object[error.start])

    def _refuse_byte(self, line: int, byte: int) -> None:
        where = f"line {line} of {self.shown} is not"
        if self.encoding != UTF_8:
            message = f"{where} text in the encoding {self.stated.encoding}: byte 0x{byte:02X}"
            hint = f"`encoding: {tell_encoding(self.path)}` would fit the whole file"
            refuse("wrong-encoding", message, hint)
        refuse(
            "not-utf-8",
            f"{where} UTF-8 text: byte 0x{byte:02X}",
            f"say `encoding: {tell_encoding(self.path)}` where the file is named, or export it as UTF-8",
        )

    def _refuse_wide(self) -> None:
        with self.open() as file:
            marked = file.read(2) in _WIDE_MARKS
        if marked:
            hint = "say `encoding: utf-16` where the file is named, or export it as UTF-8"
            refuse("not-utf-8", f"{self.shown} is UTF-16 text, not UTF-8", hint)

    @contextmanager
    def _only_member(self, file: BinaryIO) -> Iterator[BinaryIO]:
        """Yield the bytes of the one file in a zip file."""
        import zipfile

        with zipfile.ZipFile(file) as archive:
            names = [
                info.filename
                for info in archive.infolist()
                if not info.is_dir() and not is_added_by_system(info.filename)
            ]
            if len(names) != 1:
                message = f"{self.shown} has {len(names)} files in it, and one is needed"
                refuse("unreadable-snapshot", message, "pack each export alone, or unpack them")
            with archive.open(names[0]) as unpacked:
                yield cast(BinaryIO, unpacked)


def is_added_by_system(member: str) -> bool:
    """Return whether a file in a zip file is one that macOS adds."""
    return any(part in member for part in _SKIPPED)


def _with_mark(encoding: str) -> str:
    """Return the encoding that skips the mark at the beginning of UTF-8 text."""
    return "utf-8-sig" if encoding == UTF_8 else encoding


def tell_encoding(path: Path) -> str:
    """Return the encoding that the whole file fits: one of Unicode, or else of western Europe.

    Text that is not Unicode fits several encodings: the one that gives it most of the usual letters is a guess.
    """
    file = ExportFile(path, path.name)
    with file.open() as content:
        start = content.read(_STRETCH)
    if start.startswith(_WIDEST_MARKS):
        return "utf-32"
    if start.startswith(_WIDE_MARKS):
        return "utf-16"
    if start.count(0) > len(start) // 4:
        return "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"
    if _fits(file, UTF_8):
        return UTF_8
    fitting = [each for each in WESTERN if _fits(file, each)]
    with file.open() as content:
        text = content.read(_SAMPLE)
    return max(fitting, key=lambda each: _usual_letters(text, each))


def _usual_letters(content: bytes, encoding: str) -> int:
    """Return how many signs beyond ASCII are usual in western text, less the others, as are capitals inside words."""
    text = content.decode(encoding, "replace")
    signs = re.findall(r"([^\W\d_]?)([^\x00-\x7f])", text)
    fit = [sign in _USUAL and not (sign.isupper() and before.islower()) for before, sign in signs]
    return 2 * sum(fit) - len(fit)


def fits_encoding(path: Path, encoding: str) -> bool:
    """Return whether the whole of a file is text in an encoding."""
    name = codec_name(encoding)
    return name is not None and _fits(ExportFile(path, path.name), name)


def _fits(file: ExportFile, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with file.open() as content:
        try:
            while block := content.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
