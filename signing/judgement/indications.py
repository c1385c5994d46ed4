"""What the signatures stand for: proof of time, chain, indication (EN 319 102-1 5.3 to 5.6).

Time-stamps first, from the youngest: each that is trusted proves that everything it covers existed
at its time. Then each signature is judged at the earliest time that is proven for it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime

from signing.conclusions.conclusion_table import Check
from signing.conclusions.model import (
    STAMPS,
    Conclusion,
    Indication,
    Integrity,
    Note,
    Reason,
    RevocationInfo,
    SignatureResult,
    TimestampInfo,
)
from signing.formats.cms.certificates import describe
from signing.formats.cms.signed_data import SignerCheck
from signing.formats.cms.timestamps import Token
from signing.formats.cms.validation_material import Material, revocation_of
from signing.formats.reader_result import Looked
from signing.trust.algorithm_policy import earliest_end
from signing.trust.certificate_chain import Chain, Purpose, build_chain
from signing.trust.trust_store import TrustStore

EXPIRED = ("OUT_OF_BOUNDS_NO_POE", "CERTIFICATE_CHAIN_GENERAL_FAILURE")
SIGNATURE_ACT_ENDS = datetime(2017, 7, 29, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Proof:
    """Existence before ``time`` is proven, by ``source``; NONE: only the present is known."""

    time: datetime
    source: str = "NONE"


def judge_all(
    signatures: tuple[Looked, ...], store: TrustStore, at: datetime
) -> tuple[SignatureResult, ...]:
    """The report's lines, in the order given."""
    judged: dict[int, SignatureResult] = {}
    proofs: list[tuple[Looked, datetime]] = []
    order = sorted(range(len(signatures)), key=lambda n: -(signatures[n].end or 0))
    for number in order:
        looked = signatures[number]
        if looked.result.kind in STAMPS:
            proof = _earliest(looked, proofs, at)
            judged[number] = _judged(looked, store, at, proof, None, Purpose.TIMESTAMP)
            if judged[number].indication is Indication.TOTAL_PASSED and looked.check is not None:
                time = looked.check.signing_time
                if time is not None:
                    proofs.append((looked, time))
    for number in order:
        looked = signatures[number]
        if number not in judged:
            proof = _earliest(looked, proofs, at)
            after = _provably_after(looked, proofs)
            judged[number] = _judged(looked, store, at, proof, after, Purpose.SIGNATURE)
    return tuple(judged[number] for number in range(len(signatures)))


def _earliest(looked: Looked, proofs: list[tuple[Looked, datetime]], at: datetime) -> Proof:
    """The earliest trusted document time-stamp whose range takes this signature in."""
    if looked.end is None:
        return Proof(at)
    times = [
        time
        for stamp, time in proofs
        if stamp.scope == looked.scope
        and stamp is not looked
        and stamp.hole is not None
        and stamp.hole >= looked.end
    ]
    earlier = [time for time in times if time <= at]
    return Proof(min(earlier), "DOC_TS") if earlier else Proof(at)


def _provably_after(looked: Looked, proofs: list[tuple[Looked, datetime]]) -> datetime | None:
    """The signature takes a time-stamp in: it was made after that."""
    if looked.hole is None:
        return None
    times = [
        time
        for stamp, time in proofs
        if stamp.scope == looked.scope and stamp.end is not None and stamp.end <= looked.hole
    ]
    return max(times, default=None)


