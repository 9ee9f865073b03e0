"""PostgreSQL as the engine: opening, locking, what its errors mean, upgrade."""
