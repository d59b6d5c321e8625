"""Watches of new dates, when a visit was published, and what is done once a day."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_runs")),
        sa.UniqueConstraint("name", name=op.f("uq_daily_runs_name")),
    )
    op.create_table(
        "watches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("link_round", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("focus_area_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(school_id IS NULL) <> (focus_area_id IS NULL)", name=op.f("ck_watches_of_a_school_or_a_focus_area")),
        sa.ForeignKeyConstraint(
            ["focus_area_id"], ["focus_areas.id"], name=op.f("fk_watches_focus_area_id_focus_areas"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_watches_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.UniqueConstraint("email", "focus_area_id", name="uq_watches_email_focus_area_id"),
        sa.UniqueConstraint("email", "school_id", name="uq_watches_email_school_id"),
        sa.UniqueConstraint("public_id", name=op.f("uq_watches_public_id")),
    )
    with op.batch_alter_table("watches") as batch_op:
        batch_op.create_index(batch_op.f("ix_watches_focus_area_id"), ["focus_area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_watches_school_id"), ["school_id"], unique=False)

    with op.batch_alter_table("visits") as batch_op:
        batch_op.add_column(sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    # The best we know of visits that are published already; nobody watches yet, so nobody is told of them.
    op.execute(
        sa.text(
            "UPDATE visits SET published_at = (SELECT created_at FROM gatherings WHERE gatherings.id = visits.gathering_id) "
            "WHERE gathering_id IN (SELECT id FROM gatherings WHERE state = 'published')"
        )
    )


def downgrade() -> None:
    with op.batch_alter_table("visits") as batch_op:
        batch_op.drop_column("published_at")

    with op.batch_alter_table("watches") as batch_op:
        batch_op.drop_index(batch_op.f("ix_watches_school_id"))
        batch_op.drop_index(batch_op.f("ix_watches_focus_area_id"))

    op.drop_table("watches")
    op.drop_table("daily_runs")
