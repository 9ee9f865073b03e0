"""Mail services whose server need not be written: it follows from the address's domain.

Source: the services' own pages on SMTP; the same ones as in Apprise's documentation, which existing
URLs rely on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum


class Security(StrEnum):
    """How a connection is made secure."""

    STARTTLS = "starttls"
    SSL = "ssl"
    INSECURE = "insecure"


#: RFC 6409 (submission), RFC 8314 (submission over TLS), RFC 5321.
PORTS = {Security.STARTTLS: 587, Security.SSL: 465, Security.INSECURE: 25}


class Login(Enum):
    """Which form of the user's name a service wants."""

    ADDRESS = "the whole address"
    NAME = "what stands before the @"
    AS_WRITTEN = "as written"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHost:
    """The server of a mail service."""

    domain: re.Pattern[str]
    server: str
    security: Security
    login: Login = Login.ADDRESS


def _host(domain: str, server: str, security: Security, login: Login = Login.ADDRESS) -> KnownHost:
    return KnownHost(
        domain=re.compile(domain, re.IGNORECASE), server=server, security=security, login=login
    )


_FASTMAIL = r"fastmail\.(com|cn|co\.uk|com\.au|de|es|fm|fr|im|in|jp|mx|net|nl|org|se|to|tw|uk|us)"
#: Other domains of Fastmail's.
_FASTMAIL_ALIASES = """
    123mail.org 150mail.com 150ml.com 16mail.com 2-mail.com 4email.net 50mail.com airpost.net
    allmail.net bestmail.us cluemail.com elitemail.org emailcorner.net emailengine.net
    emailengine.org emailgroups.net emailplus.org emailuser.net eml.cc f-m.fm fast-email.com
    fast-mail.org fastem.com fastemail.us fastemailer.com fastest.cc fastimap.com
    fastmailbox.net fastmessaging.com fea.st fmail.co.uk fmailbox.com fmgirl.com fmguy.com
    ftml.net h-mail.us hailmail.net imap-mail.com imap.cc imapmail.org inoutbox.com
    internet-e-mail.com internet-mail.org internetemails.net internetmailing.net jetemail.net
    justemail.net letterboxes.org mail-central.com mail-page.com mailandftp.com mailas.com
    mailbolt.com mailc.net mailcan.com mailforce.net mailftp.com mailhaven.com
    mailingaddress.org mailite.com mailmight.com mailnew.com mailsent.net mailservice.ms
    mailup.net mailworks.org ml1.net mm.st myfastmail.com mymacmail.com nospammail.net
    ownmail.net petml.com postinbox.com postpro.net proinbox.com promessage.com realemail.net
    reallyfast.biz reallyfast.info rushpost.com sent.as sent.at sent.com speedpost.net
    speedymail.org ssl-mail.com swift-mail.com the-fastest.net the-quickest.com
    theinternetemail.com veryfast.biz veryspeedy.net warpmail.net xsmail.com yepmail.net
"""
_FASTMAIL_SERVER = "smtp.fastmail.com"

_HOSTS = (
    _host(r"gmail\.com", "smtp.gmail.com", Security.STARTTLS),
    _host(r"yandex\.(com|ru|ua|by|kz|uz|tr|fr)", "smtp.yandex.ru", Security.SSL, Login.NAME),
    _host(r"(hotmail|live)\.com(\.au)?", "smtp-mail.outlook.com", Security.STARTTLS),
    _host(r"(smtp\.)?outlook\.com(\.au)?", "smtp.outlook.com", Security.STARTTLS),
    _host(r"(smtp\.)?office365\.com", "smtp.office365.com", Security.STARTTLS, Login.AS_WRITTEN),
    _host(r"yahoo\.(ca|com)", "smtp.mail.yahoo.com", Security.SSL),
    _host(r"gmx\.(com|net|de|at|ch|fr)", "mail.gmx.com", Security.STARTTLS),
    _host(_FASTMAIL, _FASTMAIL_SERVER, Security.SSL),
    _host(r"zoho(mail)?\.com", "smtp.zoho.com", Security.STARTTLS),
    _host(r"(\.smtp)?sendgrid\.(com|net)", "smtp.sendgrid.net", Security.SSL, Login.NAME),
    _host(r"163\.com", "smtp.163.com", Security.SSL),
    _host(r"(foxmail|qq)\.com", "smtp.qq.com", Security.STARTTLS),
    _host(r"comcast\.net", "smtp.comcast.net", Security.SSL),
)


def known_host(domain: str) -> KnownHost | None:
    """Return the server of a domain's mails, None if it is not known."""
    if domain.lower() in _FASTMAIL_ALIASES.split():
        return _host("", _FASTMAIL_SERVER, Security.SSL)
    return next((host for host in _HOSTS if host.domain.fullmatch(domain)), None)
