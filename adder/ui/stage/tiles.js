// Twenty sums as tiles that turn right one after another.

import { element, fill, SPACE } from "./dom.js";

/**
 * Makes the tiles.
 *
 * @param texts The words on them.
 * @param ask Called with the question of a tile that is pressed.
 * @returns Their element, and `show(scene, said)`, which draws them; `said` is null until it is known.
 */
export function makeTiles(texts, ask) {
  const title = element("h2");
  const list = element("ol", { class: "tiles" });
  const place = element("section", { class: "sums" }, title, list);
  let shown = null;
  let tiles = [];

  function build(twenty) {
    tiles = twenty.map(([question, truth]) => {
      const seen = { "aria-hidden": "true" };
      const written = element("span", { class: "written" });
      const ghost = element("span", { class: "truth" });
      const sign = element("span", { class: "sign", ...seen });
      const spoken = element("span", { class: "spoken" });
      const button = element(
        "button",
        { tabindex: -1, title: question, onclick: () => ask(question) },
        element("span", { class: "question", ...seen }, question),
        element("span", { class: "answers", ...seen }, written, ghost),
        sign,
        spoken,
      );
      return { button, written, ghost, sign, spoken, truth, said: undefined };
    });
    const longest = Math.max(0, ...twenty.map(([question, truth]) => question.length + truth.length));
    list.style.setProperty("--characters", longest);
    list.replaceChildren(...tiles.map((tile) => element("li", {}, tile.button)));
  }

  function show(scene, said) {
    if (scene !== shown) {
      shown = scene;
      build(scene ? scene.twenty : []);
    }
    if (!scene) return;
    let right = 0;
    tiles.forEach((tile, number) => {
      const text = said ? said[number] : null;
      if (text === tile.truth) right += 1;
      if (text === tile.said) return;
      tile.said = text;
      turn(tile, text, texts);
    });
    const all = tiles.length;
    const known = scene.heldOut ? texts.rightNew : texts.right;
    title.textContent = fill(said ? known : texts.waiting, { right, all });
  }

  return { element: place, show };
}

function turn(tile, text, texts) {
  const right = text === tile.truth;
  tile.button.className = text === null ? "" : right ? "right" : "wrong";
  tile.sign.textContent = text === null ? "" : right ? "✓" : "✗";
  tile.spoken.textContent = text === null ? tile.button.title : inWords(tile, text, right, texts);
  const [written, truth] = text === null ? ["", bare(tile.truth)] : aligned(text, tile.truth);
  tile.written.replaceChildren(
    ...[...written].map((char, place) =>
      right || char === truth[place] ? seen(char) : element("b", {}, seen(char)),
    ),
  );
  tile.ghost.textContent = right ? "" : [...truth].map(seen).join("");
}

function inWords(tile, text, right, texts) {
  const question = tile.button.title;
  return right
    ? fill(texts.tileRight, { question, written: text.trim() })
    : fill(texts.tileWrong, { question, written: text.trim() || texts.nothing, truth: bare(tile.truth) });
}

/** Both texts without the padding that they share, and equally long. */
function aligned(written, truth) {
  const width = Math.max(written.length, truth.length);
  const texts = [written.padStart(width), truth.padStart(width)];
  let begin = 0;
  while (begin < width - 1 && texts.every((each) => each[begin] === " ")) begin += 1;
  return texts.map((each) => each.slice(begin));
}

function bare(text) {
  return text.trim();
}

function seen(char) {
  return char === " " ? SPACE : char;
}
