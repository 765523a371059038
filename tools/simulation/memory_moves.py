"""Grants, recalls, wishes and issuing rights on their way, in memory."""

from collections.abc import Collection

from hq_server.vault.rows import Grant, Recall, Request, RightGrant, RightMove
from tools.simulation.disk import Disk


class MemoryMoves(Disk):
    """The moves of hq_server/vault/books.py over dicts."""

    moved: dict[str, RightMove]

    def __init__(self):
        super().__init__()
        self.grants: dict[str, Grant] = {}
        self.recalls: dict[str, Recall] = {}
        self.requests: dict[str, Request] = {}
        self.right_grants: dict[str, RightGrant] = {}
        self.open_of: dict[tuple[str, str], tuple[str, ...]] = {}  # (what, account) -> ids without an answer
        self.granted_for: dict[str, tuple[str, ...]] = {}  # request -> grants

    def add_grant(self, grant: Grant) -> None:
        self._opened("grant", grant.account, grant.grant)
        self.put_new(self.grants, grant.grant, grant)
        if grant.request:
            self.put(self.granted_for, grant.request, (*self.granted_for.get(grant.request, ()), grant.grant))

    def grant(self, number: str) -> Grant | None:
        return self.grants.get(number)

    def set_grant(self, number: str, status: str) -> None:
        self._answered("grant", self.grants[number].account, number)
        self.put(self.grants, number, self.grants[number]._replace(status=status))

    def open_grants(self, account: str) -> list[Grant]:
        mine = (self.grants[one] for one in self.open_of.get(("grant", account), ()))
        return sorted(mine, key=lambda one: one.n)

    def grants_of_request(self, request: str) -> list[Grant]:
        return sorted((self.grants[one] for one in self.granted_for.get(request, ())), key=lambda one: one.n)

    def grants_to_life(self, incarnation: str) -> list[Grant]:
        mine = [one for one in self.grants.values() if (one.incarnation, one.status) == (incarnation, "open")]
        return sorted(mine, key=lambda one: one.n)

    def add_recall(self, recall: Recall) -> None:
        self._opened("recall", recall.account, recall.recall)
        self.put_new(self.recalls, recall.recall, recall)

    def recall(self, number: str) -> Recall | None:
        return self.recalls.get(number)

    def answer_recall(self, number: str, returned: int) -> None:
        self._answered("recall", self.recalls[number].account, number)
        self.put(self.recalls, number, self.recalls[number]._replace(status="answered", returned=returned))

    def open_recalls(self, account: str) -> list[Recall]:
        mine = (self.recalls[one] for one in self.open_of.get(("recall", account), ()))
        return sorted(mine, key=lambda one: (one.created_at_s, one.recall))

    def all_answered(self, recalls: Collection[str]) -> bool:
        return all((self.recalls.get(one) or self.moved[one]).status != "open" for one in recalls)

    def add_request(self, request: Request) -> None:
        self.put_new(self.requests, request.request, request)
        if request.status == "open":
            self._opened("request", request.account, request.request)

    def asked_lately(self, account: str, since_s: int) -> bool:
        asked = (self.requests[one] for one in self.open_of.get(("request", account), ()))
        return any(one.created_at_s >= since_s for one in asked)

    def request(self, number: str) -> Request | None:
        return self.requests.get(number)

    def set_request(self, number: str, status: str, reason: str = "") -> None:
        row = self.requests[number]
        if status != "open":
            self._answered("request", row.account, number)
        self.put(self.requests, number, row._replace(status=status, reason=reason or row.reason))

    def add_right_grant(self, grant: RightGrant) -> None:
        self.put_new(self.right_grants, grant.grant, grant)

    def right_grant(self, number: str) -> RightGrant | None:
        return self.right_grants.get(number)

    def set_right_grant(self, number: str, status: str) -> None:
        self.put(self.right_grants, number, self.right_grants[number]._replace(status=status))

    def right_grants_to_life(self, incarnation: str) -> list[RightGrant]:
        return [one for one in self.right_grants.values() if (one.incarnation, one.status) == (incarnation, "open")]

    def close_moves(self, incarnation: str) -> None:
        for one in self.grants_to_life(incarnation):
            self.set_grant(one.grant, "suspended")
        for right in self.right_grants_to_life(incarnation):
            self.set_right_grant(right.grant, "suspended")
        self.close_right_moves(incarnation)
        for recall in list(self.recalls.values()):
            if (recall.incarnation, recall.status) == (incarnation, "open"):
                self.answer_recall(recall.recall, 0)

    def _opened(self, what: str, account: str, number: str) -> None:
        self.put(self.open_of, (what, account), (*self.open_of.get((what, account), ()), number))

    def _answered(self, what: str, account: str, number: str) -> None:
        left = tuple(one for one in self.open_of.get((what, account), ()) if one != number)
        self.put(self.open_of, (what, account), left)

    def close_right_moves(self, incarnation: str) -> None:
        raise NotImplementedError
