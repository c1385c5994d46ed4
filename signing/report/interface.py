"""The validation report: its words, its JSON, its German. Others import from here."""

from __future__ import annotations

from signing.conclusions.german_wording import Tone, tone, wording
from signing.conclusions.model import (
    SEVERITY,
    AlgorithmUse,
    CertificateInfo,
    Changes,
    Conclusion,
    Engine,
    Indication,
    Integrity,
    Kind,
    Note,
    Reading,
    Reason,
    RevocationInfo,
    SignatureReport,
    SignatureResult,
    TimestampInfo,
    TrustedListInfo,
)
from signing.report.json_form import FORMAT_VERSION, from_json, public, to_json

__all__ = [
    "FORMAT_VERSION",
    "SEVERITY",
    "AlgorithmUse",
    "CertificateInfo",
    "Changes",
    "Conclusion",
    "Engine",
    "Indication",
    "Integrity",
    "Kind",
    "Note",
    "Reading",
    "Reason",
    "RevocationInfo",
    "SignatureReport",
    "SignatureResult",
    "TimestampInfo",
    "Tone",
    "TrustedListInfo",
    "from_json",
    "public",
    "to_json",
    "tone",
    "wording",
]
