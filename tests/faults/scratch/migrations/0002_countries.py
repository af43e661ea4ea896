"""The country of a parcel, taken from its address, and what came of each."""

import sqlalchemy as sa
from alembic import op

revision = "scratch_0002"
down_revision = "scratch_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parcels", sa.Column("country", sa.Text))
    parcels = sa.table("parcels", sa.column("address", sa.Text), sa.column("country", sa.Text))
    op.execute(parcels.update().values(country=sa.func.upper(parcels.c.address)))
    op.create_index("ix_parcels_country", "parcels", ["country"])
    op.create_table("outcomes", sa.Column("parcel_id", sa.Text, primary_key=True))


def downgrade() -> None:
    op.drop_table("outcomes")
    op.drop_index("ix_parcels_country", "parcels")
    op.drop_column("parcels", "country")
