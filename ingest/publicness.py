"""Whether an IP address belongs to the public internet. Pure."""

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # the only block that public IPv6 addresses are given from
# What `ipaddress` takes for public, wholly or in some releases: protocol assignments, relays of old tunnels, sinks of
# wrong questions (AS112), documentation, the first IPv6 network.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24",
            "2620:4f:8000::/48", "3ffe::/16", "3fff::/20",
        ),
    )
)  # fmt: skip


def is_public(text: str) -> bool:
    """Return whether an IP address, and the one that it may carry inside, belongs to the public internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if any(address in network for network in _SPECIAL):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(str(inner))
    return address.is_global and address in _UNICAST
