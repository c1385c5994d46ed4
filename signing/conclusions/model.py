"""The words of a validation report.

Three questions are kept apart. *Conclusion*: is this, bit for bit, what was signed? It knows no
certificate. *Indication*: does the signature stand by EN 319 102-1, with its certificate, at the
time that counts? *Qualification*: is it a qualified one? Nothing of the last two changes the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique


@unique
class Conclusion(StrEnum):
    """About integrity alone; of several signatures the worst counts (``SEVERITY``)."""

    UNSIGNED = "unsigned"  #: no signature and no trace of one
    INTACT = "intact"  #: digests and values hold, nothing unexplained came after or trails
    CHANGED = "changed"  #: the signed part holds, but something unexplained was added
    BROKEN = "broken"  #: a digest or a signature value does not hold
    INDETERMINATE = "indeterminate"  #: could not be decided, for the reasons given
    UNSUPPORTED = "unsupported"  #: signed, in a form that is not checked here


SEVERITY = (
    Conclusion.BROKEN,
    Conclusion.CHANGED,
    Conclusion.INDETERMINATE,
    Conclusion.UNSUPPORTED,
    Conclusion.INTACT,
    Conclusion.UNSIGNED,
)


@unique
class Indication(StrEnum):
    """Main status by EN 319 102-1 5.1.3; never derived from the sub-indication's name."""

    TOTAL_PASSED = "TOTAL_PASSED"
    TOTAL_FAILED = "TOTAL_FAILED"
    INDETERMINATE = "INDETERMINATE"


@unique
class Integrity(StrEnum):
    """Do digest and signature value of the signed part hold?"""

    INTACT = "intact"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@unique
class Changes(StrEnum):
    """What was added after signing."""

    NONE = "none"
    PERMITTED = "permitted"
    SUSPICIOUS = "suspicious"
    UNKNOWN = "unknown"


@unique
class Reading(StrEnum):
    """Whether the file could be read by the norm, or only with its defects tolerated."""

    STRICT = "strict"
    LENIENT = "lenient"


@unique
class Kind(StrEnum):
    """What the signature is for."""

    SIGNATURE = "SIGNATURE"
    SEAL = "SEAL"
    TIMESTAMP = "TIMESTAMP"
    DOC_TIMESTAMP = "DOC_TIMESTAMP"
    EVIDENCE_RECORD = "EVIDENCE_RECORD"
    USAGE_RIGHTS = "USAGE_RIGHTS"  #: of a form, for a vendor's reader; signs no document


STAMPS = (Kind.DOC_TIMESTAMP, Kind.TIMESTAMP)


