"""The line to head office: cut it is silent, refused it says so, healed it carries again; closed it leaves nothing."""

import asyncio
import logging

import pytest

from tools.line import Line

SILENCE_S = 0.15


class Far:
    """A server that says back what it hears, with a line before it."""

    heard = b""

    async def __aenter__(self) -> "Far":
        self.server = await asyncio.start_server(self._echo, "127.0.0.1", 0)
        self.line = await Line(self.server.sockets[0].getsockname()[1]).start()
        return self

    async def __aexit__(self, *broken) -> None:
        await self.line.close()
        self.server.close()

    async def _echo(self, reader, writer) -> None:
        try:
            while data := await reader.read(100):
                self.heard += data
                writer.write(data)
        except OSError:
            pass
        writer.close()

    async def dial(self) -> "Caller":
        return Caller(*await asyncio.open_connection("127.0.0.1", self.line.port))


class Caller:
    """One connection through the line."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def says(self, text: bytes) -> bytes | None:
        """What comes back; None while nothing does; b'' when the connection is gone."""
        try:
            self.writer.write(text)
            return await asyncio.wait_for(self.reader.read(100), SILENCE_S)
        except TimeoutError:
            return None
        except OSError:
            return b""

    async def is_gone(self) -> bool:
        try:
            return await asyncio.wait_for(self.reader.read(100), SILENCE_S) == b""
        except OSError:
            return True


def test_whole_it_carries_both_ways():
    async def run():
        async with Far() as far:
            first, second = await far.dial(), await far.dial()
            assert (await first.says(b"one"), await second.says(b"two")) == (b"one", b"two")

    asyncio.run(run())


def test_cut_nobody_is_told_and_no_byte_passes():
    async def run():
        async with Far() as far:
            old = await far.dial()
            assert await old.says(b"before") == b"before"
            far.line.cut()
            assert far.line.is_cut
            assert await old.says(b"lost") is None
            late = await far.dial()
            assert await late.says(b"lost too") is None

    asyncio.run(run())


def test_healed_it_carries_again_and_what_was_under_way_is_closed():
    async def run():
        async with Far() as far:
            old = await far.dial()
            assert await old.says(b"before") == b"before"
            far.line.cut()
            assert await old.says(b"never arrives") is None
            waiting = await far.dial()
            await far.line.heal()
            assert not far.line.is_cut
            assert await old.is_gone() and await waiting.is_gone()
            assert await (await far.dial()).says(b"after") == b"after"

    asyncio.run(run())


def test_answers_are_lost_though_what_was_said_arrives():
    async def run():
        async with Far() as far:
            caller = await far.dial()
            assert await caller.says(b"before") == b"before"
            far.line.lose_answers()
            assert await caller.says(b"obeyed") is None
            assert far.heard == b"beforeobeyed"
            await far.line.heal()
            assert await caller.is_gone()
            assert await (await far.dial()).says(b"after") == b"after"

    asyncio.run(run())


def test_refused_connections_are_closed_and_the_port_stays_the_same():
    async def run():
        async with Far() as far:
            old, port = await far.dial(), far.line.port
            assert await old.says(b"before") == b"before"
            await far.line.refuse()
            assert await old.is_gone()
            with pytest.raises(ConnectionRefusedError):
                await far.dial()
            await far.line.heal()
            assert far.line.port == port
            assert await (await far.dial()).says(b"after") == b"after"

    asyncio.run(run())


def test_nobody_at_the_far_end_hangs_up():
    async def run():
        async with Far() as far:
            far.server.close()
            await far.server.wait_closed()
            assert await (await far.dial()).is_gone()

    asyncio.run(run())


@pytest.mark.parametrize("state", ["whole", "cut"])
def test_closed_it_leaves_no_task_and_says_nothing(state, caplog):
    complaints = []

    async def run():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with Far() as far:
            caller = await far.dial()
            await caller.says(b"hello")
            if state == "cut":
                far.line.cut()
                await caller.says(b"lost")
                await far.dial()
        await asyncio.sleep(0.05)
        return [task for task in asyncio.all_tasks() if "Line" in repr(task.get_coro())]

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(run()) == []
    assert complaints == [] and caplog.records == []
