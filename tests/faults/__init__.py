"""Trials of the store against what disks, kernels and power cuts do.

`make faults` runs all of them and prints a table; `pytest tests/faults` runs a short form.
Linux and a C compiler are needed.

- `shim.c` is preloaded into the process. It counts, journals and breaks the system calls on files of one folder.
- `preload.py` compiles it, starts Python under it, and arms it.
- `workload.py` is what is tried: a workspace of 40 accounts whose days are run one after the other, and the checks that
  must hold whatever happened to it.
- `journal.py` rebuilds, from the journal of a run, what a power cut at any moment could have left on the disk.
- `trials.py` holds the trials: kills, broken calls, power cuts, flipped bits, and proofs that cuts find faults.

Each trial is seeded: the same seed makes the same faults, as far as threads allow.

A disk is modelled no kinder than POSIX promises. Until a file is synced, each of its sectors of 512 bytes may hold any
of its contents since the last sync, and its size may be any of its sizes. Until a folder is synced, each change of a
name in it may have happened or not, whatever happened to the others. To sync a file does not bring its name to the
disk.
"""
