"""The Document Security Store of a PDF: validation material for all its signatures (PAdES LT)."""

from __future__ import annotations

from itertools import islice

from pyhanko.pdf_utils import generic

from signing.formats.cms.validation_material import MOST, Material, collect
from signing.formats.pdf.reader import ENGINE_ERRORS, OpenPdf, entry

LARGEST = 20 * 2**20  #: bytes of one stream


def dss_material(pdf: OpenPdf) -> Material:
    """What the store holds now and held in earlier revisions. Damaged pieces are left out."""
    found: dict[str, dict[bytes, None]] = {"/Certs": {}, "/CRLs": {}, "/OCSPs": {}}
    if not pdf.readable:
        return Material()
    total = int(pdf.reader.xrefs.total_revisions)
    for revision in sorted({*range(max(0, total - 20), total)}, reverse=True):
        try:
            store = entry(pdf.reader.get_historical_root(revision), "/DSS")
        except ENGINE_ERRORS:
            continue
        if isinstance(store, generic.DictionaryObject):
            for key, pieces in found.items():
                pieces.update(dict.fromkeys(_streams(store, key)))
    return collect(tuple(found["/Certs"]), tuple(found["/CRLs"]), tuple(found["/OCSPs"]))


def _streams(store: generic.DictionaryObject, key: str) -> list[bytes]:
    """The streams of one array. What cannot be read helps nobody, and nothing depends on it."""
    pieces: list[bytes] = []
    try:
        for item in islice(entry(store, key) or (), MOST):
            stream = item.get_object()
            if isinstance(stream, generic.StreamObject):
                data = bytes(stream.data)
                if len(data) <= LARGEST:
                    pieces.append(data)
    except ENGINE_ERRORS:
        return pieces
    return pieces
