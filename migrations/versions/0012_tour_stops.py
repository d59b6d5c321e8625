"""Tour stops: the rooms of a visit, the turns, and who is where."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tours",
        *_whole_numbers("visit_id", "seed"),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        *_whole_numbers("people", "version"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_tours_visit_id_visits"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_tours")),
    )
    op.create_table(
        "tour_stops",
        *_whole_numbers("id", "visit_id", "place"),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=300), nullable=False),
        *_whole_numbers("most_adults"),
        sa.CheckConstraint("most_adults >= 1", name=op.f("ck_tour_stops_somebody_may_come_in")),
        sa.ForeignKeyConstraint(["visit_id"], ["tours.visit_id"], name=op.f("fk_tour_stops_visit_id_tours"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_stops")),
        sa.UniqueConstraint("visit_id", "place", name="uq_tour_stops_visit_id_place"),
    )
    op.create_table(
        "tour_turns",
        *_whole_numbers("id", "visit_id", "starts_after", "minutes"),
        sa.CheckConstraint("minutes >= 1", name=op.f("ck_tour_turns_turn_takes_time")),
        sa.ForeignKeyConstraint(["visit_id"], ["tours.visit_id"], name=op.f("fk_tour_turns_visit_id_tours"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_turns")),
        sa.UniqueConstraint("visit_id", "starts_after", name="uq_tour_turns_visit_id_starts_after"),
    )
    op.create_table(
        "tour_routes",
        *_whole_numbers("attendee_id", "turn_id", "stop_id"),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_tour_routes_attendee_id_attendees"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["stop_id"], ["tour_stops.id"], name=op.f("fk_tour_routes_stop_id_tour_stops"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["turn_id"], ["tour_turns.id"], name=op.f("fk_tour_routes_turn_id_tour_turns"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attendee_id", "turn_id", name=op.f("pk_tour_routes")),
        sa.UniqueConstraint("attendee_id", "stop_id", name="uq_tour_routes_attendee_id_stop_id"),
    )
    with op.batch_alter_table("tour_routes") as batch_op:
        for column in ("stop_id", "turn_id"):
            batch_op.create_index(batch_op.f(f"ix_tour_routes_{column}"), [column], unique=False)


def _whole_numbers(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def downgrade() -> None:
    for table in ("tour_routes", "tour_turns", "tour_stops", "tours"):
        op.drop_table(table)
