"""What can go wrong at the doors and on the road, beyond the root's own kinds."""

from __future__ import annotations

from config.errors import ServiceError, Unavailable


class StillChanging(ServiceError):
    """The file is still being written; it is looked at again later."""

    retryable = True


class ClaimsUnsafe(ServiceError):
    """Others could write where claimed files lie; nothing is taken from that hot folder."""


class MalwareScannerAway(Unavailable):
    """The configured scanner does not answer; nothing passes unscanned."""


class Stopping(Unavailable):
    """The service is being ended; what is under way goes on at the next start."""
