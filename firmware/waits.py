"""What loops wait for, an event and a stream of bytes, as asyncio has them but only as much as a terminal calls: the
interpreter's own come with a server, line reading and more, 2 KB of heap for what nothing uses.
"""

# pyright: reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# MicroPython's loop is told by a bare yield what to wait for; its stubs know neither that nor asyncio.core.
import asyncio
import sys

if sys.implementation.name == "micropython":
    from asyncio import core

    class Event:
        """As asyncio.Event."""

        def __init__(self):
            self.state = False
            self.waiting = core.TaskQueue()

        def set(self):
            """Whoever waits goes on."""
            while self.waiting.peek():
                core._task_queue.push(self.waiting.pop())
            self.state = True

        def clear(self):
            """From now on one has to wait again."""
            self.state = False

        def wait(self):
            """Until it is set."""
            if not self.state:
                self.waiting.push(core.cur_task)
                core.cur_task.data = self.waiting  # where a task that is cancelled is taken out again
                yield

    class Stream:
        """As asyncio.StreamReader: read(), write(), drain(); what the line did not take yet is `out_buf`."""

        def __init__(self, line):
            self.s = line
            self.out_buf = b""

        def read(self, size: int):
            """What has come, at most so much; b"" at the end."""
            while True:
                yield from readable(self.s)
                data = self.s.read(size)
                if data is not None:
                    return data

        def write(self, data: bytes):
            """As much as the line takes at once; the rest waits for drain()."""
            if not self.out_buf:
                done = self.s.write(data)
                if done == len(data):
                    return
                data = data[done or 0 :]
            self.out_buf += data

        def drain(self):
            """Until all of it is written; lets others run in any case."""
            if not self.out_buf:
                return (yield from asyncio.sleep_ms(0))
            rest, at = memoryview(self.out_buf), 0
            while at < len(rest):
                yield from writable(self.s)
                at += self.s.write(rest[at:]) or 0
            self.out_buf = b""

    def readable(line):
        """Until something can be read, or the line is at its end."""
        yield core._io_queue.queue_read(line)

    def writable(line):
        """Until something can be written."""
        yield core._io_queue.queue_write(line)

else:
    Event = asyncio.Event  # pyright: ignore
