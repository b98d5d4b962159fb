"""The quiz: the page asks, a person and a network answer, and the truth stands beside both.

The session keeps one `Game`; the address holds the few texts that it is replayed from, so a reload, a link or a phone
that slept finds it again.
"""

from __future__ import annotations

import secrets
import time

import streamlit as st

from adder.base.errors import AdderError, QuizError
from adder.base.messages import marked
from adder.query import decoded
from adder.quiz.difficulty import LEVELS
from adder.quiz.game import MOST_SECONDS, Game, Quiz
from adder.quiz.score import RECENT_TURNS
from adder.quiz.turn import Turn
from adder.quiz.written import TEXTS
from adder.runs.registry import RunLoading
from adder.ui import address, header, keyboard_focus, question_box, run_service, solver_choice
from adder.ui.formats import duration, percent, printed, visible
from adder.ui.hiding import shows
from adder.ui.language import say, session_language
from adder.ui.markdown import plain, sentence
from adder.ui.streamlit_internals import query_string

TITLE = marked("Quiz")
ICON = ":material/sports_esports:"
PATH = "quiz"

OPPONENT = "opponent"
_FIRST_OPPONENT = "two-digits@8"
_LENGTHS = (5, 10, 20, 50)
_FIRST_LENGTH = 10
_LEVELS = {
    0: marked("Follows you"),
    1: marked("Very easy"),
    2: marked("Easy"),
    3: marked("Medium"),
    4: marked("Hard"),
    5: marked("Very hard"),
}
_BOX = "quiz_answer"
_LONG_ANSWER = 6  # characters; three longer answers do not fit side by side on a phone

_GAME = "quiz_game"
_REFUSAL = "quiz_refusal"
_ASKED = "quiz_asked"


def show() -> None:
    """Draw the page."""
    trouble = _load_address()
    header.show(say("Quiz"))
    if trouble:
        st.warning(trouble, icon=":material/link_off:")
    if _GAME not in st.session_state:
        run_service.draw_again_once(_is_loaded)
        return
    game = _game()
    if game is None:
        _start_screen()
    elif game.over:
        _summary(game)
    else:
        _play(game)
    address.write({} if game is None else {OPPONENT: st.session_state[OPPONENT]} | game.to_dict())


def _game() -> Game | None:
    game: Game | None = st.session_state.get(_GAME)
    return game


def _load_address() -> str:
    """Take the game from the address where a session begins; returns what is wrong with it, or an empty text."""
    if _GAME in st.session_state:
        return ""
    st.session_state[_GAME] = None
    given = {key: value for key, value in decoded(query_string()) if key in TEXTS}
    opponent = st.query_params.get(OPPONENT)
    if not given and opponent is None:
        return ""
    try:
        opponent = solver_choice.aged(opponent or _FIRST_OPPONENT)
        _begin(opponent, Game.from_dict(solver_choice.solver(opponent), given))
    except RunLoading as error:
        del st.session_state[_GAME]  # the address is read again once the run is there
        return sentence(error)
    except AdderError as error:
        return say("The address describes no game that can be played.") + " " + sentence(error)
    return ""


def _is_loaded() -> bool:
    _load_address()
    return _GAME in st.session_state


def _begin(opponent: str, game: Game) -> None:
    st.session_state[OPPONENT], st.session_state[_GAME] = opponent, game
    st.session_state[_REFUSAL] = ""
    st.session_state[_ASKED] = (0, 0.0)


# Before the game


def _start_screen() -> None:
    st.markdown(
        say(
            "You against a network: the same question for both, and the truth beside your answers at once. A "
            "half-trained network can be beaten; one that has learned to add hardly ever slips."
        )
    )
    labels = solver_choice.labels()
    with st.container(width=640):
        if shows("opponent"):
            st.selectbox(
                say("Opponent"),
                list(labels),
                index=list(labels).index(_FIRST_OPPONENT),
                format_func=lambda each: labels.get(each, each),
                key="quiz_opponent",
                help=say(
                    "The younger a network, the more it errs. Networks that you train in the playground stand here "
                    "too, as they are now."
                ),
            )
        if shows("length"):
            st.radio(
                say("Questions"), _LENGTHS, index=_LENGTHS.index(_FIRST_LENGTH), horizontal=True, key="quiz_length"
            )
        if shows("difficulty"):
            st.selectbox(
                say("Difficulty"),
                list(_LEVELS),
                format_func=lambda each: say(_LEVELS[each]),
                key="quiz_level",
                help=say(
                    "Digits and carries make a question hard. Following you, it gets harder after two right answers "
                    "in a row and easier after a wrong one."
                ),
            )
        st.button(say("Start"), type="primary", icon=":material/play_arrow:", on_click=_start_chosen)


