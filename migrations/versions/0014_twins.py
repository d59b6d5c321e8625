"""Two entries of one person that were made one, for the day on which that can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

REFERENCES = {
    "gathering_id": "gatherings", "person_id": "people", "gone_person_id": "people", "place_id": "attendees", "gone_place_id": "attendees",
}  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=table != "people") for name, table in REFERENCES.items()),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(place_id IS NULL) = (gathering_id IS NULL)", name=op.f("ck_merges_places_are_at_a_gathering")),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_merges_{name}_{table}"), ondelete="CASCADE")
            for name, table in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sa.UniqueConstraint("public_id", name=op.f("uq_merges_public_id")),
    )
    with op.batch_alter_table("merges") as batch_op:
        for name in (*REFERENCES, "created_at"):
            batch_op.create_index(batch_op.f(f"ix_merges_{name}"), [name], unique=False)


def downgrade() -> None:
    op.drop_table("merges")
