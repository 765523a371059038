"""One short shake of a whole chain with real firmware; `python -m tools.shake` does it as long as you like."""

import asyncio
import os
import random

from tests.for_real.town import QuickChain
from tools.shake import Shake

SEED = int(os.environ.get("TAPWELL_SEED") or random.randrange(10**6))


def test_a_chain_with_real_firmware_is_shaken_and_both_sides_agree_to_the_cent(tmp_path):
    print(f"TAPWELL_SEED={SEED}")
    shake = Shake(tmp_path / "chain", SEED, lambda step: None, QuickChain, pause_s=1)
    audit = asyncio.run(shake.run(seconds=0))
    assert audit.wrong == [], f"seed {SEED}: {shake.trouble.seen}\n" + "\n".join(audit.wrong)
    assert not shake.trouble.missing(), "each kind of trouble happened at least once"
    assert all(shake.served[code] for code in shake.chain.stores)
