"""Memory: how much earlier meetups count, meetups from before this service, and how many spare cards are printed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

REMEMBERS = sa.Enum("nothing", "last", "all", name="remembers", native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    with op.batch_alter_table("meetups") as batch_op:
        batch_op.add_column(sa.Column("remembers", REMEMBERS, nullable=False, server_default="all"))
        batch_op.add_column(sa.Column("spare_cards", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_meetups_spare_cards_in_range"), "spare_cards BETWEEN 0 AND 200")
    with op.batch_alter_table("meetups") as batch_op:
        batch_op.alter_column("remembers", server_default=None)
    op.create_table(
        "earlier_meetups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_meetups")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_earlier_meetups_fingerprint")),
        sa.UniqueConstraint("public_id", name=op.f("uq_earlier_meetups_public_id")),
    )
    op.create_index(op.f("ix_earlier_meetups_held_on"), "earlier_meetups", ["held_on"])
    op.create_table(
        "earlier_seats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("earlier_meetup_id", sa.Integer(), nullable=False),
        sa.Column("table", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("email_mark", sa.String(length=32), nullable=False),
        sa.Column("name_mark", sa.String(length=32), nullable=False),
        sa.CheckConstraint('"table" >= 1', name=op.f("ck_earlier_seats_tables_count_from_one")),
        sa.ForeignKeyConstraint(
            ["earlier_meetup_id"], ["earlier_meetups.id"], name=op.f("fk_earlier_seats_earlier_meetup_id_earlier_meetups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_earlier_seats_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_seats")),
    )  # fmt: skip
    op.create_index(op.f("ix_earlier_seats_earlier_meetup_id"), "earlier_seats", ["earlier_meetup_id"])
    op.create_index(op.f("ix_earlier_seats_school_id"), "earlier_seats", ["school_id"])


def downgrade() -> None:
    op.drop_table("earlier_seats")
    op.drop_table("earlier_meetups")
    with op.batch_alter_table("meetups") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_meetups_spare_cards_in_range"), type_="check")
        batch_op.drop_constraint("remembers", type_="check")
        batch_op.drop_column("spare_cards")
        batch_op.drop_column("remembers")
