// The living picture: one drawing of a network that answers a question, from its layers and its trace.
//
//     import { drawPicture } from "./picture.js";
//     drawPicture(svg, picture, { step, dark, reduced });
//
// svg      an <svg> element in the page, with a width and a height given by CSS; the drawing fills it. Where it is too
//          narrow, the drawing is wider than it and follows what happens.
// picture  what `adder.analysis.picture.Picture.plain` gives, an object for each epoch and question. The same object
//          is drawn again without being read again, so keep it, and do not change it.
// step     where the answer stands: 2.5 is in the middle of the third moment; `picture.moments`, the default, its end.
// dark     whether the page is dark; the other colours are the page's own, by Streamlit's CSS variables.
// reduced  whether the visitor prefers reduced motion; then only whole moments are drawn.
//
// It draws at once, and changes only what is different from what it drew there before: another step or another epoch
// of the same question takes a few milliseconds, and so does another question of the same form. It starts no timer
// and keeps nothing but elements; `picture_player.js` plays, pauses and steps.
//
//     describe(picture, texts)           the whole answer in words, for those who do not see it
//     sayMoment(picture, moment, texts)  one moment in words; `texts` has the sentences of `picture_texts.py` by name

import { LAYOUTS } from "./picture_layouts.js";
import { clamp, make, put } from "./picture_parts.js";
import { STYLE } from "./picture_style.js";

export { describe, sayAnswer, sayMoment } from "./picture_words.js";

const DRAWINGS = new WeakMap(); // by svg element

export function drawPicture(svg, picture, { step = picture.moments, dark = false, reduced = false } = {}) {
  const size = `${svg.clientWidth || 700} ${svg.clientHeight || 360}`;
  let drawing = DRAWINGS.get(svg);
  if (drawing?.picture !== picture || drawing.size !== size) {
    const form = formOf(picture, size);
    if (drawing?.form !== form) {
      drawing = build(svg, picture, size.split(" ").map(Number));
      DRAWINGS.set(svg, Object.assign(drawing, { form, size }));
    }
  }
  svg.classList.toggle("dark", dark);
  if (drawing.picture !== picture) {
    drawing.picture = picture;
    for (const [part, read] of drawing.parts) part.paint(...read(picture));
    drawing.at = null;
  }
  const at = clamp(reduced ? Math.floor(step) : step, 0, picture.moments);
  if (drawing.at === at) return;
  drawing.at = at;
  for (const [part] of drawing.parts) part.show(at);
  look(svg, drawing, at);
}

/** What has to be the same for a drawing to stay: everything but the numbers. */
function formOf(picture, size) {
  const layers = picture.layers.map((layer) => [
    layer.name,
    layer.label,
    layer.bands,
    layer.at,
    layer.when,
    layer.links.length,
  ]);
  const { layout, joint, skipped, bridge, alphabet, read_at, written_at, reads_backwards, writes_backwards } = picture;
  const lengths = [picture.read.map((each) => each.length), picture.looked.length, picture.lamp.length];
  const rest = [layout, joint, skipped, bridge, alphabet, read_at, written_at, reads_backwards, writes_backwards];
  return JSON.stringify([size, layers, lengths, rest, picture.number?.scale]);
}

function build(svg, picture, [width, height]) {
  svg.replaceChildren();
  svg.classList.add("living-picture");
  make(svg, "style", { text: STYLE });
  const drawing = { parts: [], width, height, focus: () => 0, content: width };
  const room = { width, height };
  LAYOUTS[picture.layout](make(svg, "g"), picture, room, drawing);
  return drawing;
}

/** Move what is seen of a drawing that is wider than its room, so that what happens is in the middle. */
function look(svg, drawing, at) {
  const { width, height, content } = drawing;
  const left = content > width ? clamp(drawing.focus(at) - width / 2, 0, content - width) : (content - width) / 2;
  put(svg, { viewBox: `${Math.round(left)} 0 ${width} ${height}` });
}
