"""Calls between processes: pooled HTTP to an instance that the locator names."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import aiohttp

from agenthub.kit.auth.identity import HEADER, IdentitySigner
from agenthub.kit.calls.breaker import Breaker
from agenthub.kit.calls.port import Reply, Request, Transport
from agenthub.kit.clock import Clock
from agenthub.kit.errors import Unavailable
from agenthub.kit.tracing import make_traceparent

Locate = Callable[[str], Awaitable[Sequence[str]]]
CONNECT_SECONDS = 2.0


class HttpTransport(Transport):
    """One session for all services; failures before the first byte are tried once more within a budget."""

    def __init__(
        self, session: aiohttp.ClientSession, locate: Locate, signer: IdentitySigner, clock: Clock
    ) -> None:
        self._session = session
        self._locate = locate
        self._signer = signer
        self._clock = clock
        self._breakers: dict[str, Breaker] = {}
        self._turn = 0

    def send(self, request: Request) -> AbstractAsyncContextManager[Reply]:
        return self._sent(request)

    @asynccontextmanager
    async def _sent(self, request: Request) -> AsyncIterator[Reply]:
        breaker = self._breakers.setdefault(request.service, Breaker(request.service, self._clock))
        breaker.admit()
        async with AsyncExitStack() as stack:
            response = await self._respond(request, breaker, stack)
            yield Reply(response.status, response.headers, self._chunks(request, response))

    async def _respond(
        self, request: Request, breaker: Breaker, stack: AsyncExitStack
    ) -> aiohttp.ClientResponse:
        deadline = self._clock.monotonic() + request.timeout_seconds
        while True:
            left = deadline - self._clock.monotonic()
            try:
                response = await stack.enter_async_context(await self._open(request, left))
            except (aiohttp.ClientError, OSError, TimeoutError) as problem:
                breaker.failed()
                # A refused connection did nothing over there, so even a POST may be sent again.
                repeatable = request.may_repeat or isinstance(problem, aiohttp.ClientConnectorError)
                if not (repeatable and left > CONNECT_SECONDS and breaker.may_retry()):
                    raise Unavailable(f"{request.service} does not answer", retry_after=1) from problem
                await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311  spreads retries, no secret
                continue
            breaker.succeeded()
            return response

    async def _open(
        self, request: Request, left: float
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        addresses = await self._locate(request.service)
        if not addresses:
            raise aiohttp.ClientConnectionError(f"no address is known for {request.service}")
        self._turn += 1
        address = addresses[self._turn % len(addresses)]
        query = f"?{request.query}" if request.query else ""
        now = self._clock.now()
        return self._session.request(
            request.method,
            f"{address}{request.path}{query}",
            data=request.body or None,
            headers={
                **request.headers,
                HEADER: self._signer.sign(request.caller, audience=request.service, now=now),
                "x-request-id": request.origin.request_id,
                "traceparent": make_traceparent(request.origin.trace_id),
                **({"content-type": "application/json"} if request.body else {}),
            },
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=max(left, 0.01)),
            allow_redirects=False,
        )

    async def _chunks(self, request: Request, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        try:
            async for chunk in response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError, TimeoutError) as problem:
            raise Unavailable(f"{request.service} broke off its answer", retry_after=1) from problem

    async def close(self) -> None:
        await self._session.close()
