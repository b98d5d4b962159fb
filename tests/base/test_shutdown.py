from __future__ import annotations

import signal
import subprocess
import sys

import pytest

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


STUBBORN = """
import os, signal, threading, time
from adder.base.shutdown import end_on_signals

def close():
    os.write(1, b"closed\\n")  # at once, for another thread writes as well

signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"told as well\\n"))
end_on_signals(close)
threading.Thread(target=time.sleep, args=(600,)).start()  # the interpreter would wait for it
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGTERM, {"told as well", "closed"}), (signal.SIGINT, {"closed"})]
)
def test_a_signal_closes_and_ends_a_process_whose_threads_go_on(number: signal.Signals, said: set[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        process.send_signal(number)  # A second signal disturbs nothing.
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said <= set(rest.splitlines())
    assert rest.count("closed") == 1
