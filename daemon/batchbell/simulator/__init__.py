"""A Together batch API in this process: for the demo and for the tests.

`Simulator` runs in an event loop, `thread.running_simulator` in a thread of a test process.
"""
