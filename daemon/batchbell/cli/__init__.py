"""The commands: each parses its options, calls one use case or query, and prints.

`root` knows them by name and imports one only when it is run, so that `--help` is quick.
"""
