"""Moves by hand: seats that are locked, a note on a version, where a copy came from, and each move as a row."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("plans") as batch_op:
        batch_op.add_column(sa.Column("note", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("copied_from", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("plans") as batch_op:
        batch_op.alter_column("note", server_default=None)
        batch_op.alter_column("revision", server_default=None)
    with op.batch_alter_table("seatings") as batch_op:
        batch_op.add_column(sa.Column("locked", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_check_constraint(batch_op.f("ck_seatings_locks_hold_tables"), 'NOT locked OR "table" IS NOT NULL')
    with op.batch_alter_table("seatings") as batch_op:
        batch_op.alter_column("locked", server_default=None)
    op.create_table(
        "plan_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("from_table", sa.Integer(), nullable=True),
        sa.Column("to_table", sa.Integer(), nullable=True),
        sa.Column("was_locked", sa.Boolean(), nullable=False),
        sa.Column("other_was_locked", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("round >= 1", name=op.f("ck_plan_moves_rounds_count_from_one")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_moves_plan_id_plans"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_plan_moves_attendee_id_attendees"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["other_id"], ["attendees.id"], name=op.f("fk_plan_moves_other_id_attendees"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_moves")),
    )
    for column in ("plan_id", "attendee_id", "other_id"):
        op.create_index(op.f(f"ix_plan_moves_{column}"), "plan_moves", [column])


def downgrade() -> None:
    op.drop_table("plan_moves")
    with op.batch_alter_table("seatings") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_seatings_locks_hold_tables"), type_="check")
        batch_op.drop_column("locked")
    with op.batch_alter_table("plans") as batch_op:
        for column in ("note", "copied_from", "revision"):
            batch_op.drop_column(column)
