"""Which addresses may place calls, and which must prove who they are."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from contactcenter.config import LOOPBACK, Config
from sip.gateway.digest import Login


def admits(config: Config, source: str) -> bool:
    """Say whether an address may place calls at all; digest may still be asked for."""
    if config.sip_host in LOOPBACK or not config.sip_allowed or has_login(config):
        return True
    return is_allowed(config, source)


def login_for(config: Config, source: str) -> Login | None:
    """The digest that a telephone at this address needs, whatever its number says."""
    if not has_login(config) or is_allowed(config, source):
        return None
    return Login(username=config.sip_username, password=config.sip_password)


def has_login(config: Config) -> bool:
    return bool(config.sip_username and config.sip_password)


def is_allowed(config: Config, source: str) -> bool:
    address = ip_address(source)
    return any(address in ip_network(network, strict=False) for network in config.sip_allowed)
