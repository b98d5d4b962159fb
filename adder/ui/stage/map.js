// The map of mistakes has a cell for each pair of numbers, or of spans of numbers. A stroke in a cell marks a mistake.

import { drawn, element, fill } from "./dom.js";

const LABEL_MARGIN = 42;
const SIZE = 300;

/**
 * Makes the map.
 *
 * @param texts The words on it.
 * @param ask Called with the question of a cell that is pressed.
 * @returns Its element, and `show(map, bits)`, which draws it; `bits` has a 1 for each cell that is right. The
 *     map is null if the task has none, and undefined until it is known.
 */
export function makeMap(texts, ask) {
  const svg = drawn("svg", { role: "img", "aria-label": texts.mapTitle, viewBox: `0 0 ${SIZE} ${SIZE}` });
  const note = element("p", { class: "note" });
  const place = element("section", { class: "map" }, element("h2", {}, texts.mapTitle), svg, note);
  let shown = null;
  let cells = [];
  let before = "";

  function build(map) {
    const side = map.starts.length, width = (SIZE - LABEL_MARGIN) / side;
    cells = map.questions.map((question, number) => {
      const row = Math.floor(number / side), column = number % side;
      const x = LABEL_MARGIN + column * width, y = row * width;
      const d = `M${x} ${y}h${width}v${width}h${-width}z`;
      const stroke = `M${x + width * 0.25} ${y + width * 0.75}L${x + width * 0.75} ${y + width * 0.25}`;
      const cell = drawn("g", { onclick: () => ask(question) }, drawn("title", {}, question), drawn("path", { d }));
      cell.append(drawn("path", { class: "stroke", d: stroke }));
      if (map.heldOut[number] === "1") cell.append(drawn("path", { class: "held", d: frame(x, y, width) }));
      return cell;
    });
    const wide = Math.max(...map.ends.map((end) => short(end).length)) > 2;
    const step = Math.ceil(side / (wide ? 5 : 10)); // Labels must not touch one another.
    const labels = map.starts.flatMap((start, number) => {
      if (number < side - 1 && (number % step || side - 1 - number < step)) return [];
      const last = side > 10 && number === side - 1; // Its name may be wider than its cell.
      const middle = (number + 0.5) * width;
      const text = short(number < side - 1 ? start : map.ends[number]);
      return [
        drawn("text", { x: LABEL_MARGIN + middle, y: SIZE - LABEL_MARGIN + 18, "text-anchor": last ? "end" : "middle", dx: last ? width / 2 : 0 }, text),
        drawn("text", { x: LABEL_MARGIN - 6, y: middle + 5, "text-anchor": "end" }, text),
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
    const tally = fill(bits ? texts.mapRight : texts.mapWaiting, { right, all: cells.length });
    svg.setAttribute("aria-label", `${texts.mapTitle}: ${tally}`);
    note.textContent = map.heldOut ? `${tally} ${texts.mapHeldOut}` : tally;
  }

  return { element: place, show };
}

function frame(x, y, width) {
  const inner = width - 2;
  return `M${x + 1} ${y + 1}h${inner}v${inner}h${-inner}z`;
}

function short(number) {
  if (number < 1e4) return String(number);
  const [digit, power] = number.toExponential(0).split("e+");
  return `${digit === "1" ? "" : `${digit}·`}10${[...power].map((each) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[each]).join("")}`;
}
