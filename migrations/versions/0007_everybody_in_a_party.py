"""One attendee for each person of a party, named or not; who arrived; what was permitted."""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATES = sa.Enum("expected", "arrived", "absent", name="attendeestate", native_enum=False, create_constraint=True, length=20)
KINDS = sa.Enum("photo", "guardian", name="consentkind", native_enum=False, create_constraint=True, length=20)
ANSWERS = sa.Enum("yes", "no", "unknown", name="consentanswer", native_enum=False, create_constraint=True, length=20)
LETTERS = "bcdfghjkmnpqrstvwxz"
SOME = 1000


def upgrade() -> None:
    with op.batch_alter_table("attendees") as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("grade_band", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("state", STATES, nullable=True))
        batch_op.add_column(sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE attendees SET grade_band = '', state = 'expected'")
    _name_nobody()
    with op.batch_alter_table("attendees") as batch_op:
        batch_op.alter_column("grade_band", existing_type=sa.String(length=20), nullable=False)
        batch_op.alter_column("state", existing_type=STATES, nullable=False)
        batch_op.create_index("ix_attendees_state_arrived_at", ["state", "arrived_at"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("answer", ANSWERS, nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("by_attendee_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_consents_attendee_id_attendees"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["by_attendee_id"], ["attendees.id"], name=op.f("fk_consents_by_attendee_id_attendees"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents") as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_attendee_id"), ["attendee_id"], unique=False)


def _name_nobody() -> None:
    """Add the people of each party whom nobody has named."""
    names = ("id", "public_id", "registration_id", "is_lead", "role", "grade_band", "state")
    attendees = sa.table("attendees", *map(sa.column, names), sa.column("created_at", sa.DateTime(timezone=True)))
    registrations = sa.table("registrations", sa.column("id"), sa.column("party_size"))
    named = sa.func.count(attendees.c.id)
    chosen = sa.select(registrations.c.id, registrations.c.party_size - named).outerjoin(
        attendees, attendees.c.registration_id == registrations.c.id
    )
    parties = op.get_bind().execute(chosen.group_by(registrations.c.id, registrations.c.party_size)).all()
    unnamed = [party for party, missing in parties for _ in range(missing)]
    now = datetime.now(UTC)
    for start in range(0, len(unnamed), SOME):
        rows = [
            {
                "public_id": "".join(secrets.choice(LETTERS) for _ in range(10)), "registration_id": party, "is_lead": False, "role": "",
                "grade_band": "", "state": "expected", "created_at": now,
            }
            for party in unnamed[start : start + SOME]
        ]  # fmt: skip
        op.bulk_insert(attendees, rows)


def downgrade() -> None:
    op.drop_table("consents")
    op.execute("DELETE FROM attendees WHERE person_id IS NULL")
    with op.batch_alter_table("attendees") as batch_op:
        batch_op.drop_index("ix_attendees_state_arrived_at")
        batch_op.drop_constraint(op.f("ck_attendees_attendeestate"), type_="check")
        batch_op.drop_column("left_at")
        batch_op.drop_column("arrived_at")
        batch_op.drop_column("state")
        batch_op.drop_column("grade_band")
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=False)
