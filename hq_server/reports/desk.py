"""Where a question is put: a snapshot of the facts, brought up to the log first where little is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.reports.compiling import CHOSEN
from hq_server.reports.declarations import Answer, Question, Report
from hq_server.reports.register import Registers
from hq_server.reports.run import run
from hq_server.segments.store import accounts_of

CATCH_UP_MAX = 2000  # events that a reader takes in himself; what is more comes from the process that follows the log


@contextmanager
def open_facts(hq: Hq, within: int = 0) -> Iterator[FactBase]:
    """A snapshot for one answer or a few; `within`: the kept list of members that is asked of."""
    folder = Folder(hq.config.dir / "facts")
    if 0 < projecting.behind(hq.db, folder) <= CATCH_UP_MAX:
        projecting.catch_up(hq.db, folder, hq.now_s())
    base = FactBase(folder, Registers(hq.db))
    try:
        if within:
            with hq.db.read() as connection:
                base.add(CHOSEN, pa.table({"account": pa.array(accounts_of(connection, within), pa.string())}))
        yield base
    finally:
        base.close()


def answer(hq: Hq, report: Report, question: Question) -> Answer:
    """The report's answer, with how old its facts are."""
    with hq.db.read() as connection:
        exponent = the_chain(connection).exponent
    with open_facts(hq, question.within) as base:
        found = run(base, report, question, exponent)
        upto_s = base.manifest.upto_received_s
    return found._replace(facts_to_s=upto_s, behind_events=projecting.behind(hq.db, Folder(hq.config.dir / "facts")))
