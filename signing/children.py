"""The functions of this room that children run; what each does stands where it is defined."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from config.jobs import ChildFunction
from signing.conclusions.model import SignatureReport
from signing.trust.trust_folder import Trust

VALIDATE: ChildFunction[[Path, tuple[Path, ...], datetime, Trust | None, str], SignatureReport]
VALIDATE = ChildFunction("signing.validate:validate_file", (SignatureReport,))
PROTOCOL: ChildFunction[[SignatureReport], bytes]
PROTOCOL = ChildFunction("signing.report.protocol:protocol_pdf", (bytes,))
