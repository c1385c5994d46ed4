"""Whether a SignedData has the structure of the norm (RFC 5652, 5 and 10; RFC 5280, 4.1).

The library that reads messages looks at a value only where it is asked for. What other programs
refuse to parse is not to be called good for the parts of it that happened to be needed.
"""

from __future__ import annotations

from collections.abc import Iterable

from asn1crypto import cms, x509

_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError)


def structure_fault(data: cms.SignedData, certificates: Iterable[x509.Certificate]) -> str:
    """What of the message or of a certificate in it is not built as it must be; empty where all is.

    Values are not interpreted: real certificates hold odd strings and odd extensions.
    """
    try:
        for algorithm in data["digest_algorithms"]:
            _ = algorithm["algorithm"].dotted
        for certificate in certificates:
            _certificate(certificate)
    except _ERRORS as error:
        return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return ""


def _certificate(certificate: x509.Certificate) -> None:
    signed = certificate["tbs_certificate"]
    _ = (signed["version"].contents, signed["serial_number"].contents)
    _ = (
        signed["signature"]["algorithm"].dotted,
        certificate["signature_algorithm"]["algorithm"].dotted,
    )
    for end in ("not_before", "not_after"):
        _ = signed["validity"][end].chosen.contents
    for name in ("issuer", "subject"):
        for pairs in signed[name].chosen:
            for pair in pairs:
                _ = (pair["type"].dotted, pair["value"].contents)
    key = signed["subject_public_key_info"]
    _ = (key["algorithm"]["algorithm"].dotted, key["public_key"].contents)
    _ = certificate["signature_value"].contents
    for extension in signed["extensions"]:
        _ = (
            extension["extn_id"].dotted,
            extension["critical"].contents,
            extension["extn_value"].contents,
        )
