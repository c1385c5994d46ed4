"""What can go wrong in this room, beyond what a report says about a signature."""

from __future__ import annotations

from config.errors import ConfigError, ServiceError, UnreadableSignature

__all__ = [
    "SealError",
    "SealKeyError",
    "TrustError",
    "UnreadableSignature",
    "UnsupportedAlgorithm",
]


class SealError(ServiceError):
    """The seal could not be written; nothing was left behind, the step may be taken again."""


class SealKeyError(ConfigError):
    """The seal key cannot be used: missing, wrong passphrase, not a PKCS#12, already there."""


class UnsupportedAlgorithm(ServiceError):
    """The signature uses an algorithm that is not computed here; becomes a finding."""


class TrustError(ConfigError):
    """A trust store's file is not what it should be; the text names it."""
