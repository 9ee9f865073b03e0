"""What batchbell does, a transaction each; nothing else writes."""
