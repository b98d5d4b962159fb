"""Runs the command line in this process, and as a program."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from adder.cli import main
from tests.serving import ROOT

TINY = [
    "--set", "training.epochs=2", "--set", "training.samples=20", "--set", "network.encoder_units=8",
    "--set", "network.decoder_units=6",
]  # fmt: skip


def status(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as error:
        return int(error.code or 0)


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert status(*arguments) == 0
    written = capsys.readouterr()
    assert written.err == ""
    return written.out.splitlines()


def objects(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(capsys, *arguments, "--json")]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence on standard error with which bad input is refused."""
    assert status(*arguments) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert len(written.err.splitlines()) == 1
    return written.err