def _start_chosen() -> None:
    chosen = st.session_state  # arguments of the button would be older than a choice made just before
    length, level = chosen.get("quiz_length", _FIRST_LENGTH), chosen.get("quiz_level", 0)
    _start(chosen.get("quiz_opponent", _FIRST_OPPONENT), Quiz(_new_seed(), length, level or None))


def _start(opponent: str, quiz: Quiz) -> None:
    try:
        opponent = solver_choice.aged(opponent)
        _begin(opponent, Game(solver_choice.solver(opponent), quiz))
    except AdderError as error:
        st.toast(sentence(error), icon=":material/error:")


def _new_seed() -> int:
    """A random seed, short enough to be read out, since the address holds it."""
    return secrets.randbelow(10**6)


# The game


def _play(game: Game) -> None:
    task = game.solver.experiment.task
    _score(game)
    assert game.question is not None
    st.progress(
        len(game.turns) / game.quiz.length,
        say("Question {number} of {length}", number=game.number, length=game.quiz.length),
    )
    shown = printed(task, game.question)
    st.title(f"{shown} =" if task.operators else shown, anchor=False)
    if task.base != 10:
        st.caption(say("Numbers are written in base {base}.", base=task.base))
    asked, _ = st.session_state[_ASKED]
    if asked != game.number:
        st.session_state[_ASKED] = (game.number, time.monotonic())
    # An empty box is not sent, so that Enter pressed twice cannot overtake the answer with nothing.
    form = st.form("quiz", clear_on_submit=True, border=False)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(say("Your answer"), key=_BOX, autocomplete="off", required=True, width=200)
        st.form_submit_button(say("Answer"), type="primary", on_click=_submit, args=(game.number,))
    keyboard_focus.put_into(_BOX, str(game.number))
    if refusal := st.session_state[_REFUSAL]:
        st.warning(refusal, icon=":material/edit:")
    if game.turns:
        _judged(game, game.turns[-1])
    st.button(say("End this game"), type="tertiary", icon=":material/close:", on_click=_leave)


def _submit(number: int) -> None:
    game = _game()
    if game is None:
        return
    asked, since = st.session_state[_ASKED]
    seconds = time.monotonic() - since if asked == number else MOST_SECONDS
    try:
        thousands = session_language().thousands
        st.session_state[_GAME] = game.answered(st.session_state[_BOX], seconds, number=number, thousands=thousands)
        st.session_state[_REFUSAL] = ""
    except QuizError as error:
        st.session_state[_REFUSAL] = sentence(error)


def _leave() -> None:
    st.session_state[_GAME] = None


def _score(game: Game) -> None:
    with st.container(horizontal=True):
        st.markdown(
            say("You **{human}** · network **{network}**", human=game.human_right, network=game.network_right),
            width="content",
        )
        if game.quiz.level is None and not game.quiz.questions:
            st.caption(say("level {level} of {levels}", level=game.level, levels=LEVELS), width="content")
        if game.turns:
            st.caption(_recent_form(game), width="content")


def _recent_form(game: Game) -> str:
    assert game.recent_accuracy is not None
    assert game.median_seconds is not None
    return say(
        "last {n}: {share:.0%} right · best streak {streak} · {seconds} a question",
        n=min(len(game.turns), RECENT_TURNS),
        share=game.recent_accuracy,
        streak=game.best_streak,
        seconds=duration(game.median_seconds),
    )


