"""A CMS file (.p7s, .p7m): every signer, countersigner and time-stamp in it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms

from config.wrapping import unwrap
from signing.conclusions.conclusion_table import Check, Coverage, IntegrityFacts, Modification
from signing.conclusions.model import Kind, Note, Reason
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.formats.cms import algorithms
from signing.formats.cms.signed_data import (
    COUNTER_SIGNATURE,
    EVIDENCE_RECORDS,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    TST_INFO,
    ContentDigest,
    Message,
    attribute_values,
    check_signer,
    read_message,
)
from signing.formats.cms.timestamps import check_token, imprint_of, tokens_of
from signing.formats.cms.validation_material import STRUCTURE_ERRORS, material_of
from signing.formats.detached_content import Candidates, Chosen, choose, file_digest
from signing.formats.reader_result import Looked, doubtful, noted
from signing.formats.report_lines import limited, signer_result, unread_result


@dataclass(frozen=True, slots=True)
class CmsSignatures:
    """What was found in one CMS message, and the detached content that was used."""

    signatures: tuple[Looked, ...]
    content: Path | None = None
    inner: bytes | None = None  #: the content that the message itself holds


def check_cms(data: bytes, contents: Candidates, *, field: str | None = None) -> CmsSignatures:
    """Look at all signers of a message. Never raises for what the message holds."""
    try:
        plain = unwrap(data)
        message = read_message(plain.data)
        blank = not plain.data[message.length :].strip(b"\0\t\n\r ")
        around = Check.UNKNOWN if plain.foreign else Check.HOLDS
        facts = _file_facts(around if blank else Check.FAILS)
        found = check_message(message, contents, facts, field=field)
        return _read_leniently(found, plain.tolerated)
    except (UnreadableSignature, RecursionError, *STRUCTURE_ERRORS) as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        return CmsSignatures((_unread("S1", field, Reason.UNREADABLE, detail),))


def _read_leniently(found: CmsSignatures, tolerated: str) -> CmsSignatures:
    if not tolerated:
        return found
    note = Note(reason=Reason.READ_LENIENTLY, detail=tolerated)
    signatures = tuple(noted(looked, note) for looked in found.signatures)
    return dataclasses.replace(found, signatures=signatures)


def check_message(
    message: Message, contents: Candidates, facts: IntegrityFacts, *, field: str | None = None
) -> CmsSignatures:
    """The signers of a message that was read. ``contents``: files that may be what was signed."""
    if message.content_type == TST_INFO:
        return _check_stamp(message, contents, facts, field)
    if message.content is not None:
        return _with_its_own(message, message.content, contents, facts, field)
    used = choose(contents, functools.partial(_fits, message))
    if used.path is None:
        missing = [_unread(f"S{n}", field, Reason.CONTENT_MISSING, "") for n in _count(message)]
        return CmsSignatures(tuple(missing))
    digest = functools.partial(file_digest, used.path)
    return _said_of(used, check_signers(message, digest, facts, field=field))


def _with_its_own(
    message: Message,
    content: bytes,
    contents: Candidates,
    facts: IntegrityFacts,
    field: str | None,
) -> CmsSignatures:
    """A message with its content. What is shown beside it as signed must be the same, byte for byte
    (in a mail, RFC 8551 3.5.3.1, there is no content at all): else the signature vouches for
    something that nobody sees."""
    same = [path for path in contents.shown if _holds(path, content)]
    if len(same) < len(contents.shown) and (contents.exact or not same):
        facts = dataclasses.replace(facts, structure=Check.FAILS)
    found = check_signers(message, message.content_digest, facts, field=field)
    return CmsSignatures(found, same[0] if same else None, inner=content)


def _holds(path: Path, content: bytes) -> bool:
    return path.stat().st_size == len(content) and path.read_bytes() == content


def _said_of(used: Chosen, found: tuple[Looked, ...]) -> CmsSignatures:
    """The signatures with what there is to say of their content's choice."""
    if used.note is not None:
        found = tuple(noted(looked, used.note) for looked in found)
    if used.doubt is not None:
        found = tuple(doubtful(looked, (used.doubt,)) for looked in found)
    return CmsSignatures(found, used.path)


def _check_stamp(
    message: Message, contents: Candidates, facts: IntegrityFacts, field: str | None
) -> CmsSignatures:
    """A bare token (RFC 3161): what it holds is its own statement, what it stamps lies beside."""
    used = choose(contents, functools.partial(_is_stamped, message))
    if used.path is None:
        missing = _unread("S1", field, Reason.CONTENT_MISSING, "")
        return CmsSignatures((missing,))
    digest = functools.partial(file_digest, used.path)
    return _said_of(used, check_signers(message, digest, facts, field=field))


def _is_stamped(message: Message, path: Path) -> bool:
    """Whether the token's imprint is of that file."""
    named = imprint_of(message)
    try:
        return named is not None and file_digest(path, named[0]) == named[1]
    except UnsupportedAlgorithm:
        return False


def check_signers(
    message: Message, digest: ContentDigest, facts: IntegrityFacts, *, field: str | None
) -> tuple[Looked, ...]:
    """Every signer over a content whose ``digest`` is given, each by itself."""
    if not message.signers:
        return (_unread("S1", field, Reason.UNREADABLE, "a message without signers"),)
    once = functools.cache(digest)  # many signers, one reading of the content

    def each() -> Iterator[Looked]:
        for number, signer in zip(_count(message), message.signers, strict=True):
            yield from _signer(message, signer, once, facts, f"S{number}", field)

    return limited(each(), "CMS")


