"""Rules of booking, reserved seats, states of a party, offers from the waitlist, and moves."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PARTY_STATES = ("unverified", "pending", "confirmed", "declined", "expired", "cancelled")
ENTRY_STATES = ("waiting", "offered", "taken", "closed", "withdrawn")
TIERS = ("living_lab", "incubator", "active_member", "friend", "external")


def upgrade() -> None:
    with op.batch_alter_table("networks") as batch_op:
        batch_op.add_column(sa.Column("listed_domains", sa.Text(), nullable=True))
    op.execute(sa.text("UPDATE networks SET listed_domains = ''"))
    with op.batch_alter_table("networks") as batch_op:
        batch_op.alter_column("listed_domains", existing_type=sa.Text(), nullable=False)
    with op.batch_alter_table("booking_keys") as batch_op:
        batch_op.add_column(sa.Column("outcome", sa.String(length=20), nullable=True))
    op.execute(sa.text("UPDATE booking_keys SET outcome = CASE WHEN entry_id IS NULL THEN 'confirmed' ELSE 'waitlisted' END"))
    with op.batch_alter_table("booking_keys") as batch_op:
        batch_op.alter_column("outcome", existing_type=sa.String(length=20), nullable=False)
    _gatherings()
    _reserved_seats()
    _registrations()
    _entries()
    _offers()
    _moves()


def _gatherings() -> None:
    with op.batch_alter_table("gatherings") as batch_op:
        batch_op.add_column(sa.Column("school_most", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("opens_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("cutoff_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cutoff_time", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("needs_approval", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("paused", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("strict_line", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("least_people", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("least_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("least_settled", sa.Boolean(), nullable=True))
    # What stands was planned under the rules of then: open until it begins, for everybody.
    op.execute(
        sa.text(
            "UPDATE gatherings SET cutoff_days = 0, cutoff_time = '15:00:00.000000', closes_at = starts_at, "
            "needs_approval = false, paused = false, strict_line = false, least_settled = false"
        )
    )
    with op.batch_alter_table("gatherings") as batch_op:
        batch_op.alter_column("cutoff_days", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("cutoff_time", existing_type=sa.Time(), nullable=False)
        batch_op.alter_column("closes_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        for name in ("needs_approval", "paused", "strict_line", "least_settled"):
            batch_op.alter_column(name, existing_type=sa.Boolean(), nullable=False)
        batch_op.create_check_constraint("a_school_can_send_a_party", "school_most IS NULL OR school_most >= party_most")
        batch_op.create_check_constraint("closes_before_it_starts", "closes_at <= starts_at")


def _reserved_seats() -> None:
    op.create_table(
        "reserved_seats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Enum(*TIERS, name="tier", native_enum=False, create_constraint=True, length=20), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("release_days", sa.Integer(), nullable=False),
        sa.Column("releases_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_reserved_seats_seats_are_some")),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gatherings.id"], name=op.f("fk_reserved_seats_gathering_id_gatherings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserved_seats")),
        sa.UniqueConstraint("gathering_id", "tier", name="uq_reserved_seats_gathering_id_tier"),
    )
    with op.batch_alter_table("reserved_seats") as batch_op:
        batch_op.create_index(batch_op.f("ix_reserved_seats_released"), ["released"], unique=False)


def _registrations() -> None:
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.add_column(sa.Column("tier", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("nudge_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_registrations_registrationstate"), type_="check")
    op.execute(
        sa.text(
            "UPDATE registrations SET confirmed_at = created_at, tier = COALESCE("
            "(SELECT tier FROM schools WHERE schools.id = registrations.school_id AND tier <> 'external'), '')"
        )
    )
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.alter_column("tier", existing_type=sa.String(length=20), nullable=False)
        batch_op.create_check_constraint(op.f("ck_registrations_registrationstate"), sa.column("state").in_(PARTY_STATES))
        batch_op.create_index("ix_registrations_state_expires_at", ["state", "expires_at"], unique=False)


def _entries() -> None:
    with op.batch_alter_table("waitlist_entries") as batch_op:
        batch_op.add_column(sa.Column("window_school_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("window_first", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("window_last", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("moving_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("tier", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("smallest", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("confirm_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("returned", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("passed_free", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_waitlist_entries_entrystate"), type_="check")
        batch_op.drop_constraint(op.f("ck_waitlist_entries_party_has_people"), type_="check")
    op.execute(
        sa.text(
            "UPDATE waitlist_entries SET smallest = party_size, priority = 0, returned = false, tier = COALESCE("
            "(SELECT tier FROM schools WHERE schools.id = waitlist_entries.school_id AND tier <> 'external'), '')"
        )
    )
    with op.batch_alter_table("waitlist_entries") as batch_op:
        for name, kind in (
            ("tier", sa.String(length=20)),
            ("smallest", sa.Integer()),
            ("priority", sa.Integer()),
            ("returned", sa.Boolean()),
        ):
            batch_op.alter_column(name, existing_type=kind, nullable=False)
        batch_op.create_check_constraint(op.f("ck_waitlist_entries_entrystate"), sa.column("state").in_(ENTRY_STATES))
        batch_op.create_check_constraint("party_has_people", "smallest >= 1 AND smallest <= party_size")
        batch_op.create_check_constraint("window_has_days", "window_last IS NULL OR window_last >= window_first")
        batch_op.create_foreign_key(
            op.f("fk_waitlist_entries_window_school_id_schools"), "schools", ["window_school_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_foreign_key(
            op.f("fk_waitlist_entries_moving_id_registrations"), "registrations", ["moving_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(batch_op.f("ix_waitlist_entries_moving_id"), ["moving_id"], unique=False)
        batch_op.create_index("ix_waitlist_entries_window_school_id_state", ["window_school_id", "state"], unique=False)


def _offers() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "accepted", "declined", "expired", "closed", name="offerstate", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size >= 1", name=op.f("ck_offers_offers_seats")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entries.id"], name=op.f("fk_offers_entry_id_waitlist_entries"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["gathering_id"], ["gatherings.id"], name=op.f("fk_offers_gathering_id_gatherings"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    _one_open("offers", "uq_offers_open", "entry_id", "open")
    with op.batch_alter_table("offers") as batch_op:
        batch_op.create_index(batch_op.f("ix_offers_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index("ix_offers_gathering_id_state", ["gathering_id", "state"], unique=False)
        batch_op.create_index("ix_offers_state_deadline", ["state", "deadline"], unique=False)


def _moves() -> None:
    op.create_table(
        "move_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "approved", "declined", "closed", name="movestate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nudge_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_move_requests_registration_id_registrations"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gatherings.id"], name=op.f("fk_move_requests_gathering_id_gatherings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_requests")),
    )
    _one_open("move_requests", "uq_move_requests_waiting", "registration_id", "waiting")
    with op.batch_alter_table("move_requests") as batch_op:
        batch_op.create_index(batch_op.f("ix_move_requests_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index("ix_move_requests_gathering_id_state", ["gathering_id", "state"], unique=False)
        batch_op.create_index("ix_move_requests_state_expires_at", ["state", "expires_at"], unique=False)


def _one_open(table: str, name: str, column: str, state: str) -> None:
    """At most one row of a party is open at a time."""
    where = sa.text(f"state = '{state}'")
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("move_requests")
    op.drop_table("offers")
    op.drop_table("reserved_seats")
    op.execute(sa.text("UPDATE waitlist_entries SET state = 'waiting' WHERE state = 'offered'"))
    with op.batch_alter_table("waitlist_entries") as batch_op:
        batch_op.drop_index("ix_waitlist_entries_window_school_id_state")
        batch_op.drop_index(batch_op.f("ix_waitlist_entries_moving_id"))
        batch_op.drop_constraint(op.f("fk_waitlist_entries_moving_id_registrations"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_waitlist_entries_window_school_id_schools"), type_="foreignkey")
        for name in ("entrystate", "party_has_people", "window_has_days"):
            batch_op.drop_constraint(op.f(f"ck_waitlist_entries_{name}"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_waitlist_entries_entrystate"), sa.column("state").in_(("waiting", "taken", "closed", "withdrawn"))
        )
        batch_op.create_check_constraint("party_has_people", "party_size >= 1")
        for name in (
            "verified_at", "passed_free", "returned", "priority", "confirm_until", "smallest", "tier", "moving_id",
            "window_last", "window_first", "window_school_id",
        ):  # fmt: skip
            batch_op.drop_column(name)
    # The earlier form knows only seats and no seats.
    op.execute(sa.text("UPDATE registrations SET state = 'confirmed' WHERE state IN ('unverified', 'pending')"))
    op.execute(sa.text("UPDATE registrations SET state = 'cancelled' WHERE state IN ('declined', 'expired')"))
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_index("ix_registrations_state_expires_at")
        batch_op.drop_constraint(op.f("ck_registrations_registrationstate"), type_="check")
        batch_op.create_check_constraint(op.f("ck_registrations_registrationstate"), sa.column("state").in_(("confirmed", "cancelled")))
        for name in ("confirmed_at", "verified_at", "nudge_at", "expires_at", "tier"):
            batch_op.drop_column(name)
    with op.batch_alter_table("gatherings") as batch_op:
        batch_op.drop_constraint(op.f("ck_gatherings_closes_before_it_starts"), type_="check")
        batch_op.drop_constraint(op.f("ck_gatherings_a_school_can_send_a_party"), type_="check")
        for name in (
            "least_settled", "least_asked_at", "least_people", "strict_line", "paused", "needs_approval", "closes_at", "cutoff_time",
            "cutoff_days", "opens_at", "opens_days", "school_most",
        ):  # fmt: skip
            batch_op.drop_column(name)
    with op.batch_alter_table("booking_keys") as batch_op:
        batch_op.drop_column("outcome")
    with op.batch_alter_table("networks") as batch_op:
        batch_op.drop_column("listed_domains")
