"""Closures, and the closed day on which a visit is kept all the same."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("source_uid", sa.String(length=300), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_closures_last_day_is_not_before_the_first")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_closures_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
        sa.UniqueConstraint("public_id", name=op.f("uq_closures_public_id")),
        sa.UniqueConstraint("school_id", "source_uid", name=op.f("uq_closures_school_id_source_uid")),
    )
    with op.batch_alter_table("closures") as batch_op:
        batch_op.create_index(batch_op.f("ix_closures_last_day"), ["last_day"], unique=False)
        batch_op.create_index(batch_op.f("ix_closures_school_id"), ["school_id"], unique=False)
        batch_op.create_index(
            "ix_closures_source_uid_of_the_network", ["source_uid"], unique=True,
            sqlite_where=sa.text("school_id IS NULL"), postgresql_where=sa.text("school_id IS NULL"),
        )  # fmt: skip

    with op.batch_alter_table("visits") as batch_op:
        batch_op.add_column(sa.Column("kept_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("visits") as batch_op:
        batch_op.drop_column("kept_on")

    with op.batch_alter_table("closures") as batch_op:
        batch_op.drop_index("ix_closures_source_uid_of_the_network")
        batch_op.drop_index(batch_op.f("ix_closures_school_id"))
        batch_op.drop_index(batch_op.f("ix_closures_last_day"))

    op.drop_table("closures")
