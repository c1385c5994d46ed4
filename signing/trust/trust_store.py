"""A trust store as loaded: who is an anchor, by which list, and what follows for qualification."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto import x509
from pyhanko.sign.validation.qualified.assess import QualificationAssessor
from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry_unsafe
from pyhanko.sign.validation.qualified.q_status import QualifiedStatus
from pyhanko.sign.validation.qualified.tsp import QTST_URI, QcCertType, TSPRegistry, TSPTrustManager
from pyhanko_certvalidator.authority import Authority, AuthorityWithCert, TrustAnchor
from pyhanko_certvalidator.registry import TrustManager

from signing.conclusions.german_wording import OVERDUE
from signing.conclusions.model import STAMPS, Indication, Kind, SignatureResult, TrustedListInfo
from signing.formats.cms.validation_material import STRUCTURE_ERRORS
from signing.trust.certificate_chain import Chain, Purpose
from signing.trust.trust_folder import Anchors, Trust, local_anchors, simple_manager
from signing.trust.trusted_lists import (
    TrustedList,
    announced,
    stored_lists,
    verified,
    youngest_head,
)

NOT_LISTED = "not issued by a listed service"


@dataclass(frozen=True, slots=True)
class ListedServices:
    """The services of one trusted list."""

    info: TrustedListInfo
    registry: TSPRegistry


class StampIssuers(TrustManager):
    """Time-stamp services that a list names by the authority that issues their units'
    certificates (TS 119 612 5.5.3); the engine's own manager knows those named by unit alone."""

    def __init__(self, registry: TSPRegistry) -> None:
        self._registry = registry

    def as_trust_anchor(self, authority: Authority) -> TrustAnchor | None:
        known = authority in set(self._registry.known_timestamp_authorities)
        return TrustAnchor(authority) if known else None

    def find_potential_issuers(self, cert: x509.Certificate) -> Iterator[TrustAnchor]:
        for authority in self._registry.known_timestamp_authorities:
            if authority.is_potential_issuer_of(cert):
                yield TrustAnchor(authority)


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Immutable once loaded; shared by all validations of a child."""

    manager: TrustManager
    fingerprint: str | None = None
    services: tuple[ListedServices, ...] = ()
    left_out: tuple[str, ...] = ()  #: what of the store was not used, and why, in German
    head: TrustedListInfo | None = None  #: the list of lists that confirmed the others

    def manager_for(self, purpose: Purpose) -> TrustManager:
        """Listed time-stamp services are trusted for time-stamps and nothing else."""
        if purpose is Purpose.SIGNATURE:
            return self.manager
        return Anchors(self.manager, *(StampIssuers(one.registry) for one in self.services))

    @property
    def lists(self) -> tuple[TrustedListInfo, ...]:
        return tuple(one.info for one in self.services)

    def warnings(self, at: datetime) -> tuple[str, ...]:
        """What an administrator must see to: lists left out, lists overdue."""
        overdue = [_overdue(f"Vertrauensliste {info.territory}", info, at) for info in self.lists]
        if self.head is not None:
            overdue.append(_overdue("Liste der Vertrauenslisten (LOTL)", self.head, at))
        return (*self.left_out, *(line for line in overdue if line))

    def service_of(self, chain: Chain) -> ListedServices | None:
        """The list that the chain's anchor comes from."""
        if chain.path is None:
            return None
        anchor = chain.path.trust_anchor.authority
        return next(
            (
                one
                for one in self.services
                if any(one.registry.applicable_service_definitions(anchor, None))
            ),
            None,
        )

    def list_of(self, chain: Chain) -> TrustedListInfo | None:
        """What the report says of that list."""
        found = self.service_of(chain)
        return None if found is None else found.info

    def stamp_is_qualified(self, chain: Chain, moment: datetime, at: datetime) -> bool | None:
        """Whether a trusted time-stamp comes from a qualified service; None: cannot be said."""
        label = self._stamp_label(chain, moment, at)[0] if self.services else ""
        return {"QTSA": True, "TSA": False}.get(label)

    def qualified(
        self, result: SignatureResult, chain: Chain, moment: datetime, at: datetime
    ) -> SignatureResult:
        """The result with its qualification (the names that EU DSS uses, after TS 119 615)."""
        if not self.services:
            return result
        label, reason = self._label(result, chain, moment, at)
        return dataclasses.replace(result, qualification=label, qualification_reason=reason)

    def _label(
        self, result: SignatureResult, chain: Chain, moment: datetime, at: datetime
    ) -> tuple[str, str]:
        if chain.path is None or result.indication is not Indication.TOTAL_PASSED:
            return "not_determined", result.sub_indication or ""
        if result.kind in STAMPS:
            return self._stamp_label(chain, moment, at)
        found = self.service_of(chain)
        if found is None:
            return _name(False, False, result.kind is Kind.SEAL), NOT_LISTED
        if _is_overdue(found.info, at):
            return "not_determined", OVERDUE
        try:
            return _assessed(found, chain, moment, result.kind is Kind.SEAL)
        except (NotImplementedError, *STRUCTURE_ERRORS) as error:
            return "not_determined", f"{type(error).__name__}: {error}"[:200]

    def _stamp_label(self, chain: Chain, moment: datetime, at: datetime) -> tuple[str, str]:
        found = self.service_of(chain)
        if found is None:
            return "TSA", NOT_LISTED
        if _is_overdue(found.info, at):
            return "not_determined", OVERDUE
        return _stamp_label(found, chain, moment)


