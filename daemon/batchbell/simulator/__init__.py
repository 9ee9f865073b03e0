"""A Together batch API in this process that behaves well: for the demo, and for the tests.

Its faults are with the tests.
"""
