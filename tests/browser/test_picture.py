"""The living picture in a real browser, without a server: its modules, fed with pictures of networks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

from adder import Experiment, Seq2Seq, Solver, Tagger, Task, TextEncoding, Transformer, preset, shipped_solver
from adder.analysis.picture import Arrangement, arrangement, picture
from adder.analysis.picture_texts import picture_texts
from adder.base.language import LANGUAGES
from adder.ui import stage
from adder.ui.formats import percent
from tests.browser.accessibility import AXE, GRAVE
from tests.experiments import TINY_LINEAR, TINY_SCALED, carrying_solver, random_solver

pytestmark = pytest.mark.slow

TASK = Task(smallest=0, largest=99)
MODULES = Path(stage.__file__).parent
SITE = "http://picture.test"
HTML = "<!doctype html><html lang=en><title>picture</title><main><h1>A picture</h1><div id=host></div></main>"
SET_UP = f"""async ([texts, reduced]) => {{
  const {{ PicturePlayer }} = await import("{SITE}/picture_player.js");
  Object.assign(window, await import("{SITE}/picture.js"), {{ texts }});
  window.player = new PicturePlayer(document.getElementById("host"), {{ texts, reduced }});
}}"""
SHOW = "picture => { window.picture = picture; player.show(picture) }"
WRITTEN = """() => [...document.querySelectorAll('.written')].filter(e => e.getAttribute('opacity') === '1')
  .sort((one, other) => one.getBoundingClientRect().x - other.getBoundingClientRect().x)
  .map(e => e.querySelector('text').textContent).join('')"""
UNSOUND = """() => [...document.querySelectorAll('svg [d], svg [transform], svg [x]')]
  .filter(e => [...e.attributes].some(a => /NaN|undefined|Infinity/.test(a.value))).map(e => e.outerHTML)"""

CONTRASTS = """ground => {
  const svg = document.querySelector('svg');
  svg.style.setProperty('--st-background-color', ground);
  svg.style.setProperty('--st-text-color', ground === '#ffffff' ? '#0d141d' : '#eef3f8');
  const seen = (node) => node === svg ? 1 : Number(node.getAttribute('opacity') ?? 1) * seen(node.parentNode);
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const canvas = Object.assign(document.createElement('span'), { style: `color:${ground}` });
  document.body.append(canvas);
  const base = parts(getComputedStyle(canvas).color).slice(0, 3);
  canvas.remove();
  const low = [];
  for (const text of svg.querySelectorAll('text')) {
    if (!text.textContent || seen(text) < 0.9) continue;
    const box = text.getBoundingClientRect();
    const under = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
      .filter(e => svg.contains(e) && e !== svg && !['text', 'g'].includes(e.nodeName)).reverse();
    let behind = base;
    for (const node of under) {
      const style = getComputedStyle(node);
      if (style.fill === 'none') continue;
      const share = Number(style.fillOpacity) * seen(node);
      const fill = parts(style.fill);
      behind = behind.map((v, i) => v + (fill[i] - v) * share);
    }
    const [one, other] = [light(parts(getComputedStyle(text).fill)), light(behind)];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) low.push([text.textContent, text.getAttribute('class'), contrast.toFixed(2), under.length]);
  }
  return low;
}"""

NETWORKS = {
    "pair": shipped_solver("two-digits"),
    "attention": random_solver(
        Experiment(TASK, TextEncoding(), Seq2Seq(decoder_units=100, attention="dot", feedback=True)), scale=0.3
    ),
    "transformer": random_solver(Experiment(TASK, TextEncoding(padding="terms"), Transformer()), scale=0.3),
    "tagger": random_solver(Experiment(TASK, TextEncoding(full_length=True), Tagger(bidirectional=True, layers=2))),
    "columns": shipped_solver("binary"),
    "carry": carrying_solver(),
    "fingers": shipped_solver("pen-and-paper"),
    "linear": random_solver(TINY_LINEAR),
    "lstm": random_solver(TINY_SCALED),
}


def plain(solver: Solver, question: str = "", arranged: Arrangement | None = None) -> dict[str, Any]:
    return picture(solver, question or solver.experiment.task.example, arranged).plain()


def serve(route: Route) -> None:
    name = route.request.url.rpartition("/")[2]
    if name:
        route.fulfill(body=(MODULES / name).read_text("utf-8"), content_type="text/javascript")
    else:
        route.fulfill(body=HTML, content_type="text/html")


@pytest.fixture(scope="module")
def site(browser: Browser) -> Iterator[Page]:
    page, errors = browser.new_page(viewport={"width": 1400, "height": 420}), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(f"{SITE}/**", serve)
    page.goto(f"{SITE}/")
    yield page
    page.close()
    assert errors == []


def start(page: Page, shown: dict[str, Any], *, reduced: bool = False) -> None:
    page.evaluate("() => window.player?.close()")
    page.evaluate(SET_UP, [picture_texts(LANGUAGES["en"]), reduced])
    page.evaluate(SHOW, shown)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_drawn_and_answers_moment_by_moment(site: Page, name: str) -> None:
    shown = plain(NETWORKS[name])
    start(site, shown)
    answer = "".join(shown["written"]).replace(" ", "␣")
    in_order = answer[::-1] if shown["writes_backwards"] else answer
    assert site.evaluate(WRITTEN) == in_order
    for moment in range(shown["moments"] + 1):
        for step in (moment, moment + 0.7):
            site.evaluate("step => player.scrub(step)", step)
            assert site.evaluate(UNSOUND) == []
        site.evaluate("step => player.scrub(step)", moment)
        there = sum(when < moment for when in shown["written_at"])
        assert len(site.evaluate(WRITTEN)) == there
    said = site.evaluate("describe(picture, texts)")
    assert "undefined" not in said
    assert "{" not in said
    assert (shown["question"] + ".") in said
    assert f"It answers {shown['answer'].replace('-', '−')}." in said


def test_another_epoch_changes_the_drawing_and_makes_no_new_one_at_twenty_a_second(site: Page) -> None:
    last = shipped_solver("two-digits")
    rng, arranged = np.random.default_rng(1), arrangement(last)
    start(site, plain(last, "57+68"))
    site.evaluate("() => document.querySelector('.written').dataset.mine = 'yes'")
    epochs = []
    for _ in range(30):
        noisy = {
            name: np.asarray(weight + 0.3 * rng.standard_normal(weight.shape), np.float32)
            for name, weight in last.weights.items()
        }
        epochs.append(plain(Solver(last.experiment, noisy), "57+68", arranged))
    milliseconds, texts = site.evaluate(
        """epochs => {
          const svg = document.querySelector('svg'), texts = [], took = [];
          for (const epoch of epochs) {
            const start = performance.now();
            drawPicture(svg, epoch);
            svg.getBBox(); // lay it out
            took.push(performance.now() - start);
            texts.push([...document.querySelectorAll('.written text')].map(e => e.textContent).join(''));
          }
          return [took.sort((one, other) => one - other), texts];
        }""",
        epochs,
    )
    assert texts == ["".join(epoch["written"]).replace(" ", "␣") for epoch in epochs], "everything is of its epoch"
    assert len(set(texts)) > 5
    assert site.evaluate("document.querySelector('.written').dataset.mine") == "yes", "drawn anew, which flickers"
    assert milliseconds[len(epochs) // 3] < 50, "others may have had the processor meanwhile"


def test_right_and_wrong_differ_in_more_than_colour(site: Page) -> None:
    shown = plain(shipped_solver("two-digits"), "57+68")
    shown |= {"written": ["5", "9", "1"], "right": False}
    start(site, shown)
    tiles = site.evaluate(
        """() => [...document.querySelectorAll('.written')].map(e =>
          [e.dataset.is, /rotate\\(0\\)/.test(e.getAttribute('transform')),
           e.querySelector('.badge path').getAttribute('d')])"""
    )
    (right, upright, tick), (wrong, straight, cross), _ = tiles
    assert (right, upright, wrong, straight) == ("right", True, "wrong", False)
    assert tick != cross
    ghosts = "[...document.querySelectorAll('.ghost')].map(e => [e.getAttribute('opacity'), e.textContent])"
    assert site.evaluate(ghosts) == [["0", "5"], ["1", "2"], ["0", "1"]]


def test_a_number_has_three_figures_and_its_sign(site: Page) -> None:
    written = "async (numbers) => numbers.map((await import('/dom.js')).figure)"
    assert site.evaluate(written, [-1, 0.61234, -62.04, 8.6e-5, 0, None]) == ["−1", "0.612", "−62", "8.6e-5", "0", "∞"]


def test_a_percentage_is_written_as_on_the_rest_of_the_page(site: Page) -> None:
    shares = [0.0, 0.0001, 1 / 24, 0.29, 0.9999, 1.0]
    written = "async (shares) => shares.map((await import('/dom.js')).percent)"
    assert site.evaluate(written, shares) == [percent(share) for share in shares]


@pytest.mark.parametrize("name", ["pair", "columns", "fingers", "linear"])
@pytest.mark.parametrize("dark", [False, True])
def test_every_text_stands_out_from_what_is_behind_it(site: Page, name: str, dark: bool) -> None:
    start(site, plain(NETWORKS[name]))
    site.evaluate("dark => { player.dark = dark; player.scrub(0); player.scrub(picture.moments - 1) }", dark)
    assert site.evaluate(CONTRASTS, "#0b0f15" if dark else "#ffffff") == []


def test_pointing_at_a_character_shows_where_it_looked(site: Page) -> None:
    start(site, plain(NETWORKS["attention"]))
    opacities = "[...document.querySelectorAll('.arcs path')].map(e => Number(e.getAttribute('opacity')))"
    assert set(site.evaluate(opacities)) == {0.42}
    site.locator(".written").first.hover()
    assert sorted(site.evaluate(opacities)) == [0.08, 0.08, 1]
    site.mouse.move(0, 0)
    assert set(site.evaluate(opacities)) == {0.42}


def test_it_plays_pauses_and_steps_by_keyboard_and_says_what_happens(site: Page) -> None:
    start(site, plain(shipped_solver("two-digits"), "57+68"))
    site.keyboard.press("Tab")
    assert site.evaluate("document.activeElement.ariaLabel") == "Watch it answer"
    site.keyboard.press("Space")
    site.wait_for_function("player.at > 0.5 && player.at < 8")
    assert site.evaluate("document.activeElement.ariaLabel") == "Hold the answer"
    site.keyboard.press("Space")
    at = site.evaluate("player.at")
    site.wait_for_timeout(100)
    assert site.evaluate("player.at") == at < 9
    site.keyboard.press("Tab")
    site.keyboard.press("Home")
    site.keyboard.press("ArrowRight")
    said = "document.querySelector('#host p').textContent"
    assert site.evaluate(said) == "It reads 5 from the front and 8 from the back."
    assert site.evaluate("document.activeElement.getAttribute('aria-valuetext')") == site.evaluate(said)
    site.keyboard.press("End")
    assert site.evaluate(said) == "It answers 125. Right."
    if AXE.exists():
        site.evaluate(AXE.read_text("utf-8"))
        found = site.evaluate("axe.run('#host').then(results => results.violations)")
        assert [each["id"] for each in found if each["impact"] in GRAVE] == []


def test_with_reduced_motion_it_moves_by_whole_moments_and_on_request_only(site: Page) -> None:
    start(site, plain(shipped_solver("two-digits"), "57+68"), reduced=True)
    site.evaluate("() => player.show({ ...picture }, { play: true })")
    assert site.evaluate("player.at") == 9
    button = site.get_by_role("button")
    button.click()
    assert site.evaluate("player.at") == 0
    button.click()
    button.click()
    assert site.evaluate("player.at") == 2
    site.wait_for_timeout(100)
    assert site.evaluate("player.at") == 2


def test_a_hundred_digits_stand_in_rows_and_fingers_walk_on_them(site: Page) -> None:
    site.set_viewport_size({"width": 560, "height": 420})
    first, second = "1234567890" * 10, "9876543210" * 10
    shown = plain(shipped_solver("pen-and-paper"), f"{first}+{second}")
    start(site, shown)
    rows = site.evaluate(
        """() => {
          const rows = new Map();
          for (const each of document.querySelectorAll('.written')) {
            const { x, y } = each.getBoundingClientRect(), row = Math.round(y / 4);
            rows.set(row, [...(rows.get(row) ?? []), [x, each.querySelector('text').textContent]]);
          }
          const sorted = (row) => row.sort(([one], [other]) => one - other).map(([, symbol]) => symbol).join('');
          return [...rows.keys()].sort((one, other) => one - other).map((row) => sorted(rows.get(row)));
        }"""
    )
    assert len(rows) > 2
    assert "".join(rows) == str(int(first) + int(second)).rjust(len(shown["written"]), "␣")
    middles = """selector => [...document.querySelectorAll(selector)].map((each) => {
      const { x, y, width, height } = each.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    })"""
    for step in (0, 37, 100):
        site.evaluate("at => player.scrub(at)", shown["written_at"][step] + 0.9)
        assert site.evaluate(UNSOUND) == []
        tiles, fingers = site.evaluate(middles, ".tile"), site.evaluate(middles, ".finger .mark")
        for finger, looks in zip(fingers, (head[step] for head in shown["looked"]), strict=True):
            assert finger == pytest.approx(tiles[looks[0]], abs=8)
    site.evaluate("player.scrub(60)")
    inside = """() => { const all = document.querySelector('svg').getBoundingClientRect();
      return [...document.querySelectorAll('svg g > path')].map((each) => each.getBoundingClientRect())
        .every((each) => each.left >= all.left && each.right <= all.right && each.bottom <= all.bottom) }"""
    assert site.evaluate(inside)
    assert site.evaluate("describe(picture, texts)").endswith("It answers 111111…111100. Right.")
    site.set_viewport_size({"width": 1400, "height": 420})


@pytest.mark.parametrize("height", [143, 420])
def test_what_fingers_read_stands_between_question_and_answer(site: Page, height: int) -> None:
    site.evaluate("height => document.body.style.setProperty('--picture-height', `${height}px`)", height)
    shown = plain(shipped_solver("pen-and-paper-binary"), "1100+110010")
    start(site, shown)
    site.evaluate("player.scrub(99)")
    rows = site.evaluate(
        """() => ['.tile', '.bulb', '.told', '.written .card'].map((kind) => {
          const all = [...document.querySelectorAll(kind)].map((each) => each.getBoundingClientRect());
          return [Math.min(...all.map((each) => each.top)), Math.max(...all.map((each) => each.bottom))];
        })"""
    )
    assert site.evaluate("document.querySelector('svg').clientHeight") == height
    for (_, end), (begin, _) in itertools.pairwise(rows):
        assert end <= begin
    site.evaluate("at => player.scrub(at)", shown["written_at"][0] + 0.55)
    coming = """document.querySelector('.written[opacity="1"] .card').getBoundingClientRect().top -
      Math.max(...[...document.querySelectorAll('.told')].map((each) => each.getBoundingClientRect().bottom))"""
    assert site.evaluate(coming) > -1, "nor does it lie on an answer that comes"
    site.evaluate("document.body.style.removeProperty('--picture-height')")


@pytest.mark.parametrize("heads", [3, 4])
def test_what_more_fingers_read_has_room_in_a_low_picture(site: Page, heads: int) -> None:
    site.evaluate("document.body.style.setProperty('--picture-height', '143px')")
    start(site, plain(random_solver(preset("pen-and-paper-terms").replaced({"network.heads": heads})), "12+50+37"))
    site.evaluate("player.scrub(99)")
    tiles, told, answer = site.evaluate(
        """() => ['.tile', '.told', '.written .card'].map((kind) => {
          const all = [...document.querySelectorAll(kind)].map((each) => each.getBoundingClientRect());
          return [Math.min(...all.map((each) => each.top)), Math.max(...all.map((each) => each.bottom))];
        })"""
    )
    assert tiles[1] <= told[0]
    assert told[1] <= answer[0] + 3  # A wrong character stands crooked.
    assert site.evaluate(
        "[...document.querySelectorAll('circle')].every((each) => Number(each.getAttribute('r')) >= 0)"
    )
    site.evaluate("document.body.style.removeProperty('--picture-height')")


def test_on_a_phone_it_follows_what_happens(site: Page) -> None:
    site.set_viewport_size({"width": 390, "height": 420})
    start(site, plain(shipped_solver("nine-digits"), "123456789+987654321"))
    seen = """at => { player.scrub(at); const left = document.querySelector('svg').getBoundingClientRect();
      const box = document.querySelectorAll('.written')[at < 5 ? 0 : 9].getBoundingClientRect();
      return box.left >= left.left && box.right <= left.right }"""
    assert site.evaluate(seen, site.evaluate("picture.moments"))
    assert not site.evaluate(seen, 1.5)
    assert site.evaluate("document.documentElement.scrollWidth") <= 390
    site.set_viewport_size({"width": 1400, "height": 420})
