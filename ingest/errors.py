"""What can go wrong at the doors and on the road, beyond the root's own kinds."""

from __future__ import annotations

from config.errors import ServiceError, Unavailable


class DoorError(ServiceError):
    """Something at a door cannot be taken into custody as it is; it stays where it is."""

    exit_code = 1


class StillChanging(DoorError):
    """The file is still being written; it is looked at again later."""

    retryable = True


class MalwareScannerAway(Unavailable):
    """The configured scanner does not answer; nothing passes unscanned."""