@unique
class Reason(StrEnum):
    """Why a conclusion is what it is; ``signing/conclusions/german_wording.py`` has the German
    sentence for each."""

    DIGEST_MISMATCH = "digest_mismatch"
    VALUE_MISMATCH = "value_mismatch"
    ATTRIBUTES_REORDERED = "attributes_reordered"
    ATTRIBUTES_AS_TRANSMITTED = "attributes_as_transmitted"
    ALGORITHM_MISMATCH = "algorithm_mismatch"
    ENCAPSULATED_CONTENT = "encapsulated_content"
    NOT_WHOLE_REVISION = "not_whole_revision"
    TRAILING_BYTES = "trailing_bytes"
    CHANGED_AFTER_SIGNING = "changed_after_signing"
    CHANGE_NOT_ALLOWED = "change_not_allowed"
    PAGES_DIFFER = "pages_differ"
    MAY_HIDE = "may_hide"
    CHANGES_UNKNOWN = "changes_unknown"
    PERMITTED_CHANGES = "permitted_changes"
    HARMLESS_CAUSE = "harmless_cause"
    FIELD_MISSING = "field_missing"
    NOT_ANCHORED = "not_anchored"
    USAGE_RIGHTS_ONLY = "usage_rights_only"
    TRACE_ONLY = "trace_only"
    UNREADABLE = "unreadable"
    EMPTY_CONTENTS = "empty_contents"
    NO_SIGNER_CERTIFICATE = "no_signer_certificate"
    CONTENT_MISSING = "content_missing"
    CONTENT_BY_DIGEST = "content_by_digest"
    FORMAT_NOT_CHECKED = "format_not_checked"
    ALGORITHM_NOT_CHECKED = "algorithm_not_checked"
    READ_LENIENTLY = "read_leniently"
    FILE_UNREADABLE = "file_unreadable"
    ENCRYPTED = "encrypted"
    TOO_MANY_SIGNATURES = "too_many_signatures"
    TIMESTAMP_NOT_USABLE = "timestamp_not_usable"
    PART_NOT_COVERED = "part_not_covered"
    PART_OF_ANOTHER = "part_of_another"
    NOTHING_SIGNED = "nothing_signed"
    LEGACY_DE_CHAIN_MODEL = "legacy_de_chain_model"
    MAIL_AMBIGUOUS = "mail_ambiguous"
    HEADER_NOT_COVERED = "header_not_covered"
    SENDER_DIFFERS = "sender_differs"
    CHECK_DIED = "check_died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One finding: a reason, and what exactly was seen (English or an engine's own words)."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateInfo:
    """A certificate as far as a clerk or an auditor asks for it."""

    subject: str  #: distinguished name, readable
    name: str | None = None  #: common name
    organisation: str | None = None
    organisation_identifier: str | None = None
    pseudonym: bool = False
    issuer: str = ""
    serial: str = ""  #: hexadecimal
    sha256: str = ""  #: of the DER bytes
    not_before: datetime | None = None
    not_after: datetime | None = None
    qc_statements: tuple[str, ...] = ()
    source: str = ""  #: signature, dss, trust, content


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampInfo:
    """A time-stamp on a signature, as far as computed; trusted only if its chain ends in trust."""

    kind: str  #: SIG_TS, DOC_TS, ARCHIVE_TS, CONTENT_TS
    time: datetime | None = None
    integrity: Integrity = Integrity.UNKNOWN
    trusted: bool = False
    qualified: bool | None = None
    authority: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationInfo:
    """One piece of revocation data that was looked at."""

    certificate: str
    method: str  #: OCSP, CRL
    status: str  #: good, revoked, unknown
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    origin: str = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmUse:
    """An algorithm and what it was used for; age is judged in the indication, never here."""

    use: str  #: digest, signature
    algorithm: str
    key_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedListInfo:
    """The trusted list (or local anchor folder) that a result rests on."""

    territory: str
    sequence_number: int | None = None
    issue_date: datetime | None = None
    next_update: datetime | None = None
    sha256: str = ""
    service_name: str = ""
    service_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureResult:
    """One signature, seal, time-stamp or evidence record (field groups of evidence.md 9.4)."""

    signature_id: str  #: unique within the report
    field: str | None  #: form field, attachment or member that holds it
    container: str  #: PDF, CMS, XML, ASiC, EML, ERS
    format: str  #: PAdES, PDF, CAdES, CMS, XAdES, XMLDSig, RFC3161, RFC4998, ...
    kind: Kind
    conclusion: Conclusion
    indication: Indication
    sub_indication: str | None
    integrity: Integrity
    changes: Changes
    covers_whole_file: bool | None  #: None where the question makes no sense or is open
    indication_reason: str = ""  #: the engine's own words
    qualification: str = "not_assessed"
    qualification_reason: str = ""
    signer: str | None = None
    certificate: CertificateInfo | None = None
    claimed_level: str | None = None
    signing_time: datetime | None = None  #: claimed by the signer
    best_time: datetime | None = None  #: earliest proven existence
    best_time_source: str = "NONE"  #: SIG_TS, DOC_TS, RECEIPT, NONE
    byte_range: tuple[int, ...] | None = None
    chain: tuple[CertificateInfo, ...] = ()
    trust_anchor: str | None = None
    revocation: tuple[RevocationInfo, ...] = ()
    algorithms: tuple[AlgorithmUse, ...] = ()
    timestamps: tuple[TimestampInfo, ...] = ()
    trusted_list: TrustedListInfo | None = None
    notes: tuple[Note, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(note.reason for note in self.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What computed the report."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """One file's signatures, looked at once. Validating again makes a new report."""

    file: str
    sha256: str
    size: int
    conclusion: Conclusion
    reading: Reading
    signatures: tuple[SignatureResult, ...]
    warnings: tuple[str, ...]
    notes: tuple[Note, ...]
    validation_time: datetime
    engine: Engine
    forms: tuple[str, ...] = ()  #: what detection saw
    policy: str = "registratur-1"
    trust: str | None = None  #: sha256 over the trust store used
    trusted_lists: tuple[TrustedListInfo, ...] = ()
    contents: tuple[tuple[str, str], ...] = ()  #: detached content used: (name, sha256)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        found = [note.reason for note in self.notes]
        for signature in self.signatures:
            found.extend(signature.reasons)
        return tuple(dict.fromkeys(found))
