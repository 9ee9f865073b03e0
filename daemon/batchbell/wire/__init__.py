"""One bounded HTTP request and what comes back: for providers, receivers and the heartbeat."""

import sys
from importlib.util import find_spec

# With `httpx` would come its command line, and with that two libraries for terminals: 6 MB and
# 50 ms for nothing. None halts an import. Source: Python's reference, "The module cache".
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

# httpcore tries to import this four times in each request. Where it is not installed, all of
# Python's path is searched for it each time: together a tenth of what a small poll takes.
if "sniffio" not in sys.modules and find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]
