"""What a signature within a mail does not say: of other parts, and of the header fields.

The sender that a mail shows is a header field, which S/MIME does not sign (RFC 8551 3.1); it is
compared with the addresses that the signer's certificate names (RFC 8550 3).
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from email.header import decode_header
from email.utils import getaddresses

from asn1crypto import x509

from config.charsets import as_text
from config.mime import Entity
from config.other_signatures import armour_within
from signing.conclusions.model import Note, Reason
from signing.formats.cms.validation_material import STRUCTURE_ERRORS
from signing.formats.reader_result import Looked
from signing.formats.report_lines import unread_result

_ADDRESS = re.compile(r"[^\s<>\"'(),;:@\\\[\]]{1,64}@[^\s<>\"'(),;:@\\\[\]]{1,255}")


def in_mail(looked: Looked, *, covers_whole_file: bool) -> Looked:
    """The signature as one of a mail."""
    result = dataclasses.replace(
        looked.result, container="EML", covers_whole_file=covers_whole_file
    )
    return dataclasses.replace(looked, result=result)


def sender_notes(mail: Entity, looked: Looked) -> tuple[Note, ...]:
    """That the header is not covered, and whether its sender is one of the certificate's."""
    if looked.result.certificate is None:
        return ()
    shown = [value for name, value in mail.fields if name in ("from", "subject", "date", "to")]
    notes = [Note(reason=Reason.HEADER_NOT_COVERED)] if shown else []
    written = [value for name, value in mail.fields if name == "from"]
    if len(written) > 1:  # which one is shown, each program decides
        notes.append(Note(reason=Reason.MAIL_AMBIGUOUS, detail=" / ".join(written)[:300]))
    senders = {address for value in written for address in _addresses(value)}
    known = {} if looked.check is None else addresses_of(looked.check.certificate)
    if senders and known and not senders <= set(known):
        detail = f"{', '.join(sorted(senders - set(known)))} / {', '.join(sorted(known))}"
        notes.append(Note(reason=Reason.SENDER_DIFFERS, detail=detail[:300]))
    return tuple(notes)


def _addresses(value: str) -> set[str]:
    """All that a person may take for the sender's address: also in a name, a comment or an encoded
    word, which mail programs show first or alone."""
    shown = (value, _decoded(value))
    found = {address.strip("'") for _, address in getaddresses([value]) if "@" in address}
    for text in shown:
        found |= set(_ADDRESS.findall(unicodedata.normalize("NFKC", text)))
    return {address.casefold() for address in found}


def _decoded(value: str) -> str:
    """With its encoded words (RFC 2047) undone; as it stands where they break the rules."""
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError):
        return value
    return "".join(
        as_text(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def armoured(text: bytes, *, html: bool) -> tuple[Looked, ...]:
    """A signed message that stands somewhere in a text, which is not read there."""
    form = armour_within(text, html=html)
    if form is None:
        return ()
    return (
        unread_result(
            signature_id="S1",
            field=None,
            container="EML",
            form="CMS" if form == "cms" else "PGP",
            reason=Reason.TRACE_ONLY if form == "cms" else Reason.FORMAT_NOT_CHECKED,
            detail="an armour within a text",
            supported=form == "cms",
        ),
    )


def addresses_of(certificate: x509.Certificate | None) -> dict[str, str]:
    """Mail addresses of a certificate, casefolded to as written: from its alternative names, and
    from its subject (the older way)."""
    found: list[str] = []
    if certificate is None:
        return {}
    try:
        alternative = certificate.subject_alt_name_value
        for name in alternative or ():
            if name.name == "rfc822_name":
                found.append(str(name.native))
        for names in certificate.subject.chosen:
            found += [
                str(entry["value"].native)
                for entry in names
                if entry["type"].native == "email_address"
            ]
    except STRUCTURE_ERRORS:
        return {}
    return {address.casefold(): address for address in found}
