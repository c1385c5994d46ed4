"""A file on its way in: multipart from the wire to the disk, never whole in memory.

The name that the sender gives is a claim, kept as text and never used as a path.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from api.http.problems import TooLarge, UnsupportedBody
from config.errors import UsageError
from ingest.acts.road.bringing_in import Bring

if TYPE_CHECKING:  # the library defines it for type checkers alone
    from python_multipart.multipart import MultipartCallbacks

FIELD_LIMIT = 16 * 1024
FIELDS_LIMIT = 40
HEADER_LIMIT = 8 * 1024
ABANDONED = 24 * 3600  #: seconds after which nobody is still sending


@dataclass(slots=True)
class Upload:
    """The fields of a form and the one file in it (``path`` None: no file was sent)."""

    folder: Path
    fields: dict[str, str] = field(default_factory=dict)
    path: Path | None = None
    file_name: str = ""
    size: int = 0

    def arrival(self) -> Bring:
        """What was sent, as a new arrival. Raises UsageError without a file."""
        if self.path is None:
            raise UsageError("Es fehlt die Datei (Feld „file“).")
        return Bring(
            path=self.path,
            file_name=self.file_name,
            stream=self.fields.get("stream", ""),
            department=self.fields.get("department", ""),
        )


@asynccontextmanager
async def received(request: Request, folder: Path, limit: int) -> AsyncIterator[Upload]:
    """The form as sent; its file lies in ``folder`` until the block ends.

    Raises UnsupportedBody, UsageError for a broken form, TooLarge as soon as ``limit`` is passed.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise UnsupportedBody("Bitte als multipart/form-data mit dem Feld „file“ senden.")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit + FIELD_LIMIT * FIELDS_LIMIT:
        raise _too_large(limit)
    request.state.body.allowed = limit + FIELD_LIMIT * FIELDS_LIMIT
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="upload-", dir=folder) as place:
        _forget_abandoned(Path(place))
        reading = _Reading(Upload(Path(place)), limit)
        request.state.sent = reading.upload.fields  # for a page that has to show them again
        try:
            parser = MultipartParser(boundary, reading.callbacks())
            async for chunk in request.stream():
                await run_in_threadpool(parser.write, chunk)
            parser.finalize()
        except FormParserError as error:
            raise UsageError("Das Formular ist nicht lesbar; bitte nochmals senden.") from error
        finally:
            reading.close()
        if not reading.complete:
            raise UsageError("Das Formular kam nicht vollständig an; bitte nochmals senden.")
        yield reading.upload


def _forget_abandoned(place: Path) -> None:
    """Remove what a killed process left behind, by the file system's own clock."""
    newest = place.stat().st_mtime
    for other in place.parent.glob("upload-*"):
        with suppress(OSError):  # another process may be just as quick
            if newest - other.stat().st_mtime > ABANDONED:
                shutil.rmtree(other)


class _Reading:
    """The parts of one form as the parser meets them."""

    def __init__(self, upload: Upload, limit: int) -> None:
        self.upload = upload
        self.limit = limit
        self.complete = False
        self._header = [b"", b""]
        self._disposition = b""
        self._name = ""
        self._is_file = False
        self._value = bytearray()
        self._file: IO[bytes] | None = None
        self._parts = 0

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._head(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._head(1, data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > FIELDS_LIMIT:
            raise UsageError("Das Formular hat zu viele Felder.")
        self._disposition, self._name = b"", ""
        self._value.clear()

    def _head(self, half: int, data: bytes) -> None:
        self._header[half] += data
        if len(self._header[half]) > HEADER_LIMIT:
            raise UsageError("Ein Kopffeld des Formulars ist zu lang.")

    def _header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        self._name, given = names_of(self._disposition)
        self._is_file = given is not None
        name = (given or "").replace("\\", "/").rsplit("/", 1)[-1]
        if not name:  # a plain field, or an empty file field of a form
            return
        if self.upload.path is not None:
            raise UsageError("Bitte nur eine Datei je Anfrage senden.")
        self.upload.file_name = name
        self.upload.path = self.upload.folder / "upload"
        self._file = self.upload.path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._value += data[start:end]
            if len(self._value) > FIELD_LIMIT:
                raise UsageError(f"Das Feld {self._name[:40]} ist zu lang.")
            return
        self.upload.size += end - start
        if self.upload.size > self.limit:
            raise _too_large(self.limit)
        self._file.write(data[start:end])

    def _end(self) -> None:
        if self._file is not None:
            self.close()
        elif self._name and not self._is_file:
            self.upload.fields[self._name] = self._value.decode("utf-8", "replace")

    def _finish(self) -> None:
        self.complete = True

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def names_of(disposition: bytes) -> tuple[str, str | None]:
    """The field's name and the file's (None: the part is no file), printable, from the value of
    ``Content-Disposition``.

    Browsers send ``filename`` in UTF-8. Programs also send ``filename*`` (RFC 5987, RFC 2231), alone
    or beside it, and encoded words (RFC 2047); RFC 7578 (4.2) forbids both to the sender, yet the
    file they name is no less sent. ``filename*`` counts first (RFC 6266, 4.3).
    """
    header = Message()
    header.add_header("Content-Disposition", disposition.decode("utf-8", "replace"))
    found: dict[str, list[str]] = {"name": [], "filename": []}
    given: list[tuple[str, Any]] = header.get_params(header="content-disposition") or []
    for name, value in given[1:]:
        if name.lower() in found:
            extended = isinstance(value, tuple)
            text = _extended(value) if extended else _decoded_words(value)
            found[name.lower()].insert(0 if extended else len(found[name.lower()]), text)
    files = found["filename"]
    file = next(filter(None, files), files[0] if files else None)
    return _text("".join(found["name"][:1])), None if file is None else _text(file)


def _extended(value: tuple[str | None, str | None, str]) -> str:
    """The text of an extended parameter (RFC 2231); as it stands where its charset is none."""
    try:
        return collapse_rfc2231_value(value)
    except ValueError:
        return value[2]


def _decoded_words(text: str) -> str:
    """The text with its encoded words (RFC 2047) read; as it stands where they cannot be."""
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _text(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"Die Datei ist größer als {limit // 2**20} MiB; so viel wird angenommen.")
