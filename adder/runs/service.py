"""Background runs that every session shares: submit an experiment, look at it, pause it, resume it, end it.

Training happens in worker processes of an engine (`adder.runs.engine`). What a page calls here only reads or changes
the registry of runs, so a page waits for neither engine nor disk: the dispatcher's thread speaks with the engine, and
the saver's with the disk.

    service = RunService(store=Store())
    run = service.submit(adder.preset("seq2seq"))
    service.view(run).status         # "queued", "running", then "done"; or "paused", "stopped", "failed"
    service.close()

Equal experiments share a run. People take turns: nobody's second run comes before anybody's first, and while others
wait a long run gives its worker away (see `adder.runs.waiting_line`), to go on later as if nothing had happened. A
run belongs to those who asked for it. Whoever pauses or stops one that is not theirs alone gets a copy, and the run
goes on. Runs that nobody watches come last, and pause after a while.

With a store, runs outlive the service: the next one on the same store answers for them, and runs that were in training
come back paused. Several services may share a store and a cluster: each sees the others' runs, and a run is trained
by one of them at a time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from adder.analysis import cost_estimate
from adder.base import validation
from adder.base.errors import AdderError, RunError
from adder.base.messages import Sentence, counted
from adder.base.server_settings import ServerSettings, server_settings
from adder.experiment import Experiment
from adder.experiment.training import MOST_EPOCHS
from adder.runs.askers import Askers
from adder.runs.dask_internals import refuse_without_certificates
from adder.runs.dispatcher import Dispatcher
from adder.runs.engine import Engine
from adder.runs.engine_process import EmbeddedEngine
from adder.runs.keras_export import KerasFiles
from adder.runs.registry import Registry, RunLoading
from adder.runs.run import Run, RunRecord, RunView
from adder.runs.server_load import ServerLoad
from adder.runs.status import Status
from adder.runs.store import Store
from adder.runs.visitors import NOBODY, Visitor, Watching
from adder.solvers.solver import Solver
from adder.training.checkpoint import file_bytes

MOST_WORKERS = 64
MOST_RUN_BYTES = 100_000_000  # The textbook's run takes 1.3 MB without its snapshots.


class RunService:
    """All runs of one app process, and the engine that trains them.

    Args:
        store: Where runs are kept on disk, which the service opens and closes; None keeps them in memory alone.
        workers: How many worker processes the embedded engine has; by default `ADDER_WORKERS`, or one for each core.
        scheduler: The address of a cluster to use instead; by default `ADDER_SCHEDULER`, or none.
        warm_up: Whether workers get ready for the presets before anyone asks for them; by default unless
            `ADDER_WARM_UP` is `off`.
        background: Whether its runs give way to those that people wait for, on this machine and in a cluster.
        connected: Tells whether a session is connected now; by default all runs count as watched.
        make_engine: Makes an engine in place of Dask's; only Dask's heeds `workers`, `scheduler` and `warm_up`.

    Raises:
        ExperimentError: `workers` or a setting of the server has a wrong value.
    """

    def __init__(
        self,
        *,
        store: Store | None = None,
        workers: int | None = None,
        scheduler: str | None = None,
        warm_up: bool | None = None,
        background: bool = False,
        connected: Callable[[str], bool] | None = None,
        make_engine: Callable[[], Engine] | None = None,
    ) -> None:
        settings = server_settings() if make_engine else checked_settings(scheduler)
        if workers is not None:
            validation.whole_number("workers", workers, 1, MOST_WORKERS)
        chosen = workers or settings.workers or min(os.cpu_count() or 1, MOST_WORKERS)

        def dask_engine() -> Engine:
            embedded = None
            if not (scheduler or settings.scheduler):
                with contextlib.suppress(AdderError, OSError):  # The engine tries again, and says why it cannot.
                    embedded = EmbeddedEngine(chosen, background=background)
            from adder.runs.dask_engine import DaskEngine  # Importing Dask takes a second; workers start meanwhile.

            return DaskEngine(
                workers=chosen, scheduler=scheduler, warm_up=warm_up, background=background, embedded=embedded
            )

        self._started = datetime.now(UTC)
        self._most_disk_bytes = store.most_bytes if store else 0
        self._background = background
        self._most_seconds = settings.run_seconds
        self._most_bytes = settings.worker_bytes // 2  # A worker that has trained other runs keeps as much.
        self._watching = Watching(connected)
        self._registry = Registry(store, self._watching, lambda run: self._dispatcher.give_up(run))
        self._askers = Askers(self._registry, self._grant)
        self._dispatcher = Dispatcher(make_engine or dask_engine, self._askers, background=background)
        self._keras_files = KerasFiles(self._dispatcher.keras_file)

    def submit(
        self, experiment: Experiment, *, again: bool = False, only: int | None = None, asker: Visitor = NOBODY
    ) -> str:
        """Ask for a run and return its id at once.

        An equal experiment that is waiting or running is shared, and one that is done answers for this one.

        Args:
            experiment: What to train.
            again: Whether to train again although an equal experiment is done.
            only: Train so many epochs, then pause; such a run belongs to its asker and is never shared.
            asker: Who asks: the run is theirs, and people take turns.

        Raises:
            ExperimentError: `only` is not a whole number from 1 to 1,000.
            RunError: It costs more than is allowed here, its files would be too large, too many runs are waiting (of
                all people, or of this asker), or the asker begins runs too fast.
        """
        if only is not None:
            validation.whole_number("only", only, 1, MOST_EPOCHS)
        elif not again and (done := self._registry.done(experiment)):
            return done
        if self._most_disk_bytes:
            _refuse_large(experiment)
        expected, why = cost_estimate.expected_seconds(experiment), self.refusal(experiment, only)
        with self._registry.lock:
            if only is None and (shared := self._registry.shared(experiment)):
                self._askers.join(shared, asker)
                return shared
            if why:
                raise RunError(why)
            self._askers.refuse_more(asker)
            run = Run.new(experiment, asker=asker, until=only, expected=expected)
            self._askers.begin(run, asker)
        self._dispatcher.dispatch()
        return run.id

    def refusal(self, experiment: Experiment, epochs: int | None = None) -> Sentence | None:
        """Why an experiment costs more than is allowed here, with what would fit, or None.

        Runs in the background may cost what they like, since they give way to all others.

        Args:
            experiment: What would be trained.
            epochs: How many epochs of it; by default all.
        """
        if self._background:
            return None
        epochs = experiment.training.epochs if epochs is None else epochs
        return cost_estimate.refusal(experiment, epochs, self._most_seconds, self._most_bytes)

    def watch(self, visitor: Visitor, runs: Iterable[str]) -> None:
        """Note that a session watches these runs and no others, for as long as it is connected."""
        self._watching.put(visitor, runs)

    def view(self, run_id: str) -> RunView:
        """The run as it stands; its status is `loading` until it has been read from the disk.

        Raises:
            RunLoading: The server does not know yet whether it has such a run.
            RunError: There is no such run.
        """
        try:
            run = self._registry.find(run_id)
        except RunLoading:
            if (stored := self._registry.stored(run_id)) is None:
                raise
            reading = Sentence("Reading this run from the server's disk")
            return RunView(run_id, stored.record.experiment, Status.LOADING, message=reading)
        watchers = len(self._watching.people(run_id))
        if not run.queued:
            return dataclasses.replace(run.view, watchers=watchers, elsewhere=run.elsewhere)
        place, wait = self._registry.places().get(run_id, (0, None))
        message = self._dispatcher.trouble or run.view.message
        return dataclasses.replace(run.view, watchers=watchers, place=place, wait=wait, message=message)

    def runs(self) -> tuple[RunRecord, ...]:
        """Every run that the store or this process knows, the newest first."""
        return tuple(self._registry.records())

    def unknown(self, run_id: str) -> bool:
        """Whether the server does not know yet if it has this run; it asks its disk meanwhile."""
        return self._registry.unknown(run_id)

    @property
    def watching(self) -> int:
        """How many sessions watch a run that waits or is in training."""
        active = [run.id for run in self._registry if run.status.active]
        return len({visitor.session for run_id in active for visitor in self._watching.watchers(run_id)})

    @property
    def store_trouble(self) -> str:
        """Why runs cannot be kept on disk now, or an empty text; they are in memory meanwhile."""
        return self._registry.saver.trouble if self._registry.saver else ""

    def load(self) -> ServerLoad:
        """How busy this server is; the figures of workers come a moment after the first call."""
        self._dispatcher.ask_for_workers()
        waits = [wait for _, wait in self._registry.places().values()]
        return ServerLoad(
            started=self._started,
            workers=self._dispatcher.workers,
            waiting=len(waits),
            training=sum(run.training for run in self._registry),
            longest_wait=waits[-1] if waits else None,
            disk_bytes=self._registry.saver.disk_bytes if self._registry.saver else 0,
            most_disk_bytes=self._most_disk_bytes,
            trouble=self._dispatcher.trouble,
            store_trouble=self.store_trouble,
        )

    def pause(self, run_id: str, asker: Visitor = NOBODY) -> str:
        """Pause a run, to go on later: after its present epoch, or within it if it is far from over.

        Args:
            run_id: The run.
            asker: Who wants that.

        Returns:
            The id of the paused run: of this one, or, if it is not the asker's alone, of a copy as of its last
            checkpoint, which is the asker's.

        Raises:
            RunError: There is no such run, or it is still being loaded.
        """
        run = self._registry.find(run_id)
        with self._registry.lock:
            if run.status.active and not self._may_end(run, asker):
                return self._askers.copy(run, asker).id
            if run.elsewhere:
                self._askers.wish(run, asker, Status.PAUSED, Sentence("Pausing after this epoch"))
            elif run.queued:
                self._registry.rest(run)
            elif run.training and run.asked in (None, Status.QUEUED):
                moving = Sentence("Pausing after this epoch")
                message = moving if run.view.moving else Sentence("Pausing as soon as its worker is ready")
                self._dispatcher.ask_to_end(run, Status.PAUSED, message)
            return run.id

    def stop(self, run_id: str, asker: Visitor = NOBODY) -> str:
        """End a run as `pause` does, or at once if it is paused; what it has learned is kept and evaluated.

        Args:
            run_id: The run.
            asker: Who wants that.

        Returns:
            The id of the run that ends: of this one, or of a copy, as with `pause`.

        Raises:
            RunError: There is no such run, or it is still being loaded.
        """
        run = self._registry.find(run_id)
        with self._registry.lock:
            if (run.status.active or run.status is Status.PAUSED) and not self._may_end(run, asker):
                run = self._askers.copy(run, asker)
            if run.elsewhere:
                self._askers.wish(run, asker, Status.STOPPED, Sentence("Stopping after this epoch"))
            elif run.status in (Status.QUEUED, Status.PAUSED):
                self._registry.end(run)
            elif run.training and run.asked is not Status.STOPPED:
                moving = Sentence("Stopping after this epoch")
                message = moving if run.view.moving else Sentence("Stopping as soon as its worker is ready")
                self._dispatcher.ask_to_end(run, Status.STOPPED, message)
            return run.id

    def leave(self, run_id: str, asker: Visitor) -> bool:
        """Stop watching a run, and end it if it is in training and belongs to nobody else.

        Returns:
            Whether it belongs to nobody else.

        Raises:
            RunError: There is no such run.
        """
        try:
            run = self._registry.find(run_id)
        except RunLoading:
            return True  # A run that was never shown has nothing to stop.
        with self._registry.lock:
            if not self._may_end(run, asker):
                self._askers.leave(run, asker)
                return False
            self._watching.remove(asker, run_id)
            if run.status.active:
                self.stop(run_id, asker)
            return True

    def resume(
        self, run_id: str, *, epochs: int | None = None, only: int | None = None, asker: Visitor = NOBODY
    ) -> str:
        """Go on with a run that was paused, stopped or failed, or train one that is over for more epochs.

        A run that is done, or somebody else's, stays as it is, because others may use it; a copy of it goes on.

        Args:
            run_id: The run.
            epochs: How many epochs it is to have in all; None for as many as planned.
            only: Train so many epochs more, then pause; a run that is over becomes that much longer.
            asker: Who asks, as with `submit`.

        Returns:
            The id of the run that goes on.

        Raises:
            ExperimentError: So many epochs are not allowed.
            RunError: There is no such run, it is still being loaded or in training already, it has no epochs left, or
                too many wait.
        """
        if only is not None:
            validation.whole_number("only", only, 1, MOST_EPOCHS)
        run = self._registry.find(run_id)
        with self._registry.lock:
            if run.status.active:
                raise RunError("this run is waiting or in training already")
            experiment = _prolonged(run, epochs, only)
            if why := self.refusal(experiment, only or experiment.training.epochs - run.epochs):
                raise RunError(why)
            self._askers.refuse_more(asker)
            if run.status is Status.DONE or not run.is_own(asker):
                run = self._askers.copy(run, asker)
            run.join(asker)
            run.expected = cost_estimate.expected_seconds(experiment)
            run.until = None if only is None else run.epochs + only
            run.update(experiment=experiment, report=None, lost=False)
            self._askers.begin(run, asker)
        self._dispatcher.dispatch()
        return run.id

    def change(self, run_id: str, values: Mapping[str, Any], asker: Visitor = NOBODY) -> str:
        """Change settings of training, from the first epoch that has not begun.

        The run's experiment keeps the changes in `training.changes`, so training it from the start ends the same.

        Args:
            run_id: The run.
            values: Settings in `adder.experiment.training.CHANGEABLE`, by name.
            asker: Who wants that.

        Returns:
            The id of the run that changes: of this one, or, if it is not the asker's alone, of a copy, which goes on
            as this one would.

        Raises:
            ExperimentError: A value is not allowed.
            RunError: There is no such run, it is still being loaded, it has no epoch left, it would cost too much, or
                the asker has too many runs for a copy.
        """
        run = self._registry.find(run_id)
        with self._registry.lock:
            self._registry.require(run)
            experiment, wanted = run.view.experiment, {**run.view.wanted, **values}
            epoch = max(run.next_epoch, run.epochs + 1)
            if run.status is Status.DONE or epoch > experiment.training.epochs:
                raise RunError("this run has no epoch left in which anything could change")
            changed = experiment.changed(epoch, wanted)
            if changed == experiment and not run.view.wanted:
                return run.id
            if why := self.refusal(changed, experiment.training.epochs - run.epochs):
                raise RunError(why)
            goes_on = run.status.active
            if run.elsewhere or not self._may_end(run, asker):
                if goes_on:
                    self._askers.refuse_more(asker)
                run = self._askers.copy(run, asker)
            run.update(wanted=wanted)
            if run.training:
                self._dispatcher.ask_to_change(run)
                return run.id
            run.change()
            self._registry.changed(run)
            if goes_on and not run.active:
                self._askers.begin(run, asker)
        self._dispatcher.dispatch()
        return run.id

    def solver(self, run_id: str) -> Solver | None:
        """The run's network as of its latest checkpoint, or None before the first and while the run is loaded.

        Raises:
            RunError: There is no such run.
        """
        try:
            return self._registry.solver(self._registry.find(run_id))
        except RunLoading:
            return None

    def snapshot(self, run_id: str, epoch: int) -> Solver | None:
        """The run's network as it was after one of `RunView.snapshots`; None for others and while the run is loaded.

        Raises:
            RunError: There is no such run.
        """
        try:
            snapshots = self._registry.find(run_id).snapshots
        except RunLoading:
            return None
        return None if snapshots is None else snapshots.solver(epoch)

    def keras_file(self, solver: Solver) -> bytes | None:
        """A network as a `.keras` file; None while a worker makes it.

        Raises:
            RunError: The file could not be made. Asking again tries again.
        """
        return self._keras_files.get(solver)

    def keras_file_ready(self, solver: Solver) -> bool:
        """Whether `keras_file` has the file by now, or can say why there is none."""
        return self._keras_files.ready(solver)

    def close(self) -> None:
        """End the engine and all runs with it; a store keeps them as paused."""
        self._dispatcher.close()
        self._registry.close()

    def _may_end(self, run: Run, asker: Visitor) -> bool:
        """Whether a run is this asker's alone; if another process trains it, the store has to say so."""
        if not run.elsewhere:
            return run.is_own_alone(asker)
        stored = self._registry.stored(run.id)
        return stored is not None and stored.owners == (asker.person,)

    def _grant(self, run: Run, status: Status) -> None:
        """Pause or end a run, as its owner has wished at another process."""
        if status is Status.STOPPED:
            self.stop(run.id)
        elif run.status.active:
            self.pause(run.id)