def _judged(game: Game, turn: Turn) -> None:
    """Draw the last question: your answer, the network's and the truth side by side."""
    question = printed(game.solver.experiment.task, turn.question)
    verdict = f"**{question}** — {plain(say(turn.verdict))}"
    if turn.right:
        st.success(verdict, icon=":material/check_circle:")
    else:
        st.error(verdict, icon=":material/cancel:")
    short = max(map(len, (turn.given, turn.written, turn.truth))) <= _LONG_ANSWER
    with st.container(horizontal=short, gap="small"):
        _side(say("You"), turn.given, turn.right)
        _side(say("Network"), turn.written or say("nothing"), turn.network.correct is True)
        st.metric(say("Truth"), plain(turn.truth), border=True, height="stretch")
    if turn.network.characters:
        doubts = " · ".join(
            f"**{plain(visible(each.char))}** {percent(each.probability)}" for each in turn.network.characters
        )
        st.caption(say("How sure the network was of each character: {characters}", characters=doubts))
        if turn.held_out:
            st.caption(say("It was never trained on this question."))
        more = st.expander(say("How likely each symbol was"), key="quiz_symbols", on_change="rerun")
        if more.open:
            with more:
                question_box.draw_probabilities(turn.network, game.solver.experiment.task)


def _side(label: str, answer: str, right: bool) -> None:
    st.metric(
        label,
        plain(answer),
        say("✓ right") if right else say("✗ wrong"),
        delta_color="green" if right else "red",
        delta_arrow="off",
        border=True,
        height="stretch",
    )


# After the game


def _summary(game: Game) -> None:
    _judged(game, game.turns[-1])
    human, network = game.human_right, game.network_right
    st.subheader(_outcome(human, network), anchor=False)
    st.markdown(
        say(
            "You got **{human}** of {length} right, the network **{network}**.",
            human=human,
            network=network,
            length=len(game.turns),
        )
    )
    st.caption(_recent_form(game))
    _again(game)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(say("**Who was right**"))
        labels = {
            "both": say("Both"),
            "human": say("Only you"),
            "network": say("Only the network"),
            "neither": say("Neither"),
        }
        st.table(
            [{say("Right"): labels[outcome], say("Questions"): count} for outcome, count in game.tally.items()],
            hide_index=True,
        )
    with right:
        by_carries = game.turns[0].carries is not None
        st.markdown(say("**Missed, by carries**") if by_carries else say("**Missed, by level**"))
        st.table(
            [
                {
                    say("Carries") if by_carries else say("Level"): each.kind,
                    say("Questions"): each.asked,
                    say("You missed"): each.human,
                    say("It missed"): each.network,
                }
                for each in game.by_kind
            ],
            hide_index=True,
        )
    st.markdown(say("**Question by question**"))
    st.table([_row(game, turn) for turn in game.turns], hide_index=True)


def _outcome(human: int, network: int) -> str:
    if human == network:
        return say("A draw")
    return say("You won") if human > network else say("The network won")


def _again(game: Game) -> None:
    quiz, opponent = game.quiz, st.session_state[OPPONENT]
    fresh = Quiz(_new_seed(), quiz.length, quiz.level)
    with st.container(horizontal=True):
        st.button(say("Play again"), type="primary", icon=":material/replay:", on_click=_start, args=(opponent, fresh))
        if game.missed:
            st.button(
                say("Play again with those you missed"),
                icon=":material/history:",
                on_click=_start,
                args=(opponent, Quiz(questions=game.missed)),
            )
        st.button(say("Another game"), icon=":material/tune:", on_click=_leave)
        if shows("download"):
            st.download_button(
                say("Download as CSV"),
                game.to_csv().encode("utf-8-sig"),
                "quiz.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
            )


def _row(game: Game, turn: Turn) -> dict[str, str]:
    question = printed(game.solver.experiment.task, turn.question)
    return {
        say("Question"): say("{question} (again)", question=question) if turn.again else question,
        say("Truth"): plain(turn.truth),
        say("You"): _marked(turn.given, turn.right),
        say("Network"): _marked(turn.written or say("nothing"), turn.network.correct is True),
        say("Time"): duration(turn.seconds),
    }


def _marked(answer: str, right: bool) -> str:
    return f"{'✓' if right else '✗'} {plain(answer)}"
