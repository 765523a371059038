"""A store as head office sees it: writes event lines with the ledger's own rules, as a gateway does, without a network.

Entries come from protocol.ledger; the chain of hashes, request ids and receipts are made here the plainest way.
"""

import json
from hashlib import sha256

from protocol.ledger import credits as crediting
from protocol.ledger import floats, refunds, reversals, rights, spending
from protocol.ledger.entries import Entry, to_rows
from protocol.ledger.lots import Booking, Holding, Slice, lot_name, month_start, opened
from protocol.ledger.refund_rights import WHOLE, RefundRight, Wanted, encode, open_right
from protocol.ledger.refunds import How, Refunded
from protocol.money import line_amount_cents

# code -> name, price in 1/1000 of a minor unit
GOODS = {
    "4001": ("牛奶 1 升", "Milk 1 l", 129_000),
    "4002": ("全麦面包", "Whole grain bread", 245_000),
    "4003": ("苹果（公斤）", "Apples, kg", 398_000),
    "4004": ("咖啡豆 500 克", "Coffee beans 500 g", 890_000),
    "4005": ("洗洁精", "Dish soap", 219_000),
    "4006": ("鸡蛋 10 枚", "Eggs, 10", 335_000),
}
STAFF = {"operator": "11", "shift": 1}


