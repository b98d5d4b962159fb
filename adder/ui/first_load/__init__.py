"""Makes small what a browser loads first: the document around every page, Streamlit's scripts, and the fonts.

Streamlit leaves compression to a proxy, and its document names neither the app nor a language. Here the document gets
`page.css` and `page.js`, which stand beside this file, the fonts hold only what is shown, and every
file is compressed once, when it is first asked for, and kept. Streamlit itself answers everything else, and whoever
cannot read gzip or wants a part of a file.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adder.base.language import LANGUAGES
from adder.base.messages import marked
from adder.base.paths import ASSETS
from adder.ui.streamlit_internals import base_path, static_folder

_HERE = Path(__file__).parent
_COMPRESSIBLE = {".js": "text/javascript", ".css": "text/css"}
_UNREADABLE = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")  # It finds headers that name gzip and refuse it.
_FOR_A_YEAR = "public, immutable, max-age=31536000"  # The names of Streamlit's files hold a digest.
_LARGE = 40_000  # Compressed, such a file has ten thousand bytes or more.
_ASK_AGAIN = "no-cache"  # These files change with adder and keep their names.
_FONTS = {
    "static/media/MaterialSymbols-Rounded": "fonts/icons.woff2",
    "static/media/SourceSansVF-Upright": "fonts/text.woff2",
    "static/media/SourceCodeVF-Upright": "fonts/code.woff2",
}
"""How the addresses of Streamlit's fonts begin -> ours among the assets, which `make fonts` makes of them."""
STREAMLITS_OWN = (
    marked("Upload"),
    marked("Browse files"),
    marked("Drag and drop a file here"),
    marked("MB per file"),
    marked("No results"),
    marked("Increment"),
    marked("Decrement"),
    marked("Clear value"),
    marked("Clear all"),
    marked("Select all"),
    marked("Open"),
    marked("Close"),
    marked("Search"),
    marked("Fullscreen"),
    marked("Close fullscreen"),
    marked("Download as CSV"),
    marked("Copy to clipboard"),
    marked("Collapse sidebar"),
    marked("Expand sidebar"),
    marked("App pages"),
    marked("Choose an option"),
    marked("Link to heading"),
)
"""English texts that Streamlit puts on the page; `page.js` says them in the page's language."""


