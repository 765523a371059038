"""What the terminals do: pure flows, an event in, effects out. README.md here has keys, states and decisions."""


def make(app: str, terminal: str, texts, now_s, first_basket: int = 1, nozzles=(), folder: str = ""):
    """The flow of 'reader', 'pos' or 'pump'; only that app's code is loaded.

    texts: firmware.text.Texts, shared with the views. now_s(): the terminal's clock in epoch seconds, a label only.
    first_basket: a number for the first basket that this terminal is unlikely to have used before (random bits).
    nozzles: of a pump, (goods number of its grade, address of its pump, hose there) of each.
    folder: of a pos, where long baskets lie.
    """
    if app == "reader":
        from firmware.flows.reader import Reader

        return Reader(terminal, texts, now_s)
    if app == "pump":
        from firmware.flows.pump import Pump

        return Pump(terminal, texts, now_s, nozzles)
    from firmware.flows.pos import Pos

    return Pos(terminal, texts, now_s, first_basket, folder)
