"""Read models: what page, terminal and JSON show, read by the same queries."""
