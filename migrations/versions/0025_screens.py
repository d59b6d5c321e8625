"""Screens of a meetup: the address of the big screen, and what screens say of people."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SORTED_BY = sa.Enum("name", "table", name="sortedby", native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    op.create_table(
        "meetup_screens",
        sa.Column("meetup_id", sa.Integer(), nullable=False),
        sa.Column("link_round", sa.Integer(), nullable=False),
        sa.Column("sorted_by", SORTED_BY, nullable=False),
        sa.Column("first_names", sa.Boolean(), nullable=False),
        sa.Column("numbers_only", sa.Boolean(), nullable=False),
        sa.CheckConstraint("link_round >= 0", name=op.f("ck_meetup_screens_link_round_counts")),
        sa.ForeignKeyConstraint(["meetup_id"], ["meetups.id"], name=op.f("fk_meetup_screens_meetup_id_meetups"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meetup_id", name=op.f("pk_meetup_screens")),
    )


def downgrade() -> None:
    op.drop_table("meetup_screens")
