"""The host's questions and what was answered; what a party tells its host; who joined by a link."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = sa.Enum("text", "choice", "choices", "number", "check", name="questionkind", native_enum=False, create_constraint=True, length=20)
PER = sa.Enum("party", "attendee", name="per", native_enum=False, create_constraint=True, length=20)
PRIOR = sa.Enum("first", "here", "elsewhere", name="priorvisits", native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("per", PER, nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("at_door", sa.Boolean(), nullable=False),
        sa.Column("condition_key", sa.String(length=10), nullable=False),
        sa.Column("condition_answer", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["gathering_id"], ["gatherings.id"], name=op.f("fk_questions_gathering_id_gatherings"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_questions_public_id")),
        sa.UniqueConstraint("gathering_id", "key", name="uq_questions_gathering_id_key"),
    )

    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_answers_question_id_questions"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_answers_registration_id_registrations"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_answers_attendee_id_attendees"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers") as batch_op:
        for column in ("question_id", "registration_id", "attendee_id"):
            batch_op.create_index(batch_op.f(f"ix_answers_{column}"), [column], unique=False)
        _create_once("uq_answers_of_party", ["question_id", "registration_id"], "attendee_id IS NULL", batch_op)
        _create_once("uq_answers_of_attendee", ["question_id", "attendee_id"], "attendee_id IS NOT NULL", batch_op)

    op.create_table(
        "party_details",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("arrival", sa.String(length=200), nullable=False),
        sa.Column("prior_visits", PRIOR, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_party_details_registration_id_registrations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_party_details")),
    )
    op.create_table(
        "party_focus_areas",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("focus_area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["party_details.registration_id"],
            name=op.f("fk_party_focus_areas_registration_id_party_details"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["focus_area_id"], ["focus_areas.id"], name=op.f("fk_party_focus_areas_focus_area_id_focus_areas"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("registration_id", "focus_area_id", name=op.f("pk_party_focus_areas")),
    )  # fmt: skip
    with op.batch_alter_table("party_focus_areas") as batch_op:
        batch_op.create_index(batch_op.f("ix_party_focus_areas_focus_area_id"), ["focus_area_id"], unique=False)
    op.create_table(
        "access_needs",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_access_needs_attendee_id_attendees"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_access_needs")),
    )

    with op.batch_alter_table("registrations") as batch_op:
        batch_op.add_column(sa.Column("join_round", sa.Integer(), nullable=True))
    op.execute("UPDATE registrations SET join_round = 0")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.alter_column("join_round", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("booking_keys") as batch_op:
        batch_op.add_column(sa.Column("attendee_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_booking_keys_attendee_id_attendees"), "attendees", ["attendee_id"], ["id"], ondelete="CASCADE"
        )


def _create_once(name: str, columns: list[str], condition: str, batch_op: object) -> None:
    """A unique index over some of the rows."""
    where = sa.text(condition)
    batch_op.create_index(name, columns, unique=True, sqlite_where=where, postgresql_where=where)  # type: ignore[attr-defined]


def downgrade() -> None:
    with op.batch_alter_table("booking_keys") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_booking_keys_attendee_id_attendees"), type_="foreignkey")
        batch_op.drop_column("attendee_id")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_column("join_round")
    for table in ("access_needs", "party_focus_areas", "party_details", "answers", "questions"):
        op.drop_table(table)