def _is_overdue(info: TrustedListInfo, at: datetime) -> bool:
    return info.next_update is not None and info.next_update < at


def _overdue(name: str, info: TrustedListInfo, at: datetime) -> str:
    if not _is_overdue(info, at):
        return ""
    return (
        f"{name} Nr. {info.sequence_number} ist überfällig "
        f"(nächste Ausgabe war für {info.next_update:%d.%m.%Y} angekündigt)"
    )


def _assessed(found: ListedServices, chain: Chain, moment: datetime, seal: bool) -> tuple[str, str]:
    """Qualified at the moment that counts, and when the certificate was issued."""
    assert chain.path is not None
    assessor = QualificationAssessor(found.registry)
    issued = chain.certificates[0].not_valid_before
    statuses = [
        assessor.check_entity_cert_qualified(chain.path, time).status for time in (moment, issued)
    ]
    qualified = all(status.qualified for status in statuses)
    device = qualified and all(status.qc_key_security.is_qscd for status in statuses)
    seal = seal or _is_seal(statuses[0])
    return _name(qualified, device, seal), "" if qualified else "the certificate is not qualified"


def _is_seal(status: QualifiedStatus) -> bool:
    return bool(status.qc_type is QcCertType.QC_ESEAL)


def _name(qualified: bool, device: bool, seal: bool) -> str:
    what = "ESeal" if seal else "ESig"
    if qualified and device:
        return f"Q{what}"
    return f"Ad{what}-QC" if qualified else f"Ad{what}"


def _stamp_label(found: ListedServices, chain: Chain, moment: datetime) -> tuple[str, str]:
    named = [AuthorityWithCert(c) for c in chain.certificates if isinstance(c, x509.Certificate)]
    qualified = any(
        service.base_info.service_type == QTST_URI
        for authority in named
        for service in found.registry.applicable_service_definitions(authority, moment)
    )
    return ("QTSA", "") if qualified else ("TSA", "not a qualified time-stamp service")


def load_store(trust: Trust | None) -> TrustStore:
    """Load what ``trust`` names; None trusts nobody. Raises TrustError, naming the file."""
    if trust is None:
        return TrustStore(simple_manager(()))
    return _loaded(trust, trust.fingerprint())


@lru_cache(maxsize=4)
def _loaded(trust: Trust, fingerprint: str) -> TrustStore:
    """By content: a store that was changed is loaded anew, an unchanged one once per child."""
    return read_store(trust, announced(), fingerprint)


def read_store(
    trust: Trust, heads: tuple[x509.Certificate, ...], fingerprint: str | None = None
) -> TrustStore:
    """Read a store; ``heads`` may sign the list of lists. Raises TrustError, naming the file."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    found, other = stored_lists(trust.folder)
    good, left_out = verified(found, heads) if found else ((), ())
    services = tuple(_services(one) for one in good)
    manager = Anchors(
        simple_manager(local_anchors(trust)),
        *(TSPTrustManager(one.registry) for one in services),
    )
    head = youngest_head(found, heads)
    return TrustStore(
        manager, fingerprint, services, (*other, *left_out), None if head is None else head.info
    )


def _services(one: TrustedList) -> ListedServices:
    registry, _ = trust_list_to_registry_unsafe(one.text())
    return ListedServices(one.info, registry)
