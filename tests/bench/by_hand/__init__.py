"""One day of all shipped playbooks, written by hand in Polars: what the engine's time is compared with.

The same decisions on the same snapshot: who is enrolled, who moves where, which actions fall due for whom, when, by
whom, and which are too late. It knows these playbooks and nothing else: no checks of the data, no contact policy,
no reasons, no counts of what can't be told, no ledger that nothing is written to twice, no promise that is taken
back. Reads Parquet, writes Parquet.

    python -m by_hand SNAPSHOTS BEFORE DATE AFTER

`SNAPSHOTS` holds `accounts-DATE.parquet`, `BEFORE` what the day before wrote; it need not be there.
"""
