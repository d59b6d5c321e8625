"""People are found by when they came to be known: each night looks for those whose time has come, and reads nobody else."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_people_created_at", "people", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_people_created_at", table_name="people")