class SmallShop:
    """One store's writer. `lines` holds event lines not yet delivered; from_seq and prev_hash head the next batch."""

    def __init__(self, store: str, incarnation: str, journal: str = "5f3a09c1"):
        self.store, self.incarnation, self.journal = store, incarnation, journal
        self.seq, self.receipt, self.sequence = 0, 0, 0
        self.lines: list[str] = []
        self.head = sha256(b"tapwell" + incarnation.encode()).hexdigest()
        self.from_seq, self.prev_hash = 1, self.head
        self.holdings: dict[str, Holding] = {}
        self.rights: dict[str, int] = {}
        self.booked: dict[str, tuple[Entry, ...]] = {}
        self.written: list[str] = []
        self.refund_rights: dict[str, RefundRight] = {}

    def batch(self) -> bytes:
        """The body to post; the next one starts after it."""
        header = {
            "gateway": self.store,
            "incarnation": self.incarnation,
            "from_seq": self.from_seq,
            "prev_hash": self.prev_hash,
        }
        body = "\n".join([json.dumps(header), *self.lines]) + "\n"
        self.lines, self.from_seq, self.prev_hash = [], self.seq + 1, self.head
        return body.encode()

    def again_after(self, seq: int) -> None:
        """The next batch begins after this event: head office knows no more."""
        self.lines, self.from_seq = self.written[seq:], seq + 1
        self.prev_hash = sha256(b"tapwell" + self.incarnation.encode()).hexdigest()
        for line in self.written[:seq]:
            self.prev_hash = sha256(bytes.fromhex(self.prev_hash) + line.encode()).hexdigest()

    def write(self, kind: str, day: str, at_s: int, transfer: str, entries: tuple[Entry, ...] = (), **values) -> None:
        told = {"seq": self.seq + 1, "kind": kind, "at_s": at_s, "business_date": day, "transfer": transfer, **values}
        self.append(json.dumps(told | {"entries": to_rows(entries)}, ensure_ascii=False, separators=(",", ":")))

    def append(self, line: str) -> None:
        """A line as it is, such as one salvaged from another disk."""
        self.seq += 1
        self.head = sha256(bytes.fromhex(self.head) + line.encode()).hexdigest()
        self.lines.append(line)
        self.written.append(line)

    def take_right(self, day: str, at_s: int, right: str, amount: int, grant: str, **more) -> None:
        """A right granted by head office has arrived."""
        entry = rights.take_right(self.store, right, amount, grant)
        self.rights[right] = self.rights.get(right, 0) + amount
        self.write("right_taken", day, at_s, grant, (entry,), grant=grant, **more)

    def holding(self, account: str) -> Holding:
        return self.holdings.get(account, Holding(account, self.store))

    def top_up(self, day: str, at_s: int, account: str, cents: int, bonus_cents: int = 0) -> str:
        request, transfer = self._request("pos1")
        done = crediting.top_up(self.holding(account), transfer, cents, bonus_cents, self.rights, at_s)
        assert isinstance(done, Booking), done
        self._keep(account, done)
        self.receipt += 1
        self.booked[transfer] = done.entries
        self.write(
            "top_up",
            day,
            at_s,
            transfer,
            done.entries,
            request=request,
            account=account,
            **STAFF,
            receipt=self.receipt,
            tenders={"principal": cents, "bonus": bonus_cents},
            frame=_frame(request, "top_up", amount_cents=cents, account=account),
        )
        return transfer

    def sale(
        self,
        day: str,
        at_s: int,
        basket: dict[str, int],
        account: str = "",
        stored_cents: int | None = None,
        points: int = 0,
        points_cents: int = 0,
        offline: bool = False,
    ) -> str:
        """basket: code -> qty_milli. stored_cents None: all of it for a member, nothing otherwise; the rest is cash."""
        request, transfer = self._request("pos1")
        lines = [_line(code, qty_milli) for code, qty_milli in basket.items()]
        total_cents = sum(line["amount_cents"] for line in lines)
        stored = (total_cents - points_cents if account else 0) if stored_cents is None else stored_cents
        entries, paid = self._pay(account, transfer, stored, points, points_cents)
        cash_cents = total_cents - stored - points_cents
        entries += (spending.cash(transfer, self.store, cash_cents, len(entries) + 1),) if cash_cents else ()
        points = total_cents // 100 if account else 0
        pending = points if points > self.rights.get("issue:points", 0) else 0
        earned = points - pending
        entries += self._earn(account, transfer, earned, at_s, len(entries) + 1) if earned else ()
        self.receipt += 1
        self.booked[transfer] = entries
        self.write(
            "sale",
            day,
            at_s,
            transfer,
            entries,
            request=request,
            account=account or None,
            **STAFF,
            receipt=self.receipt,
            lines=lines,
            tenders=paid | {"cash": cash_cents},
            earned_points=earned,
            pending_points=pending,
            offline=offline,
            frame=_frame(request, "pay", total_cents=total_cents, stored_cents=stored),
        )
        return transfer

    def refuse(self, day: str, at_s: int, account: str, reason: str, detail: str = "") -> None:
        request, transfer = self._request("pos1")
        self.write(
            "refusal",
            day,
            at_s,
            transfer,
            request=request,
            account=account,
            **STAFF,
            reason=reason,
            detail=detail,
            frame=_frame(request, "pay", total_cents=99_00),
        )

    def void(self, day: str, at_s: int, account: str, transfer: str) -> None:
        """Takes a booked request back: the same request id, another transfer."""
        terminal, journal, lane, sequence = transfer.split("/")
        request = {"terminal": terminal, "journal": journal, "lane": int(lane), "sequence": int(sequence)}
        done = reversals.reverse(self.booked[transfer], transfer + "/void", self.holding(account))
        self._keep(account, done)
        self.receipt += 1
        self.write(
            "void",
            day,
            at_s,
            transfer + "/void",
            done.entries,
            request=request,
            account=account or None,
            receipt=self.receipt,
            frame=_frame(request, "void"),
        )

    def refund(self, day: str, at_s: int, right: RefundRight, wanted: Wanted = WHOLE, **forged) -> str:
        """Gives back a sale as far as `right` says, and keeps the rest; `forged` replaces members of the event."""
        request, transfer = self._request("pos1")
        before = self.holding(right.account)
        done = refunds.refund(right, wanted, before, How(transfer, at_s, day))
        assert isinstance(done, Refunded), done
        self._keep(right.account, done.booking)
        self.receipt += 1
        self.booked[transfer] = done.booking.entries
        self.refund_rights[right.sale] = done.right
        lots = [[one.asset, one.lot, *one[3:]] for one in opened(before, done.booking.holding)]
        told = {
            "request": request,
            "account": right.account or None,
            **STAFF,
            "receipt": self.receipt,
            "sale": right.sale,
            "share": encode(done.share),
            "lots": lots,
            "frame": _frame(request, "refund"),
        }
        self.write("refund", day, at_s, transfer, done.booking.entries, **told | forged)
        return transfer

    def right_of(self, sale: str, account: str = "") -> RefundRight:
        """The right that a sale of this shop opened, as its gateway works it out."""
        line = next(json.loads(one) for one in self.written if json.loads(one)["transfer"] == sale)
        points = line["pending_points"]
        terms = Slice("points", "", points, self.store, "earned", "", month_start(line["at_s"]))
        pending = (terms._replace(lot=lot_name(account, terms)),) if points else ()
        return open_right(sale, self.holding(account), self.booked[sale], line["lines"], pending)

    def give_back(self, day: str, at_s: int, account: str, want: dict[str, int]) -> None:
        """Value goes home to head office's pool."""
        number = sha256(f"{self.incarnation}/{self.seq}".encode()).hexdigest()[:32]
        done, _ = floats.give_back(self.holding(account), number, want)
        self._keep(account, done)
        self.write("float_returned", day, at_s, number, done.entries, account=account)

    def _pay(self, account: str, transfer: str, stored: int, points: int, points_cents: int):
        if not account:
            return (), {}
        done = spending.debit(self.holding(account), transfer, stored, points, points_cents)
        assert isinstance(done, Booking), done
        self._keep(account, done)
        split = {
            asset: sum(one.amount for one in done.entries if one.debit.book == "member" and one.debit.asset == asset)
            for asset in ("principal", "bonus", "points")
        }
        return done.entries, split | {"points_value": points_cents}

    def _earn(self, account: str, transfer: str, points: int, at_s: int, first_n: int) -> tuple[Entry, ...]:
        done = crediting.earn(self.holding(account), transfer, points, self.rights, at_s, first_n=first_n)
        assert isinstance(done, Booking), done
        self._keep(account, done)
        return done.entries

    def _keep(self, account: str, done: Booking) -> None:
        self.holdings[account] = done.holding
        for right, amount in done.rights_drawn.items():
            self.rights[right] -= amount

    def _request(self, name: str) -> tuple[dict, str]:
        self.sequence += 1
        terminal = f"{self.store}-{name}"
        request = {"terminal": terminal, "journal": self.journal, "lane": 0, "sequence": self.sequence}
        return request, f"{terminal}/{self.journal}/0/{self.sequence}"


def _line(code: str, qty_milli: int) -> dict:
    price_milli = GOODS[code][2]
    return {
        "code": code,
        "qty_milli": qty_milli,
        "price_milli": price_milli,
        "tax_code": "S",
        "tax_bp": 800,
        "amount_cents": line_amount_cents(qty_milli, price_milli),
    }


def _frame(request: dict, message: str, **said) -> str:
    asked = {"v": 1, "j": request["journal"], "l": request["lane"], "n": request["sequence"], **said}
    return json.dumps(asked | {"w": "0" * 16, "k": 1, "mac": "0" * 32}, separators=(",", ":"))
