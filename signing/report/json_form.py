"""A report to JSON and back; the shape of ``registratur signatures --json``."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from datetime import datetime
from enum import StrEnum
from typing import Any

from config.errors import ConfigError
from signing.conclusions.model import SignatureReport, SignatureResult

FORMAT = "registratur-signature-report"
FORMAT_VERSION = 1  #: docs/reference/signatures.md


def to_json(report: SignatureReport) -> bytes:
    """The whole report in UTF-8, stable in order; ``from_json`` gives it back equal."""
    document = {"format": FORMAT, "version": FORMAT_VERSION, **_plain(report)}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def from_json(data: bytes | str) -> SignatureReport:
    """Read a kept report. Raises ConfigError when it is none, or of a newer format."""
    try:
        document = json.loads(data)
        version = document["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"this is no signature report: {error}") from None
    if document.get("format") != FORMAT or version != FORMAT_VERSION:
        raise ConfigError(
            f"signature report of format {document.get('format')!r} version {version!r}: "
            f"this program reads version {FORMAT_VERSION}; use the program that wrote it"
        )
    try:
        return typing.cast(SignatureReport, _typed(document, SignatureReport))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"the signature report is damaged: {error!r}") from None


def public(report: SignatureReport) -> dict[str, Any]:
    """Exactly what ``registratur signatures --json`` promises for one file."""
    return {
        "file": report.file,
        "sha256": report.sha256,
        "conclusion": report.conclusion.value,
        "reading": report.reading.value,
        "signatures": [_public_signature(signature) for signature in report.signatures],
        "warnings": list(report.warnings),
    }


def _public_signature(signature: SignatureResult) -> dict[str, Any]:
    return {
        "field": signature.field,
        "format": signature.format,
        "kind": signature.kind.value,
        "indication": signature.indication.value,
        "sub_indication": signature.sub_indication,
        "integrity": signature.integrity.value,
        "changes": signature.changes.value,
        "covers_whole_file": signature.covers_whole_file,
        "qualification": signature.qualification,
        "signer": signature.signer,
        "signing_time": _plain(signature.signing_time),
        "best_time": _plain(signature.best_time),
        "trusted_list": _plain(signature.trusted_list),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value


def _typed(value: Any, wanted: Any) -> Any:
    """``value`` as JSON gave it, as the annotation ``wanted`` says."""
    origin = typing.get_origin(wanted)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        (wanted,) = [part for part in typing.get_args(wanted) if part is not type(None)]
        return _typed(value, wanted)
    if origin is tuple:
        parts = typing.get_args(wanted)
        if len(parts) == 2 and parts[1] is Ellipsis:
            return tuple(_typed(item, parts[0]) for item in value)
        return tuple(_typed(item, part) for item, part in zip(value, parts, strict=True))
    if wanted is datetime:
        return datetime.fromisoformat(value)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return wanted(value)
    if dataclasses.is_dataclass(wanted):
        hints = typing.get_type_hints(wanted)
        known = {f.name for f in dataclasses.fields(wanted)}
        return wanted(  # type: ignore[operator]
            **{k: _typed(v, hints[k]) for k, v in value.items() if k in known}
        )
    return value
