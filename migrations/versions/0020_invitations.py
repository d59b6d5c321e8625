"""Schools are invited to meetups by their contacts, whose addresses are kept in one form."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("school_contacts") as batch_op:
        batch_op.add_column(sa.Column("is_sample", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("school_contacts") as batch_op:
        batch_op.alter_column("is_sample", server_default=None)
    _write_addresses_in_one_form()
    op.create_table(
        "meetup_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meetup_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["declined_by"], ["school_contacts.id"], name=op.f("fk_meetup_invitations_declined_by_school_contacts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["meetup_id"], ["meetups.id"], name=op.f("fk_meetup_invitations_meetup_id_meetups"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_meetup_invitations_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetup_invitations")),
        sa.UniqueConstraint("meetup_id", "school_id", name=op.f("uq_meetup_invitations_meetup_id_school_id")),
    )
    op.create_index(op.f("ix_meetup_invitations_school_id"), "meetup_invitations", ["school_id"])
    op.create_index(op.f("ix_meetup_invitations_declined_by"), "meetup_invitations", ["declined_by"])
    op.create_table(
        "invited_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["school_contacts.id"], name=op.f("fk_invited_contacts_contact_id_school_contacts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["meetup_invitations.id"], name=op.f("fk_invited_contacts_invitation_id_meetup_invitations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invited_contacts")),
        sa.UniqueConstraint("invitation_id", "contact_id", name=op.f("uq_invited_contacts_invitation_id_contact_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invited_contacts_public_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_invited_contacts_contact_id"), "invited_contacts", ["contact_id"])


def _write_addresses_in_one_form() -> None:
    """Trimmed and lower-cased, as everywhere; by Python, because the database's own lower() knows A to Z alone on SQLite."""
    contacts = sa.table("school_contacts", sa.column("id", sa.Integer), sa.column("email", sa.String))
    connection = op.get_bind()
    for key, email in connection.execute(sa.select(contacts.c.id, contacts.c.email)).all():
        if email != email.strip().lower():
            connection.execute(sa.update(contacts).where(contacts.c.id == key).values(email=email.strip().lower()))


def downgrade() -> None:
    op.drop_table("invited_contacts")
    op.drop_table("meetup_invitations")
    with op.batch_alter_table("school_contacts") as batch_op:
        batch_op.drop_column("is_sample")
