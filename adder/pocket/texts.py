"""The texts of a network's page, by the names that its script has for them."""

from __future__ import annotations

from adder.base.messages import marked

TEXTS = {
    "ask": marked("Ask it a question"),
    "chances": marked("How sure it is of each character"),
    "place": marked("Place"),
    "first": marked("Likeliest"),
    "second": marked("Second"),
    "third": marked("Third"),
    "quiz": marked("Play against it"),
    "invitation": marked("{most} questions, for you and for the network. Who gets more right?"),
    "round": marked("{n} of {all}: {question}"),
    "start": marked("Start"),
    "answer": marked("Answer"),
    "next": marked("Next question"),
    "again_quiz": marked("Play again"),
    "truth": marked("{question} is {truth}"),
    "you": marked("You: {answer}"),
    "network": marked("Network: {answer}"),
    "score": marked("You {yours}, network {theirs} of {all}"),
    "about": marked("About this network"),
    "again": marked("Train it again in adder"),
    "again_here": marked("Train it again in adder, where it runs on this computer"),
    "command": marked("On the command line:"),
    "private": marked("This page needs no network. Nothing that you type leaves it."),
    "nothing": marked("nothing"),
    "right": marked("✓ right"),
    "wrong": marked("✗ wrong, it is {truth}"),
    "unknown": marked("not in the list, so nobody knows"),
    "sure": marked("{share} sure"),
    "before": marked("it said {number} before rounding"),
    "end": marked("."),
    "trouble": marked("This page could not start; a newer browser may open it."),
}
