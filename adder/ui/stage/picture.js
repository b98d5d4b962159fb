// The living picture: one drawing of a network that answers a question, from its layers and its trace.
//
//     import { drawPicture } from "./picture.js";
//     drawPicture(svg, picture, { step, dark, reduced });
//
// svg      The <svg> element in the page that the drawing fills. CSS gives its width and height. If it is too narrow,
//          the drawing is wider than it and follows what happens.
// picture  What `adder.analysis.picture.Picture.plain` gives, an object for each epoch and question. The same object
//          is drawn again without being read again, so keep it, and do not change it.
// step     Where the answer stands: 2.5 is in the middle of the third moment. `picture.moments`, the default, is its end.
// dark     Whether the page is dark. The other colours are those of the page, by Streamlit's CSS variables.
// reduced  Whether the visitor prefers reduced motion. Then only whole moments are drawn.
//
// It draws at once, and changes only what is different from what it drew there before: another step or another epoch
// of the same question takes a few milliseconds, and so does another question of the same form. It starts no timer
// and keeps nothing but elements; `picture_player.js` plays, pauses and steps.
//
// `describe(picture, texts)` says the whole answer in words, for those who do not see it, and
// `sayMoment(picture, moment, texts)` says one moment. `texts` has the sentences of `picture_texts.py` by name.

import { LAYOUTS } from "./picture_layouts.js";
import { clamp, make, put } from "./picture_parts.js";
import { STYLE } from "./picture_style.js";

export { describe, sayAnswer, sayMoment } from "./picture_words.js";

const DRAWING_OF_SVG = new WeakMap();

export function drawPicture(svg, picture, { step = picture.moments, dark = false, reduced = false } = {}) {
  const size = `${svg.clientWidth || 700} ${svg.clientHeight || 360}`;
  let drawing = DRAWING_OF_SVG.get(svg);
  if (drawing?.picture !== picture || drawing.size !== size) {
    const form = formOf(picture, size);
    if (drawing?.form !== form) {
      drawing = build(svg, picture, size.split(" ").map(Number));
      DRAWING_OF_SVG.set(svg, Object.assign(drawing, { form, size }));
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

/** Show the part of a drawing in whose middle something happens, if the drawing is wider than its room. */
function look(svg, drawing, at) {
  const { width, height, content } = drawing;
  const left = content > width ? clamp(drawing.focus(at) - width / 2, 0, content - width) : (content - width) / 2;
  put(svg, { viewBox: `${Math.round(left)} 0 ${width} ${height}` });
}
