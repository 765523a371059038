"""Cases on a database."""

import json

from hq_server.cases import store as cases
from hq_server.fleet import store as fleet
from hq_server.ledger import store as ledger
from hq_server.vault.sql_parts import Part
from protocol.ledger import lots
from protocol.ledger.cases import Case
from protocol.ledger.entries import SUSPENSE, Line
from protocol.ledger.lots import Slice

SHAPES = {"waiting": Slice, "advanced": Slice, "paid": lots.Part, "unknown": lots.Part}


class SqlCases(Part):
    """Cases of hq_server.vault.books."""

    def case(self, incarnation: str, account: str) -> Case | None:
        row = cases.case_row(self.connection, incarnation, account)
        return read_case(row) if row is not None else None

    def put_case(self, incarnation: str, case: Case) -> None:
        document = {name: getattr(case, name) for name in ("holder", *SHAPES)}
        cases.put_case(self.connection, incarnation, case.account, case.store, json.dumps(document))

    def cases(self, incarnation: str) -> list[Case]:
        return [read_case(row) for row in cases.cases_where(self.connection, incarnation=incarnation)]

    def case_accounts(self, incarnation: str) -> set[str]:
        return cases.accounts_of(self.connection, incarnation)

    def cases_of_store(self, store: str) -> list[Case]:
        return [read_case(row) for row in cases.cases_where(self.connection, store=store)]

    def suspended_by(self, incarnation: str) -> dict[Line, int]:
        accounts = {line.party for line, _ in ledger.lines_of_holder(self.connection, SUSPENSE)}
        return cases.net_at_holder(self.connection, SUSPENSE, incarnation, sorted(accounts))

    def loss_cap(self, store: str) -> int:
        row = fleet.store_row(self.connection, store)
        return row.loss_cap_cents if row is not None else 0


def read_case(row) -> Case:
    """A case of its row."""
    told = json.loads(row.document)
    parts = {name: tuple(shape(*one) for one in told[name]) for name, shape in SHAPES.items()}
    return Case(row.account, row.store, told["holder"], **parts)
