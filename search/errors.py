"""What can go wrong in the search room."""

from __future__ import annotations

from config.errors import ServiceError, Unavailable


class IndexUnavailable(Unavailable):
    """The index cannot be read or written now; the archive is not touched by that. Try again."""


class IndexOutdated(IndexUnavailable):
    """The index was written with another layout or analyser: rebuild it (``registratur reindex``).

    Raised instead of answering: tokens of two analysers do not meet, so hits would be missing.
    """


class RebuildRefused(IndexUnavailable):
    """The new generation does not hold what the archive holds; the old one stays in use."""


class IndexFault(ServiceError):
    """The engine refused what we asked: our fault, and asking again does not help."""