def checked_settings(scheduler: str | None = None) -> ServerSettings:
    """All settings of this server, read now so that none is refused later.

    Args:
        scheduler: The address of a cluster, in place of `ADDER_SCHEDULER`.

    Raises:
        ExperimentError: One of them has a wrong value.
    """
    settings = server_settings()
    if (scheduler or settings.scheduler or "").startswith("tls://"):
        refuse_without_certificates()
    return settings


def _refuse_large(experiment: Experiment) -> None:
    size = file_bytes(experiment)
    if size > MOST_RUN_BYTES:
        raise RunError(
            "{weights} take {size:,.0f} MB of the server's disk, and a run may take {most:,.0f}: up to {fitting:,} fit",
            weights=counted("{n:,} weight", "{n:,} weights", n=experiment.weights),
            size=size / 1e6,
            most=MOST_RUN_BYTES / 1e6,
            fitting=experiment.weights * MOST_RUN_BYTES // size,
        )


def _prolonged(run: Run, epochs: int | None, only: int | None) -> Experiment:
    """The experiment of a run that is resumed: with more epochs and no target if it is to train past its end.

    Raises:
        ExperimentError: So many epochs are not allowed.
        RunError: The run is done and is not to become longer.
    """
    experiment = run.view.experiment
    planned = experiment.training.epochs
    over = run.status is Status.DONE or run.epochs >= planned
    wanted = max(epochs or 0, run.epochs + only if only is not None and over else 0)
    if wanted > (run.epochs if over and only is not None else planned):
        return experiment.replaced({"training.epochs": max(wanted, planned), "training.target": None})
    if run.status is Status.DONE:
        raise RunError("this run is done; it can only go on for more epochs than it had")
    return experiment
