"""Faults planted at the forecourt: flow, line, gateway. See planted.py."""

from tools.simulation.planted_as import Mutant, Patch, one

FLOW, LIFE, FORECOURT = (f"firmware/flows/pump_{name}.py" for name in ("nozzle", "life", "forecourt"))
ORDERS, MASTER, PUMP = (f"protocol/dart/{name}.py" for name in ("orders", "master", "pump"))
FUELLING, FILLS, HOLD_LIFE = (f"gateway/core/{name}.py" for name in ("fuelling", "fills", "hold_life"))

PUMP_MUTANTS = (
    one(
        "authorise is said again under a new number", 160, MASTER,
        "        link.tries += 1\n",
        "        link.tries, link.block = link.tries + 1, next_block(link.block)\n",
    ),
    one(
        "a repeated block is acted on again", 160, PUMP,
        "        if block == 0 or (block, body) != self._last:", "        if True:",
    ),
    one(
        "the pump's display is taken for what it gave", 160, FLOW,
        "        near = abs(counted_ml - self.ml) <= TOTAL_STEP_ML\n",
        "        if self.ml:\n            return self.ml, self.cents, True\n"
        "        near = abs(counted_ml - self.ml) <= TOTAL_STEP_ML\n",
    ),
    one(
        "a totaliser of while it flowed is that of the end", 160, ORDERS,
        "        if total_raw == last_raw or side.fits(hose):", "        if True:",
    ),
    one(
        "the last known totaliser stands in for the one of now", 160, ORDERS,
        "    side.totals_raw = [-1] * len(side.totals_raw)", "    pass",
    ),
    one(
        "an authorised pump gives at the hose on its display", 160, "protocol/dart/side.py",
        "        unknown = self.status in (None, AUTHORISED, SUSPENDED)", "        unknown = False",
    ),
    Mutant(
        "a hold expires while its pump gives", 160,
        (
            Patch(HOLD_LIFE, "elif kept.state == OPEN and now_ms - kept.since_ms >= OPEN_MS:",
                  "elif now_ms - kept.since_ms >= OPEN_MS:"),
            Patch("protocol/ledger/holds.py", '    (OPEN, "expire"): CLOSED,\n',
                  '    (OPEN, "expire"): CLOSED,\n    (RUNNING, "expire"): CLOSED,\n'),
        ),
    ),
    Mutant(
        "a hold is let go although the totaliser has moved", 160,
        (
            Patch(LIFE, '"capture" if record["ml"] else "release"', '"capture" if record["ml"] > 500 else "release"'),
            Patch(FUELLING, '    if values["total_after_ml"] > values["total_before_ml"]:',
                  '    if values["total_after_ml"] > values["total_before_ml"] + 500:'),
        ),
    ),
    one(
        "an attendant's fill is forgotten at a restart", 160, FORECOURT,
        "            self.nozzles[number - 1].record = record\n",
        '            self.nozzles[number - 1].record = record if record["account"] else None\n',
    ),
    one(
        "what goes beyond the hold is not booked", 160, FLOW,
        '"amount_cents": max(1, cents) if ml else 0',
        '"amount_cents": min(max(1, cents), self.record["cents"]) if ml else 0',
    ),
    one(
        "the pump is let go before flash knows", 160, LIFE,
        '        self.do("keep", one.number, one.record)\n        self.tell_state(one, "fuelling")',
        '        self.tell_state(one, "fuelling")',
    ),
    one(
        "the pump is let go before the gateway has noted it", 160, LIFE,
        "        if noted and not (self.halted", "        if not (self.halted",
    ),
    one(
        "what was delivered is voided at a restart", 160, "firmware/net/lanes.py",
        'LASTING = ("capture", "release")', 'LASTING = ("release",)',
    ),
    one(
        "a fill is paid twice", 160, FILLS,
        '    if fill.state != UNPAID:\n        return "fill_paid"\n', "",
    ),
    one(
        "what is given up is borne by nobody", 160, FILLS,
        "        (Entry(transfer, 1, *lost, fill.total_cents),),", "        (),",
    ),
)
