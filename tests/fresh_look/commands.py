"""Many commands of the program in one process, since most of a short one's time is its start.

Reads a JSON list of command lines from the standard input, writes their outputs as JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

from api.cli import main


def run(words: list[str]) -> tuple[int, str]:
    """Exit code and standard output of ``registratur WORDS``."""
    sys.argv = ["registratur", *words]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            main()
            code: int | str | None = 0
        except SystemExit as ended:
            code = ended.code
    return (code if isinstance(code, int) else int(code is not None)), output.getvalue()


if __name__ == "__main__":
    results = [run(words) for words in json.load(sys.stdin)]
    json.dump(results, sys.stdout)
