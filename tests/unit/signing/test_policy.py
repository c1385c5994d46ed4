"""Until when algorithms count as good: the dates of ETSI's catalogue 1.5.1."""

from __future__ import annotations

from datetime import date

import pytest

from signing.conclusions.model import AlgorithmUse
from signing.trust.algorithm_policy import earliest_end, end_of


@pytest.mark.parametrize(
    ("use", "algorithm", "bits", "end"),
    [
        ("digest", "md5", None, date(2004, 8, 1)),
        ("digest", "sha1", None, date(2012, 8, 1)),
        ("digest", "ripemd160", None, date(2014, 8, 1)),
        ("digest", "sha224", None, date(2029, 1, 1)),
        ("digest", "sha256", None, None),
        ("signature", "rsa-sha256", 786, date(2010, 8, 1)),
        ("signature", "rsa-sha256", 1024, date(2019, 10, 1)),
        ("signature", "rsa-sha256", 1536, date(2019, 10, 1)),
        ("signature", "rsa-sha256", 2048, date(2029, 1, 1)),
        ("signature", "rsa-sha256", 4096, date(2029, 1, 1)),
        ("signature", "rsa-sha1", 4096, date(2012, 8, 1)),
        ("signature", "pss-sha256", 2048, date(2029, 1, 1)),
        ("signature", "pss-sha256", 3072, None),
        ("signature", "ecdsa-sha256", 224, date(2021, 10, 1)),
        ("signature", "ecdsa-sha256", 256, None),
        ("signature", "ed25519", 256, None),
    ],
)
def test_ends(use: str, algorithm: str, bits: int | None, end: date | None) -> None:
    found = end_of(AlgorithmUse(use=use, algorithm=algorithm, key_size=bits))
    assert (None if found is None else found.date()) == end


def test_the_weakest_counts() -> None:
    uses = (
        AlgorithmUse(use="digest", algorithm="sha1"),
        AlgorithmUse(use="signature", algorithm="ecdsa-sha256", key_size=256),
    )
    end = earliest_end(uses)
    assert end is not None and end.date() == date(2012, 8, 1)
    assert earliest_end(()) is None
