"""What can go wrong in this room, beyond the input's own faults (``config.errors.InputError``)."""

from __future__ import annotations

from config.errors import ServiceError


class NoRendition(ServiceError):
    """No PDF/A could be made of this object; it is archived with its original alone.

    The text says why, in words for staff.
    """

    exit_code = 1


class ToolMissing(ServiceError):
    """A program, model or library that this work needs is not installed; the text names the remedy."""

    exit_code = 3
