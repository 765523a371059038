"""A customer with a card and an attendant at the till, as robots. They have hands and eyes and nothing else.

Hands: keys, scanner, a card laid on a reader (hardware/emulators/bench.py). Eyes: the text on the screens, read back
from their pixels. What they know of the terminals is what an attendant knows: titles, texts and keys.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.text.catalogue import load as texts_of
from hardware.emulators.bench import Bench
from hardware.emulators.desfire.card import Card
from protocol.money import parse_money

LAYOUTS = Path(__file__).resolve().parent.parent / "firmware" / "ui"
POLL_S = 0.004
WAIT_S = 30
TRIES = 5
TAP_S = 15
KEYS_AHEAD = 6  # a key is two events, the keypad's chip keeps ten
BETWEEN_SALES = ("ready", "sign_on", "approved", "voided", "topped_up", "top_up_refused", "signed_off", "menu")
WAY_OUT = {"basket": "f4", "cancel": "ok"}  # the key that leads out of a view, where it is not BACK
STEPS_BACK = 40
STEP_BACK_S = 1.5
MILLI = 1000


class Lost(Exception):
    """The screen does not say what it should by now; the text has the screen."""


@dataclass(frozen=True)
class Seen:
    """What a reader shows of a card: stored value here, last known in all (None: not known), in minor units."""

    here_cents: int
    in_all_cents: int | None


@dataclass(frozen=True)
class Outcome:
    """How a visit was paid. `refusals` are the reason codes that the screen showed on the way."""

    refusals: tuple[str, ...]
    paid: bool


class Hands:
    """Keys, scanner and a card, at a speed that the keypad's buffer of ten events can take."""

    def __init__(self, bench: Bench):
        self._bench = bench

    async def press(self, *names: str) -> None:
        for name in names:
            while self._bench.keypad.waiting > KEYS_AHEAD:
                await asyncio.sleep(POLL_S)
            self._bench.press(name)

    def scan(self, code: str) -> None:
        self._bench.scanner.scan(code)

    def tap(self, card: Card) -> None:
        self._bench.tap(card)

    def remove(self) -> None:
        self._bench.remove()


class Eyes:
    """One terminal's screen. patience_s: how long they look for what should come before they are lost."""

    def __init__(self, name: str, app: str, bench: Bench, language: str, patience_s: float = WAIT_S):
        self.name, self.app, self.bench, self.patience_s = name, app, bench, patience_s
        self.hands = Hands(bench)
        self.texts = texts_of(language)
        prefix = app + "."
        titles = [(self._plain(text), key[len(prefix) :]) for key, text in self.texts.items() if key.startswith(prefix)]
        self._titles = sorted(titles, key=lambda pair: -len(pair[0]))
        self._bottoms = {view: self.texts[key] for view, key in _bottom_rows(app).items()}

    def view(self) -> str:
        """The name of the view, from the screen's title; '' while it is unknown or not drawn down to its last row."""
        lines = self.bench.display.text()
        title, bottom = lines[0].strip(), lines[-1].strip()
        view = next((view for text, view in self._titles if title.startswith(text)), "")
        return view if bottom == self._plain(self._bottoms.get(view, bottom)) else ""

    def shows(self, key: str, *values: str) -> bool:
        text = self.texts[key]
        return self.bench.display.shows(text % values if values else text)

    def figure(self, row: int, label: str) -> int:
        """The amount at the end of a row that begins with a label, in minor units."""
        text = self.bench.display.text()[row]
        words = text.replace(self._plain(self.texts[label]), " ").split()
        if not words:
            raise Lost(f"{self.name}: no figure in row {row}\n{self.screen()}")
        return parse_money(words[-1])

    async def until(self, *views: str) -> str:
        """Looks until one of these views is shown; its name. Raises Lost."""
        return await self.look(lambda: (view := self.view()) in views and view, " or ".join(views))

    async def look(self, sees: Callable[[], object], what: str, timeout_s: float | None = None) -> Any:
        """Looks until `sees` gives something; that. Raises Lost."""
        timeout_s = self.patience_s if timeout_s is None else timeout_s
        deadline = time.monotonic() + timeout_s
        while True:
            found = sees()
            if found:
                return found
            if time.monotonic() > deadline:
                raise Lost(f"{self.name}: no {what} within {timeout_s} s\n{self.screen()}")
            await asyncio.sleep(POLL_S)

    def screen(self) -> str:
        return "\n".join("    |" + line for line in self.bench.display.text())

    def _plain(self, text: str) -> str:
        return text.strip()


