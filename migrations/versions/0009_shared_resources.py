"""Links and files that schools share."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    op.create_table(
        "stored_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", words("filetype", "pdf", "png", "jpg", "docx", "xlsx", "pptx", "txt"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("size >= 1", name=op.f("ck_stored_files_files_have_bytes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
    )
    op.create_table(
        "resources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("resourcekind", "grading", "competencies", "policy", "outcomes", "other"), nullable=False),
        sa.Column("audience", words("audience", "everybody", "confirmed", "attended"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(url = '') <> (file_id IS NULL)", name=op.f("ck_resources_a_link_or_a_file")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_resources_file_id_stored_files")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_resources_school_id_schools"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
        sa.UniqueConstraint("file_id", name=op.f("uq_resources_file_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_resources_public_id")),
    )
    with op.batch_alter_table("resources") as batch_op:
        batch_op.create_index(batch_op.f("ix_resources_school_id"), ["school_id"], unique=False)
        batch_op.create_index("ix_resources_audience_changed_at", ["audience", "changed_at"], unique=False)
    op.create_table(
        "resource_focus_areas",
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("focus_area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["focus_area_id"], ["focus_areas.id"], name=op.f("fk_resource_focus_areas_focus_area_id_focus_areas"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_resource_focus_areas_resource_id_resources"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resource_id", "focus_area_id", name=op.f("pk_resource_focus_areas")),
    )
    with op.batch_alter_table("resource_focus_areas") as batch_op:
        batch_op.create_index(batch_op.f("ix_resource_focus_areas_focus_area_id"), ["focus_area_id"], unique=False)


def downgrade() -> None:
    op.drop_table("resource_focus_areas")
    op.drop_table("resources")
    op.drop_table("stored_files")
