"""A receipt as it is kept: its figures. The lines are made by receipt.py while they are read, and by nothing else."""

from firmware.flows.parts import load


class Paper:
    """Iterate for the lines. `head` is what the flow knew: store, terminal, operator, clock, money(), cash, basket."""

    def __init__(self, texts, head: dict, values: dict):
        self.texts = texts
        self.head = head
        self.values = values

    def __iter__(self):
        return load("receipt").lines(self.texts, self.head, self.values)

    def window(self, first: int, count: int) -> list:
        """That many lines from one on; fewer at the end."""
        lines = []
        for at, line in enumerate(self):
            if at >= first + count:
                break
            if at >= first:
                lines.append(line)
        return lines
