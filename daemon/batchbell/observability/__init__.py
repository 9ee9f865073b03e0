"""What the operator sees: logs, metrics, crashes; and what must not be seen in them."""
