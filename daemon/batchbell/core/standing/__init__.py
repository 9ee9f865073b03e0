"""The one verdict on an account, a channel or a job. Surfaces word it; none judges for itself."""
