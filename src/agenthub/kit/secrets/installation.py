"""The data key of what belongs to no organization: derived, so that nothing needs to be stored."""

from agenthub.kit.secrets.envelope import DataKey, Place
from agenthub.kit.secrets.keys import MasterKey

INSTALLATION = "installation"


def installation_key(master: MasterKey) -> DataKey:
    """Seals for every `installation_place`; named as the master key, so that another one is recognised."""
    return DataKey(master.id, INSTALLATION, master.derive("installation secrets"))


def installation_place(table: str, column: str, row: str) -> Place:
    return Place(INSTALLATION, table, column, row)
