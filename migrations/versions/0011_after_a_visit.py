"""What follows a visit: who was asked, what they wrote, whether they tried it; what there is to read."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_resources",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_visit_resources_resource_id_resources"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_resources_visit_id_visits"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visit_id", "resource_id", name=op.f("pk_visit_resources")),
    )
    with op.batch_alter_table("visit_resources") as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_resources_resource_id"), ["resource_id"], unique=False)
    op.create_table(
        "debrief_asks",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_debrief_asks_attendee_id_attendees"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_debrief_asks")),
    )
    op.create_table(
        "debriefs",
        *_whose(),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("noticed", sa.Text(), nullable=False),
        sa.Column("wonders", sa.Text(), nullable=False),
        sa.Column("will_try", sa.Text(), nullable=False),
        *_when(),
        sa.CheckConstraint("value BETWEEN 1 AND 4", name=op.f("ck_debriefs_value_is_one_to_four")),
        *_constraints("debriefs"),
    )
    answers = sa.Enum("yes", "not_yet", "no", name="triedanswer", native_enum=False, create_constraint=True, length=20)
    op.create_table(
        "tried",
        *_whose(),
        sa.Column("answer", answers, nullable=False),
        sa.Column("line", sa.String(length=300), nullable=False),
        *_when(),
        *_constraints("tried"),
    )
    for table in ("debriefs", "tried"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_gathering_id"), ["gathering_id"], unique=False)


def _whose() -> list[sa.Column]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in ("id", "attendee_id", "gathering_id")]


def _when() -> list[sa.Column]:
    instants = [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("created_at", "changed_at")]
    return [sa.Column("is_shared", sa.Boolean(), nullable=False), *instants]


def _constraints(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f(f"fk_{table}_attendee_id_attendees"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["gathering_id"], ["gatherings.id"], name=op.f(f"fk_{table}_gathering_id_gatherings"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("attendee_id", name=op.f(f"uq_{table}_attendee_id")),
    ]


def downgrade() -> None:
    for table in ("tried", "debriefs", "debrief_asks", "visit_resources"):
        op.drop_table(table)
