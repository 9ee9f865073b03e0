"""Where batch jobs live: one folder a provider."""
