"""When a job will finish, from its progress so far."""
