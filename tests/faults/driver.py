"""Customers who write numbered messages and read their threads, as the chat page does, whatever is killed."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.faults.cluster import OWNER, PASSWORD, Installation

SLUG = "echo-agent"
_PATIENCE_SECONDS = 60.0
_GONE = (aiohttp.ClientError, OSError, TimeoutError)
_TWICE = 0.1


@dataclass
class Message:
    """What a visitor wrote; `seq` is its place in the thread once it was accepted."""

    text: str
    client_id: str
    seq: int | None = None


@dataclass
class Visitor:
    """One customer's whole knowledge: what they wrote and what they were shown."""

    number: int
    token: str
    thread: str
    sent: list[Message] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last_shown(self) -> int:
        return int(self.shown[-1]["seq"]) if self.shown else 0

    @property
    def headers(self) -> dict[str, str]:
        return {"x-visitor-token": self.token}


class Driver:
    """A seeded crowd; `run` stands in each message, so that runs cannot be taken for each other."""

    def __init__(
        self,
        installation: Installation,
        session: aiohttp.ClientSession,
        run: str,
        seed: int,
        longest_pause_seconds: float,
    ) -> None:
        self._installation = installation
        self._session = session
        self._run = run
        self._random = random.Random(seed)
        self._longest_pause = longest_pause_seconds
        self._writing = asyncio.Event()
        self._quiet = asyncio.Condition()
        self._busy = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._owner_headers: dict[str, str] = {}
        self.visitors: list[Visitor] = []
        self.answers: Counter[tuple[str, int]] = Counter()

    async def set_up(self) -> None:
        """An owner, a published agent that repeats what it hears, and its chat, which answers; once."""
        self._owner_headers = headers = {"authorization": f"Bearer {await self._owner()}"}
        if await self._has_chat():
            return
        body = {"name": "Echo", "slug": SLUG, "model": "echo", "greeting": "Say something."}
        agent = await self._insist("/api/agents/create", body, headers)
        await self._insist(f"/api/agents/{agent['id']}/publish", {"message": "for the test"}, headers)
        # The chat opens, and is bound to its agent, by events that may take a moment.
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await self._chat_answers():
                await asyncio.sleep(0.1)

    async def _has_chat(self) -> bool:
        address = self._installation.address("/api/webchat/visitor/sessions")
        async with self._session.post(address, json={"chat": SLUG}) as answer:
            return answer.status == 201

    async def _owner(self) -> str:
        token = self._installation.setup_token()
        if token is None:
            login = await self._insist("/api/auth/login", {"email": OWNER, "password": PASSWORD})
            return str(login["access_token"])
        body = {"email": OWNER, "password": PASSWORD, "name": "Ada", "organization_name": "Engine Works"}
        made = await self._insist("/api/auth/setup", {**body, "token": token})
        return str(made["access_token"])

    async def _chat_answers(self) -> bool:
        visitor = await self._arrive(0)
        await self._send(visitor, Message("Anybody there?", f"probe-{visitor.token[:8]}"))
        try:
            async with asyncio.timeout(1):
                while len(visitor.shown) < 2:
                    await self._poll(visitor)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False
        return True

    async def arrive(self, visitors: int) -> None:
        """Bring visitors; every other one follows by polling, the rest by a socket."""
        for number in range(1, visitors + 1):
            visitor = await self._arrive(number)
            self.visitors.append(visitor)
            follow = self._follow_by_polling if number % 2 else self._follow_by_socket
            self._tasks += [asyncio.create_task(self._write(visitor)), asyncio.create_task(follow(visitor))]

    def look_around(self) -> None:
        """Have the owner read what other services keep, all the time."""
        for path in ("/api/agents", "/api/conversations", "/api/organizations"):
            self._tasks.append(asyncio.create_task(self._look(path)))

    async def _look(self, path: str) -> None:
        while True:
            try:
                address = self._installation.address(path)
                async with self._session.get(address, headers=self._owner_headers) as answer:
                    self.answers[path, answer.status] += 1
            except _GONE:
                pass
            await asyncio.sleep(0.1)

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for problem in ended:
            if isinstance(problem, Exception):
                raise problem

    def write(self) -> None:
        """Let everybody write from now on."""
        self._writing.set()

    async def pause(self, within: float = _PATIENCE_SECONDS) -> None:
        """Stop writing; return when each message written has been accepted."""
        self._writing.clear()
        async with asyncio.timeout(within), self._quiet:
            await self._quiet.wait_for(lambda: self._busy == 0)

    @property
    def accepted(self) -> int:
        return sum(1 for visitor in self.visitors for message in visitor.sent if message.seq is not None)

    @property
    def failures(self) -> list[tuple[str, int]]:
        """Answers that a working product never gives, a killed one included."""
        return [(path, status) for path, status in self.answers if status >= 500 and status != 503]

    async def _write(self, visitor: Visitor) -> None:
        while True:
            await self._writing.wait()
            number = len(visitor.sent) + 1
            name = f"{self._run}-{visitor.number}-{number}"
            message = Message(f"message {name}", f"client-{name}")
            visitor.sent.append(message)
            self._busy += 1
            again = self._random.random() < _TWICE
            seqs = await asyncio.gather(*(self._send(visitor, message) for _ in range(1 + again)))
            assert len(set(seqs)) == 1, f"{message} was given the places {seqs}"
            message.seq = seqs[0]
            self._busy -= 1
            async with self._quiet:
                self._quiet.notify_all()
            await asyncio.sleep(self._random.uniform(0, self._longest_pause))

    async def _send(self, visitor: Visitor, message: Message) -> int:
        """Send until it is accepted, always under the same client id."""
        body = {"text": message.text, "client_id": message.client_id}
        return int((await self._insist("/api/webchat/send", body, visitor.headers))["seq"])

    async def _arrive(self, number: int) -> Visitor:
        arrived = await self._insist("/api/webchat/visitor/sessions", {"chat": SLUG})
        return Visitor(number, arrived["token"], arrived["thread"])

    async def _follow_by_polling(self, visitor: Visitor) -> None:
        while True:
            with suppress(_GONE):
                await self._poll(visitor)
            await asyncio.sleep(0.1)

    async def _poll(self, visitor: Visitor) -> None:
        address = self._installation.address(f"/api/webchat/poll?after={visitor.last_shown}")
        async with self._session.get(address, headers=visitor.headers) as answer:
            self.answers["/api/webchat/poll", answer.status] += 1
            if answer.status == 200:
                visitor.shown += (await answer.json())["events"]

    async def _follow_by_socket(self, visitor: Visitor) -> None:
        address = self._installation.address("/api/webchat/connect").replace("http", "ws", 1)
        while True:
            try:
                async with self._session.ws_connect(address) as socket:
                    hello = {"type": "hello", "token": visitor.token, "after": visitor.last_shown}
                    await socket.send_json(hello)
                    async for frame in socket:
                        if (
                            frame.type is aiohttp.WSMsgType.TEXT
                            and (sign := frame.json())["type"] == "message"
                        ):
                            visitor.shown.append(sign)
            except _GONE:
                pass
            await asyncio.sleep(0.05)

    async def _insist(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        """Post until it succeeds; a server that is away, not ready yet or overrun is asked again."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    address = self._installation.address(path)
                    async with self._session.post(address, json=body, headers=headers) as answer:
                        self.answers[path, answer.status] += 1
                        if answer.status < 300:
                            return await answer.json()
                        assert answer.status in {404, 429} or answer.status >= 500, await answer.text()
                except _GONE:
                    pass
                await asyncio.sleep(0.05)


@asynccontextmanager
async def crowd(
    installation: Installation,
    *,
    visitors: int,
    run: str = "run",
    seed: int = 1,
    longest_pause_seconds: float = 0.15,
) -> AsyncIterator[Driver]:
    """A set-up installation and its visitors, who do not write yet."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        driver = Driver(installation, session, run, seed, longest_pause_seconds)
        await driver.set_up()
        try:
            await driver.arrive(visitors)
            yield driver
        finally:
            await driver.leave()
