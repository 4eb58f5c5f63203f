"""The trials: kills, broken calls, power cuts, flipped bits, and proofs that power cuts can find a fault."""

from __future__ import annotations

import errno
import random
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from . import journal, preload, workload
from .preload import Fault
from .workload import Reference, forked, gave

FAULTS = (
    Fault("a call fails: EIO", preload.ALL, errno.EIO),
    Fault("the disk is gone: EIO from then on", preload.ALL, errno.EIO, True),
    Fault("no space for one call: ENOSPC", preload.GROWING, errno.ENOSPC),
    Fault("the disk is full: ENOSPC from then on", preload.GROWING, errno.ENOSPC, True),
    Fault("the quota is used up: EDQUOT from then on", preload.GROWING, errno.EDQUOT, True),
    Fault("read-only: EROFS from then on", "cmrlut", errno.EROFS, True),
    Fault("one file is closed to us: EACCES", "comrlu", errno.EACCES),
    Fault("too many open files: EMFILE", "co", errno.EMFILE),
    Fault("half is written", "w", preload.SHORT),
    Fault("half is written from then on", "w", preload.SHORT, True),
    Fault("a signal comes: EINTR", "cows", errno.EINTR),
)

ELSEWHERE = (
    Fault("closing fails: EIO", "x", errno.EIO),
    Fault("an input fails: EIO", "og", errno.EIO, part="data"),
    Fault("an input's server forgot it: ESTALE", "og", errno.ESTALE, part="data"),
    Fault("reading the store fails: EIO", "g", errno.EIO),
)
"""Faults of calls that change nothing: closing, which only network file systems let fail, and reading."""

NOTE = "store/tenure-newest-run"

SYNCS = ("files", "folders", "database", "journal")
"""What a broken store can leave unsynced; see `workload.without_sync`."""


