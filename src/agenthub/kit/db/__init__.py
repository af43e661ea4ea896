"""The database port: Core statements on raw drivers, scoped to an organization, decoded to typed rows."""

from agenthub.kit.db.columns import Json, Timestamp, installation_table, tenant_table
from agenthub.kit.db.expressions import any_of, one_of, upsert
from agenthub.kit.db.port import Database, Transaction, UniqueViolatedError
from agenthub.kit.db.session import Session

__all__ = [
    "Database",
    "Json",
    "Session",
    "Timestamp",
    "Transaction",
    "UniqueViolatedError",
    "any_of",
    "installation_table",
    "one_of",
    "tenant_table",
    "upsert",
]
