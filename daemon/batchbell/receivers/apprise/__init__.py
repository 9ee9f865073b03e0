"""Everything that has no kind of its own here, by Apprise and through its public API alone.

Its other modules import Apprise, which takes 150 ms: they are to be imported when one is needed.
"""
