"""Files that people upload: kept as a draft with their preview until somebody confirms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation.db import Model


class ImportDraft(Model):
    """A file somebody uploaded, until it is confirmed or a day has passed: nothing of it is in other tables yet."""

    __tablename__ = "import_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    """schools, registrants"""
    about: Mapped[str] = mapped_column(sa.String(60), default="")
    file_name: Mapped[str] = mapped_column(sa.String(200))
    headers: Mapped[list[Any]]
    rows: Mapped[list[Any]]
    mapping: Mapped[dict[str, Any]]
    """field -> index of its column"""
    created_by: Mapped[int]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
