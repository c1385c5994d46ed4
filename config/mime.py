"""The parts of a mail, each by its place in the bytes (RFC 5322, RFC 2045, RFC 2046).

One reading for all who ask: what a signature was computed over, what a person is shown and what is
found by search are the same bytes. Lines end with LF or CRLF alone. Whatever another program might
read differently (a bare CR, a boundary that stands twice, two Content-Type fields) is a defect of
the part, so that nobody takes an ambiguous mail for a clear one. Never raises for what a mail holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from enum import StrEnum, unique

from config.charsets import as_text
from config.mime_fields import ContentType, content_type, fields_of, raw_field
from config.transfer import PLAIN, encoding_name, undone

DEPTH = 40  #: multiparts within multiparts
PARTS = 2000  #: parts of one mail
_LINE = re.compile(rb"[^\n]*(?:\n|\Z)")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_BARE_CR = re.compile(rb"\r(?!\n)")
#: Some programs take a name with blanks before its colon for a field, others end the header there.
_SPACED = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.MULTILINE)
_KNOWN = frozenset(
    b"from to received mime-version message-id return-path date subject content-type".split()
)
_MARK = b"\xef\xbb\xbf"
HEAD = 64 * 1024  #: bytes within which the header of a mail may begin
BANNER = 4096  #: bytes that a banner before it may take
_BOUNDARIES = re.compile(r"[;\s]boundary\b|(?<![;\s])boundary\s*[*\d]*\s*=", re.IGNORECASE)
ENCLOSED = "message/rfc822"
_PARSER = HeaderParser(policy=compat32)


@unique
class Defect(StrEnum):
    """What two programs may read differently."""

    BARE_CR = "bare_cr"  #: a CR that ends a line for some programs
    BOUNDARY_TWICE = "boundary_twice"  #: a delimiter of this part stands elsewhere, too
    BOUNDARY_MISSING = "boundary_missing"  #: a multipart without a usable boundary
    NOT_CLOSED = "not_closed"  #: the last delimiter of a multipart is missing
    FIELD_UNCLEAR = "field_unclear"  #: a type or boundary that programs read differently
    ENCODED = "encoded"  #: parts within an encoding, which some programs undo (RFC 2045, 6.4)
    FIELD_TWICE = "field_twice"  #: a field that may stand once stands several times
    HEADER_BROKEN = "header_broken"  #: a line in the header that is no field
    TEXT_BEFORE = "text_before"  #: text stands before the header of the mail
    TOO_DEEP = "too_deep"  #: more parts within parts than are read


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One part, or the mail itself: ``data[start:body]`` is its header, ``data[body:end]`` its
    body, without the line end that belongs to the delimiter after it (RFC 2046, 5.1.1)."""

    start: int
    body: int
    end: int
    kind: str  #: lower case, e.g. "text/plain"
    fields: tuple[tuple[str, str], ...]  #: (lower-case name, unfolded value), as transmitted
    encoding: str = "7bit"  #: content transfer encoding, lower case
    charset: str | None = None
    boundary: bytes | None = None
    file_name: str | None = None
    protocol: str = ""  #: of multipart/signed, lower case
    smime_type: str = ""  #: of application/pkcs7-mime, lower case
    attached: bool = False  #: Content-Disposition: attachment
    parts: tuple[Entity, ...] = ()
    preamble: tuple[int, int] = (0, 0)  #: what stands before the first delimiter of a multipart
    epilogue: tuple[int, int] = (0, 0)  #: what follows the last delimiter of a multipart
    defects: frozenset[Defect] = frozenset()

    def field(self, name: str) -> str | None:
        """The first field of that name (lower case), unfolded."""
        return next((value for known, value in self.fields if known == name), None)

    def walk(self) -> Iterator[Entity]:
        """This part and all within it, in the order of the file."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def multipart(self) -> bool:
        return self.kind.startswith("multipart/")


def parse(data: bytes) -> Entity:
    """The mail in ``data`` and its parts. What ``begin`` passes over belongs to none of them."""
    start = begin(data[:HEAD])
    if start is None:
        return _Reader(data).entity(0, len(data), DEPTH, "text/plain")
    root = _Reader(data).entity(start.at, len(data), DEPTH, "text/plain")
    if not start.foreign:
        return root
    return replace(root, defects=root.defects | {Defect.TEXT_BEFORE})


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a mail begins, and whether a person would see what stands before."""

    at: int
    foreign: bool


def begin(head: bytes) -> Begin | None:
    """Where in the first bytes of a file a mail begins; None where none does.

    Passed over: a byte order mark and a "From " line of an mbox; and, as text that does not belong
    to the mail, blank lines and a banner that a gateway put before the header.
    """
    at = _after_mbox_line(head, len(_MARK) if head.startswith(_MARK) else 0, len(head))
    if _is_header(head, at, least=1):
        return Begin(at, False)
    in_a_field = False
    for line in _LINE.finditer(head[:BANNER], at):
        begins = bool(_FIELD.match(line.group())) and not in_a_field
        if begins and _is_header(head, line.start(), least=2):
            return Begin(line.start(), True)
        in_a_field = bool(_FIELD.match(line.group())) or (
            in_a_field and line.group()[:1] in (b" ", b"\t")
        )
    return None


