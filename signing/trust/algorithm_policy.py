"""Until when an algorithm counted as good. Decides indications, never a conclusion.

The table follows the catalogue of ETSI TS 119 312 V1.5.1 in the form that EU DSS ships (October 2024);
what is not named has no end yet.
"""

from __future__ import annotations

from datetime import UTC, datetime

from asn1crypto import algos, keys
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, AlgorithmUsagePolicy

from signing.conclusions.model import AlgorithmUse
from signing.errors import UnsupportedAlgorithm
from signing.formats.cms import algorithms

DIGEST_ENDS = {
    "md5": datetime(2004, 8, 1, tzinfo=UTC),
    "sha1": datetime(2012, 8, 1, tzinfo=UTC),
    "ripemd160": datetime(2014, 8, 1, tzinfo=UTC),
    "sha224": datetime(2029, 1, 1, tzinfo=UTC),
    "sha3_224": datetime(2029, 1, 1, tzinfo=UTC),
}
#: scheme -> (bits below which, end)
KEY_ENDS: dict[str, tuple[tuple[int, datetime], ...]] = {
    "rsa": (
        (1024, datetime(2010, 8, 1, tzinfo=UTC)),
        (1900, datetime(2019, 10, 1, tzinfo=UTC)),
        (3000, datetime(2029, 1, 1, tzinfo=UTC)),
    ),
    "dsa": ((2048, datetime(2015, 12, 31, tzinfo=UTC)), (3000, datetime(2029, 1, 1, tzinfo=UTC))),
    "ecdsa": (
        (192, datetime(2012, 8, 1, tzinfo=UTC)),
        (224, datetime(2012, 8, 1, tzinfo=UTC)),
        (256, datetime(2021, 10, 1, tzinfo=UTC)),
    ),
}
#: ways of signing that end whatever the key: RSA with the padding of PKCS #1 v1.5
SCHEME_ENDS = {"rsa": datetime(2029, 1, 1, tzinfo=UTC)}
FAMILIES = {"rsa": "rsa", "pss": "rsa", "dsa": "dsa", "ecdsa": "ecdsa", "ecdsa-plain": "ecdsa"}


def end_of(use: AlgorithmUse) -> datetime | None:
    """When the algorithm stopped being good; None: not yet."""
    if use.use == "digest":
        return DIGEST_ENDS.get(use.algorithm)
    scheme, _, digest = use.algorithm.rpartition("-")
    ends = [DIGEST_ENDS[digest]] if digest in DIGEST_ENDS else []
    ends += [SCHEME_ENDS[scheme]] if scheme in SCHEME_ENDS else []
    ends += _key_ends(FAMILIES.get(scheme, ""), use.key_size)
    return min(ends, default=None)


def _key_ends(family: str, bits: int | None) -> list[datetime]:
    if bits is None:
        return []
    return [end for below, end in KEY_ENDS.get(family, ()) if bits < below][:1]


def earliest_end(uses: tuple[AlgorithmUse, ...]) -> datetime | None:
    """The end of the weakest of them."""
    return min((end for use in uses if (end := end_of(use)) is not None), default=None)


class DatedAlgorithms(AlgorithmUsagePolicy):
    """The same table for certificates, certificate lists and answers of responders."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def digest_algorithm_allowed(
        self, algo: algos.DigestAlgorithm, moment: datetime | None
    ) -> AlgorithmUsageConstraint:
        try:
            name = algorithms.digest_name(algo)
        except UnsupportedAlgorithm as error:
            return AlgorithmUsageConstraint(allowed=False, failure_reason=str(error))
        return self._until(DIGEST_ENDS.get(name), moment)

    def signature_algorithm_allowed(
        self,
        algo: algos.SignedDigestAlgorithm,
        moment: datetime | None,
        public_key: keys.PublicKeyInfo | None,
    ) -> AlgorithmUsageConstraint:
        try:
            scheme = algorithms.scheme_of(algo, "sha256")
            bits = None
            if public_key is not None:
                bits = algorithms.key_size(algorithms.public_key(public_key))
        except UnsupportedAlgorithm as error:
            return AlgorithmUsageConstraint(allowed=False, failure_reason=str(error))
        use = AlgorithmUse(
            use="signature", algorithm=f"{scheme.name}-{scheme.digest}", key_size=bits
        )
        return self._until(end_of(use), moment)

    def _until(self, end: datetime | None, moment: datetime | None) -> AlgorithmUsageConstraint:
        good = end is None or (moment or self._at) < end
        return AlgorithmUsageConstraint(
            allowed=good,
            not_allowed_after=None if good else end,
            failure_reason=None if good else "the algorithm no longer counts as good",
        )
