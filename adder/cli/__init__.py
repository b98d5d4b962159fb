"""The command line: the verbs of the package, for people and for programs.

Exit status: 0 when done, 2 for bad input with one sentence on standard error, 130 when interrupted by Ctrl+C and 143
by SIGTERM. With `--json` every verb prints one JSON object a line and nothing else.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from threadpoolctl import threadpool_limits

import adder
from adder import pocket
from adder.base.errors import AdderError, ExperimentError, shorten
from adder.base.shutdown import Terminated
from adder.base.thousands import whole_number
from adder.cli.sweep import train_many
from adder.cli.train import train_network
from adder.cli.verbs import (
    ask_questions,
    describe,
    list_presets,
    list_settings,
    measure,
    open_page,
    run_benchmarks,
    write_page,
    write_script,
)
from adder.tasks.draws import DRAWS

_MOST_SETTINGS = 100  # Argparse takes seconds for thousands.
_MOST_CHARACTERS_OF_AN_ERROR = 200  # An unknown option may be of any length.


def main(arguments: Sequence[str] | None = None, program: str = "adder") -> int:
    """Run one command and return its exit status."""
    threadpool_limits(1, user_api="blas")  # The networks are so small that more threads would only wait.
    given = sys.argv[1:] if arguments is None else arguments
    parser = _parser(program)
    try:
        options, others = parser.parse_known_args(_with_questions_kept(given))
        if others and options.verb is not open_page:
            parser.error(f"unrecognized arguments: {' '.join(others)}")
        options.others = others
        options.verb(options)
    except AdderError as error:
        print(error, file=sys.stderr)
        return 2
    except Terminated:
        return 143
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # The reader, such as `head`, needs no more.
        sys.stderr.close()
    return 0


def _with_questions_kept(arguments: Sequence[str]) -> list[str]:
    """The arguments, with a space before those that argparse would wrongly take for options.

    A number may be negative. Only `-h` and `--words` are options of `ask`, and nothing after `--` is an option.

    >>> _with_questions_kept(["ask", "calculator", "--json", "-(3+4)", "--", "--json", "--"])
    ['ask', 'calculator', '--json', ' -(3+4)', ' --json', ' --']
    """
    asks = list(arguments[:1]) == ["ask"]
    end = list(arguments).index("--") if asks and "--" in arguments else len(arguments)
    no_option = re.compile(r"-[^-h]|-h.|--[^a-z]" if asks else r"-\d")
    before = [f" {each}" if no_option.match(each) else each for each in arguments[:end]]
    return before + [f" {each}" if each.startswith("-") else each for each in arguments[end + 1 :]]


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, like every other error here."""

    def error(self, message: str) -> NoReturn:
        print(f"{shorten(message, _MOST_CHARACTERS_OF_AN_ERROR)}; see {self.prog} --help", file=sys.stderr)
        sys.exit(2)