def _is_header(head: bytes, at: int, *, least: int) -> bool:
    """Whether ``least`` header fields in a row stand there, one of the usual ones among them.

    A single one may be the first line of any text; it is a header where a blank line follows.
    """
    names: list[bytes] = []
    ended = False
    for line in _LINE.finditer(head, at):
        text = line.group()
        if names and text[:1] in (b" ", b"\t"):
            continue
        if not _FIELD.match(text):
            ended = text in (b"\n", b"\r\n")
            break
        names.append(text.partition(b":")[0].strip().lower())
        if len(names) >= max(least, 2) and not _KNOWN.isdisjoint(names):
            return True
    return len(names) >= least and (len(names) > 1 or ended) and not _KNOWN.isdisjoint(names)


def payload(data: bytes, part: Entity) -> bytes:
    """The body of a part with its transfer encoding undone (RFC 2045, 6); a multipart in an encoding,
    which the norm forbids and some programs read, as a mail of its own."""
    body = undone(data[part.body : part.end], part.encoding)
    if part.multipart and not part.parts and part.encoding in ("base64", "quoted-printable"):
        kind = (part.field("content-type") or part.kind).encode("utf-8", "replace")
        return b"MIME-Version: 1.0\r\nContent-Type: " + kind + b"\r\n\r\n" + body
    return body


