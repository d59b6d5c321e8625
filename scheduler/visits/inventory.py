"""What the tables of visits hold about people, and how long."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.foundation.personal import After, Keep, Kind, Whose, classify
from scheduler.visits.after.models import Debrief, DebriefAsk, Tried, visit_resources
from scheduler.visits.models import Visit, VisitSeries, visit_focus_areas
from scheduler.visits.tours.models import Tour, TourRoute, TourStop, TourTurn
from scheduler.visits.watches.models import Watch

DEBRIEF = Kind(
    "debrief", Whose.VISITORS, _l("What you wrote after a visit, and whether you tried it"),
    _l("So that schools learn what was worth it. The numbers stay, without you."),
    _l("Nobody, unless you share it with your host."), Keep(730, After.GATHERING),
)  # fmt: skip
WATCH = Kind(
    "watch", Whose.VISITORS, _l("The address that wants to hear of new dates"), _l("To write when there are some."), _l("Nobody."),
    Keep(730, words=_l("Until you stop it, and 24 months at most; 7 days when it is not confirmed")),
)  # fmt: skip

classify(VisitSeries, label="title", plain=(
    "id public_id school_id title first_day last_day weekdays every slots left_out key fingerprint version created_at"
))  # fmt: skip
classify(Visit, plain="id gathering_id school_id kept_on published_at series_id series_wall series_edits")
classify(visit_focus_areas, plain="visit_id focus_area_id")
classify(visit_resources, plain="visit_id resource_id")
classify(
    Watch, plain="id public_id link_round school_id focus_area_id told_until is_sample created_at confirmed_at", whole=WATCH,
    since="confirmed_at", by_address="email", email=WATCH,
)  # fmt: skip
classify(DebriefAsk, of="attendee_id", plain="attendee_id asked_at")
classify(
    Debrief, of="attendee_id", plain="id attendee_id gathering_id value is_shared created_at changed_at", noticed=DEBRIEF, wonders=DEBRIEF,
    will_try=DEBRIEF,
)  # fmt: skip
classify(Tried, of="attendee_id", plain="id attendee_id gathering_id answer is_shared created_at changed_at", line=DEBRIEF)
classify(Tour, plain="visit_id seed planned_at people version changed_at")
classify(TourStop, plain="id visit_id place name about most_adults")
classify(TourTurn, plain="id visit_id starts_after minutes")
classify(TourRoute, plain="attendee_id turn_id stop_id")
