"""A browser tab without a browser: one session of a Streamlit app, over the websocket that its page uses.

    async with opened(server.address, "preset=two-digits") as session:
        session.type("Ask it a question", "12+50")
        await session.until(lambda page: "62" in page.text)

A session does what Streamlit's frontend does: it keeps the tree of elements that the server's deltas build, sends
the state of all widgets with every rerun, follows the address that the app writes, and reruns fragments as often as
the app asks. So the server works as hard for it as for a tab; only the drawing is left out, and hundreds fit into one
process. Nothing here knows what adder is. What goes wrong on the page is in `Session.troubles`.
"""

from __future__ import annotations

import asyncio
import urllib.request
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

# The second is where the frontend sends the XSRF token of a visitor who has logged in.
_SUBPROTOCOLS = (Subprotocol("streamlit"), Subprotocol("PLACEHOLDER_AUTH_TOKEN"))
_SHOWN = ("title", "label", "body", "text", "delta", "message")  # A person reads these fields of an element.
_TRACEBACK = "Traceback (most recent call last)"

Found = TypeVar("Found")


class SessionError(Exception):
    """The page cannot do what was asked of it, or the connection is lost."""


@dataclass(slots=True)
class _Node:
    """An element or a block of the page; which run of the script drew it, and in which fragment."""

    run: str
    fragment: str
    kind: str = ""  # It is an element's, as "button", or a block's.
    element: Any = None
    block: Any = None
    children: dict[int, _Node] = field(default_factory=dict)

    def nodes(self) -> Iterator[_Node]:
        """It and all below it, in the order of the page."""
        yield self
        for _, child in sorted(self.children.items()):
            yield from child.nodes()


@dataclass(slots=True)
class _Cached:
    """A large message that the server does not send again."""

    message: ForwardMsg
    fragment: str
    used: int


