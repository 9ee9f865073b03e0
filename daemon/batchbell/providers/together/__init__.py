"""Together AI's batch API."""
