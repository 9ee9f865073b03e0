"""What the environment and the defaults say of Together, the provider that ships."""

from __future__ import annotations

#: Where its API is. Source: docs/api.md, base URL.
DEFAULT_BASE_URL = "https://api.together.ai/v1"
#: The variables that its own programs read too.
API_KEY_VARIABLE = "TOGETHER_API_KEY"
BASE_URL_VARIABLE = "TOGETHER_BASE_URL"
