"""Indexes of every list: a page of a large network is found without reading all of it."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_gatherings_school_id_starts_wall", "gatherings", ["school_id", "starts_wall"]),
    ("ix_gatherings_state_starts_wall", "gatherings", ["state", "starts_wall", "public_id"]),
    ("ix_gatherings_starts_wall", "gatherings", ["starts_wall", "id"]),
    ("ix_gatherings_kind_state_starts_at", "gatherings", ["kind", "state", "starts_at"]),
    ("ix_audit_lines_what", "audit_lines", ["what", "id"]),
    ("ix_audit_lines_actor", "audit_lines", ["actor", "id"]),
    ("ix_outbox_mails_template", "outbox_mails", ["template", "id"]),
    ("ix_outbox_mails_state", "outbox_mails", ["state", "id"]),
)


OF_REGISTRATIONS = ("ix_registrations_gathering_id_state", "registrations", ["gathering_id", "state"])
"""Gets the school, too: the map of the network reads whole visits from it"""


def upgrade() -> None:
    replace_index(*OF_REGISTRATIONS, also=["school_id"])
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    replace_index(*OF_REGISTRATIONS)
    for name, table, _ in INDEXES:
        op.drop_index(name, table_name=table)


def replace_index(name: str, table: str, columns: list[str], also: list[str] | None = None) -> None:
    op.drop_index(name, table_name=table)
    op.create_index(name, table, [*columns, *(also or [])])
