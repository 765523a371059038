"""A seed is a world: the same steps on every machine, whatever order the interpreter gives its sets."""

import os
import subprocess
import sys

STEPS = """
import hashlib
from tools.simulation.depth import Memory
from tools.simulation.run import run
found = run(13, depth=Memory(compared=True))
print(found.violated, len(found.steps), hashlib.sha256(repr(found.steps).encode()).hexdigest())
"""


def test_the_same_seed_takes_the_same_steps():
    told = {steps(hash_seed) for hash_seed in ("0", "4242")}
    assert len(told) == 1


def steps(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", STEPS], env=environment, capture_output=True, text=True, check=True)
    return done.stdout
