"""Looking after jobs that `wait` waits for: in the snapshot, or at the API itself."""
