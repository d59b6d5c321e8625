"""Table of the links by which somebody sees, takes along and erases what is held under an address."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation.db import Model


class DataLink(Model):
    """A mailed link to what is held under one address, if there is anything; its key is derived, never stored."""

    __tablename__ = "data_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    """Trimmed and lower-cased"""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
