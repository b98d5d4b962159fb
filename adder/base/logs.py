"""The server's log: one JSON object a line on standard error, for the person who looks after the server.

The lines come from adder's own loggers, in the app and in the processes of the engine alike. Streamlit's and Dask's
loggers keep their form. A warning or an error that comes again and again is logged once a minute, with how often it
came, whoever logs it. Nothing here is ever shown on the page. The host decides where the lines go and how long they
are kept.

    {"level": "ERROR", "logger": "adder.runs.service", "process": 4711, "message": "run x failed", "run": "x",
     "traceback": "Traceback (most recent call last): …", "time": "2026-01-02T03:04:05.678900+00:00"}
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict

REPEAT_SECONDS = 60.0  # Equal messages within this time count as one.
_MOST_REMEMBERED = 1_000  # Beyond these, the oldest message is forgotten.
_VARYING = re.compile(r"0x[0-9a-f]+|[0-9]+")  # Object addresses and numbers do not make messages differ.
_FIELDS = ("levelname", "name", "process", "message")
_NAMES = {"levelname": "level", "name": "logger", "exc_info": "traceback", "stack_info": "stack"}
_HANDLER = "adder-json"


def begin() -> None:
    """Log as JSON in this process from now on; calling it again changes nothing.

    Whatever a logger is given as `extra` becomes a field of its own:

        logging.getLogger("adder.runs.service").info("a run ended", extra={"run": run_id, "epochs": 30})
    """
    logger = logging.getLogger("adder")
    if any(handler.name == _HANDLER for handler in logger.handlers):
        return
    from pythonjsonlogger.json import JsonFormatter

    handler = logging.StreamHandler()
    handler.name = _HANDLER
    handler.setFormatter(JsonFormatter(_FIELDS, rename_fields=_NAMES, timestamp="time", json_ensure_ascii=False))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    loggers = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    others = [each for logger in (logging.root, *loggers) for each in logger.handlers]
    for each in dict.fromkeys((*others, logging.lastResort)):  # Python logs by lastResort where there is no handler.
        if each is not None:
            each.addFilter(_OnceAMinute())


class _OnceAMinute(logging.Filter):
    """Lets a warning or an error pass that its handler did not have within the last minute, and counts the others.

    The next one that passes says how many were left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        # For each message it has the time when it last passed, and how many were left out since.
        self._seen: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        error = record.exc_info[1] if record.exc_info else None
        said = (_VARYING.sub("0", text) for text in (record.getMessage(), str(error)))
        key = (record.name, type(error), getattr(record, "run", ""), *said)
        now = time.monotonic()
        with self._lock:
            at, left_out = self._seen.pop(key, (-REPEAT_SECONDS, 0))
            passes = now - at >= REPEAT_SECONDS
            self._seen[key] = (now, 0) if passes else (at, left_out + 1)
            while len(self._seen) > _MOST_REMEMBERED:
                self._seen.popitem(last=False)
        if passes and left_out:
            record.msg, record.args = f"{record.getMessage()} (and {left_out:,} times more since the last one)", ()
        return passes
