"""The root of all our errors.

Three kinds decide what becomes of a document (docs/explanation/road.md): the input's fault holds
it, a part that comes back is waited for, everything else is ours and holds it as an internal error.

Every class must unpickle from its ``args``: errors cross process borders and lie in the durable
engine's tables.
"""

from __future__ import annotations

from enum import StrEnum, unique


class ServiceError(Exception):
    """Something that a person can act on; its text says what happened, to what, and what to do."""

    exit_code = 3
    retryable = False


class ConfigError(ServiceError):
    """A setting is unknown, missing or impossible."""

    exit_code = 2


class UsageError(ServiceError):
    """The call itself was wrong."""

    exit_code = 2


class NotFound(ServiceError):
    """It does not exist, or this reader may not know that it does. Deliberately the same."""

    exit_code = 1


class Forbidden(ServiceError):
    """The reader is known, and may not do this."""

    exit_code = 1


class Conflict(ServiceError):
    """The object has moved on since the caller looked at it."""

    exit_code = 1


class Unavailable(ServiceError):
    """A part that comes back (disk, database, scanner, authority, index): wait and try again."""

    retryable = True


class ChildDeath(ServiceError):
    """An isolated child died while working on one object."""

    exit_code = 1


class LimitReached(ChildDeath):
    """The work on one object took more computing time or memory than is allowed.

    The input's own doing: another try would end in the same way.
    """


class UnreadableSignature(ServiceError):
    """A signature's own structure cannot be read; becomes a finding, never a refusal."""


class StoodStill(ChildDeath):
    """The work on one object made no progress for so long that another try is not worth its time."""


class OverBudget(ServiceError):
    """The work on one file took more computing time over all its steps than is allowed.

    No ``ChildDeath``: nobody may go on with the next page or another way of doing it.
    """

    exit_code = 1


class TakesLong(ServiceError):
    """The work on one object takes so long that it has to go on among the slow ones."""


@unique
class HoldReason(StrEnum):
    """Why a machine held something; the interface shows a German sentence for each."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    NOT_DISPLAYABLE = "not_displayable"
    ENCRYPTED = "encrypted"
    TYPE_NOT_ACCEPTED = "type_not_accepted"
    OVER_LIMIT = "over_limit"
    MALWARE = "malware"
    ACTIVE_CONTENT = "active_content"
    CLASSIFIED = "classified"
    SIGNED_STACK = "signed_stack"
    NO_PERSON = "no_person"
    CLARIFICATION = "clarification"
    CHILD_DIED = "child_died"
    INTERNAL = "internal"


class InputError(ServiceError):
    """The input cannot go on as it is: HELD at once, a person decides.

    Args are ``(reason, text)`` so that the error survives pickling.
    """

    exit_code = 1

    def __init__(self, reason: HoldReason, text: str) -> None:
        super().__init__(reason, text)
        self.reason = reason
        self.text = text

    def __str__(self) -> str:
        return self.text
