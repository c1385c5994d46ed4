"""The work of ``registratur bench signatures``: what validating signatures costs here."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from api.commands.common import say, tell
from config import logs
from config.clock import now
from config.errors import UsageError
from signing.bench import Cost, Large, compare, large_file
from signing.trust.trust_folder import Trust

MOST_MEMORY = 400 * 2**20  #: bytes that a child may have had for the large file


def run(
    paths: list[Path] | None, *, trust: Path | None, rounds: int, large: bool, as_json: bool
) -> None:
    """Measure and tell; exit 1 where the large file took too much memory."""
    logs.set_up("error", json_lines=False)
    if not paths and not large:
        raise UsageError("Eine signierte PDF-Datei nennen, oder --large.")
    known = Trust(trust) if trust else None
    costs = [compare(path, known, at=now(), rounds=rounds) for path in paths or ()]
    big = large_file(at=now()) if large else None
    if as_json:
        files = [{**asdict(cost), "ratio": cost.ratio} for cost in costs]
        say({"files": files, "large": asdict(big) if big else None})
    else:
        _print(costs, big)
    if big is not None and big.peak > MOST_MEMORY:
        sys.exit(1)


def _print(costs: list[Cost], big: Large | None) -> None:
    for cost in costs:
        theirs, ratio = cost.theirs, cost.ratio
        against = "pyHanko lehnt ab" if theirs is None else f"pyHanko {theirs * 1000:6.1f} ms"
        tell(
            f"{cost.file[:44]:<44} {cost.size / 1000:8.0f} kB {cost.signatures:2} Signaturen "
            f"{cost.ours * 1000:6.1f} ms, {against}" + (f", x {ratio:.2f}" if ratio else "")
        )
    if big is not None:
        tell(
            f"{big.size / 1e6:.0f} MB: {big.conclusion.value}, {big.seconds:.1f} s, "
            f"höchstens {big.peak / 2**20:.0f} MiB im Kind"
        )