def _count(message: Message) -> range:
    return range(1, len(message.signers) + 1)


def _fits(message: Message, path: Path) -> bool:
    """Whether a signer names the digest of that file."""
    for signer in message.signers:
        try:
            name = algorithms.digest_name(signer["digest_algorithm"])
            named = attribute_values(signer["signed_attrs"], "1.2.840.113549.1.9.4")
            if named and named[0].native == file_digest(path, name):
                return True
        except (UnsupportedAlgorithm, *STRUCTURE_ERRORS):
            continue
    return False


def _file_facts(trailing: Check) -> IntegrityFacts:
    return IntegrityFacts(
        structure=Check.HOLDS,
        coverage=Coverage.WHOLE_FILE,
        trailing=trailing,
        modification=Modification.NONE,
        allowed=Check.HOLDS,
        pages=Check.HOLDS,
        parts=Check.HOLDS,
    )


def _signer(
    message: Message,
    signer: cms.SignerInfo,
    digest: ContentDigest,
    facts: IntegrityFacts,
    signature_id: str,
    field: str | None,
) -> list[Looked]:
    try:
        if message.content_type == TST_INFO:
            return [_timestamp(message, digest, facts, signature_id, field)]
        check = check_signer(message, signer, digest)
        stamps = tokens_of(signer, check.signature)
        result = signer_result(
            signature_id=signature_id,
            field=field,
            container="CMS",
            form=_form(signer),
            facts=facts,
            check=check,
            covers_whole_file=True,
            claimed_level=_level(signer),
            tokens=stamps,
            material=material_of(message),
            notes=_evidence_notes(signer),
        )
        return [result, *_countersigners(message, signer, check.signature, facts, signature_id)]
    except (UnreadableSignature, RecursionError, *STRUCTURE_ERRORS) as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        return [_unread(signature_id, field, Reason.UNREADABLE, detail)]


def _timestamp(
    message: Message,
    digest: ContentDigest,
    facts: IntegrityFacts,
    signature_id: str,
    field: str | None,
) -> Looked:
    """A bare token: its imprint is over the content that lies elsewhere."""
    token = check_token(message, digest)
    merged = Check.FAILS if token.imprint is Check.FAILS else token.signer.digest
    return signer_result(
        signature_id=signature_id,
        field=field,
        container="CMS",
        form="RFC3161",
        facts=facts,
        check=dataclasses.replace(token.signer, digest=merged, signing_time=token.time),
        covers_whole_file=True,
        kind=Kind.TIMESTAMP,
        material=material_of(message),
    )


def _countersigners(
    message: Message,
    signer: cms.SignerInfo,
    signature: bytes,
    facts: IntegrityFacts,
    signature_id: str,
) -> list[Looked]:
    """RFC 5652 11.4: the content of a countersignature is the other's signature value."""

    def stamped(name: str) -> bytes:
        running = algorithms.new_hash(name)
        running.update(signature)
        return running.digest()

    found = []
    for number, value in enumerate(
        attribute_values(signer["unsigned_attrs"], COUNTER_SIGNATURE), 1
    ):
        name = f"{signature_id}.{number}"
        try:
            other = cms.SignerInfo.load(value.dump())
            check = check_signer(message, other, stamped, countersigns=True)
            found.append(
                signer_result(
                    signature_id=name,
                    field="Gegensignatur",
                    container="CMS",
                    form=_form(other),
                    facts=facts,
                    check=check,
                    covers_whole_file=None,
                    tokens=tokens_of(other, check.signature),
                    material=material_of(message),
                )
            )
        except (UnreadableSignature, RecursionError, *STRUCTURE_ERRORS) as error:
            said = f"{type(error).__name__}: {error}"[:300]
            found.append(_unread(name, "Gegensignatur", Reason.UNREADABLE, said))
    return found


def _form(signer: cms.SignerInfo) -> str:
    attributes = signer["signed_attrs"]
    bound = [
        *attribute_values(attributes, SIGNING_CERTIFICATE),
        *attribute_values(attributes, SIGNING_CERTIFICATE_V2),
    ]
    return "CAdES" if bound else "CMS"


def _level(signer: cms.SignerInfo) -> str:
    """B, T or more, by the attributes that are there; whether they hold is said elsewhere."""
    present = {attribute["type"].dotted for attribute in _unsigned(signer)}
    if {"1.2.840.113549.1.9.16.2.48", "0.4.0.1733.2.4", "1.2.840.113549.1.9.16.2.27"} & present:
        return "LTA"
    return "T" if "1.2.840.113549.1.9.16.2.14" in present else "B"


def _unsigned(signer: cms.SignerInfo) -> list[cms.CMSAttribute]:
    attributes = signer["unsigned_attrs"]
    return list(attributes) if len(attributes.dump()) else []


def _evidence_notes(signer: cms.SignerInfo) -> tuple[Note, ...]:
    if not any(attribute["type"].dotted in EVIDENCE_RECORDS for attribute in _unsigned(signer)):
        return ()
    return (Note(reason=Reason.TIMESTAMP_NOT_USABLE, detail="embedded evidence record"),)


def _unread(signature_id: str, field: str | None, reason: Reason, detail: str) -> Looked:
    return unread_result(
        signature_id=signature_id,
        field=field,
        container="CMS",
        form="CMS",
        reason=reason,
        detail=detail,
    )
