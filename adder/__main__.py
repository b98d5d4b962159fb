"""`python -m adder`."""

import sys

from adder.cli import main

sys.exit(main())
