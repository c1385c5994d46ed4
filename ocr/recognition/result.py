"""The durable result of recognition: words with boxes, page by page, and its JSON form.

Coordinates are points (1/72 inch), origin at the top left of the page **as the product displays
it**: the source's own rotation is applied; the turn and the straightening that recognition found are
applied where ``turned`` and ``straightened`` say so (the profile allowed them).

Words are kept packed: a page of a 3000-page file costs a few kB until its words are asked for.
The JSON form is described in docs/reference/ocr.md.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ocr.findings import Found, Severity

FORMAT = "registratur-recognition"
VERSION = 1
PARAGRAPH, OWN = 1, 2  #: marks of a packed line

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word; ``box`` is (x0, y0, x1, y1); ``confidence`` 0..100; ``line`` counts from 0."""

    text: str
    box: Box
    confidence: float
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its baseline from the start of the text to its end, and its height above it."""

    baseline: Box  #: (x0, y0, x1, y1); the direction is the direction of reading
    ascent: float  #: points above the baseline that the words reach
    descent: float
    begins_paragraph: bool
    own: bool = False  #: text that the file brings itself: writers do not write it again


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What was read on one page."""

    number: int  #: 1-based
    width: float  #: points, as the product displays the page
    height: float
    source: str  #: "ocr", "text" (the file's own), "none" (nothing could be read)
    language: str
    confidence: float  #: mean over letters, 0..100; 0 where nothing was read
    turn: int  #: degrees clockwise that set the page upright: 0, 90, 180, 270
    turned: bool  #: the product shows the page upright, boxes are in that view
    skew: float  #: degrees, counter-clockwise positive, that the lines rise
    straightened: bool
    blank: str  #: "content", "doubtful", "blank"
    dpi: float  #: of the picture that was read, after distrust
    findings: tuple[Found, ...]
    packed: bytes  #: lines and words, see ``pack``

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(
            Line(
                baseline=(row[1], row[2], row[3], row[4]),
                ascent=row[5],
                descent=row[6],
                begins_paragraph=bool(row[0] & PARAGRAPH),
                own=bool(row[0] & OWN),
            )
            for row in self._rows()
        )

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(
            Word(text=w[0], confidence=w[1], box=(w[2], w[3], w[4], w[5]), line=number)
            for number, row in enumerate(self._rows())
            for w in row[7]
        )

    @property
    def text(self) -> str:
        """The words in reading order: a line a line, an empty line between paragraphs."""
        out: list[str] = []
        for row in self._rows():
            if row[0] & PARAGRAPH and out:
                out.append("")
            out.append(" ".join(w[0] for w in row[7]))
        return "\n".join(out)

    def _rows(self) -> list[Any]:
        rows: list[Any] = json.loads(zlib.decompress(self.packed))
        return rows


def pack(lines: Sequence[Line], words: Iterable[Word]) -> bytes:
    """Lines and words in the compact form that ``PageText`` keeps."""
    rows: list[list[Any]] = [
        [
            PARAGRAPH * line.begins_paragraph + OWN * line.own,
            *(round(v, 2) for v in line.baseline),
            round(line.ascent, 2),
            round(line.descent, 2),
            [],
        ]
        for line in lines
    ]
    for word in words:
        rows[word.line][7].append(
            [word.text, round(word.confidence), *(round(v, 2) for v in word.box)]
        )
    return _pack_rows(rows)


def _pack_rows(rows: list[Any]) -> bytes:
    return zlib.compress(_dump(rows).encode(), 6)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What was read in a document; made once, kept, never made again by the writers."""

    pages: tuple[PageText, ...]
    engine: str
    engine_version: str
    languages: tuple[str, ...]

    def text(self) -> str:
        """All pages, a form feed between them."""
        return "\f".join(page.text for page in self.pages)

    def findings(self) -> tuple[Found, ...]:
        return tuple(found for page in self.pages for found in page.findings)

    def to_json(self) -> bytes:
        """The durable form, UTF-8, format version 1; one page a line, so that it can be streamed."""
        head = {
            "format": FORMAT,
            "version": VERSION,
            "engine": self.engine,
            "engine_version": self.engine_version,
            "languages": list(self.languages),
        }
        parts = [_dump(head)[:-1] + ',"pages":[']
        for number, page in enumerate(self.pages):
            parts.append((",\n" if number else "\n") + _dump(_page_out(page)))
        parts.append("\n]}\n")
        return "".join(parts).encode()

    @classmethod
    def from_json(cls, data: bytes | str) -> Recognition:
        """Read the durable form; raises ``ValueError`` when it is another format or version."""
        head, pages = _parted(data.encode() if isinstance(data, str) else data)
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise ValueError("not a recognition result")
        if head.get("version") != VERSION:
            raise ValueError(f"recognition format {head.get('version')} is not known here")
        return cls(
            pages=tuple(map(_page_in, pages)),
            engine=head["engine"],
            engine_version=head["engine_version"],
            languages=tuple(head["languages"]),
        )


def page_in(data: bytes, number: int) -> PageText | None:
    """One page of the durable form, or None where it has no such page; only that page is read.

    Raises ``ValueError`` when it is another format or version.
    """
    first, _, _ = data.partition(b"\n")
    if not first.endswith(b'"pages":[') or number < 1:
        return _page_numbered(Recognition.from_json(data).pages, number)
    Recognition.from_json(first + b"]}")  # its format and version
    start = len(first) + 1
    for _ in range(number - 1):  # pages mostly count from 1 without a gap, one a line
        start = data.find(b"\n", start) + 1
        if start == 0:
            break
    end = data.find(b"\n", start)
    line = data[start:end].strip().removesuffix(b",") if start and end > 0 else b""
    if line.startswith(b'{"number":%d,' % number):
        return _page_in(json.loads(line))
    return _page_numbered(Recognition.from_json(data).pages, number)


def _page_numbered(pages: Iterable[PageText], number: int) -> PageText | None:
    return next((page for page in pages if page.number == number), None)


def _parted(data: bytes) -> tuple[Any, Iterable[dict[str, Any]]]:
    """The head, and the pages one after another where they lie one a line, as we write them."""
    first, _, rest = data.partition(b"\n")
    if not first.endswith(b'"pages":['):
        whole = json.loads(data)
        return whole, whole.get("pages", ()) if isinstance(whole, dict) else ()
    body = rest.rstrip().removesuffix(b"]}").strip()
    pages = (json.loads(line.strip().removesuffix(b",")) for line in body.split(b"\n") if line)
    return json.loads(first + b"]}"), pages


def _page_out(page: PageText) -> dict[str, Any]:
    return {
        "number": page.number,
        "width": round(page.width, 2),
        "height": round(page.height, 2),
        "source": page.source,
        "language": page.language,
        "confidence": round(page.confidence, 1),
        "turn": page.turn,
        "turned": page.turned,
        "skew": round(page.skew, 3),
        "straightened": page.straightened,
        "blank": page.blank,
        "dpi": round(page.dpi, 1),
        "findings": [asdict(found) for found in page.findings],
        "lines": json.loads(zlib.decompress(page.packed)),
    }


def _page_in(raw: dict[str, Any]) -> PageText:
    findings = tuple(
        Found(**{**found, "severity": Severity(found["severity"])}) for found in raw["findings"]
    )
    fields = {key: value for key, value in raw.items() if key not in ("findings", "lines")}
    return PageText(**fields, findings=findings, packed=_pack_rows(raw["lines"]))
