"""The server's log: one JSON object a line on standard error, for the person who looks after the server.

The lines come from adder's own loggers, in the app and in the processes of the engine alike. Streamlit's and Dask's
loggers stay as they are. Nothing here is ever shown on the page. The host decides where the lines go and how long
they are kept.

    {"level": "ERROR", "logger": "adder.runs.service", "process": 4711, "message": "run x failed", "run": "x",
     "traceback": "Traceback (most recent call last): …", "time": "2026-01-02T03:04:05.678900+00:00"}
"""

from __future__ import annotations

import logging

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
