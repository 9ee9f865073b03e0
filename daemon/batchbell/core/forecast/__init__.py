"""When a running job will finish, and how sure that is."""
