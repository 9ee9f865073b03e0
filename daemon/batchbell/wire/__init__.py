"""One bounded HTTP request and what comes back: for providers, receivers and the heartbeat."""
