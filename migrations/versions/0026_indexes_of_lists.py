"""Indexes of every list: a page of a large network is found without reading all of it."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_gatherings_school_id_starts_at", "gatherings", ["school_id", "starts_at"]),
    ("ix_gatherings_state_starts_wall", "gatherings", ["state", "starts_wall", "public_id"]),
    ("ix_gatherings_starts_wall", "gatherings", ["starts_wall", "id"]),
    ("ix_gatherings_kind_state_starts_at", "gatherings", ["kind", "state", "starts_at"]),
    ("ix_audit_lines_what", "audit_lines", ["what", "id"]),
    ("ix_audit_lines_actor", "audit_lines", ["actor", "id"]),
    ("ix_outbox_mails_template", "outbox_mails", ["template", "id"]),
    ("ix_outbox_mails_state", "outbox_mails", ["state", "id"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in INDEXES:
        op.drop_index(name, table_name=table)