def _judged(
    looked: Looked,
    store: TrustStore,
    at: datetime,
    proof: Proof,
    after: datetime | None,
    purpose: Purpose,
) -> SignatureResult:
    result, check = looked.result, looked.check
    if check is None:
        return result
    if result.integrity is Integrity.BROKEN:
        return _with(result, Indication.TOTAL_FAILED, _broken(result))
    if Reason.NOTHING_SIGNED in result.reasons:
        return _with(result, Indication.TOTAL_FAILED, "FORMAT_FAILURE")
    stamps, proof = _signature_stamps(looked, store, proof, at)
    result = dataclasses.replace(result, timestamps=stamps)
    if proof.source != "NONE":
        result = dataclasses.replace(result, best_time=proof.time, best_time_source=proof.source)
    if check.certificate is None or check.certificate_bound is Check.FAILS:
        return _with(result, Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND")
    manager = store.manager_for(purpose)
    chain = build_chain(check.certificate, manager, looked.material, proof.time, purpose)
    if purpose is Purpose.TIMESTAMP and check.signing_time is not None:
        chain = _by_data_of_its_time(chain, check, looked.material, store, check.signing_time)
    result = _described(result, looked, store, chain, proof)
    indication, sub_indication = _indication(result, chain, proof, after)
    return store.qualified(_with(result, indication, sub_indication), chain, proof.time, at)


def _broken(result: SignatureResult) -> str:
    return "HASH_FAILURE" if Reason.DIGEST_MISMATCH in result.reasons else "SIG_CRYPTO_FAILURE"


def _signature_stamps(
    looked: Looked, store: TrustStore, proof: Proof, at: datetime
) -> tuple[tuple[TimestampInfo, ...], Proof]:
    """The time-stamps on the signature value; each is judged at what is proven for it so far."""
    described = []
    for token in looked.tokens:
        chain = _stamp_chain(token, looked, store, proof)
        trusted = chain is not None and chain.failure is None
        time = token.check.time if token.check is not None else None
        qualified = None
        if chain is not None and trusted:
            qualified = store.stamp_is_qualified(chain, time or proof.time, at)
        described.append(token.describe(trusted=trusted, qualified=qualified))
        if trusted and time is not None and time < proof.time:
            proof = Proof(time, "SIG_TS")
    return tuple(described), proof


def _stamp_chain(token: Token, looked: Looked, store: TrustStore, proof: Proof) -> Chain | None:
    """Whom a time-stamp on the signature leads to; None where it does not hold by itself."""
    check = token.check
    if check is None or check.integrity is not Integrity.INTACT or token.kind == "ARCHIVE_TS":
        return None
    certificate = check.signer.certificate
    if certificate is None or check.signer.certificate_bound is Check.FAILS:
        return None
    material = token.material + looked.material
    manager = store.manager_for(Purpose.TIMESTAMP)
    chain = build_chain(certificate, manager, material, proof.time, Purpose.TIMESTAMP)
    if check.time is not None:
        chain = _by_data_of_its_time(chain, check.signer, material, store, check.time)
    return chain


def _by_data_of_its_time(
    chain: Chain, check: SignerCheck, material: Material, store: TrustStore, time: datetime
) -> Chain:
    """A time-stamp whose authority is still valid, where only today's revocation data is missing,
    rests on the data of its own time (as EU DSS does; no network here to ask again)."""
    if chain.failure != "TRY_LATER" or check.certificate is None:
        return chain
    manager = store.manager_for(Purpose.TIMESTAMP)
    return build_chain(check.certificate, manager, material, time, Purpose.TIMESTAMP)


def _indication(
    result: SignatureResult, chain: Chain, proof: Proof, after: datetime | None
) -> tuple[Indication, str | None]:
    """Integrity first, then what the chain says, then the algorithms' age."""
    if result.conclusion is not Conclusion.INTACT:
        shape = {Reason.ENCAPSULATED_CONTENT, Reason.PAGES_DIFFER} & set(result.reasons)
        return Indication.INDETERMINATE, "FORMAT_FAILURE" if shape else "GENERIC"
    failed = _provably_failed(chain, proof, after)
    if failed is not None:
        return Indication.TOTAL_FAILED, failed
    if chain.failure is not None:
        return Indication.INDETERMINATE, chain.failure
    end = earliest_end(result.algorithms)
    if end is not None and proof.time >= end:
        return Indication.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    return Indication.TOTAL_PASSED, None


def _provably_failed(chain: Chain, proof: Proof, after: datetime | None) -> str | None:
    """TOTAL_FAILED needs proof of time, not the signer's word (design: expired certificate)."""
    if chain.failure == "NOT_YET_VALID" and proof.source != "NONE":
        return "NOT_YET_VALID"
    if after is None or chain.since is None or after < chain.since:
        return None
    return {"REVOKED_NO_POE": "REVOKED", "OUT_OF_BOUNDS_NO_POE": "EXPIRED"}.get(chain.failure or "")


def _described(
    result: SignatureResult, looked: Looked, store: TrustStore, chain: Chain, proof: Proof
) -> SignatureResult:
    above = [describe(c, "chain") for c in chain.certificates[1:]]
    anchor = describe(chain.certificates[-1], "trust").subject if chain.path is not None else None
    revocation: tuple[RevocationInfo, ...] = ()
    if chain.certificates:
        issuer = chain.certificates[1] if len(chain.certificates) > 1 else None
        revocation = revocation_of(chain.certificates[0], issuer, looked.material)
    notes = result.notes
    if _is_legacy(looked, chain):
        notes += (Note(reason=Reason.LEGACY_DE_CHAIN_MODEL),)
    return dataclasses.replace(
        result,
        notes=notes,
        chain=tuple(above),
        indication_reason=chain.detail,
        trust_anchor=anchor,
        revocation=revocation,
        trusted_list=store.list_of(chain),
    )


def _is_legacy(looked: Looked, chain: Chain) -> bool:
    """A German certificate of the Signature Act's time that fails here because something in its
    chain had expired: under that Act the chain model held (evidence.md 9.1)."""
    certificate = None if looked.check is None else looked.check.certificate
    if certificate is None or chain.failure not in EXPIRED:
        return False
    info = describe(certificate)
    german = "Country: DE" in info.issuer
    return german and info.not_before is not None and info.not_before < SIGNATURE_ACT_ENDS


def _with(
    result: SignatureResult, indication: Indication, sub_indication: str | None
) -> SignatureResult:
    return dataclasses.replace(result, indication=indication, sub_indication=sub_indication)
