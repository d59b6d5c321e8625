"""The door: greeters' links, what was done there, rosters that are closed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = sa.Enum("arrive", "undo", "leave", "absent", name="deedkind", native_enum=False, create_constraint=True, length=20)
RESULTS = sa.Enum(
    "ok", "already", "cancelled", "pending", "other", "unknown", "ended", "early", "permission", name="result", native_enum=False,
    create_constraint=True, length=20,
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "greeter_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gatherings.id"], name=op.f("fk_greeter_links_gathering_id_gatherings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_greeter_links")),
        sa.UniqueConstraint("public_id", name=op.f("uq_greeter_links_public_id")),
    )
    with op.batch_alter_table("greeter_links") as batch_op:
        batch_op.create_index(batch_op.f("ix_greeter_links_gathering_id"), ["gathering_id"], unique=False)

    op.create_table(
        "door_deeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=40), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", RESULTS, nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_door_deeds_attendee_id_attendees"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gatherings.id"], name=op.f("fk_door_deeds_gathering_id_gatherings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_deeds")),
        sa.UniqueConstraint("nonce", name=op.f("uq_door_deeds_nonce")),
    )
    with op.batch_alter_table("door_deeds") as batch_op:
        batch_op.create_index(batch_op.f("ix_door_deeds_attendee_id"), ["attendee_id"], unique=False)
        batch_op.create_index("ix_door_deeds_gathering_id_attendee_id", ["gathering_id", "attendee_id"], unique=False)

    op.create_table(
        "rosters",
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["gathering_id"], ["gatherings.id"], name=op.f("fk_rosters_gathering_id_gatherings"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("gathering_id", name=op.f("pk_rosters")),
    )


def downgrade() -> None:
    op.drop_table("rosters")
    op.drop_table("door_deeds")
    op.drop_table("greeter_links")
