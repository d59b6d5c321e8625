"""An address for the calendar of one booking; mail that came back; calendars of schools that are fetched again."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feed_addresses") as batch_op:
        batch_op.add_column(sa.Column("registration_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_feed_addresses_registration_id_registrations"), "registrations", ["registration_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(batch_op.f("ix_feed_addresses_registration_id"), ["registration_id"], unique=False)
        batch_op.drop_constraint(op.f("ck_feed_addresses_feedkind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_feed_addresses_feedkind"), sa.column("kind").in_(("host", "participant", "registration")))
    with op.batch_alter_table("outbox_mails") as batch_op:
        batch_op.add_column(sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "closure_sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_closure_sources_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_sources")),
        sa.UniqueConstraint("public_id", name=op.f("uq_closure_sources_public_id")),
    )
    with op.batch_alter_table("closure_sources") as batch_op:
        batch_op.create_index(batch_op.f("ix_closure_sources_school_id"), ["school_id"], unique=False)
    with op.batch_alter_table("closures") as batch_op:
        batch_op.add_column(sa.Column("source_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_closures_source_id_closure_sources"), "closure_sources", ["source_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(batch_op.f("ix_closures_source_id"), ["source_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("closures") as batch_op:
        batch_op.drop_index(batch_op.f("ix_closures_source_id"))
        batch_op.drop_constraint(batch_op.f("fk_closures_source_id_closure_sources"), type_="foreignkey")
        batch_op.drop_column("source_id")
    with op.batch_alter_table("closure_sources") as batch_op:
        batch_op.drop_index(batch_op.f("ix_closure_sources_school_id"))
    op.drop_table("closure_sources")
    with op.batch_alter_table("outbox_mails") as batch_op:
        batch_op.drop_column("bounced_at")
    op.execute(sa.text("DELETE FROM feed_addresses WHERE kind = 'registration'"))
    with op.batch_alter_table("feed_addresses") as batch_op:
        batch_op.drop_constraint(op.f("ck_feed_addresses_feedkind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_feed_addresses_feedkind"), sa.column("kind").in_(("host", "participant")))
        batch_op.drop_index(batch_op.f("ix_feed_addresses_registration_id"))
        batch_op.drop_constraint(batch_op.f("fk_feed_addresses_registration_id_registrations"), type_="foreignkey")
        batch_op.drop_column("registration_id")
