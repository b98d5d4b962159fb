from __future__ import annotations

import itertools

import numpy as np
import pytest

import adder
from adder import preset
from adder.analysis.look_inside import look_inside
from adder.base.language import LANGUAGES
from adder.plots import answer_probabilities, epoch_curves, state_path
from adder.solvers.results import Epoch
from adder.tasks.questions import ALPHABET
from adder.ui.drawing import specification
from tests.experiments import random_solver

ENGLISH = LANGUAGES["en"]


def event(epoch: int, loss: float = 0.5) -> Epoch:
    return Epoch(
        epoch=epoch,
        loss=loss,
        accuracy=0.6,
        check_loss=loss * 2,
        check_accuracy=0.7,
        unpadded_accuracy=0.65,
        exact_match=0.4,
        held_out_exact_match=None,
        seconds=0.1,
        samples=1_000 * epoch,
    )


def test_the_loss_frame_has_a_row_an_epoch_and_series() -> None:
    frame = epoch_curves.loss_frame(ENGLISH, [event(1), event(2)], held_out=False)
    assert frame.to_dict("list") == {
        "x": [1, 1, 2, 2],
        "series": ["training", "new", "training", "new"],
        "value": [0.5, 1.0, 0.5, 1.0],
    }


def test_a_loss_of_zero_still_has_a_place_on_a_logarithmic_scale() -> None:
    assert (epoch_curves.loss_frame(ENGLISH, [event(1, loss=0.0)], held_out=False)["value"] > 0).all()


def test_the_accuracy_frame_holds_the_guess_beside_every_epoch() -> None:
    frame = epoch_curves.accuracy_frame(ENGLISH, [event(1), event(2)], held_out=True, guess=0.25)
    assert frame.loc[frame["series"] == epoch_curves.GUESS, "value"].tolist() == [0.25, 0.25]
    assert set(frame["series"]) == {"training", "never seen", "a lucky guess"}


def test_no_epochs_make_an_empty_frame_with_its_columns() -> None:
    assert list(epoch_curves.loss_frame(ENGLISH, [], held_out=True).columns) == ["x", "series", "value"]


def test_a_chart_spans_the_whole_run_from_the_start() -> None:
    plain = specification(epoch_curves.loss_chart, ENGLISH, True, 30, True)
    assert plain["encoding"]["x"]["scale"]["domain"] == [0, 30]
    marked = specification(epoch_curves.loss_chart, ENGLISH, True, 30, True, (7, 13))["layer"][1]
    assert (marked["mark"]["type"], marked["transform"][1]["calculate"]) == ("rule", "[6, 12]"), "before they begin"


@pytest.mark.parametrize("held_out", [True, False])
def test_a_meaning_has_one_colour_in_every_chart(held_out: bool) -> None:
    colours: dict[str, str] = {}
    for chart in (
        specification(epoch_curves.loss_chart, ENGLISH, held_out, 30, True),
        specification(epoch_curves.accuracy_chart, ENGLISH, held_out, 30),
    ):
        scale = chart["encoding"]["color"]["scale"]
        for name, colour in zip(scale["domain"], scale["range"], strict=True):
            assert colours.setdefault(name, colour) == colour
    assert len(colours) == 3


def test_a_specification_carries_no_data_of_its_own() -> None:
    for chart in (
        specification(answer_probabilities.answer_chart, ENGLISH, ALPHABET),
        specification(epoch_curves.loss_chart, ENGLISH, True, 30, True),
        specification(epoch_curves.accuracy_chart, ENGLISH, True, 30),
    ):
        assert not {"data", "datasets"} & set(chart)
        assert all("data" not in layer for layer in chart.get("layer", []))


def test_series_differ_by_more_than_colour() -> None:
    dashes = specification(epoch_curves.accuracy_chart, ENGLISH, False, 30)["encoding"]["strokeDash"]["scale"]["range"]
    assert len({tuple(dash) for dash in dashes}) > 1


def test_the_answer_frame_marks_what_was_written_and_the_truth_it_missed() -> None:
    solver = adder.shipped_solver("seq2seq-100")
    answer = next(answer for answer in map(solver.solve, ("12+50", "77+48", "91+19", "83+38")) if not answer.correct)
    frame = answer_probabilities.answer_frame(ENGLISH, answer, preset("seq2seq-100").task.alphabet)
    assert answer.expected is not None
    assert len(frame) == 12 * len(answer.text)
    for place, (written, truth) in enumerate(zip(answer.text, answer.expected, strict=True), start=1):
        marks = frame[frame["place"] == place].set_index("symbol")["sign"]
        shown = written.replace(" ", "␣"), truth.replace(" ", "␣")
        assert marks[shown[0]] == ("✓" if written == truth else "✗")
        if written != truth:
            assert marks[shown[1]] == "○"


@pytest.mark.parametrize(("name", "question"), [("columns", "57900+68123"), ("two-digits", "57+68")])
def test_no_label_of_a_path_covers_another_on_a_phone(name: str, question: str) -> None:
    inside = look_inside(adder.shipped_solver(name), question)
    frame = state_path.path_frame(inside, inside.layers[0].name)
    across, down = ((frame[axis] - frame[axis].min()) / np.ptp(frame[axis]) for axis in "xy")
    labels = frame.loc[frame["character"] != "", "character"]
    assert len(labels) > 2
    for one, other in itertools.combinations(labels.index, 2):
        wide = 9 * (len(labels[one]) + len(labels[other])) / 2  # The picture is 260 pixels wide and 300 high.
        assert 260 * abs(across[one] - across[other]) > wide or 300 * abs(down[one] - down[other]) > 18


def test_probabilities_of_a_character_sum_to_one() -> None:
    answer = adder.shipped_solver("seq2seq").solve("3+10")
    frame = answer_probabilities.answer_frame(ENGLISH, answer, preset("seq2seq").task.alphabet)
    assert frame.groupby("place")["probability"].sum().tolist() == pytest.approx([1, 1], abs=1e-5)


def test_the_answer_to_an_unlisted_question_is_marked_neither_right_nor_wrong() -> None:
    rule = adder.Rule((("ab", "ba"), ("ba", "ab")))
    solver = random_solver(adder.Experiment(task=rule))
    frame = answer_probabilities.answer_frame(ENGLISH, solver.solve("aa"), rule.alphabet)
    assert sorted(set(frame["sign"])) == ["", "●"]
