"""``registratur verify``: does everything still hold?"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import ConfigOption, JsonOption, settings_of, tell, tell_if_read_only
from config.errors import UsageError

if TYPE_CHECKING:
    from ingest.verification.objects import Judgement
    from ingest.verification.ports import Evidence
    from ingest.verification.run import Earlier, Progress, Run

EVERY = 5.0  #: seconds between two lines about how far it has come
_WHAT = {
    "trail": "Ereignissen",
    "items": "Eingängen",
    "files": "Akten",
    "accounts": "Konten",
    "seals": "Siegeln",
}


def verify(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Den ganzen Bestand.")] = False,
    seals: Annotated[
        bool,
        typer.Option("--seals", help="Mit --all: in einem zweiten Durchgang auch alle Siegel."),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Mit --all: eine unterbrochene Prüfung fortsetzen."),
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Originale, Lesefassungen, Vermerke, Siegel, Datensätze, Protokoll und Anker prüfen.

    Außer Kennungen von Eingängen und Dokumenten: trail, anchor, schema, index, house,
    file:KENNUNG, user:NAME. --all prüft Siegel nur mit --seals.
    """
    if not ids and not everything:
        raise UsageError("Was geprüft werden soll, nennen IDs oder --all.")
    if (seals or resume) and not everything:
        raise UsageError(
            "--seals und --resume gehören zu --all; einzeln wird das Siegel immer geprüft."
        )
    settings = settings_of(config)
    from api.wiring_evidence import evidence

    with evidence(settings) as home:
        tell_if_read_only(home.database)
        if everything:
            good = _everything(home, seals=seals, resume=resume, as_json=as_json)
        else:
            good = _these(home, ids or [], as_json=as_json)
    if not good:
        sys.exit(1)


def _these(home: Evidence, ids: list[str], *, as_json: bool) -> bool:
    from ingest.verification.objects import judge_these, newest_anchor

    judged = list(judge_these(home, ids))
    bad = sum(not one.ok for one in judged)
    if as_json:
        _say(judged)
    else:
        for one in judged:
            _tell(one)
        _conclude(newest_anchor(home), len(judged), bad)
    return not bad


def _everything(home: Evidence, *, seals: bool, resume: bool, as_json: bool) -> bool:
    from ingest.verification.objects import newest_anchor
    from ingest.verification.run import run_of
    from ingest.verification.whole_archive import judge_all, judge_seals

    steps = Steps(time.monotonic, _aside)
    with run_of(home, home.home, resume=resume, hear=steps.hear, say=_aside) as run:
        if run.earlier is not None:
            _aside(_of_earlier(run.earlier))
        # A list in JSON is whole or not there, so faults are told aside as soon as they are found.
        told = _tell_fault if as_json else _tell
        if not as_json:
            for one in run.judgements():
                _tell(one, earlier=True)
        for one in judge_all(home, run):
            told(one)
        if seals:
            for one in judge_seals(home, run):
                if not one.ok:
                    told(one)
        judged, bad = run.counts()
        if as_json:
            _say(run.judgements())
        else:
            tell(_of_seals(run, asked=seals))
            if run.earlier is not None:
                tell(_of_earlier(run.earlier))
            _conclude(newest_anchor(home), judged, bad)
    return not bad


class Steps:
    """Says every few seconds how far it has come. ``now`` in seconds of a clock that only goes on."""

    def __init__(self, now: Callable[[], float], say: Callable[[str], None]) -> None:
        self._now, self._say = now, say
        self._begun = self._said = now()
        self._what = ""
        self._first = (0, 0.0)  #: how far it was when this step began, and when

    def hear(self, step: Progress) -> None:
        moment = self._now()
        if step.what != self._what:
            self._what, self._first = step.what, (step.done, moment)
        if moment - self._said < EVERY:
            return
        self._said = moment
        words = [f"{step.done} von {step.of} {_WHAT[step.what]}", f"{step.faults} mit Mängeln"]
        if step.size:
            words.append(f"{step.size / 1e6 / (moment - self._begun):.0f} MB/s")
        done, spent = step.done - self._first[0], moment - self._first[1]
        if done and spent:
            left = (step.of - step.done) * spent / done
            words.append(f"noch etwa {_duration(left)} für diesen Schritt")
        self._say(", ".join(words))


def _duration(seconds: float) -> str:
    for most, unit, name in ((120, 1, "s"), (7200, 60, "min")):
        if seconds < most:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 3600:.1f} h".replace(".", ",")


def _tell(one: Judgement, *, earlier: bool = False) -> None:
    parts = ", ".join(f"{name}: {value}" for name, value in one.parts.items() if value != "none")
    when = f" (geprüft {one.at:%d.%m.%Y %H:%M} UTC)" if earlier else ""
    tell(f"{'gut   ' if one.ok else 'MANGEL'} {one.id}  {parts}{when}")
    for fault in one.faults:
        tell(f"       {fault}")


def _tell_fault(one: Judgement) -> None:
    if not one.ok:
        parts = (f"{name}: {value}" for name, value in one.parts.items() if value != "none")
        _aside(f"MANGEL {one.id}  {', '.join(parts)}", *(f"       {fault}" for fault in one.faults))


def _aside(*lines: str) -> None:
    """On standard error: what is not the result."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def _say(judged: Iterable[Judgement]) -> None:
    """A list in JSON, an element at a time: there may be millions."""
    between = "["
    for one in judged:
        told = {
            "id": one.id,
            **one.parts,
            "ok": one.ok,
            "faults": list(one.faults),
            "judged_at": one.at.isoformat(),
            "not_asked": list(one.unasked),
        }
        sys.stdout.write(f"{between}\n{json.dumps(told, ensure_ascii=False, indent=2)}")
        between = ","
    sys.stdout.write("[]\n" if between == "[" else "\n]\n")


def _of_seals(run: Run, *, asked: bool) -> str:
    if not asked:
        return f"Siegel: {run.state.seals_wanted()} nicht geprüft; das tut --seals"
    count, cpu = run.seals()
    return f"Siegel: {count} geprüft, {cpu * 1000:.1f} ms Rechenzeit je Siegel"


def _of_earlier(earlier: Earlier) -> str:
    return (
        f"Vor der Unterbrechung, {earlier.first:%d.%m.%Y %H:%M} bis {earlier.last:%d.%m.%Y %H:%M} UTC:"
        f" {earlier.count} geprüft, {earlier.faults} mit Mängeln; seitdem {earlier.events_since}"
        " Ereignisse im Protokoll. Was damals geprüft wurde, gilt für seinen Zeitpunkt."
    )


def _conclude(anchor: str | None, judged: int, bad: int) -> None:
    if anchor is not None:
        tell(anchor)
    tell(f"{judged} geprüft, {bad} mit Mängeln")
