"""Whose a run is, who watches it, and what one visitor may ask of all."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from adder import RunError
from adder.runs.run import Run
from adder.runs.visitors import NOBODY, Visit, Visitor, Watching
from adder.runs.waiting_line import (
    MOST_BEGUN_PER_ADDRESS,
    MOST_BEGUN_PER_PERSON,
    MOST_PER_ADDRESS,
    MOST_PER_PERSON,
    MOST_QUEUED,
    refuse_haste,
    refuse_more,
)
from tests.experiments import TINY_LINEAR
from tests.runs.conftest import Serve
from tests.runs.fake_engine import FakeCluster
from tests.runs.support import ANN, BOB, CLEO, SIX, Served, assert_trained, eventually, over, until, with_seed


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_an_owner_ends_a_run_whoever_watches_it(served: Served, verb: str) -> None:
    service = served.service
    run = service.submit(SIX, asker=ANN)
    served.train(run, 2)
    service.watch(BOB, [run])
    assert service.view(run).watchers == 2
    assert getattr(service, verb)(run, ANN) == run
    served.asked(run)
    served.cluster.step(run)
    assert until(service, run, over).status == {"pause": "paused", "stop": "stopped"}[verb]


@pytest.mark.parametrize("verb", ["pause", "stop"])
@pytest.mark.parametrize("there", [True, False], ids=["while the owner is there", "while the owner is away"])
def test_who_only_has_a_link_takes_a_copy_and_the_run_goes_on(served: Served, verb: str, there: bool) -> None:
    service = served.service
    run = service.submit(SIX, asker=ANN)
    served.train(run, 3)
    service.watch(BOB, [run])
    if not there:
        served.connected.remove(ANN.session)
    own = getattr(service, verb)(run, BOB)
    view = until(service, own, lambda view: verb == "pause" or view.report is not None)
    assert own != run
    assert (view.status, view.experiment) == ({"pause": "paused", "stop": "stopped"}[verb], SIX)
    assert view.events[-1].examples
    assert_trained(service.solver(own), SIX, 3)
    assert service.view(run).status == "running"
    assert not service.leave(run, BOB)
    assert service.view(run).status == "running"
    served.train(run, 3)
    assert until(service, run, over).status == "done"
    assert service.resume(own, asker=BOB) == own, "the copy is theirs"
    served.train(own, 3)
    until(service, own, over)
    assert_trained(service.solver(own), SIX, 6)


def test_who_changes_a_run_of_others_has_a_copy_that_goes_on(served: Served) -> None:
    service = served.service
    run = service.submit(SIX, asker=ANN)
    served.train(run, 3)
    service.watch(BOB, [run])
    own = service.change(run, {"learning_rate": 0.002}, BOB)
    assert own != run
    assert (service.view(own).status, len(service.view(own).events)) == ("queued", 3)
    assert (service.view(run).status, service.view(run).wanted) == ("running", {})
    served.train(run, 3)
    until(service, run, over)
    assert_trained(service.solver(run), SIX, 6)
    served.train(own, 3)
    until(service, own, over)
    assert_trained(service.solver(own), SIX.replaced({"training.changes": "4:learning_rate=0.002"}), 6)


def test_a_person_is_known_again_in_another_tab(served: Served) -> None:
    run = served.service.submit(SIX, asker=ANN)
    served.train(run)
    served.connected.remove(ANN.session)  # F5 opens the page again on a new connection.
    again = Visitor("another tab", "ann")
    served.connected.add(again.session)
    served.service.watch(again, [run])
    assert served.service.stop(run, again) == run
    served.asked(run)


def test_who_asked_for_the_same_run_leaves_it_to_the_others(served: Served) -> None:
    service = served.service
    run = service.submit(SIX, asker=ANN)
    assert service.submit(SIX, asker=BOB) == service.submit(SIX, asker=CLEO) == run
    served.train(run, 3)
    own = service.stop(run, ANN)
    assert own != run
    assert_trained(service.solver(own), SIX, 3)
    assert not service.leave(run, BOB)
    assert service.view(run).status == "running"
    assert service.pause(run, ANN) != run, "it is not theirs any more"
    assert service.leave(run, CLEO), "the last one's word counts"
    served.asked(run)
    served.cluster.step(run)
    assert until(service, run, over).status == "stopped"


def test_a_run_that_rests_is_continued_by_its_owner_and_copied_by_others(served: Served) -> None:
    service = served.service
    run = service.submit(SIX, only=2, asker=ANN)
    served.train(run, 2)
    until(service, run, over)
    copy = service.resume(run, asker=BOB)
    assert copy != run
    assert service.view(run).status == "paused"
    served.train(copy, 4)
    assert service.stop(run, BOB) != run
    assert service.resume(run, asker=ANN) == run
    served.train(run, 4)
    for each in (run, copy):
        until(service, each, over)
        assert_trained(service.solver(each), SIX, 6)


def test_a_run_has_its_owner_after_a_restart(serve: Serve) -> None:
    first = serve(stored=True)
    run = first.service.submit(SIX, asker=ANN)
    first.train(run, 2)
    first.service.close()
    second = serve(stored=True).service
    until(second, run, over)
    assert second.stop(run, BOB) != run
    assert second.stop(run, ANN) == run


def test_a_run_of_a_tab_without_a_cookie_is_anybodys_once_nobody_can_know_its_owner(serve: Serve) -> None:
    first, tab = serve(stored=True), Visitor("a tab")
    run = first.service.submit(SIX, asker=tab)
    first.train(run, 2)
    assert first.service.stop(run, BOB) != run
    first.service.close()
    second = serve(stored=True).service
    until(second, run, over)
    assert second.resume(run, asker=BOB) == run


def test_a_crowd_that_has_left_makes_room_at_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    service = served.service
    crowd = [Visitor(f"tab {n}", f"browser {n}") for n in range(MOST_QUEUED + 2)]
    served.connected |= {each.session for each in crowd}
    first = service.submit(SIX, asker=crowd[0])
    served.train(first, 2)
    waiting = [service.submit(with_seed(SIX, 2 + n), asker=each) for n, each in enumerate(crowd[1:-1])]
    full = f"{MOST_QUEUED} runs are waiting already; please try again in a few minutes"
    with pytest.raises(RunError, match=re.escape(full)):
        service.submit(with_seed(SIX, 500), asker=crowd[-1])
    served.connected -= {each.session for each in crowd}
    own = service.submit(with_seed(SIX, 501), asker=ANN)
    assert service.view(own).place == 1
    rested = service.view(waiting[-1])
    assert (rested.status, rested.message) == ("paused", "Nobody watched it, and many others wait")
    monkeypatch.setattr("adder.runs.run.RELOAD_SECONDS", 0.0)
    served.asked(first)  # It must pause before its turn is over.
    served.cluster.step(first)
    served.train(own, 6)
    assert until(service, own, over).status == "done"
    served.attempt(waiting[0])  # Then the others go on.


def test_a_run_that_nobody_watches_any_more_pauses_after_a_while(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = served.service
    run, mine, other = (service.submit(with_seed(SIX, seed), asker=each) for seed, each in enumerate((ANN, BOB, ANN)))
    served.train(run, 2)
    monkeypatch.setattr("adder.runs.run.UNWATCHED_SECONDS", 0.0)
    service.watch(BOB, [mine, other])
    served.connected.remove(ANN.session)
    served.asked(run)
    served.cluster.step(run)
    view = until(service, run, over)
    assert (view.status, view.message) == ("paused", "Nobody watched it any more")
    assert len(view.events) == 3
    served.train(mine)
    assert service.view(other).status == "queued", "somebody else has it before them"
    service.watch(BOB, [mine])
    assert until(service, other, over).message == "Nobody watched it any more"
    assert service.view(mine).active


def test_a_session_watches_what_it_has_before_it_for_as_long_as_it_is_connected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected = {"one", "two"}
    watching = Watching(connected.__contains__)
    one, two = Visitor("one", "ann"), Visitor("two", "ann")
    watching.put(one, ["a", "b"])
    watching.add(two, "a")
    assert watching.watchers("a") == [one, two]
    assert watching.watched("b")
    watching.put(one, ["b", "c"])
    watching.remove(two, "a")
    assert [run for run in "abc" if watching.watched(run)] == ["b", "c"]
    connected.remove("one")
    assert not watching.watched("b")
    watching.forget_the_gone()
    connected.add("one")  # It was a phone that was asleep.
    assert watching.watched("b")
    connected.remove("one")
    monkeypatch.setattr("adder.runs.visitors.FORGET_SECONDS", -1.0)
    watching.forget_the_gone()
    connected.add("one")
    assert not watching.watched("b")
    watching.put(NOBODY, ["a"])
    assert not watching.watched("a")
    assert Watching(None).watched("a"), "where there are no sessions, as in a sweep"


Limit = Callable[[list[Visitor], Visitor], None]


def ask_for_one_more(active: list[Visitor], asker: Visitor) -> None:
    refuse_more([Run.new(TINY_LINEAR, asker=each) for each in active], asker)


def begin_one_more(begun: list[Visitor], asker: Visitor) -> None:
    refuse_haste(begun, asker)


@pytest.mark.parametrize(
    ("limit", "most", "most_of_an_address"),
    [
        (ask_for_one_more, MOST_PER_PERSON, MOST_PER_ADDRESS),
        (begin_one_more, MOST_BEGUN_PER_PERSON, MOST_BEGUN_PER_ADDRESS),
    ],
)
def test_one_person_and_one_address_have_limits_of_their_own(limit: Limit, most: int, most_of_an_address: int) -> None:
    tabs = [Visitor(f"tab {n}", "ann", "203.0.113.7") for n in range(most + 1)]
    limit(tabs[: most - 1], tabs[-1])
    with pytest.raises(RunError, match=f"you have .*{most} run"):
        limit(tabs[:most], tabs[-1])
    limit(tabs[:most], Visitor("tab", "bob", "203.0.113.7"))
    limit(tabs[:most] * 10, Visitor("tab", "bob", "203.0.113.8"))
    for browser in ("browser {n}", ""):  # Some browsers keep no cookie.
        crowd = [Visitor(f"tab {n}", browser.format(n=n), "203.0.113.7") for n in range(most_of_an_address + 1)]
        limit(crowd[: most_of_an_address - 1], crowd[-1])
        with pytest.raises(RunError, match=f"{most_of_an_address} runs of your network"):
            limit(crowd[:most_of_an_address], crowd[-1])
    limit([NOBODY] * 99, NOBODY)
    limit([Visitor(f"tab {n}", f"browser {n}") for n in range(99)], Visitor("tab", "bob"))
    crowd = [Visitor(f"tab {n}", f"browser {n}", "a proxy", crowded=True) for n in range(99)]
    limit(crowd, Visitor("tab", "bob", "a proxy", crowded=True))


def test_runs_that_are_begun_are_counted_for_a_minute(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.runs.waiting_line.MOST_BEGUN_PER_PERSON", 3)
    service = served.service
    for seed in (1, 2, 3):
        service.stop(service.submit(with_seed(SIX, seed), asker=ANN), ANN)
    with pytest.raises(RunError, match="you have begun 3 runs within a minute; please wait a moment"):
        service.submit(with_seed(SIX, 4), asker=ANN)
    run = service.submit(with_seed(SIX, 4), asker=BOB)
    with pytest.raises(RunError, match="you have begun 3 runs"):
        service.stop(run, ANN)  # This would make a copy.
    monkeypatch.setattr("adder.runs.askers.BEGUN_SECONDS", 0.0)
    service.submit(with_seed(SIX, 5), asker=ANN)


def two_apps(serve: Serve) -> tuple[Served, Served]:
    """Two apps on one store and one cluster."""
    cluster = FakeCluster(workers=2)
    return serve(cluster, stored=True, alone=False), serve(cluster, stored=True, alone=False)


def seen_by(other: Served, run: str) -> None:
    """Wait until an app knows of a run that another one trains."""
    eventually(lambda: run in {record.id for record in other.service.runs()})
    until(other.service, run, lambda view: view.status == "running")


@pytest.mark.parametrize("verb", ["pause", "stop", "leave"])
def test_an_owner_ends_a_run_that_another_app_trains_and_nobody_else_does(serve: Serve, verb: str) -> None:
    one, other = two_apps(serve)
    run = one.service.submit(SIX, asker=ANN)
    one.train(run, 2)
    seen_by(other, run)
    assert getattr(other.service, verb)(run, BOB) not in (run, True)
    other.service.watch(BOB, [run])
    assert getattr(other.service, verb)(run, ANN) in (run, True)
    one.asked(run)
    one.cluster.step(run)
    status = {"pause": "paused", "stop": "stopped", "leave": "stopped"}[verb]
    for each in (one, other):
        assert until(each.service, run, over).status == status


def test_who_asks_for_a_run_that_another_app_trains_has_a_share_in_it(serve: Serve) -> None:
    one, other = two_apps(serve)
    run = one.service.submit(SIX, asker=ANN)
    one.train(run, 2)
    seen_by(other, run)
    assert other.service.submit(SIX, asker=BOB) == run
    registered = one.service._registry.find(run)
    eventually(lambda: registered.owners == ("ann", "bob"))
    assert one.service.stop(run, ANN) != run
    told = other.service._registry.stored
    eventually(lambda: (stored := told(run)) is not None and stored.owners == ("bob",))
    assert other.service.stop(run, BOB) == run
    one.asked(run)


def test_a_wish_that_comes_late_ends_no_run_that_has_another_owner_by_now(served: Served) -> None:
    run = served.service.submit(SIX, asker=ANN)
    served.service.submit(SIX, asker=BOB)
    served.attempt(run)
    assert served.service._askers.on_visit(Visit(run, ANN.person, "stopped"))
    registered = served.service._registry.find(run)
    assert (registered.owners, registered.asked) == ((BOB.person,), None)


def test_a_run_that_somebody_watches_at_another_app_goes_on(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_apps(serve)
    run = one.service.submit(SIX, asker=ANN)
    one.train(run, 2)
    seen_by(other, run)
    other.service.watch(BOB, [run])
    eventually(lambda: one.service.view(run).watchers == 2)
    monkeypatch.setattr("adder.runs.run.UNWATCHED_SECONDS", 0.0)
    one.connected.remove(ANN.session)
    one.cluster.step(run)
    assert one.service.view(run).watchers == 1
    other.connected.remove(BOB.session)
    monkeypatch.setattr("adder.runs.visitors.ELSEWHERE_SECONDS", 0.0)
    one.asked(run)
    one.cluster.step(run)
    assert until(one.service, run, over).message == "Nobody watched it any more"
