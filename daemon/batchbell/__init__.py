"""batchbell: rings when your Together AI batch jobs change."""

__version__ = "0.1.0"
