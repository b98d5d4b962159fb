"""The one thread that speaks with the training engine.

It hands waiting runs to free workers, passes on requests to end, fetches checkpoints and results, and starts a lost
engine again. Everyone else only changes the registry and, at most, leaves a command here, so nobody waits for it.
"""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from adder.base.messages import Sentence
from adder.runs.askers import Askers
from adder.runs.engine import Attempt, Engine, Outcome, WorkersLostError
from adder.runs.run import Run
from adder.runs.server_load import WorkerLoad
from adder.runs.status import Status
from adder.runs.store import interruption
from adder.runs.waiting_line import waiting_line, whose_turn_is_over
from adder.training.checkpoint import Checkpoint

_log = logging.getLogger(__name__)

SUSPEND_SECONDS = 2.0  # A service that ends waits this long for its workers to end their runs.
CLOSE_SECONDS = 4.0  # It waits this long for its engine, which may not answer; earlier checkpoints are kept.
OBEY_SECONDS = 1.0  # A run that has not come home in this time, though asked to, is taken back from its worker.
RESTART_SECONDS = 10.0  # After this long, a worker that has still not ended such a run is restarted.
TICK_SECONDS = 0.5
SECONDS_BETWEEN_OPENINGS = 5.0
SECONDS_BETWEEN_LOOKS = 2.0  # Workers are looked at no more often, and only while somebody asks.
_ABANDONED = Sentence("Nobody watched it any more")


