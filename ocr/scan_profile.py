"""What a stream allows and expects of recognition."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProfile:
    """How scans of one stream are read and what the product may change.

    Attributes:
        languages: models of tesseract in order; the first one reads, the page's probe may choose
            ``frk`` where it is installed.
        fraktur: the stream is known to be blackletter: begin with ``frk``.
        may_rotate: the product shows pages upright (by ``/Rotate``; the picture stays as it is).
        may_deskew: the product shows lines straight (by one matrix; the picture stays as it is).
        second_look: read again where ink stays unread, confidence is low or the script may be
            another. False: each page is read once, save that a page which lies is read upright
            where the product may turn it.
    """

    languages: tuple[str, ...] = ("deu",)
    fraktur: bool = False
    may_rotate: bool = False
    may_deskew: bool = False
    second_look: bool = True
