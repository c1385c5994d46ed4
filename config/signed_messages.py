"""Signed, sealed and enciphered messages by their first bytes: CMS, time-stamps, evidence, OpenPGP."""

from __future__ import annotations

import re
import zlib

from config.der import children, read
from config.errors import UnreadableSignature
from config.wrapping import HEAD, has_traces, unwrap

_DATA = bytes.fromhex("06092a864886f70d010701")
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
#: content types that show nothing from outside (RFC 5652, 5083, 3274): OID -> what it is
_CLOSED = {
    bytes.fromhex("06092a864886f70d010703"): "enveloped",
    bytes.fromhex("06092a864886f70d010704"): "signed and enveloped",
    bytes.fromhex("06092a864886f70d010706"): "encrypted",
    bytes.fromhex("060b2a864886f70d0109100117"): "authenticated and enveloped",
    bytes.fromhex("060b2a864886f70d0109100109"): "compressed",
    bytes.fromhex("060b2a864886f70d0109100102"): "authenticated",
}
_EVIDENCE_RECORD = re.compile(rb"\x30[\x80-\x84][\x00-\xff]{0,4}?\x02\x01\x01\x30")
_ARMOUR = re.compile(rb"^-----BEGIN PGP (SIGNED MESSAGE|SIGNATURE|MESSAGE)-----", re.MULTILINE)
_PACKETS = 64  #: bytes of an OpenPGP message that are decompressed to see what it begins with


def kind_of_message(head: bytes, *, whole: bool = True) -> str | None:
    """p7s, p7m, timestamp, evidence_record or openpgp (values of ``FileKind``), else None.

    Wrappings (PEM, base64, bytes before it) are passed over. ``whole``: False where ``head`` is
    the beginning of a larger file.
    """
    unwrapped = unwrap(head[:HEAD], whole=whole)
    if unwrapped.is_signed:
        return _of_signed_data(unwrapped.data)
    if closed_content(unwrapped.data):
        return "p7m"
    if is_evidence_record(unwrapped.data):
        return "evidence_record"
    if openpgp_starts(head):
        return "openpgp"
    return "p7s" if has_traces(head[:HEAD]) else None


def encapsulated(message: bytes) -> tuple[bytes, bytes | None]:
    """Type (the octets of its identifier) and octets of what a SignedData in definite-length
    encoding signs (RFC 5652, 5.2); None where it lies elsewhere.

    Read here and not by a library, which takes the octets for what their type says: a text may be
    signed as "signed data". PKCS#7 1.5 messages may hold any type, whose value octets count.

    Raises:
        UnreadableSignature, ValueError, IndexError: it is no such message.
    """
    _, explicit = children(message, read(message))
    (signed,) = children(message, explicit)
    kind, *content = children(message, children(message, signed)[2])
    name = message[kind.start : kind.end]
    if not content or content[0].tag[0] & 0xC0 != 0x80:  # [0] EXPLICIT
        return name, None if not content else message[content[0].start : content[0].end]
    (octets,) = children(message, content[0])
    return name, message[octets.start : octets.end]


def closed_content(message: bytes) -> str | None:
    """What a CMS message is whose content cannot be looked into; ``message`` in BER."""
    if message[:1] != b"\x30":
        return None
    return next((name for oid, name in _CLOSED.items() if oid in message[:32]), None)


def is_evidence_record(message: bytes) -> bool:
    """EvidenceRecord ::= SEQUENCE { version 1, SEQUENCE OF AlgorithmIdentifier, ... } (RFC 4998)."""
    if not _EVIDENCE_RECORD.match(message):
        return False
    size = message[1] & 0x7F if message[1] > 0x80 else 0
    try:
        version = read(message, 2 + size)
    except UnreadableSignature:
        return False
    return version.tag == b"\x02" and message[version.start : version.end] == b"\x01"


def openpgp_starts(head: bytes) -> str | None:
    """What of OpenPGP (RFC 9580) the text holds or the packet is: signature, message, or None."""
    armour = _ARMOUR.search(head)
    if armour:
        return "message" if armour[1] == b"MESSAGE" else "signature"
    return _packet(head)


def _of_signed_data(message: bytes) -> str:
    """Content inside (p7m) or beside it (p7s): in detached form the sequence that names the kind of
    content (RFC 5652, 5.2) holds nothing else; what follows it are the certificates."""
    places = [at for oid in (_DATA, _TST_INFO) if (at := message.find(oid, 0, 1024)) >= 0]
    if not places:
        return "p7m"
    at = min(places)
    if message.startswith(_TST_INFO, at):
        return "timestamp"
    after = at + len(_DATA)
    alone = message[at - 2 : at] == bytes((0x30, len(_DATA)))
    return "p7m" if message[after : after + 1] == b"\xa0" and not alone else "p7s"


def _packet(head: bytes, compressed: bool = True) -> str | None:
    """The first packet in binary form: a signature, or a message that begins with signing (one
    pass, RFC 9580, 5.4), also within compressed data."""
    body = _packet_body(head)
    if body is None:
        return None
    tag, content = body
    if tag == 2 and len(content) > 16 and content[:2] == b"\x03\x05":
        return "signature" if _plausible(content[2], content[15], content[16]) else None
    if tag == 2 and len(content) > 3 and content[0] in (4, 6):
        return "signature" if _plausible(content[1], content[2], content[3]) else None
    if tag == 4 and len(content) > 3 and content[0] in (3, 6):
        return "signature" if _plausible(content[1], content[3], content[2]) else None
    if tag == 8 and compressed and content[:1] in (b"\x01", b"\x02"):
        inner = _inflated(content[1:], raw=content[:1] == b"\x01")
        return _packet(inner, compressed=False)
    return None


def _plausible(kind: int, key: int, digest: int) -> bool:
    return kind in (0, 1) and (1 <= key <= 3 or 16 <= key <= 28) and 1 <= digest <= 14


def _packet_body(head: bytes) -> tuple[int, bytes] | None:
    """Tag and content of the packet at the beginning (RFC 9580, 4.2)."""
    if len(head) < 6 or not head[0] & 0x80:
        return None
    if head[0] & 0x40:
        size = 5 if head[1] == 255 else 2 if 192 <= head[1] < 224 else 1
        return head[0] & 0x3F, head[1 + size :]
    return head[0] >> 2 & 0x0F, head[1 + (1, 2, 4, 0)[head[0] & 3] :]


def _inflated(data: bytes, *, raw: bool) -> bytes:
    try:
        return zlib.decompressobj(-15 if raw else 15).decompress(data, _PACKETS)
    except zlib.error:
        return b""
