"""`batchbell wait`: what is known of the jobs, and when the waiting is over."""
