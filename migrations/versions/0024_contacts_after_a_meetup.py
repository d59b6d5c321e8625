"""Whether those whom somebody met at a meetup may have their address: one more kind of permission."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

BEFORE, NOW = ("photo", "guardian"), ("photo", "guardian", "contact")


def upgrade() -> None:
    _kinds(NOW)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM consents WHERE kind = 'contact'"))
    _kinds(BEFORE)


def _kinds(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("consents") as batch_op:
        batch_op.drop_constraint(op.f("ck_consents_consentkind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_consents_consentkind"), sa.column("kind").in_(kinds))
