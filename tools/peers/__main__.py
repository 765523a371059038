"""Programs that others wrote, run against our reader and card: tool, exit code, what was checked.

    python -m tools.peers            all of them; fetches libfreefare's own tests from Debian the first time
    python -m tools.peers quick      those that need nothing but what is installed

A program that is not there has failed.
"""

import sys

from tools.peers.programs import LONG, QUICK, Peer, outcome


def main(asked: list[str]) -> int:
    if asked not in ([], ["quick"]):
        print(__doc__)
        return 2
    peers = QUICK if asked else QUICK + LONG
    failed = [peer.tool for peer in peers if not told(peer)]
    print("\n%d programs, %d failed%s" % (len(peers), len(failed), ": " + ", ".join(failed) if failed else ""))
    return 1 if failed else 0


def told(peer: Peer) -> bool:
    """Runs one and says how it went."""
    done = outcome(peer)
    print("%-48s %4d  %s%s" % (done.tool, done.code, done.checked, "  WRONG" if done.wrong else ""), flush=True)
    if done.wrong:
        print("    " + done.wrong)
    return not done.wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
