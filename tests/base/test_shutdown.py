from __future__ import annotations

import subprocess
import sys

CODE = """
from concurrent.futures import ThreadPoolExecutor
from adder.base.shutdown import before_threads_end

pool = ThreadPoolExecutor()
before_threads_end(lambda: print(pool.submit(lambda: "an executor takes work still").result()))
print("the program ends")
"""


def test_what_is_called_before_threads_end_may_use_an_executor() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["the program ends", "an executor takes work still"], done.stderr
