"""The connection every store function takes: the one name of the database library others need."""

from __future__ import annotations

from sqlalchemy import Connection

__all__ = ["Connection"]
