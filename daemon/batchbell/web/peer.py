"""Who is at the other end of a connection, as far as strangers are told apart."""

from __future__ import annotations

import ipaddress

#: What one customer or one machine has of IPv6 addresses: that many bits name it.
#: Source: RFC 6177, section 2.
_IPV6_NETWORK_BITS = 64
UNKNOWN = "unknown"


def peer_of(client: tuple[str, int] | None) -> str:
    """Return the address that bounds go by: an IPv6 one without the part that is freely chosen."""
    if client is None:
        return UNKNOWN
    try:
        address = ipaddress.ip_address(client[0].partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False))
