"""A door to addresses that people enter: what they resolve to must not be private.

The check stands in the resolver, between looking a name up and connecting, so that a name which changes
its answer cannot slip through (DNS rebinding).
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from agenthub.kit.errors import Misconfigured


class PrivateAddressError(Misconfigured):
    """An address entered by a person leads into the installation's own network."""

    code = "private_address"
    title = "The address is not a public one"


class _OutsideResolver(AbstractResolver):
    """Resolves public addresses, and any address of the hosts that the operator has listed."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if host not in self._allowed and not all(_is_public(entry["host"]) for entry in found):
            raise _refused(host)
        return found

    async def close(self) -> None:
        await self._inner.close()


def refuse_private(url: str, allowed: frozenset[str]) -> None:
    """PrivateAddressError for a literal address that is not public; names are checked when they resolve."""
    host = URL(url).host or ""
    # aiohttp asks no resolver for these, and the system reads `2130706433` as 127.0.0.1.
    is_literal = ":" in host or host.replace(".", "").isdigit()
    if host not in allowed and (host == "localhost" or (is_literal and not _is_public(host))):
        raise _refused(host)


@asynccontextmanager
async def outside_session(allowed: frozenset[str]) -> AsyncIterator[aiohttp.ClientSession]:
    """A session for addresses that people enter; call `refuse_private` before each request as well."""
    connector = aiohttp.TCPConnector(resolver=_OutsideResolver(allowed), use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:
        yield session


def _is_public(address: str) -> bool:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast


def _refused(host: str) -> PrivateAddressError:
    return PrivateAddressError(
        f"{host} is not a public address; use one, or have the operator list this host as allowed"
    )
