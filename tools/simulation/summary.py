"""What happened in a run, for people: how much, how often each fault, refusal and row of a table."""

from collections import Counter

from tools.simulation import watch
from tools.simulation.mix import FAULTS, WORK


class Summary:
    """Counts over many seeds."""

    def __init__(self):
        self.seeds = 0
        self.store_days = 0
        self.steps = 0
        self.events = 0
        self.taps: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.turned_away: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.work: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    def outcome(self, message: str, values: dict) -> None:
        """What a terminal has shown."""
        self.taps[values.get("outcome") or message] += 1
        if message == "refused":
            self.reasons[values["reason"]] += 1

    def add(self, other: "Summary") -> None:
        """Takes over the counts of another run."""
        for name, value in vars(other).items():
            if isinstance(value, Counter):
                getattr(self, name).update(value)
            else:
                setattr(self, name, getattr(self, name) + value)

    def never_seen(self) -> list[str]:
        """Faults and rows of tables that did not occur."""
        faults = [f"fault: {name}" for name in FAULTS if not self.faults[name]]
        work = [f"work: {name}" for name in WORK if not self.work[name]]
        return faults + work + [row for row in watch.rows() if not self.rows[row]]

    def told(self, seconds: float) -> str:
        """The whole in a few lines."""
        speed = self.store_days / seconds * 60 if seconds else 0
        lines = [
            f"{self.seeds} seeds, {self.store_days} store-days, {self.steps} steps, {self.events} events, "
            f"{seconds:.1f} s of one core: {speed:.0f} store-days a minute",
        ]
        for title in ("taps", "reasons", "turned_away", "faults", "happened", "kinds", "work", "rows"):
            counts = getattr(self, title)
            words = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
            lines.append(f"  {title.replace('_', ' ')}: {words or 'none'}")
        return "\n".join(lines)
