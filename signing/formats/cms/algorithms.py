"""Digests and signature values, by object identifier, on ``cryptography``.

Computes only. Whether an algorithm was still good at some time is a question of policy and is
asked elsewhere (``signing/trust/certificate_chain.py``); an old algorithm never makes a true value
false.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

from asn1crypto import algos, core, keys
from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm as NotInOpenSsl
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (
    dsa,
    ec,
    ed448,
    ed25519,
    padding,
    rsa,
    utils,
)

from config.der import encode
from signing.errors import UnsupportedAlgorithm

DIGESTS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "1.3.36.3.2.1": "ripemd160",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.5": "sha512_224",
    "2.16.840.1.101.3.4.2.6": "sha512_256",
    "2.16.840.1.101.3.4.2.7": "sha3_224",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
    "2.16.840.1.101.3.4.2.11": "shake_128",
    "2.16.840.1.101.3.4.2.12": "shake_256",
}
#: id-shake256-len names its output in bits; Ed448 takes 512 (RFC 8419 3.1)
SHAKE256_LEN = "2.16.840.1.101.3.4.2.18"
SHAKES = {"shake_128": 32, "shake_256": 64}  #: bytes of output (RFC 8702 3.1)
DIGEST_OIDS = {name: oid for oid, name in DIGESTS.items()}

#: signature algorithm -> (scheme, digest or None where the digest algorithm of the signer counts)
SIGNATURES: dict[str, tuple[str, str | None]] = {
    "1.2.840.113549.1.1.1": ("rsa", None),
    "1.2.840.113549.1.1.4": ("rsa", "md5"),
    "1.2.840.113549.1.1.5": ("rsa", "sha1"),
    "1.3.14.3.2.29": ("rsa", "sha1"),
    "1.2.840.113549.1.1.10": ("pss", None),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.113549.1.1.14": ("rsa", "sha224"),
    "1.3.36.3.3.1.2": ("rsa", "ripemd160"),
    "2.16.840.1.101.3.4.3.13": ("rsa", "sha3_224"),
    "2.16.840.1.101.3.4.3.14": ("rsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.15": ("rsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.16": ("rsa", "sha3_512"),
    "1.2.840.10045.2.1": ("ecdsa", None),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": ("ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
    "2.16.840.1.101.3.4.3.9": ("ecdsa", "sha3_224"),
    "2.16.840.1.101.3.4.3.10": ("ecdsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.11": ("ecdsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.12": ("ecdsa", "sha3_512"),
    # BSI TR-03111 plain format (r || s), as German signature cards use it
    "0.4.0.127.0.7.1.1.4.1.1": ("ecdsa-plain", "sha1"),
    "0.4.0.127.0.7.1.1.4.1.2": ("ecdsa-plain", "sha224"),
    "0.4.0.127.0.7.1.1.4.1.3": ("ecdsa-plain", "sha256"),
    "0.4.0.127.0.7.1.1.4.1.4": ("ecdsa-plain", "sha384"),
    "0.4.0.127.0.7.1.1.4.1.5": ("ecdsa-plain", "sha512"),
    "0.4.0.127.0.7.1.1.4.1.6": ("ecdsa-plain", "ripemd160"),
    "1.2.840.10040.4.1": ("dsa", None),
    "1.2.840.10040.4.3": ("dsa", "sha1"),
    "2.16.840.1.101.3.4.3.1": ("dsa", "sha224"),
    "2.16.840.1.101.3.4.3.2": ("dsa", "sha256"),
    "1.3.101.112": ("ed25519", None),
    "1.3.101.113": ("ed448", None),
}

PublicKey = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | dsa.DSAPublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A signature algorithm, ready to compute."""

    name: str
    digest: str
    pss: algos.RSASSAPSSParams | None = None


def digest_name(algorithm: algos.DigestAlgorithm) -> str:
    """hashlib's name. Raises UnsupportedAlgorithm for what is not computed here."""
    oid = algorithm["algorithm"].dotted
    if oid == SHAKE256_LEN and algorithm["parameters"].native == 8 * SHAKES["shake_256"]:
        return "shake_256"
    try:
        return DIGESTS[oid]
    except KeyError:
        raise UnsupportedAlgorithm(f"digest algorithm {oid}") from None


class Running(Protocol):
    """A digest that is being computed."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Shake:
    """An extendable-output function with the one length that CMS gives it."""

    def __init__(self, name: str) -> None:
        self._running = hashlib.shake_128() if name == "shake_128" else hashlib.shake_256()
        self._length = SHAKES[name]

    def update(self, data: bytes, /) -> None:
        self._running.update(data)

    def digest(self) -> bytes:
        return self._running.digest(self._length)


def new_hash(name: str) -> Running:
    """A running digest. Raises UnsupportedAlgorithm where this machine's OpenSSL lacks it."""
    if name in SHAKES:
        return _Shake(name)
    try:
        return hashlib.new(name, usedforsecurity=False)
    except ValueError:
        raise UnsupportedAlgorithm(f"digest algorithm {name}") from None


def scheme_of(algorithm: algos.SignedDigestAlgorithm, digest: str) -> Scheme:
    """The scheme that an AlgorithmIdentifier names; ``digest`` is the signer's own."""
    oid = algorithm["algorithm"].dotted
    if oid not in SIGNATURES:
        raise UnsupportedAlgorithm(f"signature algorithm {oid}")
    name, fixed = SIGNATURES[oid]
    if name != "pss":
        return Scheme(name=name, digest=fixed or digest)
    parameters = algorithm["parameters"]
    if not isinstance(parameters, algos.RSASSAPSSParams):
        parameters = algos.RSASSAPSSParams.load(parameters.dump())
    return Scheme(name=name, digest=digest_name(parameters["hash_algorithm"]), pss=parameters)