class Customer:
    """Holds a card to a store's reader and reads what it shows."""

    def __init__(self, reader: Eyes):
        self.reader = reader

    async def looks_up(self, card: Card) -> Seen:
        """Taps the reader; tries again like anybody when it was not read. Raises Lost."""
        for _ in range(TRIES):
            if await self.reader.until("idle", "member", "error") != "idle":
                await self.reader.hands.press("ok")
                await self.reader.until("idle")
            self.reader.hands.tap(card)
            shown = await self.reader.until("member", "error")
            self.reader.hands.remove()
            if shown == "member":
                return self._seen()
        raise Lost(f"{self.reader.name}: the card was not read\n{self.reader.screen()}")

    def _seen(self) -> Seen:
        here = self.reader.figure(4, "here")
        in_all = None if self.reader.shows("in_all_unknown") else self.reader.figure(11, "stored")
        return Seen(here, in_all)


class Attendant:
    """Works a pos: signs on (with a staff card, or number and PIN), tops up, scans and takes payment."""

    def __init__(self, pos: Eyes, operator: str, pin: str, card: Card | None = None):
        self.pos, self.operator, self.pin, self.card = pos, operator, pin, card
        self._hands = pos.hands

    async def signs_on(self) -> None:
        """Tries again like anybody when the store did not answer in time. Raises Lost."""
        await self.pos.until("sign_on")
        if self.card is not None:
            await self._shown_card(self.card, "sign_on", lambda: self.pos.view() == "ready" and "ready")
            return
        for _ in range(TRIES):
            await self._hands.press(*self.operator, "ok")
            await self.pos.until("pin")
            await self._hands.press(*self.pin, "ok")
            if await self.pos.until("ready", "sign_on") == "ready":
                return
        raise Lost(f"{self.pos.name}: nobody could sign on\n{self.pos.screen()}")

    async def signs_off(self) -> int:
        """Ends the shift; the cash due in minor units."""
        await self._is_ready()
        await self._hands.press("menu")
        await self.pos.until("menu")
        await self._hands.press("5")
        await self.pos.until("signed_off")
        return self.pos.figure(8, "signed_off.cash")

    async def tops_up(self, card: Card, amount_cents: int) -> str:
        """Takes cash for a card; '' or the reason why not."""
        await self._is_ready()
        await self._hands.press("menu")
        await self.pos.until("menu")
        await self._hands.press("1")
        await self._shown_card(card, "top_up_tap", lambda: self.pos.view() == "top_up" and "top_up")
        await self._hands.press(*typed(amount_cents), "ok")
        await self.pos.until("top_up_sure")
        await self._hands.press("ok")
        end = await self.pos.until("topped_up", "top_up_refused")
        if end == "topped_up":
            return ""
        reason = self._reason()
        await self._hands.press("back")
        await self._is_ready()
        return reason

    async def sells(self, lines: tuple[tuple[str, int], ...], card: Card) -> Outcome:
        """Scans (code, quantity in 1/1000) lines, takes the card, and cash for what the card does not pay."""
        await self._is_ready()
        for number, (code, qty_milli) in enumerate(lines, 1):
            if qty_milli != MILLI:
                await self._hands.press(*typed(qty_milli, 3), "f1")
                await self.pos.look(lambda: self._has_typed(), "quantity")
            self._hands.scan(code)
            await self.pos.look(lambda n=number: self._has_priced(n), f"line {number}")
        return await self._is_paid(card)

    async def _is_paid(self, card: Card) -> Outcome:
        refusals: list[str] = []
        await self._hands.press("card")
        shown = await self._shown_card(card, "tender", self._pay_ended)
        while shown == "refused":
            refusals.append(self._reason())
            part = len(refusals) < TRIES and self.pos.shows("refused.can") and self.pos.figure(8, "refused.can") > 0
            shown = await self._pays_part() if part else await self._pays_cash()
        if shown == "tender":
            shown = await self._pays_cash()
        return Outcome(tuple(refusals), shown == "approved")

    async def _pays_part(self) -> str:
        """CARD once more pays what the store can approve now; the rest is asked for."""
        await self._hands.press("card")
        await self.pos.look(lambda: self.pos.view() != "refused", "an answer to CARD")
        await self.pos.until("tender")
        return await self._pays_cash()

    async def _pays_cash(self) -> str:
        await self._hands.press("cash")
        await self.pos.look(lambda: self.pos.view() not in ("refused", "tender"), "an answer to CASH")
        return await self.pos.until("approved", "refused", "voided")

    async def _shown_card(self, card: Card, waits: str, ended: Callable[[], object]) -> str:
        """Lays the card down when the screen waits for it; the view that follows. An unread card is laid down again."""
        for _ in range(TRIES):
            await self.pos.until(waits)
            self._hands.tap(card)
            try:
                return await self.pos.look(ended, "answer to the card", TAP_S)
            except Lost:
                if self.pos.view() != waits:
                    raise
            finally:
                self._hands.remove()
        raise Lost(f"{self.pos.name}: the card was not read\n{self.pos.screen()}")

    def _pay_ended(self) -> str:
        """How CARD with a tap ended; 'tender' where the card holds less than the total and other money is wanted."""
        view = self.pos.view()
        if view == "tender" and not any(self.pos.shows(key) for key in ("tender.tap", "member.none", "card.reading")):
            return view
        return view if view in ("approved", "refused", "voided") else ""

    async def _is_ready(self) -> None:
        """From wherever the last customer left it: an approved or undone sale goes away with any key.

        A pos that has started again wants its attendant signed on again.
        """
        for _ in range(TRIES):
            view = await self.pos.until(*BETWEEN_SALES)
            if view == "ready":
                return
            if view == "sign_on":
                await self.signs_on()
                return
            await self._hands.press("back")
            await self.pos.look(lambda seen=view: self.pos.view() != seen, "the next view")

    async def starts_over(self) -> None:
        """Back to where the next customer can be served, whatever came in between. Raises Lost.

        What is paid for and not yet answered is waited for, and given up after a while; a basket is cancelled.
        """
        for _ in range(STEPS_BACK):
            view = self.pos.view()
            if view == "ready":
                return
            if view == "sign_on":
                await self.signs_on()
                return
            if view in WAY_OUT:
                await self._hands.press(WAY_OUT[view])
            elif view:
                await self._hands.press("back")
            with contextlib.suppress(Lost):
                await self.pos.look(lambda seen=view: self.pos.view() not in (seen, ""), "another view", STEP_BACK_S)
        raise Lost(f"{self.pos.name}: no way back\n{self.pos.screen()}")

    def _has_priced(self, number: int) -> bool:
        return self.pos.shows("basket.lines", str(number)) and not self.pos.shows("basket.pricing")

    def _has_typed(self) -> bool:
        return self.pos.shows("basket.times", "") or any(
            line.strip().startswith(self.pos.texts["basket.times"].partition("%s")[0].strip())
            for line in self.pos.bench.display.text()[9:13]
        )

    def _reason(self) -> str:
        """The code in row 13, or in the row that has a reason's text."""
        row = self.pos.bench.display.text()[13].strip()
        return row.split()[0] if row else "unknown"


def _bottom_rows(app: str) -> dict[str, str]:
    """View -> key of the text in its last row, from the layouts; a screen is drawn from top to bottom."""
    rows = (LAYOUTS / f"{app}.txt").read_text(encoding="utf-8").splitlines()
    words = [row.split() for row in rows]
    bottoms = {row[0]: row[-1] for row in words if row[1] == "14" and row[-1].startswith("keys.")}
    bottoms |= {row[0]: bottoms[row[-1]] for row in words if row[-2] == "@" and row[-1] in bottoms}
    return {name.partition(".")[2]: key for name, key in bottoms.items() if name.startswith(app + ".")}


def typed(amount: int, decimals: int = 2) -> list[str]:
    """The keys for an amount: 12.34 -> 1 2 . 3 4; nothing behind the point that is zero."""
    whole, part = divmod(amount, 10**decimals)
    text = str(whole) + ("." + str(part).rjust(decimals, "0") if part else "")
    return list(text.rstrip("0") if part else text)
