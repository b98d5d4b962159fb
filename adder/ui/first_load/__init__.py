"""What a browser loads first, made small: the document around every page, Streamlit's scripts, and the icons.

Streamlit leaves compression to a proxy, and its document names neither the app nor a language. Here the document gets
`page.css` and `page.js`, which stand beside this file, the font of icons holds only those that are shown, and every
file is compressed once, when it is first asked for, and kept. Streamlit itself answers everything else, and whoever
cannot read gzip or wants a part of a file.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adder.base.messages import marked
from adder.base.paths import ASSETS
from adder.ui.language import LANGUAGES
from adder.ui.streamlit_internals import base_path, static_folder

_HERE = Path(__file__).parent
_COMPRESSIBLE = {".js": "text/javascript", ".css": "text/css"}
_UNREADABLE = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")  # gzip is named, and refused
_FOR_A_YEAR = "public, immutable, max-age=31536000"  # the names of Streamlit's files hold a digest
_ASK_AGAIN = "no-cache"  # for what changes with adder and keeps its name
_ICONS = "static/media/MaterialSymbols-Rounded"
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
)
"""English texts that Streamlit puts on the page; `page.js` says them in the page's language."""


def reads_gzip(headers: Headers) -> bool:
    """Whether who sent a request with these headers can read gzip.

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
        if kind.startswith("font/"):  # which is compressed already
            return cls(content, headers)
        return cls(gzip.compress(content, 9, mtime=0), {**headers, "Content-Encoding": "gzip"})


class FirstLoad:
    """Answers for the document and the static files, and leaves everything else to the app.

    Args:
        app: What answers the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, _Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
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
        if name not in self._kept:
            if name in self._pages:
                page = document().replace("</head>", f"{_preloads(self._pages[name])}</head>")
                self._kept[name] = _Kept.of(page.encode(), "text/html; charset=utf-8", _ASK_AGAIN)
            elif name.startswith(_ICONS):
                self._kept[_ICONS] = _Kept.of((ASSETS / "icons.woff2").read_bytes(), "font/woff2", _ASK_AGAIN)
                return self._kept[_ICONS]
            elif name in self._static:
                path = self._static[name]
                self._kept[name] = _Kept.of(path.read_bytes(), _COMPRESSIBLE[path.suffix], _FOR_A_YEAR)
            else:
                return None
        return self._kept[name]

    @cached_property
    def _pages(self) -> dict[str, Sequence[str]]:
        """The paths of the pages, with the parts of Streamlit's frontend that they need first."""
        from adder.ui.menu import PAGES, UNLISTED  # once the server runs, as `app.py` does

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
    return page.replace("<body>", f"<body><style>{style}</style>")  # after Streamlit's, before what a page brings along


def _preloads(parts: Sequence[str]) -> str:
    """Links to the modules of these parts, and to all that those import, as far as the document has none yet."""
    folder = static_folder() / "static" / "js"
    wanted = [path.name for part in parts for path in folder.glob(f"{part}.*.js")]
    found: dict[str, None] = {}
    while wanted:
        name = wanted.pop()
        if name not in found and name not in document():
            found[name] = None
            wanted += re.findall(r'(?:from|import)"\./([^"]+\.js)"', (folder / name).read_text("utf-8"))
    return "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in found)


@lru_cache(maxsize=1)
def inline_scripts() -> tuple[str, ...]:
    """The scripts that stand in the document, by their hashes, as a Content-Security-Policy names them."""
    scripts = re.findall(r"<script>(.*?)</script>", document(), re.DOTALL)
    digests = (hashlib.sha256(each.encode()).digest() for each in scripts)
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
