"""The watch: every few seconds a look at the chain, at rollouts, and at what waits to be sent."""

import asyncio
import contextlib
import logging

from fastapi.concurrency import run_in_threadpool

from hq_server.alarms.judge import Judge
from hq_server.alarms.sending import deliver
from hq_server.bootstrap import Hq
from hq_server.releases.rolling import roll_on

log = logging.getLogger(__name__)

EVERY_S = 5


async def keep_watch(hq: Hq, stopping: asyncio.Event) -> None:
    """Until stopped; sending waits for other people's servers, so it has a loop of its own."""
    judge = Judge()
    await asyncio.gather(
        _every(hq, stopping, "alarms", judge.look),
        _every(hq, stopping, "rollouts", roll_on),
        _every(hq, stopping, "sending alarms", deliver),
    )


async def _every(hq: Hq, stopping: asyncio.Event, what: str, work) -> None:
    while not stopping.is_set():
        try:
            await run_in_threadpool(work, hq)
        except Exception:
            log.exception(what)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_S)
