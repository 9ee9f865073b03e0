"""How long a test waits for what has to come."""

from __future__ import annotations

#: Longer than anything here takes on a busy machine: it only ends what hangs, seconds.
TIMEOUT_SECONDS = 100.0
