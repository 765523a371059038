"""A receipt as it is kept: its figures. The lines are made by receipt.py while they are read, and by nothing else."""

from firmware.flows.parts import load
from firmware.room import tried


class Paper:
    """Iterate for the lines. `head` is what the flow knew: store, terminal, operator, clock, money(), cash, basket."""

    def __init__(self, texts, head: dict, values: dict):
        self.texts = texts
        self.head = head
        self.values = values
        self.code = None
        self.qr = ""  # a sale's id, by which its goods come back
        if "earned" in values:
            self.qr = "%s/%s/%d/%d" % (head["terminal"], values["j"], values["l"], values["n"])

    def __iter__(self):
        # Screen and printer read at the same time: one copy of the code for both, until the next part is wanted.
        if self.code is None:
            self.code = tried(load, "receipt")
        return self.code.lines(self.texts, self.head, self.values)

    def window(self, first: int, count: int) -> list:
        """That many lines from one on; fewer at the end."""
        lines = []
        for at, line in enumerate(self):
            if at >= first + count:
                break
            if at >= first:
                lines.append(line)
        return lines
