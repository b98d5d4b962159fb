// The map of mistakes: a cell for each pair of numbers, or of spans of numbers; a stroke in a cell says that it is wrong.

import { drawn, element, fill } from "./dom.js";

const MARGIN = 38; // of the labels, in the units of a map that is 300 wide
const SIZE = 300;

/**
 * Makes the map.
 *
 * @param texts The words on it.
 * @param ask Called with the question of a cell that is pressed.
 * @returns Its element, and `show(map, bits)`, which draws it; `bits` has a 1 for each cell that is right. A task
 *     may have no map, which is null then, and undefined while nobody knows.
 */
export function makeMap(texts, ask) {
  const svg = drawn("svg", { role: "img", "aria-label": texts.mapTitle, viewBox: `0 0 ${SIZE} ${SIZE}` });
  const note = element("p", { class: "note" });
  const place = element("section", { class: "map" }, element("h2", {}, texts.mapTitle), svg, note);
  let shown = null;
  let cells = [];
  let before = "";

  function build(map) {
    const side = map.starts.length, width = (SIZE - MARGIN) / side;
    cells = map.questions.map((question, number) => {
      const row = Math.floor(number / side), column = number % side;
      const x = MARGIN + column * width, y = row * width;
      const d = `M${x} ${y}h${width}v${width}h${-width}z`;
      const stroke = `M${x + width * 0.25} ${y + width * 0.75}L${x + width * 0.75} ${y + width * 0.25}`;
      const cell = drawn("g", { onclick: () => ask(question) }, drawn("title", {}, question), drawn("path", { d }));
      cell.append(drawn("path", { class: "stroke", d: stroke }));
      if (map.heldOut[number] === "1") cell.append(drawn("path", { class: "held", d: frame(x, y, width) }));
      return cell;
    });
    const step = Math.ceil(side / 10);
    const labels = map.starts.flatMap((start, number) => {
      if (number < side - 1 && (number % step || side - 1 - number < step)) return [];
      const last = side > 10 && number === side - 1; // its name may be wider than its cell
      const middle = (number + 0.5) * width;
      const text = short(number < side - 1 ? start : map.ends[number]);
      return [
        drawn("text", { x: MARGIN + middle, y: SIZE - MARGIN + 18, "text-anchor": last ? "end" : "middle", dx: last ? width / 2 : 0 }, text),
        drawn("text", { x: MARGIN - 6, y: middle + 5, "text-anchor": "end" }, text),
      ];
    });
    svg.replaceChildren(...cells, ...labels);
    before = "";
  }

  function show(map, bits) {
    place.hidden = map === null;
    if (!map) return;
    if (map !== shown) {
      shown = map;
      build(map);
    }
    if (bits !== before) {
      cells.forEach((cell, number) => {
        const kind = bits ? (bits[number] === "1" ? "right" : "wrong") : "";
        if (cell.getAttribute("class") !== kind) cell.setAttribute("class", kind);
      });
      before = bits;
    }
    const right = [...bits].filter((each) => each === "1").length;
    const told = fill(texts.mapRight, { right: bits ? right : "–", all: cells.length });
    svg.setAttribute("aria-label", `${texts.mapTitle}: ${told}`);
    note.textContent = map.heldOut ? `${told} ${texts.mapHeldOut}` : told;
  }

  return { element: place, show };
}

function frame(x, y, width) {
  const inner = width - 2;
  return `M${x + 1} ${y + 1}h${inner}v${inner}h${-inner}z`;
}

function short(number) {
  return number >= 1e4 ? number.toExponential(0).replace("e+", "e") : String(number);
}
