"""Which mails went that go at a time of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "week", "day_before", "tried", "digest_early", "digest", name="reminderkind", native_enum=False, create_constraint=True, length=20
)


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["gathering_id"], ["gatherings.id"], name=op.f("fk_reminders_gathering_id_gatherings"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_reminders_registration_id_registrations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("gathering_id", "registration_id", "kind", "day", name="uq_reminders_of_a_party"),
    )
    with op.batch_alter_table("reminders") as batch_op:
        batch_op.create_index(batch_op.f("ix_reminders_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index(
            "uq_reminders_of_hosts",
            ["gathering_id", "kind", "day"],
            unique=True,
            sqlite_where=sa.text("registration_id IS NULL"),
            postgresql_where=sa.text("registration_id IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("reminders") as batch_op:
        batch_op.drop_index("uq_reminders_of_hosts")
        batch_op.drop_index(batch_op.f("ix_reminders_registration_id"))

    op.drop_table("reminders")
