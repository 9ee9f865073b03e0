"""The status page, and the two health addresses for machines.

Read-only: nothing in here writes to the database or talks to another host.
"""
