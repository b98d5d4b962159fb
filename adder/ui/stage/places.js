// Draws how much of the check questions is right at each place of the answer, epoch by epoch. The line of whole answers
// is bold.

import { drawn, element, figure, fill, percent } from "./dom.js";

const LEFT = 44, RIGHT = 136, TOP = 8, BOTTOM = 26;
const LABEL_HEIGHT = 17;
const MOST_SAID = 4; // This many changes have their words above one another.
const MOST_PLACES = 6; // More could not be told apart; the panels show the rest.
const DASHES = ["", "6 3", "2 3", "9 3 2 3", "1 5", "12 4"];

/**
 * Makes the chart.
 *
 * @param texts The words on it.
 * @returns Its element, and `show`, which draws it.
 */
export function makePlaces(texts) {
  const svg = drawn("svg", { role: "img", "aria-label": texts.placesTitle });
  const note = element("p", { class: "note figures" });
  const host = element("div", { class: "chart" }, svg);
  const place = element("section", { class: "places" }, element("h2", {}, texts.placesTitle), host, note);
  let last = null;

  function show(model) {
    last = model;
    const { figures, planned, epoch, names, guess, asked, changes, hideLater } = model;
    const larger = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; // A projector enlarges it.
    const width = host.clientWidth / larger, height = host.clientHeight / larger;
    if (!width || !height) return;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const end = Math.max(planned, 1, ...figures.map((each) => each.epoch));
    const x = (at) => LEFT + ((width - LEFT - RIGHT) * at) / end;
    const y = (share) => TOP + (height - TOP - BOTTOM) * (1 - share);
    const lines = linesOf(figures, names, texts);
    const parts = [...axes(x, y, end, width, texts)];
    if (epoch > 0) parts.push(drawn("line", { class: "cursor", x1: x(epoch), x2: x(epoch), y1: y(1), y2: y(0) }));
    const changed = changes.filter((each) => each.epoch <= epoch);
    changed.forEach((each, place) => {
      const at = x(each.epoch - 1);
      parts.push(
        drawn("line", { class: "change", x1: at, x2: at, y1: y(1), y2: y(0) }),
        drawn("text", { class: "tick said", x: at + 4, y: y(0) - 5 - (place % MOST_SAID) * LABEL_HEIGHT }, each.said),
      );
    });
    for (const each of lines) {
      const sooner = each.points.filter((point) => point.epoch <= epoch);
      const later = hideLater ? [] : each.points.filter((point) => point.epoch >= epoch);
      parts.push(path(later, x, y, `${each.kind} later`, each.dash), path(sooner, x, y, each.kind, each.dash));
      each.value = sooner.length ? sooner[sooner.length - 1].share : null;
    }
    parts.push(...labels(lines, y, width));
    svg.replaceChildren(...parts);
    svg.setAttribute("aria-label", told(lines, changed, texts));
    const now = figures.find((each) => each.epoch === epoch);
    const shown = now && { exact: percent(now.exact), loss: figure(now.checkLoss), guess: percent(guess), asked };
    note.textContent = shown ? fill(texts.figures, shown) : texts.noFigures;
  }

  new ResizeObserver(() => last && show(last)).observe(host);
  return { element: place, show };
}

function linesOf(figures, names, texts) {
  const places = Math.min(MOST_PLACES, ...figures.slice(-1).map((each) => each.places.length));
  const found = [];
  for (let place = 0; place < places && Number.isFinite(places); place += 1) {
    const points = figures.map((each) => ({ epoch: each.epoch, share: each.places[place] ?? 0 }));
    found.push({ name: names[place], kind: `line place${place}`, dash: DASHES[place], points });
  }
  const whole = figures.map((each) => ({ epoch: each.epoch, share: each.exact }));
  return [...found, { name: texts.whole, kind: "line whole", dash: "", points: whole }];
}

function path(points, x, y, kind, dash) {
  const d = points.map((each, place) => `${place ? "L" : "M"}${x(each.epoch).toFixed(1)} ${y(each.share).toFixed(1)}`);
  return drawn("path", { class: kind, d: d.join(""), "stroke-dasharray": dash || null });
}

function axes(x, y, end, width, texts) {
  const shares = [0, 0.5, 1].flatMap((share) => [
    drawn("line", { class: "grid", x1: x(0), x2: x(end), y1: y(share), y2: y(share) }),
    drawn("text", { class: "tick", x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share)),
  ]);
  const epochs = [...new Set([0, Math.round(end / 2), end])].map((at) =>
    drawn("text", { class: "tick", x: x(at), y: y(0) + 17, "text-anchor": at ? "middle" : "start" }, String(at)),
  );
  return [...shares, ...epochs, drawn("text", { class: "tick", x: width - RIGHT + 22, y: y(0) + 17 }, texts.epochs)];
}

/** The names at the ends of the lines, moved apart where lines end close together. */
function labels(lines, y, width) {
  const placed = lines.filter((each) => each.value !== null).map((each) => ({ ...each, at: y(each.value) + 4 }));
  placed.sort((one, other) => one.at - other.at);
  for (let place = placed.length - 2; place >= 0; place -= 1)
    placed[place].at = Math.min(placed[place].at, placed[place + 1].at - LABEL_HEIGHT);
  const low = placed.length ? Math.max(0, 12 - placed[0].at) : 0;
  placed.forEach((each, place) => {
    each.at = Math.max(each.at, place ? placed[place - 1].at + LABEL_HEIGHT : each.at + low);
  });
  return placed.map((each) =>
    drawn("text", { class: `name ${each.kind}`, x: width - RIGHT + 8, y: each.at }, `${each.name} ${percent(each.value)}`),
  );
}

function told(lines, changed, texts) {
  const known = lines.filter((each) => each.value !== null && each.value !== undefined);
  if (!known.length) return texts.placesTitle;
  const shares = known.map((each) => `${each.name} ${percent(each.value)}`).join(", ");
  const sentences = changed.map((each) => fill(texts.changed, each));
  return [`${texts.placesTitle}: ${shares}`, ...sentences].join(". ");
}
