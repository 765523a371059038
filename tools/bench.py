"""Measurements of the whole, each beside the plainest thing that could do the same. `make bench BENCH=tap` runs one.

    python -m tools.bench NAME [OPTION...]        NAME --help tells the options

Exit code 0: it was measured. What a machine reaches is printed, never asserted.
"""

import importlib
import sys

NAMES = ("tap", "card", "gateway", "ingest", "floats", "coverage", "reports", "forecourt")
BENCHES = {name: "tools.bench_" + name for name in NAMES}


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in ("-h", "--help"):
        print((__doc__ or "") + "\nThere are: " + ", ".join(BENCHES))
        return 0
    if name not in BENCHES:
        print("no bench %r; there are %s" % (name, ", ".join(BENCHES)))
        return 2
    return importlib.import_module(BENCHES[name]).main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