def canonical(body: bytes) -> bytes:
    """With CRLF line ends, over which S/MIME signs (RFC 8551, 3.1.1)."""
    return re.sub(rb"\r?\n", b"\r\n", body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Within:
    """What lies in a part."""

    boundary: bytes | None = None
    parts: tuple[Entity, ...] = ()
    preamble: tuple[int, int] = (0, 0)
    epilogue: tuple[int, int] = (0, 0)
    defects: frozenset[Defect] = frozenset()


class _Reader:
    """Reads one mail; counts its parts, so that a hostile one cannot make millions."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = PARTS

    def entity(self, start: int, end: int, depth: int, default: str) -> Entity:
        self._left -= 1
        start = _after_mbox_line(self._data, start, end)
        body, broken = _end_of_header(self._data, start, end)
        header = self._data[start:body]
        plain = _SPACED.sub(rb"\1:", _BARE_CR.sub(b" ", header))
        message = _PARSER.parsestr(as_text(plain))  # names in 8 bit are usual, and mean UTF-8
        said = content_type(raw_field(plain, b"content-type"), _boundary(message))
        kind = _kind(message, said, default)
        defects = _defects_of_header(message, broken or _SPACED.search(header) is not None)
        defects |= _defects_of_structure(message, said, kind)
        if _BARE_CR.search(self._data, start, end):
            defects |= {Defect.BARE_CR}
        found = _Within(epilogue=(end, end))
        if kind.startswith("multipart/"):
            found = self._multipart(body, end, said.boundaries, depth, kind)
        elif kind == ENCLOSED and _encoding(message) not in ("base64", "quoted-printable"):
            found = self._enclosed(body, end, depth)
        return Entity(
            start=start,
            body=body,
            end=end,
            kind=kind,
            fields=fields_of(header),
            encoding=_encoding(message),
            charset=_charset(message),
            boundary=found.boundary,
            file_name=_file_name(message),
            protocol=_parameter(message, said, "protocol"),
            smime_type=_parameter(message, said, "smime-type"),
            attached=str(message.get("content-disposition", "")).lower().startswith("attachment"),
            parts=found.parts,
            preamble=found.preamble,
            epilogue=found.epilogue,
            defects=frozenset(defects | found.defects),
        )

    def _enclosed(self, body: int, end: int, depth: int) -> _Within:
        if not depth or self._left <= 0:
            return _Within(defects=frozenset({Defect.TOO_DEEP}))
        return _Within(parts=(self.entity(body, end, depth - 1, "text/plain"),))

    def _multipart(
        self, body: int, end: int, boundaries: tuple[bytes, ...], depth: int, kind: str
    ) -> _Within:
        if not boundaries or not depth:
            defect = Defect.TOO_DEEP if boundaries else Defect.BOUNDARY_MISSING
            return _Within(epilogue=(end, end), defects=frozenset({defect}))
        # Of several readings the one by which there are parts, so that none is lost.
        boundary = next(
            (each for each in boundaries if delimiter(each).search(self._data, body, end)),
            boundaries[0],
        )
        first = delimiter(boundary).search(self._data, body, end)
        places, after, closed = self._delimited(body, end, boundary)
        defects = set() if closed else {Defect.NOT_CLOSED}
        default = ENCLOSED if kind == "multipart/digest" else "text/plain"
        parts = []
        for begun, last in places:
            if self._left <= 0:
                defects.add(Defect.TOO_DEEP)
                break
            parts.append(self.entity(begun, last, depth - 1, default))
        return _Within(
            boundary=boundary,
            parts=tuple(parts),
            preamble=(body, first.start() if first else end),
            epilogue=(after, end),
            defects=frozenset(defects),
        )

    def _delimited(
        self, body: int, end: int, boundary: bytes
    ) -> tuple[list[tuple[int, int]], int, bool]:
        """Where the parts lie, where the epilogue begins, whether the last delimiter is there."""
        line = delimiter(boundary)
        places: list[tuple[int, int]] = []
        begun: int | None = None
        for mark in line.finditer(self._data, body, end):
            if begun is not None:
                places.append((begun, max(begun, _before_line_end(self._data, mark.start()))))
            if mark["close"]:
                return places, mark.end(), True
            begun = mark.end()
        if begun is not None:
            places.append((begun, end))
        return places, end, False


def delimiter(boundary: bytes) -> re.Pattern[bytes]:
    """A delimiter line of ``boundary`` (RFC 2046, 5.1.1), with its line end; group "close"."""
    return re.compile(
        rb"(?<![^\n])--" + re.escape(boundary) + rb"(?P<close>--)?[ \t]*(?:\r?\n|\r?\Z)"
    )


def stands_elsewhere(data: bytes, part: Entity) -> bool:
    """Whether a line outside of a multipart, or within one of its parts, could be taken for a
    delimiter of it, or one of its own for another's: then two programs may see two mails."""
    if part.boundary is None:
        return True
    name = b"--" + part.boundary
    lines = Counter(
        match.group().strip() for match in re.finditer(rb"(?<![^\r\n])--[^\r\n]*", data)
    )
    alike = sum(count for line, count in lines.items() if line.startswith(name))
    return alike != len(part.parts) + 1


def _before_line_end(data: bytes, at: int) -> int:
    """The line end before a delimiter belongs to it."""
    at -= data[at - 1 : at] == b"\n"
    return at - (data[at - 1 : at] == b"\r")


def _end_of_header(data: bytes, start: int, end: int) -> tuple[int, bool]:
    """Where the body begins, and whether a line in the header was none."""
    at, first, blank = start, True, False
    while at < end:
        line = _LINE.match(data, at, end)
        assert line is not None
        text = line.group()
        if text.rstrip(b"\r\n") == b"":
            return line.end(), blank
        folded = text[:1] in (b" ", b"\t") and not first
        blank = blank or not text.strip()  # some programs end the header there
        if not folded and not _FIELD.match(text):
            return at, True
        at, first = line.end(), False
    return end, blank


def _defects_of_header(message: Message, broken: bool) -> set[Defect]:
    defects: set[Defect] = {Defect.HEADER_BROKEN} if broken else set()
    for name in ("content-type", "content-transfer-encoding", "content-disposition"):
        if len(message.get_all(name, [])) > 1:
            defects.add(Defect.FIELD_TWICE)
    kind = str(message.get("content-type", ""))
    if len(_BOUNDARIES.findall(kind)) > 1:
        defects.add(Defect.FIELD_TWICE)
    return defects


def _defects_of_structure(message: Message, said: ContentType, kind: str) -> set[Defect]:
    """Of the fields that tell how a body falls into parts."""
    defects = set()
    divided = kind.startswith("multipart/")
    named = message["content-type"] is not None and said.kind != message.get_content_type()
    if (named and said.kind) or (divided and not said.clear):
        defects.add(Defect.FIELD_UNCLEAR)
    encoding = str(message.get("content-transfer-encoding", "")).strip().lower()
    taken = () if divided else ("base64", "quoted-printable")  # of an enclosed mail, by many
    if (divided or kind == ENCLOSED) and encoding not in ("", *PLAIN, *taken):
        defects.add(Defect.ENCODED)
    return defects


def _kind(message: Message, said: ContentType, default: str) -> str:
    """A mail with letters of any script in its header (RFC 6532) is one like others."""
    if message["content-type"] is None:
        return default
    kind = said.kind or message.get_content_type()
    return ENCLOSED if kind == "message/global" else kind


def _encoding(message: Message) -> str:
    return encoding_name(str(message.get("content-transfer-encoding", "")))


def _boundary(message: Message) -> str | None:
    """A quote that is not closed belongs to nothing."""
    found = message.get_boundary()
    return found.removeprefix('"').rstrip() if found else None


def _charset(message: Message) -> str | None:
    try:
        return message.get_content_charset()
    except (LookupError, ValueError):
        return None


def _file_name(message: Message) -> str | None:
    try:
        name = message.get_filename()
        return name if name is None else " ".join(name.split())  # it may be folded
    except (LookupError, ValueError):
        return None


def _parameter(message: Message, said: ContentType, name: str) -> str:
    value = said.values.get(name) or message.get_param(name, "")
    return (value if isinstance(value, str) else "").lower()


def _after_mbox_line(data: bytes, start: int, end: int) -> int:
    if data.startswith((b"From ", b">From "), start):
        line = _LINE.match(data, start, end)
        return start if line is None else line.end()
    return start
