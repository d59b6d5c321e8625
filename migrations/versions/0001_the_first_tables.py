"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("request", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_lines")),
    )
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_lines_about"), ["about"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_lines_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_lines_school_id"), ["school_id"], unique=False)

    op.create_table(
        "feed_versions",
        sa.Column("feed", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_feed_versions")),
    )
    op.create_table(
        "focus_areas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focus_areas")),
        sa.UniqueConstraint("slug", name=op.f("uq_focus_areas_slug")),
    )
    op.create_table(
        "import_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_drafts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_drafts_public_id")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("live_key", sa.String(length=80), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "done", "failed", name="jobstate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("stop_wanted", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("live_key", name=op.f("uq_jobs_live_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_jobs_public_id")),
    )
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_about"), ["about"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_state"), ["state"], unique=False)

    op.create_table(
        "networks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("site_name", sa.String(length=40), nullable=False),
        sa.Column("welcome", sa.String(length=300), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_networks_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_networks")),
    )
    op.create_table(
        "outbox_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("to_name", sa.String(length=200), nullable=False),
        sa.Column("reply_to", sa.String(length=254), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("invitation", sa.JSON(), nullable=True),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("chain", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "sent", "kept", "dead", name="mailstate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_mails_message_id")),
    )
    with op.batch_alter_table("outbox_mails") as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_mails_about"), ["about"], unique=False)
        batch_op.create_index("ix_outbox_mails_chain", ["chain"], unique=False)
        batch_op.create_index("ix_outbox_mails_state_send_at", ["state", "send_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_mails_to_address"), ["to_address"], unique=False)

    op.create_table(
        "schools",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=60), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "living_lab",
                "incubator",
                "active_member",
                "friend",
                "external",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("borough", sa.String(length=60), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("private_address", sa.String(length=300), nullable=False),
        sa.Column("arrival_notes", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools")),
        sa.UniqueConstraint("name", name=op.f("uq_schools_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_schools_slug")),
    )
    with op.batch_alter_table("schools") as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_borough"), ["borough"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_tier"), ["tier"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "gatherings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column(
            "kind", sa.Enum("visit", "meetup", name="gatheringkind", native_enum=False, create_constraint=True, length=20), nullable=False
        ),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("starts_wall", sa.DateTime(), nullable=False),
        sa.Column("ends_wall", sa.DateTime(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doors_minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("private_place", sa.String(length=300), nullable=False),
        sa.Column("arrival_notes", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("party_most", sa.Integer(), nullable=False),
        sa.Column("waitlist_open", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "published", "cancelled", name="gatheringstate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("cancel_reason", sa.String(length=500), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_gatherings_capacity_is_positive")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_gatherings_ends_after_it_starts")),
        sa.CheckConstraint("party_most >= 1", name=op.f("ck_gatherings_parties_have_people")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_gatherings_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gatherings")),
        sa.UniqueConstraint("public_id", name=op.f("uq_gatherings_public_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_gatherings_uid")),
    )
    with op.batch_alter_table("gatherings") as batch_op:
        batch_op.create_index(batch_op.f("ix_gatherings_school_id"), ["school_id"], unique=False)
        batch_op.create_index("ix_gatherings_state_starts_at", ["state", "starts_at"], unique=False)

    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator", "organizer", "host", "viewer", name="accessrole", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(role = 'host') = (school_id IS NOT NULL)", name=op.f("ck_grants_hosts_have_a_school")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_grants_school_id_schools"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("user_id", "role", "school_id", name=op.f("uq_grants_user_id_role_school_id")),
    )
    with op.batch_alter_table("grants") as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_school_id"), ["school_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_grants_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_grants_user_id_role",
            ["user_id", "role"],
            unique=True,
            sqlite_where=sa.text("school_id IS NULL"),
            postgresql_where=sa.text("school_id IS NULL"),
        )

    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator", "organizer", "host", "viewer", name="accessrole", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("invited_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name=op.f("fk_invitations_invited_by_users"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_invitations_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    with op.batch_alter_table("invitations") as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_school_id"), ["school_id"], unique=False)

    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_people_school_id_schools"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    with op.batch_alter_table("people") as batch_op:
        batch_op.create_index(batch_op.f("ix_people_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_people_school_id"), ["school_id"], unique=False)

    op.create_table(
        "school_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_school_contacts_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_contacts")),
    )
    with op.batch_alter_table("school_contacts") as batch_op:
        batch_op.create_index(batch_op.f("ix_school_contacts_school_id"), ["school_id"], unique=False)

    op.create_table(
        "school_focus_areas",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("focus_area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["focus_area_id"], ["focus_areas.id"], name=op.f("fk_school_focus_areas_focus_area_id_focus_areas"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_school_focus_areas_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("school_id", "focus_area_id", name=op.f("pk_school_focus_areas")),
    )
    with op.batch_alter_table("school_focus_areas") as batch_op:
        batch_op.create_index(batch_op.f("ix_school_focus_areas_focus_area_id"), ["focus_area_id"], unique=False)

    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_in_links_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_links_token_hash")),
    )
    with op.batch_alter_table("sign_in_links") as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_links_browser_hash"), ["browser_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_links_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sign_in_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_in_sessions_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_sessions_token_hash")),
    )
    with op.batch_alter_table("sign_in_sessions") as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "meetups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column(
            "format", sa.Enum("pairs", "tables", name="format", native_enum=False, create_constraint=True, length=20), nullable=False
        ),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("table_size", sa.Integer(), nullable=False),
        sa.Column("team_most", sa.Integer(), nullable=False),
        sa.CheckConstraint("rounds BETWEEN 1 AND 40", name=op.f("ck_meetups_rounds_in_range")),
        sa.CheckConstraint("table_size BETWEEN 2 AND 12", name=op.f("ck_meetups_table_size_in_range")),
        sa.ForeignKeyConstraint(["gathering_id"], ["gatherings.id"], name=op.f("fk_meetups_gathering_id_gatherings"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetups")),
        sa.UniqueConstraint("gathering_id", name=op.f("uq_meetups_gathering_id")),
    )
    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("link_round", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("lead_name", sa.String(length=200), nullable=False),
        sa.Column("lead_email", sa.String(length=254), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("organization", sa.String(length=200), nullable=False),
        sa.Column("party_size", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("photo_rule_version", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum("confirmed", "cancelled", name="registrationstate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("cancel_reason", sa.String(length=500), nullable=False),
        sa.Column("cancelled_by", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("party_size >= 1", name=op.f("ck_registrations_party_has_people")),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gatherings.id"], name=op.f("fk_registrations_gathering_id_gatherings"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_registrations_school_id_schools"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_registrations_public_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_registrations_uid")),
    )
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.create_index("ix_registrations_gathering_id_state", ["gathering_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_registrations_lead_email"), ["lead_email"], unique=False)
        batch_op.create_index(batch_op.f("ix_registrations_school_id"), ["school_id"], unique=False)

    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["gathering_id"], ["gatherings.id"], name=op.f("fk_visits_gathering_id_gatherings"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_visits_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("gathering_id", name=op.f("uq_visits_gathering_id")),
    )
    with op.batch_alter_table("visits") as batch_op:
        batch_op.create_index(batch_op.f("ix_visits_school_id"), ["school_id"], unique=False)

    op.create_table(
        "attendees",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_attendees_person_id_people")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_attendees_registration_id_registrations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendees")),
        sa.UniqueConstraint("public_id", name=op.f("uq_attendees_public_id")),
    )
    with op.batch_alter_table("attendees") as batch_op:
        batch_op.create_index(batch_op.f("ix_attendees_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendees_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meetup_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "published", "replaced", name="planstate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("iterations", sa.Integer(), nullable=False),
        sa.Column("stopped_early", sa.Boolean(), nullable=False),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("bounds", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["meetup_id"], ["meetups.id"], name=op.f("fk_plans_meetup_id_meetups"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("meetup_id", "version", name=op.f("uq_plans_meetup_id_version")),
    )
    with op.batch_alter_table("plans") as batch_op:
        batch_op.create_index(
            "ix_plans_published",
            ["meetup_id"],
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )

    op.create_table(
        "visit_focus_areas",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("focus_area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["focus_area_id"], ["focus_areas.id"], name=op.f("fk_visit_focus_areas_focus_area_id_focus_areas"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_focus_areas_visit_id_visits"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visit_id", "focus_area_id", name=op.f("pk_visit_focus_areas")),
    )
    with op.batch_alter_table("visit_focus_areas") as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_focus_areas_focus_area_id"), ["focus_area_id"], unique=False)

    op.create_table(
        "waitlist_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("link_round", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("lead_name", sa.String(length=200), nullable=False),
        sa.Column("lead_email", sa.String(length=254), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("organization", sa.String(length=200), nullable=False),
        sa.Column("party_size", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("photo_rule_version", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "taken", "closed", "withdrawn", name="entrystate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("party_size >= 1", name=op.f("ck_waitlist_entries_party_has_people")),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gatherings.id"], name=op.f("fk_waitlist_entries_gathering_id_gatherings"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_waitlist_entries_registration_id_registrations"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_waitlist_entries_school_id_schools"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entries")),
        sa.UniqueConstraint("public_id", name=op.f("uq_waitlist_entries_public_id")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_waitlist_entries_registration_id")),
    )
    with op.batch_alter_table("waitlist_entries") as batch_op:
        batch_op.create_index("ix_waitlist_entries_gathering_id_state", ["gathering_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_waitlist_entries_lead_email"), ["lead_email"], unique=False)

    op.create_table(
        "booking_keys",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entries.id"], name=op.f("fk_booking_keys_entry_id_waitlist_entries"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_booking_keys_registration_id_registrations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_booking_keys")),
    )
    with op.batch_alter_table("booking_keys") as batch_op:
        batch_op.create_index(batch_op.f("ix_booking_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "feed_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column(
            "kind", sa.Enum("host", "participant", name="feedkind", native_enum=False, create_constraint=True, length=20), nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_feed_addresses_attendee_id_attendees"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_feed_addresses_school_id_schools"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feed_addresses_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_addresses")),
        sa.UniqueConstraint("public_id", name=op.f("uq_feed_addresses_public_id")),
    )
    with op.batch_alter_table("feed_addresses") as batch_op:
        batch_op.create_index("ix_feed_addresses_purpose", ["kind", "user_id", "school_id", "attendee_id"], unique=False)

    op.create_table(
        "seatings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("table", sa.Integer(), nullable=True),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("round >= 1", name=op.f("ck_seatings_rounds_count_from_one")),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_seatings_attendee_id_attendees"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_seatings_plan_id_plans"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seatings")),
        sa.UniqueConstraint("plan_id", "round", "attendee_id", name=op.f("uq_seatings_plan_id_round_attendee_id")),
    )
    with op.batch_alter_table("seatings") as batch_op:
        batch_op.create_index(batch_op.f("ix_seatings_attendee_id"), ["attendee_id"], unique=False)
    op.execute(
        sa.text(
            "INSERT INTO networks (id, name, site_name, welcome, introduction, time_zone, contact_email, version) "
            "VALUES (1, 'Our network of schools', 'Living Lab Visits', 'See mastery at work, in a real school.', "
            "'Our schools open their classrooms to visiting educators. Pick a date, bring colleagues, be expected at the door.', "
            "'America/New_York', '', 1)"
        )
    )


def downgrade() -> None:
    with op.batch_alter_table("seatings") as batch_op:
        batch_op.drop_index(batch_op.f("ix_seatings_attendee_id"))

    op.drop_table("seatings")
    with op.batch_alter_table("feed_addresses") as batch_op:
        batch_op.drop_index("ix_feed_addresses_purpose")

    op.drop_table("feed_addresses")
    with op.batch_alter_table("booking_keys") as batch_op:
        batch_op.drop_index(batch_op.f("ix_booking_keys_created_at"))

    op.drop_table("booking_keys")
    with op.batch_alter_table("waitlist_entries") as batch_op:
        batch_op.drop_index(batch_op.f("ix_waitlist_entries_lead_email"))
        batch_op.drop_index("ix_waitlist_entries_gathering_id_state")

    op.drop_table("waitlist_entries")
    with op.batch_alter_table("visit_focus_areas") as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_focus_areas_focus_area_id"))

    op.drop_table("visit_focus_areas")
    with op.batch_alter_table("plans") as batch_op:
        batch_op.drop_index(
            "ix_plans_published", sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'")
        )

    op.drop_table("plans")
    with op.batch_alter_table("attendees") as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendees_registration_id"))
        batch_op.drop_index(batch_op.f("ix_attendees_person_id"))

    op.drop_table("attendees")
    with op.batch_alter_table("visits") as batch_op:
        batch_op.drop_index(batch_op.f("ix_visits_school_id"))

    op.drop_table("visits")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_index(batch_op.f("ix_registrations_school_id"))
        batch_op.drop_index(batch_op.f("ix_registrations_lead_email"))
        batch_op.drop_index("ix_registrations_gathering_id_state")

    op.drop_table("registrations")
    op.drop_table("meetups")
    with op.batch_alter_table("sign_in_sessions") as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_sessions_user_id"))

    op.drop_table("sign_in_sessions")
    with op.batch_alter_table("sign_in_links") as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_links_user_id"))
        batch_op.drop_index(batch_op.f("ix_sign_in_links_browser_hash"))

    op.drop_table("sign_in_links")
    with op.batch_alter_table("school_focus_areas") as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_focus_areas_focus_area_id"))

    op.drop_table("school_focus_areas")
    with op.batch_alter_table("school_contacts") as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_contacts_school_id"))

    op.drop_table("school_contacts")
    with op.batch_alter_table("people") as batch_op:
        batch_op.drop_index(batch_op.f("ix_people_school_id"))
        batch_op.drop_index(batch_op.f("ix_people_email"))

    op.drop_table("people")
    with op.batch_alter_table("invitations") as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_school_id"))
        batch_op.drop_index(batch_op.f("ix_invitations_email"))

    op.drop_table("invitations")
    with op.batch_alter_table("grants") as batch_op:
        batch_op.drop_index(
            "uq_grants_user_id_role", sqlite_where=sa.text("school_id IS NULL"), postgresql_where=sa.text("school_id IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_grants_user_id"))
        batch_op.drop_index(batch_op.f("ix_grants_school_id"))

    op.drop_table("grants")
    with op.batch_alter_table("gatherings") as batch_op:
        batch_op.drop_index("ix_gatherings_state_starts_at")
        batch_op.drop_index(batch_op.f("ix_gatherings_school_id"))

    op.drop_table("gatherings")
    op.drop_table("users")
    with op.batch_alter_table("schools") as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_tier"))
        batch_op.drop_index(batch_op.f("ix_schools_borough"))

    op.drop_table("schools")
    with op.batch_alter_table("outbox_mails") as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mails_to_address"))
        batch_op.drop_index("ix_outbox_mails_state_send_at")
        batch_op.drop_index("ix_outbox_mails_chain")
        batch_op.drop_index(batch_op.f("ix_outbox_mails_about"))

    op.drop_table("outbox_mails")
    op.drop_table("networks")
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_state"))
        batch_op.drop_index(batch_op.f("ix_jobs_about"))

    op.drop_table("jobs")
    op.drop_table("import_drafts")
    op.drop_table("focus_areas")
    op.drop_table("feed_versions")
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_lines_school_id"))
        batch_op.drop_index(batch_op.f("ix_audit_lines_at"))
        batch_op.drop_index(batch_op.f("ix_audit_lines_about"))

    op.drop_table("audit_lines")
