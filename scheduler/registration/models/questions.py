"""The host's own questions at a gathering, and what parties and their people answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.core.questions import Per, QuestionKind
from scheduler.foundation.db import Model, one_of


class Question(Model):
    """One question of a host to the parties of a gathering; core/questions.py says when it is asked."""

    __tablename__ = "questions"
    __table_args__ = (sa.UniqueConstraint("gathering_id", "key", name="uq_questions_gathering_id_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    key: Mapped[str] = mapped_column(sa.String(10))
    """The same for one question at several gatherings, so that its answers move along with a party"""
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[QuestionKind] = mapped_column(one_of(QuestionKind))
    per: Mapped[Per] = mapped_column(one_of(Per))
    options: Mapped[list[Any]]
    required: Mapped[bool] = mapped_column(default=False)
    """Asked for again until it is answered; it never stops a booking"""
    at_door: Mapped[bool] = mapped_column(default=False)
    """Whoever stands at the door reads the answer"""
    condition_key: Mapped[str] = mapped_column(sa.String(10), default="")
    """Asked only when the question of this key was answered so; empty: always"""
    condition_answer: Mapped[str] = mapped_column(sa.String(100), default="")
    created_at: Mapped[datetime]


class Answer(Model):
    """What a party, or one person of it, answered; an empty answer has no row."""

    __tablename__ = "answers"
    __table_args__ = (
        sa.Index(
            "uq_answers_of_party", "question_id", "registration_id", unique=True,
            sqlite_where=sa.text("attendee_id IS NULL"), postgresql_where=sa.text("attendee_id IS NULL"),
        ),
        sa.Index(
            "uq_answers_of_attendee", "question_id", "attendee_id", unique=True,
            sqlite_where=sa.text("attendee_id IS NOT NULL"), postgresql_where=sa.text("attendee_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("questions.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    """None: the party as a whole"""
    given: Mapped[list[Any]]
    """Texts: what was typed, or each option that was chosen; `yes` for a tick"""
    changed_at: Mapped[datetime]