def completed(doing: Coroutine[Any, Any, Found]) -> Found:
    """What a coroutine returns; run on a thread of its own, since Playwright keeps a loop on that of the tests."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(asyncio.run, doing).result()


@asynccontextmanager
async def opened(
    address: str, query: str = "", *, page: str = "", locale: str = "en-GB", cookie: str = ""
) -> AsyncIterator[Session]:
    """A session that has drawn its first page, closed with the block.

    Args:
        address: Where the app is served, as `http://127.0.0.1:8501`.
        query: What stands behind the question mark in the address bar.
        page: The path of the page, as `quiz`; by default the first one.
        locale: The language that the browser asks for.
        cookie: The `cookie` of another session, to be a tab of the same browser; by default a browser that is new.
    """
    cookie = cookie or await asyncio.to_thread(_cookie, address)
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    options: dict[str, Any] = {"max_size": None, "open_timeout": 60, "ping_interval": None}  # The server pings.
    options["additional_headers"] = {"Cookie": cookie} if cookie else {}
    async with connect(url, origin=Origin(address), subprotocols=_SUBPROTOCOLS, **options) as websocket:
        session = Session(websocket, address, query, page, locale)
        session.cookie = cookie
        reading = asyncio.create_task(session.read())
        try:
            session.rerun()
            await session.until(lambda drawn: drawn.finished)
            yield session
        finally:
            session.stop_polling()
            reading.cancel()


def _cookie(address: str) -> str:
    """The cookies that come with a page, as a browser sends them back."""
    with urllib.request.urlopen(address, timeout=60) as page:
        return "; ".join(each.partition(";")[0] for each in page.headers.get_all("Set-Cookie") or ())


class Session:
    """One tab; made by `opened`.

    Attributes:
        address: Where the app is served.
        query: The query string, as the address bar shows it now.
        cookie: By what the server knows the browser.
        id: By what the server knows the tab.
        runs: How often the script or a fragment of it has come to its end.
        finished: Whether the whole page was drawn at least once.
        received: Bytes of all messages.
        troubles: What went wrong, in words: exceptions on the page, tracebacks, a page that does not exist.
    """

    def __init__(self, websocket: ClientConnection, address: str, query: str, page: str, locale: str) -> None:
        self.query = query
        self.cookie = ""
        self.id = ""
        self.runs = 0
        self.finished = False
        self.received = 0
        self.troubles: list[str] = []
        self._websocket = websocket
        self.address = address
        self._page, self._locale = page, locale
        self._script = ""
        self._pages: dict[str, str] = {}
        # The four parts are main, sidebar, event and bottom.
        self._root = _Node("", "", children={part: _Node("", "") for part in range(4)})
        self._run = ""
        self._states: dict[str, WidgetState] = {}
        self._forms: dict[str, dict[str, WidgetState]] = {}
        self._polling: dict[str, tuple[float, asyncio.Task[None]]] = {}
        self._cache: dict[str, _Cached] = {}
        self._finishes = 0
        self._oldest = 2
        self._outgoing: deque[BackMsg] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._next_finish = asyncio.Event()
        self._lost = ""

    # What a person does.

    def press(self, label: str) -> None:
        """Press the button of this label, or choose it in a menu.

        Raises:
            SessionError: There is no such button, or it cannot be pressed.
        """
        for each in self._root.nodes():
            if each.kind == "menu_button" and label in each.element.options:
                chosen = WidgetState(id=each.element.id)
                chosen.string_trigger_value.data = label
                self.rerun(each.fragment, trigger=chosen)
                return
        node = self._labelled("button", label)
        button = node.element
        if button.disabled:
            raise SessionError(f"the button {label!r} is disabled")
        if button.form_id:
            self._states |= self._forms.pop(button.form_id, {})
        self.rerun(node.fragment, trigger=WidgetState(id=button.id, trigger_value=True))

    def type(self, label: str, text: str) -> None:
        """Type a text into the box of this label and press Enter; in a form it waits for the form's button.

        Raises:
            SessionError: There is no such box.
        """
        node = self._labelled("text_input", label)
        state = WidgetState(id=node.element.id, string_value=text)
        if node.element.form_id:
            self._forms.setdefault(node.element.form_id, {})[node.element.id] = state
            return
        self._states[node.element.id] = state
        self.rerun(node.fragment)

    def visit(self, path: str) -> None:
        """Go to another page of the menu, by its path.

        Raises:
            SessionError: There is no such page.
        """
        if path not in self._pages:
            raise SessionError(f"there is no page {path!r}, only {sorted(self._pages)}")
        self.stop_polling()
        self._script, self._page, self.query = self._pages[path], path, ""
        self._states.clear()
        self.rerun()

    async def until(self, found: Callable[[Session], Found], seconds: float = 60) -> Found:
        """Wait until the page shows what `found` looks for, whenever the script or a fragment has come to its end.

        Returns:
            What `found` gave, the first time that it was true.

        Raises:
            SessionError: The connection was lost.
            TimeoutError: It did not come in time; the error holds the text of the page.
        """
        try:
            async with asyncio.timeout(seconds):
                while True:
                    next_finish = self._next_finish
                    if value := found(self):
                        return value
                    if self._lost:
                        raise SessionError(f"the connection was lost: {self._lost}")
                    await next_finish.wait()
        except TimeoutError as error:
            raise TimeoutError(f"not on the page after {seconds:.0f} s, which reads:\n{self.text}") from error

    # What a person sees.

    @property
    def text(self) -> str:
        """All that can be read on the page, a line an element."""
        return "\n".join(line for node in self._root.nodes() if (line := _text(node)))

    @property
    def buttons(self) -> list[str]:
        """The labels of all buttons."""
        return [node.element.label for node in self._root.nodes() if node.kind == "button"]

    @property
    def intervals(self) -> list[float]:
        """The seconds between two redraws of each part of the page that redraws itself."""
        return [interval for interval, _ in self._polling.values()]

    # The protocol.

    def rerun(self, fragment: str = "", *, polling: bool = False, trigger: WidgetState | None = None) -> None:
        """Ask the server to run the script, or one fragment of it, with what all widgets hold."""
        state = ClientState(
            query_string=self.query,
            page_script_hash=self._script,
            page_name="" if self._script else self._page,
            fragment_id=fragment,
            is_auto_rerun=polling,
            cached_message_hashes=list(self._cache),
        )
        state.widget_states.widgets.extend(self._states.values())
        if trigger is not None:
            state.widget_states.widgets.append(trigger)
        context = state.context_info
        context.timezone, context.timezone_offset, context.locale = "Europe/London", 0, self._locale
        context.url = f"{self.address}/{self._page}" + (f"?{self.query}" if self.query else "")
        context.is_embedded, context.color_scheme = False, "light"
        self._outgoing.append(BackMsg(rerun_script=state))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._outgoing:
                await self._websocket.send(self._outgoing.popleft().SerializeToString())
        except ConnectionClosed as error:
            self._lose(error)

    async def read(self) -> None:
        """Take in what the server sends, until the connection ends."""
        try:
            async for payload in self._websocket:
                self.received += len(payload)
                message = ForwardMsg.FromString(payload)
                self._take(self._remembered(message))
            self._lose("the server closed it")
        except ConnectionClosed as error:
            self._lose(error)
        except SessionError as error:
            self.troubles.append(str(error))
            self._lose(error)

    def stop_polling(self) -> None:
        """Stop all reruns of fragments that go on by themselves."""
        for _, task in self._polling.values():
            task.cancel()
        self._polling.clear()

    def _lose(self, why: object) -> None:
        self._lost = str(why)
        self.stop_polling()
        self._next_finish.set()

    def _remembered(self, message: ForwardMsg) -> ForwardMsg:
        """A message itself, or the one from before to which it refers."""
        if message.WhichOneof("type") != "ref_hash":
            if message.metadata.cacheable:
                self._cache.setdefault(message.hash, _Cached(message, message.delta.fragment_id, self._finishes))
            return message
        if (cached := self._cache.get(message.ref_hash)) is None:
            raise SessionError("the server refers to a message that this session does not remember")
        cached.used = self._finishes
        whole = ForwardMsg()
        whole.CopyFrom(cached.message)
        whole.metadata.CopyFrom(message.metadata)
        return whole

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "delta":
                self._apply(message)
            case "new_session":
                self._begin(message.new_session, message.metadata.run)
            case "script_finished":
                self._finish(message)
            case "navigation":
                self._script = message.navigation.page_script_hash
                self._pages = {each.url_pathname: each.page_script_hash for each in message.navigation.app_pages}
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "auto_rerun":
                self._poll(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    if fragment in self._polling:
                        self._polling.pop(fragment)[1].cancel()
            case "page_not_found":
                self.troubles.append(f"there is no page {message.page_not_found.page_name!r}")
            case "session_event":
                if message.session_event.WhichOneof("type") == "script_compilation_exception":
                    self.troubles.append(message.session_event.script_compilation_exception.message)

    def _begin(self, new: NewSession, run: Any) -> None:
        self._run = run.script_run_id
        self.id = new.initialize.session_id
        if run.fragment_ids:
            return
        self.stop_polling()
        if not self._script:
            self._script = new.page_script_hash
        self._oldest = new.config.max_cached_message_age

    def _finish(self, message: ForwardMsg) -> None:
        status, run = message.script_finished, message.metadata.run
        fragments = frozenset(run.fragment_ids)
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.troubles.append("the script could not be compiled")
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        if fragments or run.script_run_id == self._run:
            self._clear(self._root, run.script_run_id, fragments, inside=False)
            ids = {node.element.id for node in self._root.nodes() if hasattr(node.element, "id")}
            self._states = {each: state for each, state in self._states.items() if each in ids}
        self._forget(fragments)
        self.runs += 1
        self.finished = self.finished or not fragments
        finished, self._next_finish = self._next_finish, asyncio.Event()
        finished.set()

    def _forget(self, fragments: frozenset[str]) -> None:
        """Drop large messages that were not used lately."""
        self._finishes += 1
        for key, cached in list(self._cache.items()):
            if (not fragments or cached.fragment in fragments) and self._finishes - cached.used > self._oldest:
                del self._cache[key]

    def _apply(self, message: ForwardMsg) -> None:
        """Draw an element or a block at its place."""
        delta, path = message.delta, message.metadata.delta_path
        if delta.WhichOneof("type") == "new_transient":
            return  # It is a spinner over what stands there.
        parent = self._root
        for step in path[:-1]:
            parent = parent.children.setdefault(step, _Node(self._run, delta.fragment_id))
        node = _Node(self._run, delta.fragment_id)
        if delta.WhichOneof("type") == "add_block":
            node.block, node.kind = delta.add_block, delta.add_block.WhichOneof("type") or ""
            before = parent.children.get(path[-1])
            if before is not None and before.block is not None and before.kind == node.kind:
                node.children = before.children
        else:
            node.kind = delta.new_element.WhichOneof("type") or ""
            node.element = getattr(delta.new_element, node.kind) if node.kind else Element()
            self._hold(node)
            if node.kind == "exception" or _TRACEBACK in _text(node):
                self.troubles.append(_text(node) or "an exception")
        parent.children[path[-1]] = node

    def _hold(self, node: _Node) -> None:
        """Remember what a widget holds that is there for the first time, or that the app has set."""
        widget = node.element
        if (value := _held(node.kind, widget)) and (widget.set_value or widget.id not in self._states):
            name, content = value
            state = WidgetState(id=widget.id)
            if name == "string_array_value":
                state.string_array_value.data.extend(content)
            else:
                setattr(state, name, content)
            self._states[widget.id] = state

    def _clear(self, node: _Node, run: str, fragments: frozenset[str], *, inside: bool) -> None:
        """Take away what a run of the script did not draw again; of a fragment's run, only what stands in it."""
        for key, child in list(node.children.items()):
            old = child.run != run
            if child.element is not None:
                gone = old and (not fragments or (inside and bool(child.fragment)))
            else:
                gone = old and (not fragments or inside)
            if node is self._root:  # The main part, the sidebar, and the like are always there.
                gone = False
            if gone:
                del node.children[key]
            else:
                drawn = inside or (not old and child.fragment in fragments)
                self._clear(child, run, fragments, inside=drawn)

    def _poll(self, fragment: str, interval: float) -> None:
        if fragment in self._polling:
            if self._polling[fragment][0] == interval:
                return
            self._polling.pop(fragment)[1].cancel()
        self._polling[fragment] = interval, asyncio.create_task(self._poll_on(fragment, interval))

    async def _poll_on(self, fragment: str, interval: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + interval, loop.time())
            await asyncio.sleep(due - loop.time())
            self.rerun(fragment, polling=True)

    def _labelled(self, kind: str, label: str) -> _Node:
        found = [node for node in self._root.nodes() if node.kind == kind]
        for node in found:
            if node.element.label == label:
                return node
        raise SessionError(f"there is no {kind} {label!r}, only {[node.element.label for node in found]}")


def _text(node: _Node) -> str:
    shown = (getattr(node.element, name, "") for name in _SHOWN)
    return " ".join(text for text in shown if isinstance(text, str) and text)


def _held(kind: str, widget: Any) -> tuple[str, Any] | None:
    """What the frontend sends for a widget that nobody has touched: the field of its state, and the value."""
    match kind:
        case "text_input" | "text_area":
            return "string_value", widget.value if widget.set_value else widget.default
        case "checkbox":
            return "bool_value", widget.value if widget.set_value else widget.default
        case "number_input":
            return "double_value", widget.value if widget.set_value else widget.default
        case "selectbox" | "radio":
            if widget.set_value:
                return "string_value", widget.raw_value
            return ("string_value", widget.options[widget.default]) if widget.options else None
        case "button_group":
            chosen = [widget.options[index].content for index in widget.default]
            return "string_array_value", list(widget.raw_values) if widget.set_value else chosen
    return None
