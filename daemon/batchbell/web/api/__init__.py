"""The page's JSON API: what the reading commands print with `--json`, read-only, for programs."""
