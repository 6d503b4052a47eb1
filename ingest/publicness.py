"""Whether an IP address belongs to the public internet. Pure."""

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # the only block that public IPv6 addresses are given from
_DOCUMENTATION = ipaddress.ip_network("3fff::/20")


def is_public(text: str) -> bool:
    """Return whether an IP address, and the one that it may carry inside, belongs to the public internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(str(inner))
    return address.is_global and address in _UNICAST and address not in _DOCUMENTATION
