"""python -m tools.simulation [--seed N | --seeds N [--first N]] [--depth 1|2] [--verbose]"""

import sys

from tools.simulation.cli import main

sys.exit(main())
