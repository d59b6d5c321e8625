"""Links to what is held under an address."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_links")),
        sa.UniqueConstraint("public_id", name=op.f("uq_data_links_public_id")),
    )
    with op.batch_alter_table("data_links") as batch_op:
        batch_op.create_index(batch_op.f("ix_data_links_email"), ["email"], unique=False)


def downgrade() -> None:
    op.drop_table("data_links")
