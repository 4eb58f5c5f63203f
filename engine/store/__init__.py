"""The store: a folder with the states, the ledger and the runs of a workspace."""

from .commit import Commit
from .commits import Commits
from .ledger import KNOWN
from .lock import Locked
from .overlay import Gathering, Overlay
from .reader import CONTACTS, Reader
from .record import RunRecord
from .schema import QUARANTINE
from .verify import verify
from .writer import Store

__all__ = [
    "CONTACTS",
    "KNOWN",
    "QUARANTINE",
    "Commit",
    "Commits",
    "Gathering",
    "Locked",
    "Overlay",
    "Reader",
    "RunRecord",
    "Store",
    "verify",
]