def public_key(info: keys.PublicKeyInfo) -> PublicKey:
    """The key of a certificate; some real ones carry a modulus that reads as negative."""
    oid = info["algorithm"]["algorithm"].dotted
    try:
        if oid in ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"):
            return _rsa_key(info)
        key = serialization.load_der_public_key(info.dump())
    except (ValueError, TypeError, NotInOpenSsl) as error:
        raise UnsupportedAlgorithm(f"public key {oid}: {error}") from None
    if not isinstance(key, PublicKey):
        raise UnsupportedAlgorithm(f"public key {oid}")
    return key


def _rsa_key(info: keys.PublicKeyInfo) -> rsa.RSAPublicKey:
    body = core.Sequence.load(bytes(info["public_key"].parsed.dump()))
    if not all(isinstance(body[i], core.Integer) and not body[i].method for i in (0, 1)):
        raise ValueError("an RSA key that is no two numbers")
    modulus, exponent = (int.from_bytes(body[i].contents, "big") for i in (0, 1))
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def key_size(key: PublicKey) -> int:
    """Bits of the modulus or of the curve."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return 256
    if isinstance(key, ed448.Ed448PublicKey):
        return 456
    return key.key_size


def value_holds(
    key: PublicKey, scheme: Scheme, signature: bytes, digest: bytes, message: bytes | None
) -> bool:
    """Does ``signature`` hold over the data with this ``digest`` (by ``scheme.digest``)?

    ``message`` is the data itself, which Ed25519 and Ed448 need. Raises UnsupportedAlgorithm.
    """
    try:
        _verify(key, scheme, signature, digest, message)
    except InvalidSignature:
        return False
    except (ValueError, NotInOpenSsl) as error:
        raise UnsupportedAlgorithm(f"{scheme.name} with {scheme.digest}: {error}") from None
    return True


def _verify(
    key: PublicKey, scheme: Scheme, signature: bytes, digest: bytes, message: bytes | None
) -> None:
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        if message is None or scheme.name not in ("ed25519", "ed448"):
            raise UnsupportedAlgorithm(f"{scheme.name} with an Edwards key")
        key.verify(signature, message)
    elif isinstance(key, rsa.RSAPublicKey):
        _verify_rsa(key, scheme, signature, digest)
    elif isinstance(key, dsa.DSAPublicKey):
        key.verify(signature, digest, utils.Prehashed(_hash(scheme.digest)))
    else:
        _verify_ecdsa(key, scheme, signature, digest)


def _verify_rsa(key: rsa.RSAPublicKey, scheme: Scheme, signature: bytes, digest: bytes) -> None:
    # Some programs write the value as a number, without zeros or with one before it.
    signature = signature.lstrip(b"\0").rjust((key.key_size + 7) // 8, b"\0")
    if scheme.pss is not None:
        mask = scheme.pss["mask_gen_algorithm"]
        if mask["algorithm"].native != "mgf1":
            raise UnsupportedAlgorithm(f"mask generation {mask['algorithm'].native}")
        pad = padding.PSS(
            mgf=padding.MGF1(_hash(digest_name(mask["parameters"]))),
            salt_length=int(scheme.pss["salt_length"].native),
        )
        key.verify(signature, digest, pad, utils.Prehashed(_hash(scheme.digest)))
        return
    if scheme.name != "rsa":
        raise UnsupportedAlgorithm(f"{scheme.name} with an RSA key")
    # The whole DigestInfo is compared, not parsed: a lax parser is how such values get forged.
    found = key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
    if not any(hmac.compare_digest(found, form) for form in _digest_infos(scheme.digest, digest)):
        raise InvalidSignature


def _digest_infos(name: str, digest: bytes) -> tuple[bytes, bytes]:
    """The DigestInfo with NULL parameters, and without (RFC 8017 9.2 allows both to verifiers)."""
    oid = core.ObjectIdentifier(DIGEST_OIDS[name]).dump()
    octets = encode(b"\x04", digest)
    return (
        encode(b"\x30", encode(b"\x30", oid + b"\x05\x00") + octets),
        encode(b"\x30", encode(b"\x30", oid) + octets),
    )


def _verify_ecdsa(
    key: ec.EllipticCurvePublicKey, scheme: Scheme, signature: bytes, digest: bytes
) -> None:
    if not scheme.name.startswith("ecdsa"):
        raise UnsupportedAlgorithm(f"{scheme.name} with an elliptic curve key")
    if scheme.name == "ecdsa-plain":
        half, rest = divmod(len(signature), 2)
        if rest or not half:
            raise InvalidSignature
        signature = utils.encode_dss_signature(
            int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        )
    key.verify(signature, digest, ec.ECDSA(utils.Prehashed(_hash(scheme.digest))))


_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha512_224": hashes.SHA512_224,
    "sha512_256": hashes.SHA512_256,
    "sha3_224": hashes.SHA3_224,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}


def _hash(name: str) -> hashes.HashAlgorithm:
    if name not in _HASHES:
        raise UnsupportedAlgorithm(f"digest algorithm {name} with this key")
    return _HASHES[name]()
