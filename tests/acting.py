"""Readers who act in tests, as people at the pages do."""

from __future__ import annotations

from archive.model import Reader
from ingest.acts.acting import Acting, Way


def seated(reader: Reader) -> Acting:
    """The reader in a session of their own."""
    return Acting(reader=reader, way=Way.SESSION)
