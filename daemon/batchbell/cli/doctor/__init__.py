"""`batchbell doctor`: one module a check."""
