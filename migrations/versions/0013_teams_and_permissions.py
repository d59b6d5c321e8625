"""Teams of a meetup have a least size and are answered by organizers; who attests a permission; what changed on a roster."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "added", "named", "replaced", "corrected", "freed", "left", name="changekind", native_enum=False, create_constraint=True, length=20
)


def upgrade() -> None:
    with op.batch_alter_table("gatherings") as batch_op:
        batch_op.add_column(sa.Column("party_least", sa.Integer(), nullable=True))
    op.execute("UPDATE gatherings SET party_least = 1")
    op.execute(sa.text("UPDATE gatherings SET party_least = CASE WHEN party_most < 3 THEN party_most ELSE 3 END WHERE kind = 'meetup'"))
    op.execute(sa.text("UPDATE gatherings SET needs_approval = :yes WHERE kind = 'meetup'").bindparams(yes=True))
    with op.batch_alter_table("gatherings") as batch_op:
        batch_op.alter_column("party_least", existing_type=sa.Integer(), nullable=False)
        batch_op.create_check_constraint(op.f("ck_gatherings_some_party_fits"), "party_least BETWEEN 1 AND party_most")
    with op.batch_alter_table("consents") as batch_op:
        batch_op.add_column(sa.Column("by_name", sa.String(length=200), nullable=True))
    op.execute("UPDATE consents SET by_name = ''")
    with op.batch_alter_table("consents") as batch_op:
        batch_op.alter_column("by_name", existing_type=sa.String(length=200), nullable=False)
    op.create_table(
        "roster_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _to("attendee_id", "attendees", "SET NULL"),
        _to("gathering_id", "gatherings", "CASCADE"),
        _to("registration_id", "registrations", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_changes")),
    )
    with op.batch_alter_table("roster_changes") as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_changes_attendee_id"), ["attendee_id"], unique=False)
        batch_op.create_index("ix_roster_changes_gathering_id_at", ["gathering_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_roster_changes_registration_id"), ["registration_id"], unique=False)


def _to(column: str, table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_roster_changes_{column}_{table}"), ondelete=ondelete)


def downgrade() -> None:
    op.drop_table("roster_changes")
    with op.batch_alter_table("consents") as batch_op:
        batch_op.drop_column("by_name")
    with op.batch_alter_table("gatherings") as batch_op:
        batch_op.drop_constraint(op.f("ck_gatherings_some_party_fits"), type_="check")
        batch_op.drop_column("party_least")
