"""The JSON that commands print and the page's API answers: one shape for both.

A job has the API's field names plus `account`, progress 0 to 1, times as RFC 3339 in UTC.
"""
