"""Where messages go: how each kind looks, what fits, how it is sent, what its answer means."""
