"""How messages are paced, held and tried again."""
