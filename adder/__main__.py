"""`python -m adder`."""

import sys

from adder.cli import main

sys.exit(main(program="python -m adder"))