def reads_gzip(headers: Headers) -> bool:
    """Whether the sender of a request with these headers can read gzip.

    >>> reads_gzip(Headers({"Accept-Encoding": "br, gzip"})), reads_gzip(Headers({"Accept-Encoding": "gzip;q=0"}))
    (True, False)
    """
    readable = headers.get("Accept-Encoding", "")
    return "gzip" in readable and not _UNREADABLE.search(readable)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it is sent, and the headers that go with it."""

    content: bytes
    headers: dict[str, str]

    @classmethod
    def of(cls, content: bytes, kind: str, caching: str) -> _Kept:
        tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        headers = {"Content-Type": kind, "Cache-Control": caching, "ETag": tag, "Vary": "Accept-Encoding"}
        if kind.startswith("font/"):  # Fonts are compressed already.
            return cls(content, headers)
        return cls(gzip.compress(content, 9, mtime=0), {**headers, "Content-Encoding": "gzip"})


class FirstLoad:
    """Answers for the document and the static files, and leaves everything else to the app.

    Args:
        app: The app that answers the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, _Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        answer = self._answer(scope) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        await (answer or self._app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        given = Headers(scope=scope)
        if not reads_gzip(given) or "Range" in given:
            return None
        path: str = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
        kept = self._file(path.removeprefix(base_path()).lstrip("/"))
        if kept is None:
            return None
        if kept.headers["ETag"] in given.get("If-None-Match", ""):
            return Response(status_code=304, headers=kept.headers)
        return Response(kept.content, headers=kept.headers)

    def _file(self, name: str) -> _Kept | None:
        # Compressed here and now, which takes 40 ms for the largest file of a page, and happens once: a class that
        # arrives together would otherwise have each file compressed thirty times.
        name = next((ours for theirs, ours in _FONTS.items() if name.startswith(theirs)), name)
        if name not in self._kept:
            if name in self._pages:
                page = _page(self._pages[name]).encode()
                self._kept[name] = _Kept.of(page, "text/html; charset=utf-8", _ASK_AGAIN)
            elif name in _FONTS.values():
                self._kept[name] = _Kept.of((ASSETS / name).read_bytes(), "font/woff2", _ASK_AGAIN)
            elif name in self._static:
                path = self._static[name]
                self._kept[name] = _Kept.of(path.read_bytes(), _COMPRESSIBLE[path.suffix], _FOR_A_YEAR)
            else:
                return None
        return self._kept[name]

    @cached_property
    def _pages(self) -> dict[str, Sequence[str]]:
        """The paths of the pages, with what they need first."""
        from adder.ui.menu import PAGES, UNLISTED  # The server has to run first, as in `app.py`.

        first, *_ = PAGES
        return {"": first.DRAWN_WITH} | {page.PATH: page.DRAWN_WITH for page in (*PAGES, *UNLISTED)}

    @cached_property
    def _static(self) -> dict[str, Path]:
        """Streamlit's files that become smaller, by their addresses; no other path is ever read."""
        folder = static_folder()
        return {
            path.relative_to(folder).as_posix(): path
            for path in folder.glob("static/**/*")
            if path.suffix in _COMPRESSIBLE
        }


@lru_cache(maxsize=1)
def document() -> str:
    """Streamlit's document with the app's name, the styles and the script of all pages."""
    texts = {code: {text: language.say(text) for text in STREAMLITS_OWN} for code, language in LANGUAGES.items()}
    script = (_HERE / "page.js").read_text("utf-8").replace("__TEXTS__", json.dumps(texts, ensure_ascii=False))
    style = (_HERE / "page.css").read_text("utf-8")
    page = (static_folder() / "index.html").read_text("utf-8")
    page = page.replace("<title>Streamlit</title>", "<title>adder</title>")
    # The font may come after the scripts: nothing is written before they have run.
    page = page.replace('as="font"', 'as="font" fetchpriority="low"')
    page = page.replace("</head>", f"<script>{script}</script></head>")
    return page.replace("<body>", f"<body><style>{style}</style>")  # It follows Streamlit's, and precedes a page's own.


def _page(parts: Sequence[str]) -> str:
    """The document of a page that is drawn with these parts."""
    folder = static_folder() / "static" / "js"
    streamlits = set(re.findall(r'(?:src|crossorigin href)="\./static/js/([^"]+)"', document()))
    files = [part for part in parts if "/" in part]
    wanted = [path.name for part in parts if part not in files for path in folder.glob(f"{part}.*.js")]
    found: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in found | streamlits:
            found.add(name)
            wanted += re.findall(r'(?:from|import)"\./([^"]+\.js)"', (folder / name).read_text("utf-8"))
    ordered = [*_in_turns(folder / name for name in streamlits), *_in_turns(folder / name for name in found)]
    links = {".js": 'rel="modulepreload" crossorigin', ".css": 'rel="preload" as="style"'}
    addresses = [*(f"static/js/{path.name}" for path in ordered), *files]
    preloads = "".join(f'<link {links[Path(address).suffix]} href="./{address}">' for address in addresses)
    page = re.sub(r' *<link rel="modulepreload"[^>]*>\n', "", document())
    return page.replace("<script type", f"{preloads}<script type")


def _in_turns(files: Iterable[Path]) -> list[Path]:
    """Files in the order that brings all of them soonest: while small ones wait for their answers, a large one comes.

    A browser asks for six files at once. On a phone, the wait for an answer takes as long as thirty kilobytes do.
    """
    sizes = {path: path.stat().st_size for path in sorted(files)}
    large = sorted((path for path in sizes if sizes[path] >= _LARGE), key=sizes.__getitem__, reverse=True)
    small = [path for path in sizes if path not in large]
    order: list[Path] = []
    passed = done = 0
    for path in large:
        passed += sizes[path]
        until = round(len(small) * passed / sum(sizes[each] for each in large))
        order += [path, *small[done:until]]
        done = until
    return order + small[done:]


@lru_cache(maxsize=1)
def inline_scripts() -> tuple[str, ...]:
    """The scripts that stand in the document, by their hashes, as a Content-Security-Policy names them."""
    scripts = re.findall(r"<script>(.*?)</script>", document(), re.DOTALL)
    digests = (hashlib.sha256(each.encode()).digest() for each in scripts)
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
