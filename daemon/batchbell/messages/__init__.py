"""Events in words: what a message says, before it takes the form of any receiver."""
