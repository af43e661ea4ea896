"""The kit's own tables, present in every service's database."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Text, column

from agenthub.kit.db.columns import Json, Timestamp, installation_table

metadata = MetaData()
_QUEUE = "the kit works through it for every organization"
_Sequence = BigInteger().with_variant(Integer(), "sqlite")

outbox = installation_table(
    "kit_outbox",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("topic", Text, nullable=False),
    Column("order_key", Text, nullable=False),
    Column("organization_id", Text),
    Column("occurred_at", Timestamp, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("sent_at", Timestamp),
    # The unsent in their order, and the old ones among the sent.
    Index("ix_kit_outbox_sent", "sent_at", "seq"),
    why=_QUEUE,
)

tasks = installation_table(
    "kit_tasks",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("order_key", Text),
    Column("organization_id", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("origin", Json, nullable=False),
    Column("state", Text, nullable=False),
    # From when on it may be taken up: its time, or the end of the lease of whoever works on it.
    Column("run_at", Timestamp, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", Text),
    Column("fence", Integer, nullable=False),
    Column("reason", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("finished_at", Timestamp),
    Index("ix_kit_tasks_finished", "finished_at"),
    why=_QUEUE,
)

_open = column("state").in_(("waiting", "leased"))
Index("ix_kit_tasks_due", tasks.c.kind, tasks.c.run_at, sqlite_where=_open, postgresql_where=_open)
Index("ix_kit_tasks_order", tasks.c.order_key, tasks.c.seq, sqlite_where=_open, postgresql_where=_open)

leases = installation_table(
    "kit_leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Timestamp, nullable=False),
    Column("fence", BigInteger, nullable=False),
    why="who of several replicas does what only one may do",
)

data_keys = installation_table(
    "kit_data_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("retired_at", Timestamp),
    why="the kit reads a key to open what an organization's row holds",
)
