"""A trust store as loaded: who is an anchor, by which list, and what follows for qualification."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto import x509
from pyhanko.sign.validation.qualified.assess import QualificationAssessor
from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry_unsafe
from pyhanko.sign.validation.qualified.q_status import QualifiedStatus
from pyhanko.sign.validation.qualified.tsp import QTST_URI, QcCertType, TSPRegistry, TSPTrustManager
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.registry import TrustManager

from signing.chain import Chain
from signing.lists import TrustedList, announced, stored_lists, verified
from signing.material import STRUCTURE_ERRORS
from signing.trust import Anchors, Trust, local_anchors, simple_manager
from signing.words import Indication, Kind, SignatureResult, TrustedListInfo

STAMPS = (Kind.DOC_TIMESTAMP, Kind.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class ListedServices:
    """The services of one trusted list."""

    info: TrustedListInfo
    registry: TSPRegistry


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Immutable once loaded; shared by all validations of a child."""

    manager: TrustManager
    fingerprint: str | None = None
    services: tuple[ListedServices, ...] = ()
    left_out: tuple[str, ...] = ()  #: what of the store was not used, and why, in German

    @property
    def lists(self) -> tuple[TrustedListInfo, ...]:
        return tuple(one.info for one in self.services)

    def warnings(self, at: datetime) -> tuple[str, ...]:
        """What an administrator must see to: lists left out, lists overdue."""
        overdue = [
            f"Vertrauensliste {info.territory} Nr. {info.sequence_number} ist überfällig "
            f"(nächste Ausgabe war für {info.next_update:%d.%m.%Y} angekündigt)"
            for info in self.lists
            if info.next_update is not None and info.next_update < at
        ]
        return (*self.left_out, *overdue)

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
        found = self.service_of(chain)
        if result.kind in STAMPS:
            return _stamp_label(found, chain, moment)
        if found is None:
            return _name(False, False, result.kind is Kind.SEAL), "not issued by a listed service"
        if found.info.next_update is not None and found.info.next_update < at:
            return "not_determined", "the trusted list is overdue"
        try:
            return _assessed(found, chain, moment, result.kind is Kind.SEAL)
        except (NotImplementedError, *STRUCTURE_ERRORS) as error:
            return "not_determined", f"{type(error).__name__}: {error}"[:200]


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


def _stamp_label(found: ListedServices | None, chain: Chain, moment: datetime) -> tuple[str, str]:
    if found is None or chain.path is None:
        return "TSA", "not issued by a listed service"
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
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    found, other = stored_lists(trust.folder)
    good, left_out = verified(found, announced()) if found else ((), ())
    services = tuple(_services(one) for one in good)
    manager = Anchors(
        simple_manager(local_anchors(trust)),
        *(TSPTrustManager(one.registry) for one in services),
    )
    return TrustStore(manager, fingerprint, services, (*other, *left_out))


def _services(one: TrustedList) -> ListedServices:
    registry, _ = trust_list_to_registry_unsafe(one.text())
    return ListedServices(one.info, registry)
