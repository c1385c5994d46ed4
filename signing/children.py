"""The functions of this room that children run; what each does stands where it is defined."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from config.jobs import ChildFunction
from signing.trust import Trust
from signing.words import SignatureReport

VALIDATE: ChildFunction[[Path, tuple[Path, ...], datetime, Trust | None, str], SignatureReport]
VALIDATE = ChildFunction("signing.validate:validate_file", (SignatureReport,))
PROTOCOL: ChildFunction[[SignatureReport], bytes]
PROTOCOL = ChildFunction("signing.protocol:protocol_pdf", (bytes,))
