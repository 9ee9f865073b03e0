"""Events in words: titles, facts, what to do next."""
