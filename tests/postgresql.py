"""A PostgreSQL server of Debian's package on the loopback interface, for as long as tests need it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import sqlalchemy as sql

from tests.serving import free_port

DEBIAN = Path("/usr/lib/postgresql")
_ACCOUNTS = ("postgres", "nobody")  # PostgreSQL refuses to run as root.
_OPTIONS = ("fsync=off", "synchronous_commit=off", "shared_buffers=16MB", "unix_socket_directories=")


def programs() -> Path:
    """The folder of the newest PostgreSQL's programs."""
    debians = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = debians[-1] if debians else shutil.which("initdb")
    if found is None:
        raise FileNotFoundError("no PostgreSQL was found; install it (on Debian: apt-get install postgresql)")
    return Path(found).parent


class PostgreSQL:
    """One server with data of its own, which can be stopped and started like a real one; a password guards it.

    Raises:
        FileNotFoundError: There is no PostgreSQL.
    """

    def __init__(self) -> None:
        self._programs = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="adder-postgresql-"))
        self._account = _account()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.password = secrets.token_hex(8)
        try:
            self._initialise()
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> PostgreSQL:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def url(self, database: str) -> str:
        """What `ADDER_DATABASE` is to be for this database."""
        return f"postgresql://adder:{self.password}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"runs_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, statement: str) -> None:
        """Run a statement as the database's administrator, outside any transaction."""
        engine = sql.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sql.NullPool)
        with engine.connect() as connection:
            connection.execute(sql.text(statement))

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", *_OPTIONS]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", *(f"--{option}" for option in options)],
                cwd="/",
                user=self._account,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.run("SELECT 1")
            except sql.exc.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self._folder / "log").read_text("utf-8")) from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop the server at once, whoever is connected; what was committed is there after the next start."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # PostgreSQL calls this shutdown fast.
            self._process.wait(timeout=60)
            self._process = None

    def close(self) -> None:
        """End the server and remove its data."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialise(self) -> None:
        if self._account is not None:
            self._folder.chmod(0o755)
            os.chown(self._folder, pwd.getpwnam(self._account).pw_uid, -1)
        secret = self._folder / "password"
        secret.write_text(self.password, "utf-8")
        how = ["--username=adder", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(
            [self._programs / "initdb", "--no-sync", "--no-instructions", *how, "-D", self._folder / "data"],
            cwd="/",
            user=self._account,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)


def _account() -> str | None:
    """Whom the server is to run as; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in _ACCOUNTS if name in known), None)
