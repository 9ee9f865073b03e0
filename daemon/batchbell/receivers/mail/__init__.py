"""Mail over SMTP, by Python's own libraries."""

from batchbell.receivers.content import Family
from batchbell.receivers.kind import Kind
from batchbell.receivers.mail.form import as_mail
from batchbell.receivers.mail.mailbox import is_left_to_apprise, read

KIND = Kind(
    family=Family.MAIL,
    schemes=frozenset({"mailto", "mailtos"}),
    dress=as_mail,
    read=read,
    is_left_to_apprise=is_left_to_apprise,
    family_at_apprise=Family.MAIL,
)
