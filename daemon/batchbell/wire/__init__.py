"""One bounded HTTP request and what comes back: for providers, receivers and the heartbeat."""

import sys

# With `httpx` would come its command line, and with that two libraries for terminals: 6 MB and
# 50 ms for nothing. None halts an import. Source: Python's reference, "The module cache".
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
