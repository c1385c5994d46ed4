"""``python -m tests.fresh_look OUT_FOLDER``: build, take in, compare, print the table.

``--again`` judges what a former run left in the folder; ``--only NAME ...`` takes some inputs only.
Exit code 1 if any input is judged WRONG.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf

from ocr.pdfa.validator import Validator
from tests.fresh_look.all_cases import CASES
from tests.fresh_look.judge import Judgement, Observed, judge
from tests.fresh_look.model import Case

ROOT = Path(__file__).resolve().parents[2]
JARS = ROOT / ".cache" / "verapdf"
READER = "bauamt"
AT_ONCE = 25  #: words of one search


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "REGISTRATUR" not in name}
    return {**kept, "REGISTRATUR_HOME": str(home), "OMP_THREAD_LIMIT": "1"}


def take_in(cases: Sequence[Case], folder: Path) -> None:
    """Build the inputs and take them into a fresh sample home by one call."""
    inputs, home = folder / "inputs", folder / "home"
    inputs.mkdir(parents=True)
    for case in cases:
        case.build(inputs / case.file_name)
    program = [sys.executable, "-m", "api.cli"]
    begin = [*program, "init", "--sample"]
    subprocess.run(begin, env=environment(home), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    paths = [str(inputs / case.file_name) for case in cases]
    with (folder / "ingest.json").open("wb") as output:
        done = subprocess.run(
            [*program, "ingest", *paths, "--wait", "--json"],
            env=environment(home), cwd=ROOT, check=False, stdout=output,
        )  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(f"ingest ended with {done.returncode}")


def commands(home: Path, lines: list[list[str]]) -> list[tuple[int, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fresh_look.commands"],
        env=environment(home), cwd=ROOT, check=True, input=json.dumps(lines), text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    return [(code, output) for code, output in json.loads(done.stdout)]


def found_words(
    home: Path, cases: Sequence[Case], rows: Sequence[dict[str, Any]]
) -> frozenset[str]:
    """The words that search finds in the documents that they belong to.

    One search asks for many words; no two of them belong to one document.
    """
    asked: list[dict[str, set[str]]] = []  #: a search: words and the documents of their inputs
    wanted = [
        ([*case.expected.words, *case.expected.absent], {one["id"] for one in row["documents"]})
        for case, row in zip(cases, rows, strict=True)
    ]
    for place in range(max(len(words) for words, _ in wanted)):
        owners = [(words[place], ids) for words, ids in wanted if len(words) > place]
        asked += [dict(owners[at : at + AT_ONCE]) for at in range(0, len(owners), AT_ONCE)]
    lines = [
        ["search", " ODER ".join(words), "--as", READER, "--limit", "1000", "--json"]
        for words in asked
    ]
    answers = commands(home, [["reindex"], *lines])[1:]
    found: set[str] = set()
    for words, (_, output) in zip(asked, answers, strict=True):
        hits = {hit["document_id"] for hit in json.loads(output)["hits"]}
        found |= {word for word, ids in words.items() if ids & hits}
    return frozenset(found)


def exported(
    folder: Path, cases: Sequence[Case], rows: Sequence[dict[str, Any]]
) -> dict[str, Path]:
    """The sealed copies by the names of the inputs."""
    wanted = {
        case.name: row["documents"][0]["id"]
        for case, row in zip(cases, rows, strict=True)
        if row["documents"]
    }
    targets = {name: folder / "exports" / name for name in wanted}
    (folder / "exports").mkdir(exist_ok=True)
    commands(
        folder / "home",
        [
            ["export", wanted[name], "--to", str(target), "--as", READER]
            for name, target in targets.items()
            if not target.exists()
        ],
    )
    return {
        name: copy for name, target in targets.items() for copy in target.glob("scan_product-*")
    }


def look(cases: Sequence[Case], folder: Path) -> dict[str, Judgement]:
    taken = json.loads((folder / "ingest.json").read_bytes())
    named = {Path(row["source"]).name: row for row in taken}
    rows: list[dict[str, Any]] = [named[case.file_name] for case in cases]
    copies = exported(folder, cases, rows)
    found = found_words(folder / "home", cases, rows)
    validator, judged = Validator(JARS), {}
    try:
        for case, row in zip(cases, rows, strict=True):
            copy = copies.get(case.name)
            compliant = validator.validate(copy, "3b").compliant if copy else None
            observed = Observed(row, copy, found, compliant)
            judged[case.name] = judge(case, folder / "inputs" / case.file_name, observed)
            print(f"{judged[case.name].verdict:6} {case.file_name}", file=sys.stderr, flush=True)
    finally:
        validator.close()
    return judged


def table(cases: Sequence[Case], judged: dict[str, Judgement]) -> str:
    lines = ["| input | kind | link | expected | observed | verdict |", "|---|---|---|---|---|---|"]
    for case in cases:
        one = judged[case.name]
        cells = (case.file_name, case.kind, case.link, case.text, one.words(), one.verdict)
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    counts = Counter(one.verdict for one in judged.values())
    reported = sum(case.link != "own choice" for case in cases)
    summary = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    return "\n".join([*lines, "", f"{len(cases)} inputs, {reported} from reports: {summary}"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fresh_look", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
    cases = [case for case in CASES if not chosen.only or case.name in chosen.only]
    folder: Path = chosen.folder.resolve()
    if not chosen.again:
        take_in(cases, folder)
    judged = look(cases, folder)
    print(table(cases, judged))
    return int(any(one.verdict == "WRONG" for one in judged.values()))


if __name__ == "__main__":
    raise SystemExit(main())
