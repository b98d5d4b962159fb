"""What a browser loads first: compressed once, cached for good, and the document with what Streamlit's lacks."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from adder.ui import first_load
from adder.ui.first_load import FirstLoad
from adder.ui.streamlit_internals import static_folder
from tests.bench.session import completed
from tests.serving import ROOT

SCRIPT = next(path for path in sorted((static_folder() / "static" / "js").iterdir()) if path.name.startswith("index."))
FONTS = [
    next((static_folder() / "static" / "media").glob(f"{name}*"))
    for name in ("MaterialSymbols-Rounded", "SourceSansVF-Upright", "SourceCodeVF-Upright")
]
FONT = next(path for path in sorted((static_folder() / "static" / "media").iterdir()) if path.suffix == ".woff2")


class Answer:
    """What the middleware answers, or that it left the answer to the app.

    Attributes:
        status: 0 where the app was asked.
        headers: By their names in small letters.
        body: The whole of it.
    """

    def __init__(self, path: str, *, method: str = "GET", kind: str = "http", root: str = "", **given: str) -> None:
        self.status, self.headers, self.body = 0, dict[str, str](), b""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            self.headers = {"left": "to the app"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            else:
                self.body += message.get("body", b"")

        given = {"accept-encoding": "gzip, deflate, br"} | {key.replace("_", "-"): text for key, text in given.items()}
        headers = [(key.encode(), text.encode()) for key, text in given.items()]
        scope = {"type": kind, "method": method, "path": path, "root_path": root, "headers": headers}
        completed(FirstLoad(app)(scope, None, send))

    @property
    def by_the_app(self) -> bool:
        return self.headers == {"left": "to the app"}


def test_a_script_is_compressed_and_kept_by_browsers_for_good() -> None:
    path = f"/static/js/{SCRIPT.name}"
    answer = Answer(path)
    assert answer.status == 200
    assert gzip.decompress(answer.body) == SCRIPT.read_bytes()
    assert len(answer.body) < 0.4 * SCRIPT.stat().st_size
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["content-type"] == "text/javascript"
    assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"
    assert answer.headers["vary"] == "Accept-Encoding"
    again = Answer(path, if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert Answer(path, if_none_match='"another"').status == 200
    assert Answer(f"/adder{path}", root="/adder").status == 200, "behind a proxy"


@pytest.mark.parametrize("page", ["/", "/quiz", "/learn", "/status"])
def test_every_page_has_the_document_with_a_name_a_style_and_a_script(page: str) -> None:
    answer = Answer(page)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-cache")
    document = gzip.decompress(answer.body).decode()
    assert "<title>adder</title>" in document
    assert 'fetchpriority="low"' in document, "a font that is loaded before the scripts keeps them waiting"
    assert document.count("<style>") == 1
    modules = re.findall('<link rel="modulepreload"[^>]*href="([^"]+)"', document)
    assert len(modules) == len(set(modules)) > 60, "all that the page needs is named once"
    assert re.search(r'"zh": \{"Upload": "[^"]*[^ -~]', document), "what Streamlit says, in Chinese"
    assert len(first_load.inline_scripts()) == document.count("<script>") == 2
    assert Answer(page, if_none_match=answer.headers["etag"]).status == 304


def test_the_font_of_icons_has_those_of_the_pages_and_of_streamlit() -> None:
    sources = [*(ROOT / "adder").rglob("*.py"), *(static_folder() / "static" / "js").glob("*.js")]
    shown = {name for path in sources for name in re.findall(r":material/([a-z][a-z0-9_]+)", path.read_text("utf-8"))}
    ours = [path.read_text("utf-8") for path in sources if path.suffix == ".py"]
    assert not [text for text in ours if ":material/{" in text], "names are written out, so that they are found"
    assert shown <= set((ROOT / "assets" / "fonts" / "icons.txt").read_text("utf-8").split()), "make fonts"


@pytest.mark.parametrize("font", FONTS)
def test_a_font_holds_only_what_pages_show(font: Path) -> None:
    answer = Answer(f"/static/media/{font.name}")
    assert answer.headers["content-type"] == "font/woff2"
    assert answer.headers["cache-control"] == "no-cache", "its name stays when a character is added"
    assert answer.body[:4] == b"wOF2"
    assert len(answer.body) < 0.35 * font.stat().st_size


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (f"/static/js/{SCRIPT.name}", {"accept_encoding": "br"}),
        (f"/static/js/{SCRIPT.name}", {"accept_encoding": "gzip;q=0, br"}),
        (f"/static/js/{SCRIPT.name}", {"range": "bytes=0-99"}),
        (f"/static/js/{SCRIPT.name}", {"method": "POST"}),
        (f"/static/js/../js/{SCRIPT.name}", {}),
        (f"/static/js//{SCRIPT.name}", {}),
        (f"/static/media/{FONT.name}", {}),
        ("/static/js/none.js", {}),
        ("/_stcore/stream", {"kind": "websocket"}),
        ("/_stcore/health", {}),
        ("/nowhere", {}),
    ],
)
def test_everything_else_is_left_to_the_app(path: str, given: Any) -> None:
    assert Answer(path, **given).by_the_app
