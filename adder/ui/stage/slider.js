// The slider through time plays, steps and drags over the epochs whose network is kept. It has a mark where each of the
// twenty sums first came right.

import { element, fill } from "./dom.js";

const PLAY = "▶", PAUSE = "❚❚";

/**
 * Makes the slider.
 *
 * @param texts The words on it.
 * @param on What it does: `choose(place, done)`, `step(by)`, `play()` and `now()`.
 * @returns Its element, and `show`, which draws it.
 */
export function makeSlider(texts, on) {
  const play = element("button", { class: "play", onclick: on.play });
  const back = element("button", { class: "step", "aria-label": texts.back, onclick: () => on.step(-1) }, "◀");
  const next = element("button", { class: "step", "aria-label": texts.next, onclick: () => on.step(1) }, "▶");
  const range = element("input", { type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": texts.slider });
  range.addEventListener("input", () => on.choose(Number(range.value), false));
  range.addEventListener("change", () => on.choose(Number(range.value), true));
  const marks = element("div", { class: "marks", "aria-hidden": "true" });
  const epoch = element("strong", { class: "epoch" });
  const label = element("span", { class: "label" });
  const now = element("button", { class: "now", hidden: true, onclick: on.now }, texts.now);
  const track = element("div", { class: "track" }, marks, range);
  const bar = element("div", { class: "time" }, play, back, track, next, element("p", {}, epoch, label), now);
  let drawnMarks = "";

  function show({ stops, place, planned, firsts, playing, replayed, following, active }) {
    const last = Math.max(stops.length - 1, 0);
    range.max = last;
    range.value = place;
    range.disabled = !last;
    const named = stops.length ? nameOf(stops[place], planned, texts) : texts.none;
    range.setAttribute("aria-valuetext", named);
    epoch.textContent = named;
    label.textContent = active && following ? texts.live : replayed ? texts.replayed : "";
    play.textContent = playing ? `${PAUSE} ${texts.pause}` : `${PLAY} ${texts.replay}`;
    play.disabled = back.disabled = next.disabled = !last;
    now.hidden = following || !active || !stops.length;
    const key = `${last} ${firsts}`;
    if (key !== drawnMarks && last) {
      drawnMarks = key;
      marks.replaceChildren(...firsts.map((each) => element("i", { style: `left: ${(100 * each) / last}%` })));
    }
  }

  return { element: bar, show };
}

/** What an epoch is called. */
export function nameOf(epoch, planned, texts) {
  return epoch === 0 ? texts.untrained : fill(texts.epoch, { epoch, planned: Math.max(planned, epoch) });
}
