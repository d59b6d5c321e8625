"""Wishes of a meetup, its formats, and what each round is about."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "apart", "together", "pin", "away", "stays", "step_free", "offers", "asks", "station", "closed", "level", "seats", name="kind",
    native_enum=False, create_constraint=True, length=20,
)  # fmt: skip
FORMATS = ("pairs", "tables", "stations", "lines")


def upgrade() -> None:
    with op.batch_alter_table("meetups") as batch_op:
        batch_op.add_column(sa.Column("stays", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("students_have_company", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("role_mix", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("ck_meetups_format"), type_="check")
    op.execute(sa.text("UPDATE meetups SET stays = 'student', students_have_company = true, role_mix = 1"))
    with op.batch_alter_table("meetups") as batch_op:
        batch_op.alter_column("stays", existing_type=sa.String(length=20), nullable=False)
        batch_op.alter_column("students_have_company", existing_type=sa.Boolean(), nullable=False)
        batch_op.alter_column("role_mix", existing_type=sa.Integer(), nullable=False)
        batch_op.create_check_constraint(op.f("ck_meetups_format"), sa.column("format").in_(FORMATS))
        batch_op.create_check_constraint(op.f("ck_meetups_role_mix_in_range"), "role_mix BETWEEN 0 AND 3")
    with op.batch_alter_table("plans") as batch_op:
        batch_op.add_column(sa.Column("told", sa.JSON(), nullable=True))
    op.execute(sa.text("UPDATE plans SET told = '[]'"))
    with op.batch_alter_table("plans") as batch_op:
        batch_op.alter_column("told", existing_type=sa.JSON(), nullable=False)
    _rounds()
    _wishes()


def _rounds() -> None:
    op.create_table(
        "meetup_rounds",
        sa.Column("meetup_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 60", name=op.f("ck_meetup_rounds_minutes_in_range")),
        sa.ForeignKeyConstraint(["meetup_id"], ["meetups.id"], name=op.f("fk_meetup_rounds_meetup_id_meetups"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meetup_id", "number", name=op.f("pk_meetup_rounds")),
    )


def _wishes() -> None:
    op.create_table(
        "wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meetup_id", sa.Integer(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("table", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("round BETWEEN 1 AND 40", name=op.f("ck_wishes_rounds_count_from_one")),
        sa.CheckConstraint('"table" BETWEEN 1 AND 999', name=op.f("ck_wishes_tables_count_from_one")),
        sa.CheckConstraint("seats BETWEEN 2 AND 99", name=op.f("ck_wishes_seats_in_range")),
        sa.ForeignKeyConstraint(["meetup_id"], ["meetups.id"], name=op.f("fk_wishes_meetup_id_meetups"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
        sa.UniqueConstraint("meetup_id", "key", name=op.f("uq_wishes_meetup_id_key")),
    )
    op.create_table(
        "wish_people",
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_wish_people_attendee_id_attendees"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.id"], name=op.f("fk_wish_people_wish_id_wishes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wish_id", "attendee_id", name=op.f("pk_wish_people")),
    )
    with op.batch_alter_table("wish_people") as batch_op:
        batch_op.create_index(batch_op.f("ix_wish_people_attendee_id"), ["attendee_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("wish_people") as batch_op:
        batch_op.drop_index(batch_op.f("ix_wish_people_attendee_id"))
    for table in ("wish_people", "wishes", "meetup_rounds"):
        op.drop_table(table)
    with op.batch_alter_table("plans") as batch_op:
        batch_op.drop_column("told")
    with op.batch_alter_table("meetups") as batch_op:
        batch_op.drop_constraint(op.f("ck_meetups_role_mix_in_range"), type_="check")
        batch_op.drop_constraint(op.f("ck_meetups_format"), type_="check")
    op.execute(sa.text("UPDATE meetups SET format = 'pairs' WHERE format = 'lines'"))
    op.execute(sa.text("UPDATE meetups SET format = 'tables' WHERE format = 'stations'"))
    with op.batch_alter_table("meetups") as batch_op:
        for name in ("stays", "students_have_company", "role_mix"):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(op.f("ck_meetups_format"), sa.column("format").in_(("pairs", "tables")))
