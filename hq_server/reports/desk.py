"""Where a question is put: a snapshot of the facts, brought up to the log first where little is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.reports.declarations import Answer, Question, Report
from hq_server.reports.register import Registers
from hq_server.reports.run import run

CATCH_UP_MAX = 2000  # events that a reader takes in himself; what is more comes from the process that follows the log


@contextmanager
def open_facts(hq: Hq) -> Iterator[FactBase]:
    """A snapshot for one answer or a few."""
    folder = Folder(hq.config.dir / "facts")
    if 0 < projecting.behind(hq.db, folder) <= CATCH_UP_MAX:
        projecting.catch_up(hq.db, folder, hq.now_s())
    base = FactBase(folder, Registers(hq.db))
    try:
        yield base
    finally:
        base.close()


def answer(hq: Hq, report: Report, question: Question) -> Answer:
    """The report's answer, with how old its facts are."""
    with hq.db.read() as connection:
        exponent = the_chain(connection).exponent
    with open_facts(hq) as base:
        found = run(base, report, question, exponent)
        upto_s = base.manifest.upto_received_s
    return found._replace(facts_to_s=upto_s, behind_events=projecting.behind(hq.db, Folder(hq.config.dir / "facts")))
