"""The watch: every few seconds a look at the chain, at rollouts, and at what waits to be sent."""

import asyncio
import logging
import time
from collections.abc import Callable

from fastapi.concurrency import run_in_threadpool

from hq_server.alarms.judge import Judge
from hq_server.alarms.sending import deliver
from hq_server.bootstrap import Hq
from hq_server.releases.rolling import roll_on

log = logging.getLogger(__name__)

EVERY_S = 5
ALARMS = "alarms"  # the topic that rings when one begins or ends


async def keep_watch(hq: Hq, stopping: asyncio.Event) -> None:
    """Until stopped; sending waits for other people's servers, so it has a loop of its own."""
    judge = Judge()
    await asyncio.gather(
        _every(hq, stopping, "judging", judge.look),
        _every(hq, stopping, "rollouts", roll_on),
        _every(hq, stopping, "sending alarms", deliver, ALARMS),
    )


async def _every(hq: Hq, stopping: asyncio.Event, what: str, work: Callable[[Hq], None], topic: str = "") -> None:
    """Work, again after EVERY_S or when the topic rings. A failure is logged whole and tried again."""
    while not stopping.is_set():
        with hq.bells.waiter(topic) as waiter:
            try:
                await run_in_threadpool(work, hq)
            except Exception:
                log.exception(what)
            until_s = time.monotonic() + EVERY_S
            while not stopping.is_set() and (left_s := until_s - time.monotonic()) > 0:
                if await waiter.wait(left_s):
                    break
