"""The store: a folder with the states, the ledger and the runs of a workspace."""

from .lock import Locked
from .overlay import Overlay
from .reader import CONTACTS, KNOWN, Reader
from .record import RunRecord
from .schema import QUARANTINE
from .verify import verify
from .writer import Store

__all__ = [
    "CONTACTS",
    "KNOWN",
    "QUARANTINE",
    "Locked",
    "Overlay",
    "Reader",
    "RunRecord",
    "Store",
    "verify",
]