@dataclass
class Trial:
    """What came of one kind of trial."""

    name: str
    tried: int = 0
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Trials:
    """Trials on one workspace, below a folder of their own."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.seed = seed
        self.start = workload.lay_out(folder / "start")
        self.files = journal.read_folder(self.start)
        root = self._copy("reference")
        self.reference = Reference(**gave(forked(workload.undisturbed, root)))
        self.end = journal.read_folder(root)

    def replay(self) -> Trial:
        """Compare the replayed journal of an undisturbed run with the real folder."""
        trial = Trial("replay of the journal")
        root, calls = self._journaled(None)
        disk = journal.Disk(self.files)
        disk.replay(calls)
        live, real = disk.live(), journal.read_folder(root)
        differing = [name for name in {*live, *real} if live.get(name, 0) != real.get(name, 0)]
        trial.tried = len(calls)
        trial.wrong = [f"{name} differs from its replay" for name in sorted(differing)]
        trial.counts.update(call.kind for call in calls)
        return trial

    def kills(self, number: int) -> Trial:
        """Kill the process at calls all over its run."""
        trial = Trial("kills")
        chance = random.Random(f"{self.seed} kills")
        kill = Fault("kill", preload.ALL + "x", preload.KILL, part="")
        calls = self._calls(kill)
        for call in _spread(calls, number, chance):
            root = self._copy("killed")
            found = self._broken(root, kill, call)
            if found is not None:
                trial.wrong.append(f"call {call}: not killed: {found}")
            trial.counts[f"{self._said()} days acknowledged"] += 1
            self._check(trial, root, f"killed at call {call} of {calls}")
        return trial

    def broken_calls(self, number: int) -> Trial:
        """Let calls on the store's files fail, all over the run, in each of the ways."""
        return self._all_broken("broken calls", FAULTS, number)

    def elsewhere(self, number: int) -> Trial:
        """Let closing files, and reading the exports or the store, fail."""
        return self._all_broken("closing and reading", ELSEWHERE, number)

    def _all_broken(self, name: str, faults: tuple[Fault, ...], number: int) -> Trial:
        trial = Trial(name)
        chance = random.Random(f"{self.seed} {name}")
        for place, fault in enumerate(faults):
            share = number // len(faults) + (place < number % len(faults))
            calls = self._calls(fault)
            for call in _spread(calls, share, chance):
                self._break(trial, fault, call)
        return trial

    def power_cuts(self, number: int) -> Trial:
        """Rebuild what power cuts all over the run could leave."""
        trial = Trial("power cuts")
        _, calls = self._journaled(None)
        chance = random.Random(f"{self.seed} power cuts")
        for place in _cut_places(calls, number, chance):
            self._cut(trial, calls, place, chance.choice(journal.STYLES), chance)
        return trial

    def proof(self, kind: str, most: int) -> Trial:
        """Show that power cuts find a store that does not sync everything."""
        trial = Trial(f"power cuts, with {kind} not synced")
        _, calls = self._journaled(kind)
        chance = random.Random(f"{self.seed} {kind}")
        if kind == "journal":
            cuts = ((place, "torn") for place in _note_places(calls, most))
        else:
            places = _cut_places(calls, most, chance)
            cuts = ((place, chance.choice(journal.STYLES)) for place in places)
        for place, style in cuts:
            self._cut(trial, calls, place, style, chance)
            if trial.wrong:
                break
        return trial

    def flips(self, number: int) -> Trial:
        """Flip single bits of a store that is to run its last day."""
        trial = Trial("flipped bits")
        chance = random.Random(f"{self.seed} flips")
        before = self._copy("before")
        gave(forked(workload.run_days, before, workload.DAYS[:-1]))
        files = journal.read_folder(before)
        sizes = [(path.relative_to(before), size) for path, size in workload.bits(before)]
        for _ in range(number):
            path, size = chance.choice(sizes)
            self._flip(trial, files, path, chance.randrange(size))
        return trial

    def _flip(self, trial: Trial, files: journal.Files, path: Path, bit: int) -> None:
        root = self._laid_out(files, "flipped")
        workload.flip(root / path, bit)
        before, after = self.reference.after[-2:]
        verified, *read = gave(forked(workload.read_flipped, root, before, after))
        trial.tried += 1
        trial.counts[f"{verified} by verify"] += 1
        if "truth" in read:
            trial.counts["read as truth"] += 1
            trial.wrong.append(f"{path}, bit {bit}: read as truth ({verified} by verify)")
        elif set(read) == {"same"}:
            trial.counts["harmless"] += 1
        else:
            trial.counts["refused"] += 1
            trial.counts["refused, by a panic or traceback"] += "other" in read

    def _break(self, trial: Trial, fault: Fault, call: int) -> None:
        root = self._copy("broken")
        what = f"{fault.name}, call {call}"
        found = self._broken(root, fault, call)
        if found is None or found.get("raised") in ("other", "signal"):
            trial.wrong.append(f"{what}: {found}")
        elif "store-damaged" in found.get("text", ""):
            # It is whole: advice to put a backup back would lose what was issued since.
            trial.wrong.append(f"{what}: {found['why']}")
        elif "raised" in found:
            trial.counts[found["text"]] += 1
            if "nothing" in found["why"] and self._committed(root) > self._said():
                trial.counts["says that nothing was written of a day that is there"] += 1
        else:
            trial.counts["went on"] += 1
        self._check(trial, root, what)

    def _cut(
        self, trial: Trial, calls: list[journal.Call], place: int, style: str, chance: random.Random
    ) -> None:
        disk = journal.Disk(self.files)
        disk.replay(calls[:place])
        root = self._laid_out(disk.after_power_cut(style, chance), "cut")
        said = len(journal.said(calls[:place]))
        trial.counts[style] += 1
        self._check(trial, root, f"power cut after call {place}, {style} of the unsynced", said)

    def _check(self, trial: Trial, root: Path, what: str, said: int | None = None) -> None:
        trial.tried += 1
        given = self._said() if said is None else said
        found = forked(workload.check, root, given, self.reference)
        if found is None or "raised" in found:
            trial.wrong.append(
                f"{what}: {found and found['text']} {found and found.get('why', '')}"
            )
        else:
            trial.wrong += [f"{what}: {wrong}" for wrong in found["gave"]]

    def _journaled(self, kind: str | None) -> tuple[Path, list[journal.Call]]:
        """Run all days undisturbed, with something unsynced if asked; return the folder and the calls."""
        root = self._copy("journaled")
        gave(forked(_run_armed, root, self._log(), Fault("none"), 0, kind))
        return root, journal.read_journal(self._log())

    def _calls(self, fault: Fault) -> int:
        """Count the calls of an undisturbed run."""
        root = self._copy("counted")
        found = forked(_run_armed, root, self._log(), fault, 0, None)
        return int(gave(found))

    def _broken(self, root: Path, fault: Fault, call: int) -> Any:
        return forked(_run_armed, root, self._log(), fault, call, None)

    def _said(self) -> int:
        return len(journal.said(journal.read_journal(self._log())))

    def _committed(self, root: Path) -> int:
        found = gave(forked(workload.contents, root))
        return self.reference.after.index(found) if found in self.reference.after else -1

    def _log(self) -> Path:
        return self.folder / "journal"

    def _copy(self, name: str) -> Path:
        return self._laid_out(self.files, name)

    def _laid_out(self, files: journal.Files, name: str) -> Path:
        # Each trial under the same path, since messages and digests may hold it.
        root = self.folder / name
        shutil.rmtree(root, ignore_errors=True)
        self._log().unlink(missing_ok=True)
        journal.write_folder(files, root)
        return root


def _run_armed(root: Path, log: Path, fault: Fault, call: int, kind: str | None) -> int:
    if kind is not None:
        workload.without_sync(kind)
    preload.arm(root, log, fault, call)
    workload.run_days(root)
    return preload.counted()


def _spread(places: int, number: int, chance: random.Random) -> Iterable[int]:
    """Return numbers from 1 to `places`: one in each of `number` equal stretches."""
    for stretch in range(number):
        low, high = stretch * places // number, (stretch + 1) * places // number
        yield chance.randint(min(low + 1, places), max(high, min(low + 1, places)))


def _cut_places(calls: list[journal.Call], number: int, chance: random.Random) -> Iterator[int]:
    """Yield how many calls come before each power cut.

    Every second cut is right after a day was acknowledged, when most is promised; the others are all over the run.
    """
    told = [place for place, call in enumerate(calls, 1) if call.kind == "a"]
    for count, place in enumerate(_spread(len(calls), number, chance)):
        yield told[count // 2 % len(told)] if count % 2 else place


def _note_places(calls: list[journal.Call], number: int) -> Iterator[int]:
    """Yield how many calls come before power cuts right after the note of the newest run has its name.

    Syncing the note's folder also syncs that the database's journal is gone, so a journal that comes back does harm
    only before: the note then tells of a run that the journal takes back.
    """
    named = [
        place for place, call in enumerate(calls, 1) if call.kind == "r" and NOTE in call.other
    ]
    return islice(cycle(named), number)
