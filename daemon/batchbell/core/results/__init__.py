"""Whether a job's owner got everything: counting, causes, cost, and what is sent again."""
