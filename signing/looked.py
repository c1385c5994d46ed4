"""What a container's reader hands over: a line of the report, and what judging it needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from signing.cms import SignerCheck
from signing.material import Material
from signing.timestamps import Token
from signing.words import SignatureResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A signature as far as it was computed, before anybody is trusted.

    ``covers``: end of the signed part and start of the hole, in a file with several revisions;
    both None where a container has one.
    """

    result: SignatureResult
    check: SignerCheck | None = None
    tokens: tuple[Token, ...] = ()
    material: Material = field(default_factory=Material)
    end: int | None = None
    hole: int | None = None
