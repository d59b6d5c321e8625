"""Seats are counted, and parties from one school at another, in an index, without reading a party; and the few parties that wait for an
answer, and the places of students, are found without reading all others."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

OF = "registrations"
SEATS, SEATS_BEFORE = "ix_registrations_gathering_id_state", ["gathering_id", "state", "school_id"]
FROM_SCHOOL, FROM_SCHOOL_BEFORE = "ix_registrations_school_id", ["school_id"]
SOME = (
    ("ix_registrations_asking", "registrations", ["gathering_id", "party_size", "expires_at"], "state = 'pending'"),
    ("ix_attendees_students", "attendees", ["registration_id"], "role = 'student'"),
)


def upgrade() -> None:
    replace(SEATS, [*SEATS_BEFORE, "party_size"])
    replace(FROM_SCHOOL, [*FROM_SCHOOL_BEFORE, "state", "gathering_id", "id"])
    for name, table, columns, which in SOME:
        op.create_index(name, table, columns, sqlite_where=sa.text(which), postgresql_where=sa.text(which))


def downgrade() -> None:
    for name, table, _columns, _which in SOME:
        op.drop_index(name, table_name=table)
    replace(FROM_SCHOOL, FROM_SCHOOL_BEFORE)
    replace(SEATS, SEATS_BEFORE)


def replace(name: str, columns: list[str]) -> None:
    op.drop_index(name, table_name=OF)
    op.create_index(name, OF, columns)
