"""The address at which phones reach this server, as far as it can be known."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import psutil
import streamlit as st

from adder.base.messages import Sentence
from adder.base.server_settings import server_settings
from adder.ui.streamlit_internals import base_path

# No phone is in these networks: they belong to containers, virtual machines and tunnels.
_NOT_OF_PHONES = (
    "lo",
    "docker",
    "br-",
    "veth",
    "virbr",
    "vmnet",
    "vbox",
    "tun",
    "tap",
    "utun",
    "wg",
    "tailscale",
    "cni",
)
_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


@dataclass(frozen=True, slots=True)
class PhoneAddress:
    """Where phones reach a server.

    Attributes:
        base: What its addresses begin with, as `http://192.168.1.20:8501`; empty if nobody can know.
        note: What a teacher has to know: which network phones must be in, or what to do if there is no address.
    """

    base: str
    note: str


def phone_address() -> PhoneAddress:
    """Where phones reach this server: as `ADDER_URL` or the teacher's browser says, or in the local network."""
    container = any(map(Path.exists, _CONTAINER))
    local = [] if container else _local_addresses()
    seen = urlsplit(st.context.url or f"http://localhost:{st.get_option('server.port')}")
    bound = str(st.get_option("server.address") or "")
    return found_out(server_settings().url or "", seen, local, bound, base_path(), container=container)


def found_out(
    configured: str, seen: SplitResult, local: Sequence[str], bound: str, path: str, *, container: bool
) -> PhoneAddress:
    """Where phones reach a server, from what is known.

    Args:
        configured: What `ADDER_URL` says.
        seen: The address in the teacher's browser.
        local: The addresses of this machine in networks that phones may be in, the likeliest first.
        bound: The only address at which the server answers, if it is not all of them.
        path: What all addresses of the server begin with, without slashes.
        container: Whether the server runs in a container, which does not know its machine.
    """
    if configured:
        return PhoneAddress(configured.rstrip("/"), "")
    host = seen.hostname or ""
    if not _loopback(host):
        same = Sentence("Phones must be in the network of this server. A guest network often keeps devices apart.")
        return PhoneAddress(f"{seen.scheme}://{seen.netloc}/{path}".rstrip("/"), same if _private(host) else "")
    if container:
        why = Sentence(
            "This server runs in a container and cannot know its address. Set ADDER_URL to the address that phones use."
        )
        return PhoneAddress("", why)
    if bound and _loopback(bound):
        why = Sentence(
            "This server answers only this computer, since it was started with server.address={address}. Start it "
            "without that.",
            address=bound,
        )
        return PhoneAddress("", why)
    if not local:
        why = Sentence("This computer is in no network. Join the one that the phones are in, and load this page anew.")
        return PhoneAddress("", why)
    first, *others = local
    note = Sentence(
        "Phones must be in the same network as this computer, in which it is {address}. A guest network often keeps "
        "devices apart.",
        address=first,
    )
    if others:
        note = Sentence("{note} If that fails, try {others}.", note=note, others=", ".join(others))
    port = f":{seen.port}" if seen.port else ""
    return PhoneAddress(f"{seen.scheme}://{first}{port}/{path}".rstrip("/"), note)


def _local_addresses() -> list[str]:
    """The private IPv4 addresses of this machine's networks; those of a home or a school come first."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [
        each.address
        for name, addresses in psutil.net_if_addrs().items()
        if name in up and not name.lower().startswith(_NOT_OF_PHONES)
        for each in addresses
        if each.family.name == "AF_INET" and _private(each.address) and not _loopback(each.address)
    ]
    return sorted(found, key=lambda address: not address.startswith("192.168."))


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _private(host: str) -> bool:
    """Whether a host is in a local network; a link-local address, which needs no network, is not."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith(".local")
    return address.is_private and not address.is_link_local
