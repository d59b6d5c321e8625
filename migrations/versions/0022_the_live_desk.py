"""The live desk of a meetup: its clock, the plan in force, changes beside it, who is away, and the log."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None

WHY = sa.Enum("late", "merge", "hand", name="why", native_enum=False, create_constraint=True, length=20)
DEED = sa.Enum(
    "started", "paused", "resumed", "minute", "skipped", "back", "seated", "away", "here", "left", "moved", "merged", "undone", "applied",
    "taken_back", name="livedeed", native_enum=False, create_constraint=True, length=20,
)  # fmt: skip
LENGTHS = "talk_seconds >= 0 AND move_seconds >= 0 AND added_seconds >= 0 AND skipped_seconds >= 0 AND paused_seconds >= 0"


def upgrade() -> None:
    with op.batch_alter_table("plans") as batch_op:
        batch_op.add_column(sa.Column("from_round", sa.Integer(), nullable=True))
    op.create_table(
        "live_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meetup_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen", sa.Integer(), nullable=False),
        sa.CheckConstraint("frozen BETWEEN 0 AND 40", name=op.f("ck_live_runs_frozen_in_range")),
        sa.ForeignKeyConstraint(["meetup_id"], ["meetups.id"], name=op.f("fk_live_runs_meetup_id_meetups"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_runs")),
        sa.UniqueConstraint("meetup_id", name=op.f("uq_live_runs_meetup_id")),
    )
    op.create_table(
        "live_rounds",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("talk_seconds", sa.Integer(), nullable=False),
        sa.Column("move_seconds", sa.Integer(), nullable=False),
        sa.Column("added_seconds", sa.Integer(), nullable=False),
        sa.Column("skipped_seconds", sa.Integer(), nullable=False),
        sa.Column("paused_seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("number BETWEEN 0 AND 40", name=op.f("ck_live_rounds_number_in_range")),
        sa.CheckConstraint(LENGTHS, name=op.f("ck_live_rounds_lengths_are_lengths")),
        _of_run("live_rounds"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_live_rounds")),
    )
    op.create_table(
        "plans_in_force",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("from_round", sa.Integer(), nullable=False),
        sa.Column("before_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_round BETWEEN 1 AND 41", name=op.f("ck_plans_in_force_from_round_in_range")),
        sa.ForeignKeyConstraint(
            ["before_id"], ["plans_in_force.id"], name=op.f("fk_plans_in_force_before_id_plans_in_force"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plans_in_force_plan_id_plans"), ondelete="CASCADE"),
        _of_run("plans_in_force"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans_in_force")),
    )
    op.create_table(
        "seat_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("table_before", sa.Integer(), nullable=True),
        sa.Column("table", sa.Integer(), nullable=False),
        sa.Column("why", WHY, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("round BETWEEN 1 AND 40", name=op.f("ck_seat_changes_round_in_range")),
        sa.CheckConstraint('"table" BETWEEN 1 AND 2000', name=op.f("ck_seat_changes_table_in_range")),
        _of_attendee("seat_changes", "CASCADE"),
        _of_run("seat_changes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_changes")),
    )
    op.create_table(
        "away_from_rounds",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("has_left", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("round BETWEEN 1 AND 40", name=op.f("ck_away_from_rounds_round_in_range")),
        _of_attendee("away_from_rounds", "CASCADE"),
        _of_run("away_from_rounds"),
        sa.PrimaryKeyConstraint("run_id", "attendee_id", "round", name=op.f("pk_away_from_rounds")),
    )
    op.create_table(
        "live_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("deed", DEED, nullable=False),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("table", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        _of_attendee("live_log", "SET NULL"),
        _of_run("live_log"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_log")),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


INDEXES = (
    ("plans_in_force", "run_id"), ("plans_in_force", "plan_id"), ("seat_changes", "run_id"), ("seat_changes", "attendee_id"),
    ("away_from_rounds", "attendee_id"), ("live_log", "run_id"), ("live_log", "attendee_id"),
)  # fmt: skip


def _of_run(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["run_id"], ["live_runs.id"], name=op.f(f"fk_{table}_run_id_live_runs"), ondelete="CASCADE")


def _of_attendee(table: str, gone: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f(f"fk_{table}_attendee_id_attendees"), ondelete=gone)


def downgrade() -> None:
    for table in ("live_log", "away_from_rounds", "seat_changes", "plans_in_force", "live_rounds", "live_runs"):
        op.drop_table(table)
    with op.batch_alter_table("plans") as batch_op:
        batch_op.drop_column("from_round")
