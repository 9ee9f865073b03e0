"""SQLite as the engine: opening, locking, noticing changes, backup, upgrade."""
