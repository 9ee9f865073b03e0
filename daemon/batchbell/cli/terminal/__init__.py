"""What commands print: tables, bars, colours."""
