"""What came in, as far as looking at it says, and the limits beyond which it is held."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.accepted_kinds import FileKind
from ocr.findings import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Beyond these a file is held; below ``min_dpi`` a scan gets a finding."""

    max_bytes: int = 2 * 2**30
    max_pages: int = 5000
    max_pixels_per_page: int = 600_000_000  #: A4 at 2400 dpi is 557 million
    max_decoded_bytes: int = 1_200_000_000  #: of one picture in memory
    min_dpi: float = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    kind: FileKind
    media_type: str
    pages: int  #: 0 for what has no pages (signatures, mail, XML)
    page_sizes: tuple[tuple[float, float], ...]  #: points as displayed; empty for unreadable pages
    encrypted: bool  #: protected, but open to everybody (empty user password)
    findings: tuple[Found, ...]
    digital: bool  #: real text, and no page that is a scanner's picture
    attachments: tuple[str, ...]
    einvoice: bool
    title: str | None  #: as the file itself says; a claim
