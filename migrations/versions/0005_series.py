"""Series: the rule that made several visits, and where a visit stands in it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("every >= 1", name=op.f("ck_visit_series_weeks_go_on")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_visit_series_last_day_is_not_before_the_first")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_visit_series_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_series")),
        sa.UniqueConstraint("key", name=op.f("uq_visit_series_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_visit_series_public_id")),
    )
    with op.batch_alter_table("visit_series") as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_series_school_id"), ["school_id"], unique=False)

    with op.batch_alter_table("visits") as batch_op:
        batch_op.add_column(sa.Column("series_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("series_wall", sa.DateTime(timezone=False), nullable=True))
        batch_op.add_column(sa.Column("series_edits", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_visits_series_id_visit_series"), "visit_series", ["series_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(batch_op.f("ix_visits_series_id"), ["series_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("visits") as batch_op:
        batch_op.drop_index(batch_op.f("ix_visits_series_id"))
        batch_op.drop_constraint(batch_op.f("fk_visits_series_id_visit_series"), type_="foreignkey")
        batch_op.drop_column("series_edits")
        batch_op.drop_column("series_wall")
        batch_op.drop_column("series_id")

    with op.batch_alter_table("visit_series") as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_series_school_id"))

    op.drop_table("visit_series")
