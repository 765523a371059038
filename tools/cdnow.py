"""The model of purchases on the data set of its paper: its parameters beside ours.

    .venv/bin/python -m tools.cdnow
"""

import csv
from pathlib import Path

import numpy as np

from hq_server.segments import future

DATA = Path(__file__).resolve().parent.parent / "tests/hq_server/segments/cdnow.csv"
# Fader, Hardie, Lee (2005), table 2; Fader, Hardie (2013), section 4 (v printed there as gamma, in USD)
PAPER = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "p": 6.25, "q": 3.74, "v": 15.44}
DIGITS = {"p": 2, "q": 2, "v": 2}


def ours() -> dict[str, float]:
    """Parameter -> what a fit gives here."""
    rows = list(csv.DictReader(DATA.open(encoding="utf-8")))
    column = {name: np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")}
    buying = future.fit_purchasing(future.Summary(column["x"], column["t_x"], column["T"]))
    spending = future.fit_spending(column["x"], column["zbar"])
    return buying._asdict() | spending._asdict()


def main() -> None:
    found = ours()
    print("CDNOW, 2,357 customers, 39 weeks\n")
    print("parameter     paper      here")
    for name, told in PAPER.items():
        digits = DIGITS.get(name, 3)
        print(f"{name:9} {told:9.{digits}f} {found[name]:9.{digits}f}")


if __name__ == "__main__":
    main()