class Dispatcher:
    """Has the runs of a registry trained by an engine.

    Args:
        make_engine: Makes the engine; called on the dispatcher's thread, because it may import a lot.
        askers: The people, with the registry of their runs.
        background: Whether its runs give way to those that people wait for.

    Attributes:
        engine: The engine, once it was made.
        workers: What the workers do; empty until somebody has called `ask_for_workers`.
    """

    def __init__(self, make_engine: Callable[[], Engine], askers: Askers, *, background: bool) -> None:
        self.engine: Engine | None = None
        self.workers: tuple[WorkerLoad, ...] = ()
        self._make_engine = make_engine
        self._askers, self._registry = askers, askers.registry
        self._background = background
        self._commands: queue.SimpleQueue[Callable[[Engine], None] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._workers_asked = self._workers_at = 0.0
        self._given_up: dict[Attempt, float] = {}  # Their workers are restarted at these times.
        self._thread = threading.Thread(target=self._work, name="adder-dispatcher", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """Why the engine cannot train now, in a sentence, or an empty text."""
        return Sentence("The training engine is starting") if self.engine is None else self.engine.trouble

    def dispatch(self) -> None:
        """Hand out waiting runs as soon as possible."""
        self._commands.put(self._dispatch)

    def ask_to_end(self, run: Run, asked: Status, message: str = "") -> None:
        """Ask a run in training to become something else; call this with the lock held."""
        run.asked, run.asked_at = asked, time.monotonic()
        if message:
            run.update(message=message)
        self._commands.put(partial(self._signal, Attempt(run.id, run.attempt), asked))

    def ask_to_change(self, run: Run) -> None:
        """Ask a run that trains to come home, so that its settings can change; call this with the lock held.

        A worker that is still getting ready would not hear it, so a later tick asks again.
        """
        if run.training and run.view.moving and run.view.wanted and run.asked is None:
            self.ask_to_end(run, Status.QUEUED, Sentence("Changing after this epoch"))

    def give_up(self, run: Run) -> None:
        """Have a run's worker stop, and ignore what it still sends; call this with the lock held."""
        self.ask_to_end(run, Status.STOPPED)
        self._given_up[Attempt(run.id, run.attempt)] = time.monotonic() + RESTART_SECONDS
        run.attempt += 1

    def ask_for_workers(self) -> None:
        """Keep `workers` up to date for the next seconds."""
        self._workers_asked = time.monotonic()

    def keras_file(self, solver: bytes) -> bytes:
        """A solver's network as a `.keras` file, while the caller waits; any thread may call this."""
        while self.engine is None:
            time.sleep(TICK_SECONDS)
        return self.engine.keras_file(solver)

    def close(self) -> None:
        """Pause all runs, fetch what they have learned, and end the engine."""
        self._closing.set()
        self._commands.put(None)
        self._thread.join(timeout=CLOSE_SECONDS)

    def _work(self) -> None:
        self.engine = engine = self._make_engine()
        engine.listen(self._registry.hear, self._on_end)
        while not engine.open():
            if self._closing.wait(SECONDS_BETWEEN_OPENINGS):
                break
        began = over = -math.inf
        while True:
            command: Callable[[Engine], None] | None = self._tick
            if (left := self._next_tick(began, over) - time.monotonic()) > 0:
                with contextlib.suppress(queue.Empty):
                    command = self._commands.get(timeout=left)
            if command is None:
                break
            if ticks := command == self._tick:
                began = time.monotonic()
            try:
                command(engine)
            except Exception:  # noqa: BLE001  the thread that serves everyone must outlive any one failure
                _log.exception("a command to the training engine failed")
                self._closing.wait(TICK_SECONDS)
            if ticks:
                over = time.monotonic()
        self._suspend(engine)
        engine.close()

    def _next_tick(self, began: float, over: float) -> float:
        """When to tick next: a moment after the last tick was over, or as soon as a worker has had its time to obey."""
        asked = [run.asked_at + OBEY_SECONDS for run in self._registry if run.training and run.asked is not None]
        return min([over + TICK_SECONDS, *(at for at in asked if at > began)])

    def _tick(self, engine: Engine) -> None:
        """Between commands: notice a lost engine, fetch checkpoints, use workers that came up."""
        if not engine.is_open():
            self._reopen(engine)
            return
        self._take_back(engine)
        self._fetch_checkpoints()
        self._count_slots(engine)
        self._look_at_workers(engine)
        with self._registry.lock:
            now = time.monotonic()
            for run in self._registry:
                self.ask_to_change(run)
            for run in self._askers.abandoned(now):
                if run.queued:
                    self._registry.rest(run, _ABANDONED)
                elif run.asked is None:
                    self.ask_to_end(run, Status.QUEUED)
            for run in whose_turn_is_over(
                self._registry, self._registry.slots, self._registry.pace.speed, now, background=self._background
            ):
                self.ask_to_end(run, Status.QUEUED)
        self._fill_workers(engine)
        self._registry.spare_memory()

    def _count_slots(self, engine: Engine) -> None:
        """Find out how many workers this service may use now."""
        slots = engine.slots(sum(run.active for run in self._registry))
        with self._registry.lock:
            self._registry.slots = max(0, slots - len(self._given_up))

    def _look_at_workers(self, engine: Engine) -> None:
        """Note what the workers do, while somebody wants to know."""
        now = time.monotonic()
        if now - self._workers_asked <= 10 * SECONDS_BETWEEN_LOOKS and now - self._workers_at >= SECONDS_BETWEEN_LOOKS:
            self._workers_at = now
            self.workers = engine.worker_loads()

    def _take_back(self, engine: Engine) -> None:
        """Take runs back whose workers do not end them, and restart a worker that still does not.

        A worker may only need long to send a large checkpoint, which then follows. One that imports TensorFlow or
        compiles hears nothing yet, but soon will; one that hangs never will.
        """
        now = time.monotonic()
        with self._registry.lock:
            for run in self._registry:
                if run.training and run.asked is not None and now - run.asked_at >= OBEY_SECONDS:
                    self._given_up[Attempt(run.id, run.attempt)] = now + RESTART_SECONDS
                    run.awaited = run.attempt if run.view.moving else None
                    run.attempt += 1
                    self._come_home(run, Outcome(Status.PAUSED))
        for attempt in [attempt for attempt, until in list(self._given_up.items()) if now >= until]:
            _log.warning("a worker that did not end its run is restarted", extra={"run": attempt.run_id})
            del self._given_up[attempt]
            self._settle(attempt, engine)
            engine.restart_worker(attempt)

    def _settle(self, attempt: Attempt, engine: Engine) -> None:
        """Take in what a run that was taken back has learned since its last checkpoint, and let it go on."""
        run = self._registry.get(attempt.run_id)
        if run is None or run.awaited != attempt.number:
            return
        checkpoint = None
        try:
            outcome = engine.outcome(attempt)
            checkpoint = (outcome and outcome.checkpoint) or engine.checkpoint(attempt)
        except Exception:  # noqa: BLE001  whatever it is, the run goes on from the checkpoint that it has
            _log.exception("what a run has learned last could not be fetched", extra={"run": run.id})
        with self._registry.lock:
            self._let_go_on(run, checkpoint)

    def _let_go_on(self, run: Run, checkpoint: Checkpoint | None = None) -> None:
        """Await nothing more of a run that was taken back; call this with the lock held."""
        run.awaited = None
        newer = checkpoint is not None and checkpoint.steps > run.checkpoint_steps
        if checkpoint is not None and newer and checkpoint.experiment == run.view.experiment:
            run.keep(checkpoint)
            run.update(report=None)
        run.change()
        self._registry.evaluate(run)
        self._registry.changed(run)

    def _fetch_checkpoints(self) -> None:
        """Have new checkpoints fetched one by one: some are large, and whoever stops a run comes before the next."""
        for run in self._registry:
            if run.training and run.fetchable:
                run.fetchable = False
                self._commands.put(partial(self._fetch, run, Attempt(run.id, run.attempt)))

    def _fetch(self, run: Run, attempt: Attempt, engine: Engine) -> None:
        if not run.training or run.attempt != attempt.number:
            return
        with self._failing_alone(run, attempt, engine):
            checkpoint = engine.checkpoint(attempt)
            with self._registry.lock:
                if checkpoint is not None and run.training and run.attempt == attempt.number:
                    run.keep(checkpoint)
                    self._registry.changed(run, soon=False)

    @contextlib.contextmanager
    def _failing_alone(self, run: Run, attempt: Attempt, engine: Engine) -> Iterator[None]:
        """Let an error of one run fail only that run, and free its worker; trouble with the engine is raised."""
        try:
            yield
        except (OSError, WorkersLostError):
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the other runs go on and the person is told
            _log.exception("a run failed", extra={"run": run.id})
            with self._registry.lock:
                if run.training and run.attempt == attempt.number:
                    self._come_home(run, Outcome.failed(error))
            self._signal(attempt, Status.STOPPED, engine)

    def _reopen(self, engine: Engine) -> None:
        if not engine.trouble:  # Only the first tick that misses the engine logs it.
            _log.warning("the training engine was lost")
        with self._registry.lock:
            for run in self._registry:
                if run.training:
                    message = Sentence("The training engine was lost; this run goes on from its last checkpoint")
                    self._registry.requeue(run, message)
                elif run.awaited is not None:
                    self._let_go_on(run)
        self._given_up.clear()
        engine.close()
        if engine.open():
            self._dispatch(engine)
        else:
            self._closing.wait(TICK_SECONDS)

    def _dispatch(self, engine: Engine) -> None:
        """Hand waiting runs to free workers, as many as there are now; without an engine the next tick opens one."""
        if engine.is_open() and waiting_line(self._registry):
            self._count_slots(engine)
            self._fill_workers(engine)

    def _fill_workers(self, engine: Engine) -> None:
        if not waiting_line(self._registry):
            return
        for _ in range(engine.idle()):
            with self._registry.lock:
                line = self._registry.next_in_line()
                if not line:
                    return
                run = line[0]
                run.become(Status.RUNNING, run.view.message or Sentence("Waiting for its worker"))
                run.attempt += 1
                run.handed_steps, run.handed_at = run.checkpoint_steps, time.monotonic()
                attempt, asked = Attempt(run.id, run.attempt), run.asked
                experiment, checkpoint, until = run.view.experiment, run.checkpoint, run.until
                self._registry.changed(run)
            try:
                with self._failing_alone(run, attempt, engine):
                    engine.submit(attempt, experiment, checkpoint, until)
                    if asked is not None:
                        self._signal(attempt, asked, engine)
                    _log.info(
                        "a run was handed to a worker",
                        extra={"run": run.id, "attempt": attempt.number, "epoch": run.checkpoint_epoch},
                    )
            except OSError:
                with self._registry.lock:
                    if run.training and run.attempt == attempt.number:
                        self._registry.requeue(run, run.view.message)
                raise

    def _signal(self, attempt: Attempt, asked: Status, engine: Engine) -> None:
        if engine.is_open():
            engine.signal(attempt, Status.STOPPED if asked is Status.STOPPED else Status.PAUSED)

    def _on_end(self, attempt: Attempt) -> None:
        self._commands.put(partial(self._end, attempt))

    def _end(self, attempt: Attempt, engine: Engine) -> None:
        """Take in how an attempt ended."""
        run = self._registry.get(attempt.run_id)
        if run is None or not run.training or run.attempt != attempt.number:  # The attempt was given up.
            self._settle(attempt, engine)
            self._given_up.pop(attempt, None)
            engine.forget(attempt)
            self._dispatch(engine)
            return
        with self._failing_alone(run, attempt, engine):
            try:
                outcome = engine.outcome(attempt)
            except WorkersLostError as error:
                if self._goes_on(run, attempt, engine):
                    return
                _log.error("run %s failed: its workers were lost too often", run.id)
                outcome = Outcome.failed(error)
            if outcome is None:
                return  # Its engine was lost; `_reopen` queues the run again.
            with self._registry.lock:
                self._come_home(run, outcome)
        _log.info(
            "a run came home",
            extra={"run": run.id, "status": run.status, "epoch": run.epochs, "attempt": attempt.number},
        )
        self._dispatch(engine)
        engine.forget(attempt)

    def _come_home(self, run: Run, outcome: Outcome) -> None:
        asked, run.asked = run.asked, None
        run.become(outcome.status, outcome.message)
        if outcome.checkpoint is not None:
            run.keep(outcome.checkpoint)
        run.update(report=outcome.report)
        self._registry.evaluate(run)
        self._registry.pace.came_home(run)
        paused, now = outcome.status is Status.PAUSED, time.monotonic()
        abandoned, changes = run.is_abandoned(now), bool(run.view.wanted)
        if outcome.status in (Status.DONE, Status.STOPPED):
            run.update(wanted={})
        run.change()
        if paused and asked is Status.QUEUED and abandoned:
            run.update(message=_ABANDONED)
        elif paused and asked is Status.QUEUED and (run.until is None or run.epochs < run.until):
            if changes:  # The run keeps its place, and has what is left of its turn.
                run.turn_seconds = now - run.moving_since
                self._registry.requeue(run, "")
                return
            message = Sentence("Others wait too, so it gave its worker away after epoch {epoch}", epoch=run.epochs)
            self._registry.enqueue(run, message)
            return
        run.until = None
        self._registry.changed(run)
        if paused and asked is Status.STOPPED:
            self._registry.end(run)  # The stop was asked for after the worker had paused.

    def _goes_on(self, run: Run, attempt: Attempt, engine: Engine) -> bool:
        """Queue a run again that the engine gave up, if the attempt has learned something."""
        try:
            checkpoint = engine.checkpoint(attempt)
        except (OSError, TimeoutError):
            return False
        with self._registry.lock:
            if checkpoint is not None:
                run.keep(checkpoint)
            if run.checkpoint_steps <= run.handed_steps:
                return False
            message = Sentence(
                "A worker was lost; another gets ready to go on from epoch {epoch}", epoch=run.checkpoint_epoch
            )
            self._registry.requeue(run, message)
        _log.warning("a run goes on whose workers were lost too often", extra={"run": run.id, "epoch": run.epochs})
        engine.forget(attempt)
        self._dispatch(engine)
        return True

    def _suspend(self, engine: Engine) -> None:
        """The service ends: pause all runs, and fetch what the running ones have learned."""
        active = [run for run in self._registry if run.active]
        if engine.is_open():
            try:
                self._pause_and_wait([run for run in active if run.training], engine)
            except Exception:  # noqa: BLE001  the engine may be going down as well; earlier checkpoints are kept
                _log.exception("the last checkpoints could not be fetched")
        with self._registry.lock:
            for run in active:
                if run.active:
                    run.become(Status.PAUSED)
                if run.status is Status.PAUSED:
                    run.asked = None
                    run.update(message=interruption(run.checkpoint_epoch))
                    self._registry.changed(run)

    def _pause_and_wait(self, training: list[Run], engine: Engine) -> None:
        waiting = {Attempt(run.id, run.attempt): run for run in training}
        for attempt in waiting:
            self._signal(attempt, Status.PAUSED, engine)
        waiting |= {Attempt(run.id, run.awaited): run for run in self._registry if run.awaited is not None}
        until = time.monotonic() + SUSPEND_SECONDS
        while waiting and time.monotonic() < until:
            for attempt, run in list(waiting.items()):
                if (outcome := engine.outcome(attempt)) is not None:
                    with self._registry.lock:
                        if run.awaited == attempt.number:
                            self._let_go_on(run, outcome.checkpoint)
                        else:
                            self._come_home(run, outcome)
                    del waiting[attempt]
            time.sleep(0.02)
        for attempt, run in waiting.items():  # Runs with long epochs have not come home, but have left checkpoints.
            self._settle(attempt, engine)
            self._fetch(run, attempt, engine)
        engine.leave()
