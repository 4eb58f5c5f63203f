"""Example data from a seed: a weekly series of account snapshots."""

from .series import write_example

__all__ = ["write_example"]
