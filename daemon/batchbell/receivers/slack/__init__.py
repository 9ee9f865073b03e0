"""Slack, by an incoming webhook or a bot's token."""

from batchbell.receivers.content import Family
from batchbell.receivers.kind import Kind
from batchbell.receivers.slack.address import is_left_to_apprise, is_shown_address, read
from batchbell.receivers.slack.form import as_slack

KIND = Kind(
    family=Family.SLACK,
    schemes=frozenset({"slack"}),
    dress=as_slack,
    read=read,
    is_left_to_apprise=is_left_to_apprise,
    is_shown_address=is_shown_address,
)
