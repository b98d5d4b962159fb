"""The quiz: the page asks, a person and a network answer at the same time, and both are judged on the same question.

The session keeps one `Game`; the address holds the few texts that it is replayed from, so a reload, a link or a phone
that slept finds it again. Each question is shown twice: while it is asked, and once more with both answers, until the
person goes on.
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
from adder.ui import address, answers, header, run_service, solver_choice, take_home
from adder.ui.formats import duration, percent, printed, typeset
from adder.ui.hiding import shows
from adder.ui.language import say, session_language
from adder.ui.markdown import plain, sentence
from adder.ui.streamlit_internals import query_string

TITLE = marked("Quiz")
ICON = ":material/sports_esports:"
PATH = "quiz"
DRAWN_WITH = ("Checkbox", "Progress", "TextInput")

OPPONENT = "opponent"
_FIRST_OPPONENT = "two-digits@8"
_LENGTHS = (5, 10, 20, 50)
_FIRST_LENGTH = 10
_LEVELS = {
    0: marked("Adapts to you"),
    1: marked("Very easy"),
    2: marked("Easy"),
    3: marked("Medium"),
    4: marked("Hard"),
    5: marked("Very hard"),
}
_BOX = "quiz_answer"

_GAME = "quiz_game"
_REFUSAL = "quiz_refusal"
_ASKED = "quiz_asked"
_JUDGED = "quiz_judged"  # It says whether the page still shows the question that was answered last.


def show() -> None:
    """Draw the page."""
    trouble = _load_address()
    header.show(say("Quiz"), projector=True)
    if trouble:
        st.warning(trouble, icon=":material/link_off:")
    if _GAME not in st.session_state:
        run_service.draw_again_once(_is_loaded)
        return
    game = _game()
    if game is None:
        _start_screen()
    elif game.over and not st.session_state[_JUDGED]:
        _summary(game)
    else:
        _play(game)
    address.write({} if game is None else {OPPONENT: st.session_state[OPPONENT]} | game.to_dict())


def _game() -> Game | None:
    game: Game | None = st.session_state.get(_GAME)
    return game


def _load_address() -> str:
    """Take the game from the address when a session begins; return what is wrong with it, or an empty text."""
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
        del st.session_state[_GAME]  # The address is read again once the run is there.
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
    st.session_state[_JUDGED] = False


# Before the game


def _start_screen() -> None:
    st.markdown(
        say(
            "You and a network get the same question at the same time. Some opponents stopped training half-way, and "
            "can be beaten. Those that trained to the end hardly ever slip."
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
                    "The shorter a network trained, the more mistakes it makes. Networks that you train in the "
                    "playground stand here too, as they are now."
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
                    "Digits and carries make a question hard. If it adapts to you, it gets harder after two right "
                    "answers in a row, and easier after a wrong one."
                ),
            )
        st.button(say("Start"), type="primary", icon=":material/play_arrow:", on_click=_start_chosen)


def _start_chosen() -> None:
    chosen = st.session_state  # Arguments of the button would be older than a choice made just before.
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
    """Draw the question that is asked, or the one that was answered last, with both answers."""
    task = game.solver.experiment.task
    turn = game.turns[-1] if st.session_state[_JUDGED] else None
    number = len(game.turns) if turn else game.number
    question = printed(task, turn.question if turn else game.question or "")
    said = say("Question {number} of {length}", number=number, length=game.quiz.length)
    with st.container(key="quiz_number"):
        st.progress(len(game.turns) / game.quiz.length, said)
    if not turn and st.session_state[_ASKED][0] != number:
        st.session_state[_ASKED] = (number, time.monotonic())
    with st.container(key="live_quiz", gap="small"):
        if turn:
            st.header(
                say("{question} is {truth}", question=question, truth=plain(typeset(task, turn.truth))), anchor=False
            )
        else:
            st.header(f"{question} =" if task.operators else question, anchor=False)
        _duel(game, turn)
    _form(game, number, turn)
    if task.base != 10:
        st.caption(say("Numbers are written in base {base}.", base=task.base))
    if refusal := st.session_state[_REFUSAL]:
        st.warning(refusal, icon=":material/edit:")
    if turn and turn.held_out:
        st.caption(say("It never practised this question."))
    if turn and turn.network.characters:
        more = st.expander(say("How likely each symbol was"), key="quiz_symbols", on_change="rerun")
        if more.open:
            with more:
                answers.draw_probabilities(turn.network, task)
    if game.quiz.level is None and not game.quiz.questions:
        st.caption(say("level {level} of {levels}", level=game.level, levels=LEVELS))
    st.button(say("End this game"), type="tertiary", icon=":material/close:", on_click=_leave)


def _form(game: Game, number: int, turn: Turn | None) -> None:
    """Draw the box for an answer. It stays while both answers are shown, so that the keyboard of a phone does too."""
    task = game.solver.experiment.task
    digits = bool(task.operators) and task.base == 10 and "-" not in task.operators
    # `page.js` keeps the keyboard in this box, and on a phone one of digits where these are enough.
    box = st.container(key="keyboard_digits" if digits else "keyboard_text")
    form = box.form("quiz", clear_on_submit=True, border=False)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        # An empty box is not sent, so that Enter pressed twice cannot overtake the answer with nothing.
        label = say("Press Enter to go on") if turn else say("Your answer")
        st.text_input(label, key=_BOX, autocomplete="off", required=turn is None, width=200)
        if turn:
            label = say("See the result") if game.over else say("Next question")
            st.form_submit_button(label, type="primary", on_click=_go_on, args=(number,))
        else:
            st.form_submit_button(say("Answer"), type="primary", on_click=_submit, args=(number,))


def _duel(game: Game, turn: Turn | None) -> None:
    """Draw you and the opponent side by side, each with the score, the answer to this question and the latest marks."""
    task = game.solver.experiment.task
    yours, its = [each.right for each in game.turns], [each.network.correct is True for each in game.turns]
    with st.container(key="duel"):
        if turn is None:
            _lane("you", say("You"), yours, "**?**", say("your turn"))
            _lane("thinks", _opponent(), its, "**• • •**", say("has its answer"))
            return
        given, said = typeset(task, turn.given), typeset(task, turn.written) or say("nothing")
        _lane("you", say("You"), yours, _coloured(given, yours[-1]), f"{_sign(yours[-1])} · {duration(turn.seconds)}")
        doubt = answers.doubt(turn.network)
        _lane("it", _opponent(), its, _coloured(said, its[-1]), f"{_sign(its[-1])} · {doubt}")


def _lane(side: str, name: str, right: list[bool], answer: str, beside: str) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{plain(name)} **{sum(right)}**")
        with st.container(key=f"answer_{side}"):
            st.markdown(answer)
            st.caption(beside)
        st.caption("".join("✓" if each else "✗" for each in right[-RECENT_TURNS:]))


def _coloured(answer: str, right: bool) -> str:
    answer = plain(answer)
    return f":green[**{answer}**]" if right else f":red[**{answer}**]"


def _sign(right: bool) -> str:
    return say(":green[✓ right]") if right else say(":red[✗ wrong]")


def _opponent() -> str:
    """What the opponent of this game is called."""
    return solver_choice.name(st.session_state[OPPONENT])


def _submit(number: int) -> None:
    game = _game()
    if game is None or st.session_state[_JUDGED]:
        return
    asked, since = st.session_state[_ASKED]
    seconds = time.monotonic() - since if asked == number else MOST_SECONDS
    try:
        thousands = session_language().thousands
        answered = game.answered(st.session_state[_BOX], seconds, number=number, thousands=thousands)
    except QuizError as error:
        st.session_state[_REFUSAL] = sentence(error)
        return
    st.session_state[_JUDGED] = len(answered.turns) > len(game.turns)
    st.session_state[_GAME], st.session_state[_REFUSAL] = answered, ""


def _go_on(number: int) -> None:
    game = _game()
    if game is not None and number == len(game.turns):
        st.session_state[_JUDGED] = False


def _leave() -> None:
    st.session_state[_GAME] = None


def _recent_form(game: Game) -> str:
    assert game.recent_accuracy is not None
    assert game.median_seconds is not None
    return say(
        "last {n}: {share} right · best streak {streak} · {seconds} a question",
        n=min(len(game.turns), RECENT_TURNS),
        share=percent(game.recent_accuracy),
        streak=game.best_streak,
        seconds=duration(game.median_seconds),
    )


# After the game


def _summary(game: Game) -> None:
    human, network, name = game.human_right, game.network_right, _opponent()
    st.header(_outcome(human, network, name), anchor=False)
    st.markdown(
        say(
            "You got **{human}** of {length} right, {name} **{network}**.",
            human=human,
            network=network,
            name=plain(name),
            length=len(game.turns),
        )
    )
    st.caption(_recent_form(game))
    _again(game)
    st.subheader(say("Question by question"), anchor=False)
    st.table([_row(game, turn, name) for turn in game.turns], hide_index=True)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(say("Who was right"), anchor=False)
        labels = {
            "both": say("Both"),
            "human": say("Only you"),
            "network": say("Only {name}", name=name),
            "neither": say("Neither"),
        }
        st.table(
            [{say("Right"): labels[outcome], say("Questions"): count} for outcome, count in game.tally.items()],
            hide_index=True,
        )
    with right:
        by_carries = game.turns[0].carries is not None
        st.subheader(say("By carries") if by_carries else say("Missed, by level"), anchor=False)
        st.table(
            [
                {
                    say("Carries") if by_carries else say("Level"): each.kind,
                    say("Questions"): each.asked,
                    say("You missed"): each.human,
                    say("{name} missed", name=name): each.network,
                }
                for each in game.by_kind
            ],
            hide_index=True,
        )


def _outcome(human: int, network: int, name: str) -> str:
    if human == network:
        return say("A draw")
    return say("You won") if human > network else say("{name} won", name=plain(name))


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
            take_home.show("quiz", game.solver)
            st.download_button(
                say("Download as CSV"),
                game.to_csv().encode("utf-8-sig"),
                "quiz.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
            )


def _row(game: Game, turn: Turn, name: str) -> dict[str, str]:
    task = game.solver.experiment.task
    question = printed(task, turn.question)
    return {
        say("Question"): say("{question} (again)", question=question) if turn.again else question,
        say("Truth"): plain(typeset(task, turn.truth)),
        say("You"): _marked(typeset(task, turn.given), turn.right),
        name: _marked(typeset(task, turn.written) or say("nothing"), turn.network.correct is True),
        say("Time"): duration(turn.seconds),
    }


def _marked(answer: str, right: bool) -> str:
    return f"{'✓' if right else '✗'} {plain(answer)}"
