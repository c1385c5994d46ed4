"""A trust store as loaded: who is an anchor, by which list, and what follows for qualification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pyhanko_certvalidator.registry import TrustManager

from signing.chain import Chain
from signing.trust import Anchors, Trust, local_anchors, simple_manager
from signing.words import SignatureResult, TrustedListInfo


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Immutable once loaded; shared by all validations of a child."""

    manager: TrustManager
    fingerprint: str | None = None
    lists: tuple[TrustedListInfo, ...] = ()

    def list_of(self, chain: Chain) -> TrustedListInfo | None:
        """The trusted list that the chain's anchor comes from."""
        return None

    def qualified(self, result: SignatureResult, chain: Chain, moment: datetime) -> SignatureResult:
        """The result with its qualification."""
        return result


def load_store(trust: Trust | None) -> TrustStore:
    """Load what ``trust`` names; None trusts nobody. Raises TrustError, naming the file."""
    if trust is None:
        return TrustStore(simple_manager(()))
    return _loaded(trust, trust.fingerprint())


@lru_cache(maxsize=4)
def _loaded(trust: Trust, fingerprint: str) -> TrustStore:
    """By content: a store that was changed is loaded anew, an unchanged one once per child."""
    return TrustStore(Anchors(simple_manager(local_anchors(trust))), fingerprint)
