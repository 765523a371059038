"""A line that can be cut: a TCP relay between a store and head office, for the demo and the tests.

Cut is what a digger does to a cable: connections stay open, no byte passes, new ones get no answer. `refuse` is what
a stopped server does: connections are closed and new ones refused. `lose_answers` is the worst moment for a cut: what
is said arrives and is obeyed, and nobody hears so.
"""

import asyncio
import contextlib

CHUNK = 65536


class Line:
    """Relays 127.0.0.1:port to (host, target_port). cut(), lose_answers(), refuse() and heal() it at will."""

    def __init__(self, target_port: int, host: str = "127.0.0.1"):
        self.target = (host, target_port)
        self.port = 0
        self.is_cut = False
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task] = set()
        self._open, self._answers = asyncio.Event(), asyncio.Event()
        self._open.set()
        self._answers.set()

    async def start(self, port: int = 0) -> "Line":
        """Listens; an ephemeral port unless one is named."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        """No byte passes any more; nobody is told."""
        self.is_cut = True
        self._open.clear()

    def lose_answers(self) -> None:
        """Bytes pass on to the far end; none comes back."""
        self.is_cut = True
        self._answers.clear()

    async def refuse(self) -> None:
        """Every connection is closed and new ones are refused."""
        self.is_cut = True
        if self._server:
            self._server.close()
        self._drop_all()

    async def heal(self) -> None:
        """Whole again. What was under way when it was cut is closed, as after a real outage."""
        self.is_cut = False
        self._drop_all()
        self._open.set()
        self._answers.set()
        if self._server and not self._server.is_serving():
            await self.start(self.port)

    async def close(self) -> None:
        """Ends the relay and all its connections."""
        await self.refuse()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    def _drop_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Tasks of our own: those that the server makes are reported as broken when they are cancelled.
        self._writers.add(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        if writer.transport.is_closing():
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(far_writer)
        there, back = (self._open,), (self._open, self._answers)
        await asyncio.gather(self._pump(reader, far_writer, there), self._pump(far_reader, writer, back))
        self._writers -= {writer, far_writer}

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passes: tuple[asyncio.Event, ...]
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK):
                for gate in passes:
                    await gate.wait()
                writer.write(chunk)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