class _Whole(argparse.Action):
    """Takes a whole number."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *given: Any) -> None:
        try:
            setattr(namespace, self.dest, whole_number(given[0]))
        except ValueError as error:
            raise ExperimentError(f"--{self.dest}", "a whole number", given[0]) from error


class _AppendSetting(argparse.Action):
    """Appends to the settings of a command, up to a limit."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *given: Any) -> None:
        settings = [*getattr(namespace, self.dest), given[0]]
        if len(settings) > _MOST_SETTINGS:
            parser.error(f"a command takes at most {_MOST_SETTINGS} settings")
        setattr(namespace, self.dest, settings)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=program, description="Teach a neural network to add.")
    parser.add_argument("--version", action="version", version=f"adder {adder.__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], None], about: str) -> Callable[..., Any]:
        """Add a verb, and return what adds its arguments."""
        added = verbs.add_parser(name, help=about, description=_in_full(about))
        added.set_defaults(verb=run)
        added.add_argument("--json", action="store_true", help="one JSON object a line")
        return added.add_argument

    verb("presets", list_presets, "list the experiments that ship")

    train = verb("train", train_network, "train a network")
    train("preset", metavar="PRESET", help="a name from `presets`")
    _add_changes(train)
    train("--stop", action=_Whole, metavar="EPOCH", help="stop after this epoch; the run's schedule stays as it is")
    train("--out", metavar="FILE.adder", help="where to save the solver")
    train(
        "--checkpoint",
        metavar="FILE",
        help="where to save how far the run came, also on Ctrl+C; if it exists, the run goes on from there",
    )
    train("--snapshots", metavar="FILE", help="where to save the weights of many epochs, to look back at")

    a_number = {"metavar": "N", "action": _Whole}
    a_solver = {"metavar": "FILE|PRESET", "help": "a saved solver, or the one that ships for a preset"}
    ask = verb("ask", ask_questions, "ask a trained network")
    ask("solver", **a_solver)
    ask("questions", metavar="QUESTION", nargs="+", help="a question, as 12+50; after -- even one such as --json")
    ask("--beam", **a_number, help="follow the N likeliest beginnings, and show the N likeliest answers")

    evaluate = verb("evaluate", measure, "measure a trained network")
    evaluate("solver", **a_solver)
    evaluate("--n", **a_number, help="how many questions to draw (2000)")
    evaluate("--seed", action=_Whole, help="the seed to draw them from (7)")
    evaluate("--digits", **a_number, help="ask longer numbers than were trained on, of N digits each")
    evaluate("--draw", help=f"draw as this says, whatever the task does: {', '.join(DRAWS)}")
    evaluate("--memorised", action="store_true", help="also count the questions that it was trained on")
    evaluate("--questions", metavar="FILE.csv", help="ask these instead: question[,answer] a row")
    _add_heading(evaluate)

    card = verb("card", describe, "describe a trained network in the form of a model card")
    card("solver", **a_solver)

    an_experiment = {"metavar": "FILE|PRESET", "help": "a saved solver, or a name from `presets`"}
    settings = verb("settings", list_settings, "list every setting, or those of one experiment")
    settings("experiment", nargs="?", **an_experiment)
    _add_changes(settings)

    sweep = verb("sweep", train_many, "train many experiments side by side and compare them")
    sweep("file", metavar="FILE", help="a JSON list of presets and settings; lists of values are tried all")
    sweep("--workers", **a_number, help="how many to train at a time (one a core)")
    sweep("--out", metavar="FILE.csv", help="where to save the table, also on Ctrl+C")
    sweep("--resume", action="store_true", help="take from that table what is over, and train the others")

    script = verb("script", write_script, "write an experiment as a Keras script that needs nothing of adder")
    script("experiment", **an_experiment)
    _add_changes(script)

    about = "open the page in a browser; its options, such as --server.port 8502, are those of streamlit run"
    verbs.add_parser("app", help=about, description=_in_full(about)).set_defaults(verb=open_page)

    page = verb("page", write_page, "write a trained network as one web page that needs no server")
    page("solver", **a_solver)
    page("--out", metavar="FILE.html", required=True, help="where to save the page")
    page("--address", metavar="URL", help=f"the adder that its link trains it again in ({pocket.LOCAL})")

    bench = verb("bench", run_benchmarks, "measure adder beside its references (in a checkout of the project)")
    bench("names", metavar="NAME", nargs="*", help="which benchmarks; all of them by default")
    bench("--part", metavar="PART", action="append", help="only this part, of a benchmark that has parts")
    bench("--size", **a_number, help="how many sessions, runs or whatever the parts count")
    return parser


def _add_changes(add: Callable[..., Any]) -> None:
    """Add the options that change an experiment."""
    about_settings = "change a setting, as task.largest=100; `settings` lists them"
    add("--set", metavar="KEY=VALUE", action=_AppendSetting, default=[], help=about_settings)
    about_rules = "train on your own rule instead: question,answer a row (start from seq2seq)"
    add("--rule", metavar="FILE.csv", help=about_rules)
    _add_heading(add)
    add("--seed", help="another seed, for other weights and other questions")


def _add_heading(add: Callable[..., Any]) -> None:
    """Add the option that says what the first row of a list is."""
    add("--heading", choices=("yes", "no"), help="whether the list's first row is a heading; its cells tell by default")


def _in_full(about: str) -> str:
    """What is said of a verb, as a sentence; names in it, such as Keras, stay as they are."""
    return f"{about[0].upper()}{about[1:]}."
