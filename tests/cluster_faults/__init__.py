"""Trials of runs on clusters and servers whose parts fail: workers, drivers, databases and storages.

`make faults` runs 200 of them and prints a table; `pytest tests/cluster_faults` runs a few that need no JVM.
PostgreSQL is needed, and for the trials on Spark a JVM.

- `plans.py` draws a trial from its number: the executor, the store, the accounts, and one or two faults.
- `moments.py` lets a run reach the moment of a fault, in the driver or in a worker's process.
- `driver.py` runs a date with its faults, in this process or in one that can be killed.
- `trials.py` starts the servers, executes a trial, and checks that its store equals an undisturbed one.
"""
