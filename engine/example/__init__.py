"""Example data from a seed: a weekly series of account snapshots, and one large snapshot."""

from .large import write_large
from .series import write_example

__all__ = ["write_example", "write_large"]
