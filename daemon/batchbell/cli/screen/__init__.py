"""What the commands print: tables, lines and JSON, with and without a terminal."""
