"""What calendars and feed readers subscribe to."""
