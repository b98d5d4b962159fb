"""Answers and evaluations in words, as the command line prints them: in English, a line each."""

from __future__ import annotations

from collections.abc import Iterator

from adder.base.figures import figure
from adder.solvers.results import Answer, Memory, Report

_MOST_KINDS_SHOWN = 24  # --json lists them all.


def of_answer(answer: Answer) -> str:
    """A network's answer, whether it is right, and how sure the network was."""
    if answer.expected is None:
        verdict = "nobody knows the true answer"
    else:
        verdict = "right" if answer.correct else f"wrong: it is {answer.expected_unpadded}"
    doubt = f", {answer.confidence:.1%} sure" if answer.characters else ""
    doubt = f", before rounding {figure(answer.number, 3)}" if answer.number is not None else doubt
    return f"{answer.question} = {answer.unpadded or 'nothing'} ({verdict}{doubt})"


def report_lines(report: Report) -> Iterator[str]:
    """Everything that a report tells."""
    yield summary(report)
    low, high = report.exact_match_interval
    yield f"exact match lies between {low:.2%} and {high:.2%} with a confidence of 95 %"
    details = [f"characters {report.unpadded_accuracy:.2%} without padding"] if report.by_position else []
    if report.mean_absolute_error is not None:  # It is None where no answer is a number.
        details.append(f"mean absolute error {figure(report.mean_absolute_error, 3)}")
        details.append(f"answers that spell no number {report.malformed:.2%}")
    if details:
        yield ", ".join(details)
    if report.trained_exact_match is not None:
        yield f"on as many questions from the side that was trained on: exact match {report.trained_exact_match:.2%}"
    yield from first_lines(report)
    yield (
        f"Always writing the commonest characters would get {report.guess_character_accuracy:.1%} of characters and "
        f"{report.guess_exact_match:.1%} of answers right."
    )
    for title, tallies in (
        ("by position from the left", report.by_position),
        ("by question length", report.by_length),
        ("by carries", report.by_carries),
        ("by number of terms", report.by_terms),
        ("by operator", report.by_operator),
    ):
        if len(tallies) > _MOST_KINDS_SHOWN:
            worst = min(tallies, key=lambda each: each.share)
            right = f"{worst.share:.1%} of {worst.asked:,}"
            yield f"{title}: the worst of {len(tallies)} is {worst.kind}, with {right} right"
        elif len(tallies) > 1:
            yield f"{title}: " + ", ".join(f"{each.kind}: {each.share:.1%} of {each.asked:,}" for each in tallies)
    if report.calibration:
        sure = (f"{each.confidence:.0%} sure: {each.share:.1%} of {each.asked:,}" for each in report.calibration)
        yield "by confidence: " + ", ".join(sure)


def memory_lines(memory: Memory | None, n: int) -> Iterator[str]:
    """What was memorised, when `n` questions of each kind were to be asked; nothing if nobody looked."""
    if memory is None:
        return
    seen, distinct = memory.seen, memory.distinct_questions
    yield f"trained on {seen:,} of {plural(distinct, 'distinct question')} ({seen / distinct:.2%})"
    parts = []
    if memory.seen_exact_match is not None:
        parts.append(f"{memory.seen_exact_match:.2%} on {min(n, seen):,} of those it was trained on")
    if memory.held_out_exact_match is not None:
        parts.append(f"{memory.held_out_exact_match:.2%} on held-out ones")
    elif memory.unseen_exact_match is not None:
        fresh = plural(memory.unseen, "fresh one")
        parts.append(f"{memory.unseen_exact_match:.2%} on {fresh} that it was not trained on")
    else:
        parts.append("none of the fresh ones is one that it was not trained on")
    yield "exact match " + ", ".join(parts)


def summary(report: Report) -> str:
    """The figures of a report that matter most."""
    error = "no number to compare" if report.rmse is None else f"RMSE {figure(report.rmse, 3)}"
    kind = {"held_out": "held-out", "fresh": "fresh", "given": "given"}[report.split]
    characters = f"characters {report.character_accuracy:.2%}, " if report.by_position else ""
    asked = plural(report.questions, f"{kind} question")
    return f"on {asked}: exact match {report.exact_match:.2%}, {characters}{error}"


def first_lines(report: Report) -> Iterator[str]:
    """How many of the questions that people ask first are right, where the task has such questions."""
    if report.first_exact_match is not None and report.first_exact_match_interval is not None:
        low, high = report.first_exact_match_interval
        yield (
            f"on {report.first_questions:,} that people ask first, such as round numbers and repeated digits: "
            f"exact match {report.first_exact_match:.2%} ({low:.2%} to {high:.2%})"
        )


def plural(number: int, noun: str) -> str:
    """A number of something, as in 1 epoch and 2 epochs."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
