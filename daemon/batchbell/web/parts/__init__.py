"""What pages are made of: lines, charts, lists, and which part of a list is shown."""
