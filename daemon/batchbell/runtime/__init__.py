"""Keeps it running: built in one place, started, reloaded, watched, stopped."""
