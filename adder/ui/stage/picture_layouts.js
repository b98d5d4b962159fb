// Decides where the parts of the living picture stand. A layout makes the parts in a group, and enters each of them in
// `drawing.parts` with what it paints of a picture. `drawing.content` is how wide the drawing has become, and
// `drawing.focus` tells where the eye should be at each moment.

import { Arcs, Bridge, Fingers, Gauge, Lamps, Units } from "./picture_links.js";
import { Answer, Chances, Strip, Tiles, clamp, make } from "./picture_parts.js";

const PAD = 14;
const AXIS = 16; // The symbols beside the chances need it.
const LABEL = 24; // The line of text under everything needs it.
const [WIDE, TALL] = [600, 270]; // A smaller drawing has no room for labels.
const LEAST_READ_PIXELS = 12; // If symbols are smaller, question and answer stand in several rows.
const [ROW_LEAST, ROW_MOST] = [9, 22]; // In rows, symbols have this many pixels.
const ROW_HEIGHT = 1.6; // A row is this many times as high as its symbols.

/** Where the labels begin, and how large things are, compared with a drawing of 360 pixels. */
function measures({ width, height }) {
  const scale = clamp(height / 360, 0.5, 1.2);
  return { bottom: height - (width >= WIDE && height >= TALL ? LABEL : 4), ghosts: height - 24 * scale, scale };
}

/** The middle of each step's column, in the order of time. */
function columns(count, left, pitch, backwards) {
  return Array.from({ length: count }, (_, step) => left + (backwards ? count - 1 - step : step) * pitch + pitch / 2);
}

/** About how wide a label is: Chinese characters are as wide as they are high. */
const widthOf = (text) => [...text].reduce((sum, character) => sum + (character > "\u2e80" ? 14.5 : 7.2), 0);

/** A line of text under everything, if there is room for it. */
function label(parent, x, text, { width, height }, most) {
  if (widthOf(text) <= most && width >= WIDE && height >= TALL)
    make(parent, "text", { class: "label", x: Math.round(x), y: height - 9, size: 14, text });
}

/** A line of text on the left of a layer, if there is room for it. */
function labelBeside(parent, x, y, text) {
  if (widthOf(text) <= x - PAD)
    make(parent, "text", { class: "label aside", x: Math.round(x), y: Math.round(y), size: 14, text });
}

/** The strips of several layers above one another. */
function strips(group, picture, at, { xs, width, top, bottom }, drawing) {
  const layers = picture.layers.map((layer, place) => [layer, place]).filter(([layer]) => layer.at === at);
  const height = (bottom - top - 10 * (layers.length - 1)) / layers.length;
  return layers.map(([layer, place], row) => {
    const strip = new Strip(group, { xs, width, y: top + row * (height + 10), height, layer });
    drawing.parts.push([strip, (each) => [each.layers[place].states]]);
    return strip;
  });
}

const labelsOf = (picture, at) => [
  ...new Set(picture.layers.filter((layer) => layer.at === at).map((layer) => layer.label)),
];

const firsts = (picture) => picture.read.map((each) => each[0]);

/** Readers stand on the left, writers on the right; above them stand question and answer in one line. */
function pair(group, picture, room, drawing) {
  const { bottom: end, scale } = measures(room);
  const [reads, writes] = [picture.read.length, picture.written.length];
  const looks = picture.looked.length;
  const whole = picture.layers.some((layer) => layer.at === "whole");
  const between = picture.bridge || whole ? clamp(room.width * 0.17, 66, 250) : clamp(room.width * 0.06, 40, 90);
  const pitch = clamp((room.width - 2 * PAD - AXIS - between) / (reads + writes), 14, 104);
  drawing.content = Math.max(room.width, pitch * (reads + writes) + between + 2 * PAD + AXIS);
  const start = (drawing.content - pitch * (reads + writes) - between - AXIS) / 2;
  const right = start + reads * pitch + between;
  const read = columns(reads, start, pitch, picture.reads_backwards);
  const written = columns(writes, right, pitch, picture.writes_backwards);
  const wide = pitch > 40 ? pitch * 0.62 : pitch * 0.87;
  const tile = {
    width: Math.min(pitch - clamp(pitch * 0.1, 2, 4), 60),
    height: clamp(Math.min(pitch, 50 * scale), 26, 56),
  };
  const line = (looks ? 88 * scale : 14 + 14 * scale) + tile.height / 2;
  const top = line + tile.height / 2 + 6 + 10 * scale;
  const bottom = end - (picture.bridge ? 18 : 4);
  const middle = top + (bottom - top) * (labelsOf(picture, "written").length ? 0.54 : 1);

  const [readAt, writtenAt] = [picture.read_at, picture.written_at];
  const reading = strips(group, picture, "read", { xs: read, width: wide, top, bottom }, drawing);
  const lower = { xs: written, width: wide, top: middle + 10, bottom };
  strips(group, picture, "written", lower, drawing);
  wholes(group, picture, { start: start + reads * pitch, end: right, top, bottom }, drawing);
  const last = picture.layers.filter((layer) => layer.at === "read").at(-1);
  if (picture.bridge) {
    const level = reading.slice(-1 - Boolean(last?.backwards));
    const bridge = new Bridge(group, {
      left: start + reads * pitch + 2,
      right: right - 6,
      top: reading.length ? level[0].y : top,
      bottom: reading.length ? level.at(-1).y + level.at(-1).height : bottom,
      neck: (middle + 10 + bottom) / 2,
      rail: bottom + 12,
      ends: level.map((strip) => strip.xs[strip.last]),
      columns: written,
      feet: picture.bridge.repeats ? written.map((_, step) => step) : [0],
      when: picture.bridge.when,
      label: picture.bridge.label,
    });
    drawing.parts.push([bridge, () => [level]]);
  }
  chances(
    group,
    picture,
    { xs: written, width: wide, y: top, height: middle - top, labelsAt: right + writes * pitch + 4 },
    drawing,
  );
  if (picture.feeds_back) {
    const foot = [line + tile.height / 2 + 3, middle + 6];
    make(group, "path", {
      class: "back",
      d: written
        .slice(1)
        .map((x, step) => backTo(written[step], x, ...foot))
        .join(""),
    });
  }
  let points;
  if (looks) {
    const arcs = new Arcs(group, {
      from: written,
      to: read,
      y: line - tile.height / 2 - 6,
      height: line - tile.height / 2 - 10,
      heads: looks,
      when: writtenAt,
    });
    drawing.parts.push([arcs, (each) => [each.looked]]);
    points = (step) => arcs.point(step);
  }
  make(group, "text", {
    class: "joint",
    x: Math.round((start + reads * pitch + right) / 2),
    y: Math.round(line),
    size: 30,
    text: picture.joint,
  });
  const tiles = new Tiles(group, {
    places: read.map((x) => [x, line]),
    ...tile,
    when: readAt,
    again: reading.slice(0, 1 + Boolean(reading[1]?.backwards)),
    skipped: picture.skipped,
  });
  drawing.parts.push([tiles, (each) => [firsts(each)]]);
  answer(group, picture, { xs: written, y: line, ...tile, aside: -1, points }, drawing);
  const [who, then] = ["read", "written"].map((at) => labelsOf(picture, at).join(" · "));
  label(group, start + (reads * pitch) / 2, who, room, reads * pitch + between * 0.6);
  const within = drawing.content - widthOf(then) / 2 - 4;
  label(group, Math.min(right + (writes * pitch) / 2, within), then, room, writes * pitch + between * 0.9);
  drawing.focus = follow(picture, read, written, (start + reads * pitch + right) / 2);
}

/** The path from a character that was written to where it is read. */
function backTo(from, to, top, bottom) {
  const between = Math.round((from + to) / 2);
  const tip = to > from ? 5 : -5;
  return (
    `M${Math.round(from + (between - from) * 0.75)} ${top}C${between} ${top} ${between} ${top} ${between} ${top + 14}` +
    `V${Math.round(bottom - 12)}C${between} ${bottom} ${between} ${bottom} ${between + tip} ${Math.round(bottom)}`
  );
}

/** Layers that see the whole question at once stand in the middle, one beside another. */
function wholes(group, picture, { start, end, top, bottom }, drawing) {
  const places = picture.layers.map((layer, place) => [layer, place]).filter(([layer]) => layer.at === "whole");
  places.forEach(([layer, place], nth) => {
    const x = start + ((end - start) * (nth + 1)) / (places.length + 1);
    const strip = new Strip(group, {
      xs: [x],
      width: Math.min(30, (end - start) / places.length - 8),
      y: top,
      height: bottom - top,
      layer,
    });
    drawing.parts.push([strip, (each) => [each.layers[place].states]]);
  });
}

function chances(group, picture, place, drawing) {
  const part = new Chances(group, { ...place, alphabet: picture.alphabet, when: picture.written_at });
  drawing.parts.push([part, (each) => [each.chances, each.written, each.truth]]);
}

function answer(group, picture, { xs, y, ...place }, drawing) {
  const places = xs.map((x) => [x, y]);
  const part = new Answer(group, { places, ...place, when: picture.written_at });
  drawing.parts.push([part, (each) => [each.written, each.truth]]);
}

/** The states of layers stand above the chances of what is written. Little room has only the states, or neither. */
function workings(group, picture, at, { xs, written, width, top, bottom, share, labels }, drawing) {
  if (bottom - top < 16) return;
  const both = (bottom - top) * share >= 18 * picture.layers.filter((layer) => layer.at === at).length + 5;
  const middle = both ? top + (bottom - top) * share : bottom + 5;
  strips(group, picture, at, { xs, width, top, bottom: middle - 5 }, drawing);
  labelBeside(group, labels[0], (top + middle) / 2, labelsOf(picture, at).join(" · "));
  const place = { xs: written, width, y: middle + 7, height: bottom - middle - 7, labelsAt: labels[1] };
  if (both) chances(group, picture, place, drawing);
}

/** The lamps between columns, which show what each column hands to the next; `bottom` is where they may end. */
function lamps(group, picture, { xs, bottom, most = Infinity, pitch }, drawing) {
  const way = picture.writes_backwards ? -pitch : pitch;
  const size = Math.min(clamp(pitch * 0.26, 5, 10), most);
  const part = new Lamps(group, { xs, y: bottom - size, size, when: picture.written_at, pitch: way });
  drawing.parts.push([part, (each) => [each.lamp, each.carries]]);
}

/** The numbers stand on top and the answer under a line, as on paper, and what is worked out stands between them. */
function inColumns(group, picture, room, drawing) {
  const { ghosts: end, scale } = measures(room);
  const steps = picture.read.length;
  const rows = Math.max(...picture.read.map((each) => each.length));
  const signs = rows > 1 ? 34 : 0;
  const pitch = clamp((room.width - 2 * PAD - AXIS - signs) / steps, 15, 104);
  drawing.content = Math.max(room.width, pitch * steps + 2 * PAD + AXIS + signs);
  const start = (drawing.content - pitch * steps - AXIS + signs) / 2;
  const xs = columns(steps, start, pitch, picture.reads_backwards);
  const written = columns(picture.written.length, start, pitch, picture.writes_backwards);
  const wide = pitch > 40 ? pitch * 0.58 : pitch - 5;
  const tile = { width: Math.min(pitch - 4, 54), height: clamp(36 * scale, 20, 42) };
  const above = picture.lamp.length ? 40 : 6;
  for (let row = 0; row < rows; row++) {
    const y = above + 4 + tile.height / 2 + row * (tile.height + 4);
    const tiles = new Tiles(group, {
      places: xs.map((x) => [x, y]),
      ...tile,
      when: picture.read_at,
      skipped: picture.skipped,
    });
    drawing.parts.push([tiles, (each) => [each.read.map((symbols) => symbols[row])]]);
    if (row && row === rows - 1) make(group, "text", { class: "joint", x: start - 20, y, size: 26, text: "+" });
  }
  const top = above + rows * (tile.height + 4) + 4 + 10 * scale;
  const line = end - tile.height / 2 - 4 - 4 * scale;
  const bottom = line - tile.height / 2 - 14;
  const labels = [start - signs - 8, start + steps * pitch + 6];
  workings(group, picture, "read", { xs, written, width: wide, top, bottom, share: 0.5, labels }, drawing);
  make(group, "path", { class: "rule", d: `M${start - signs} ${bottom + 7}H${start + steps * pitch}` });
  answer(group, picture, { xs: written, y: line, ...tile, aside: 1 }, drawing);
  if (picture.lamp.length) lamps(group, picture, { xs: written, bottom: 31, pitch }, drawing);
  drawing.focus = follow(picture, xs, written, drawing.content / 2);
}

/** Heads walk over the question, which stands above; what they read stands in columns over the answer. */
function withFingers(group, picture, room, drawing) {
  const { ghosts: end, scale } = measures(room);
  const [reads, writes] = [lastUsed(picture.skipped) + 1, picture.written.length];
  const tight = (room.width - 2 * PAD) / reads < LEAST_READ_PIXELS && rowsThatFit([reads, writes], room);
  if (tight) return withFingersInRows(group, picture, room, drawing, tight);
  const above = clamp((room.width - 2 * PAD) / reads, 7, 60);
  const pitch = clamp((room.width - 2 * PAD - AXIS) / writes, 13, 104);
  drawing.content = Math.max(room.width, above * reads + 2 * PAD, pitch * writes + 2 * PAD + AXIS);
  const places = columns(picture.read.length, (drawing.content - above * reads) / 2, above, picture.reads_backwards);
  const start = (drawing.content - pitch * writes) / 2;
  const written = columns(writes, start, pitch, picture.writes_backwards);
  const small = clamp(scale, 0.7, 1);
  const tile = { width: above - 4, height: clamp(Math.min(above, 44 * scale), 22, 44) };
  const line = 44 * small + tile.height / 2;
  const wide = pitch > 40 ? pitch * 0.58 : pitch - 4;
  const card = { width: Math.min(pitch - 4, 54), height: clamp(36 * scale, 20, 42) };
  const foot = line + tile.height / 2 + 4;
  const under = end - card.height / 2 - 4;
  const cell = Math.min(25 * small, (under - card.height / 2 - foot) / picture.looked.length);
  const last = under - card.height / 2 - cell / 2; // What is read last stands above the answer.
  const first = Math.min(foot + (picture.lamp.length ? 34 : 12) + 22 * scale, last - (picture.looked.length - 1) * cell);
  const rows = picture.looked.map((_, head) => first + head * cell);
  const top = rows.at(-1) + 14 * small + 6;
  const bottom = under - card.height / 2 - 14;
  const tiles = new Tiles(group, {
    places: places.slice(0, reads).map((x) => [x, line]),
    ...tile,
    when: picture.read_at.slice(0, reads),
  });
  drawing.parts.push([tiles, (each) => [firsts(each).slice(0, reads)]]);
  const labels = [start - 8, start + writes * pitch + 6];
  workings(group, picture, "written", { xs: written, written, width: wide, top, bottom, share: 0.42, labels }, drawing);
  if (bottom > rows.at(-1))
    make(group, "path", { class: "rule", d: `M${start} ${bottom + 7}H${start + writes * pitch}` });
  const drop = clamp(under - card.height / 2 - rows.at(-1) - cell / 2, 0, 14); // It never falls through what is read.
  answer(group, picture, { xs: written, y: under, ...card, aside: 1, drop }, drawing);
  const lampsEnd = first - cell / 2 - 1;
  const most = (lampsEnd - foot + 2) / 2;
  if (picture.lamp.length && most > 2) lamps(group, picture, { xs: written, bottom: lampsEnd, most, pitch }, drawing);
  const fingers = new Fingers(group, {
    heads: rows.length,
    places: places.map((x) => [x, line - tile.height / 2 - 4]),
    stem: 25,
    mark: 13,
    scale: small,
    when: picture.written_at,
    told: { foot, columns: written, rows, size: Math.min(pitch, 40), height: 0.84 * cell },
  });
  drawing.parts.push([fingers, (each) => [each.looked, firsts(each)]]);
  drawing.focus = follow(picture, places, written, drawing.content / 2);
}

/** How large symbols are that fill a room in rows, and how many stand in a row; null if they do not fit. */
function rowsThatFit(counts, { width, height }) {
  for (let pitch = ROW_MOST; pitch >= ROW_LEAST; pitch--) {
    const most = Math.floor((width - 2 * PAD) / pitch);
    const rows = counts.map((count) => Math.ceil(count / most));
    if ((rows[0] + rows[1] + 1) * pitch * ROW_HEIGHT <= height) return { pitch, most, rows };
  }
  return null;
}

/** A long question and the answer under it stand in rows. There is no room for what is worked out. */
function withFingersInRows(group, picture, room, drawing, { pitch, most, rows }) {
  const high = pitch * ROW_HEIGHT;
  const left = (room.width - most * pitch) / 2;
  const inRows = (count, above, backwards) =>
    columns(count, 0, 1, backwards).map((middle) => {
      const place = middle - 0.5;
      return [left + ((place % most) + 0.5) * pitch, high * (above + Math.floor(place / most) + 0.5)];
    });
  const reads = lastUsed(picture.skipped) + 1;
  const places = inRows(reads, 0, picture.reads_backwards);
  const tile = { width: pitch - 3, height: high - 5 };
  const tiles = new Tiles(group, { places, ...tile, when: picture.read_at.slice(0, reads) });
  drawing.parts.push([tiles, (each) => [firsts(each).slice(0, reads)]]);
  const rule = high * (rows[0] + 0.5);
  make(group, "path", { class: "rule", d: `M${left} ${rule}H${left + most * pitch}` });
  const written = inRows(picture.written.length, rows[0] + 1, picture.writes_backwards);
  const part = new Answer(group, { places: written, ...tile, when: picture.written_at, aside: 1 });
  drawing.parts.push([part, (each) => [each.written, each.truth]]);
  const fingers = new Fingers(group, {
    heads: picture.looked.length,
    places: picture.read.map((_, step) => places[step] ?? places[reads - 1]),
    stem: 0,
    mark: 0.55 * pitch,
    scale: 1,
    when: picture.written_at,
    told: null,
  });
  drawing.parts.push([fingers, (each) => [each.looked, firsts(each)]]);
}

function lastUsed(skipped) {
  const last = skipped.lastIndexOf(false);
  return last < 0 ? skipped.length - 1 : last;
}

/** Numbers go in, and a number comes out, on a line beside the truth. */
function withNumbers(group, picture, room, drawing) {
  const after = picture.layers.filter((layer) => layer.at === "whole");
  const wide = room.width > 700;
  const gauge = room.width - 176 - (wide ? room.width * 0.1 : 0);
  const inTurn = after.length < picture.layers.length;
  const left = wide ? room.width * 0.1 : PAD;
  const pitch = clamp(room.width * 0.09, 50, 90);
  const [top, bottom] = [34, measures(room).bottom - 16];
  let from;
  let edge;
  if (inTurn) {
    const xs = columns(picture.read.length, left, pitch, picture.reads_backwards);
    const reading = strips(group, picture, "read", { xs, width: pitch * 0.6, top: top + 44, bottom }, drawing);
    const tiles = new Tiles(group, {
      places: xs.map((x) => [x, top + 10]),
      width: pitch - 10,
      height: 38,
      when: picture.read_at,
    });
    drawing.parts.push([tiles, (each) => [firsts(each)]]);
    edge = left + pitch * picture.read.length;
    label(group, (left + edge) / 2, labelsOf(picture, "read").join(" · "), room, edge);
    const strip = reading.at(-1);
    from = bandsOf(strip, edge - pitch * 0.15);
  } else {
    from = spaced(picture.read.length, top, bottom).map((y) => [left + 46, y]);
    const tiles = new Tiles(group, {
      places: from.map(([, y]) => [left + 20, y]),
      width: 52,
      height: 44,
      when: picture.read_at,
    });
    drawing.parts.push([tiles, (each) => [firsts(each)]]);
    edge = left + 46;
  }
  after.forEach((layer, nth) => {
    const place = picture.layers.indexOf(layer);
    const apart = (gauge - edge) / (after.length + 1);
    const x = Math.round(edge + apart * (nth + 1));
    label(group, x, layer.label, room, apart);
    if (layer.links) {
      const ys = spaced(layer.units, top, bottom);
      const units = new Units(group, { x, ys, from, layer });
      drawing.parts.push([units, (each) => [each.layers[place].states, each.layers[place].links]]);
      from = ys.map((y) => [x + 17, y]);
    } else {
      const strip = new Strip(group, { xs: [x], width: 34, y: top, height: bottom - top, layer });
      drawing.parts.push([strip, (each) => [each.layers[place].states]]);
      from = bandsOf(strip, x + 19);
    }
  });
  const answered = new Gauge(group, {
    x: gauge,
    top,
    bottom,
    number: picture.number,
    from: from[Math.floor(from.length / 2)],
  });
  drawing.parts.push([answered, (each) => [each.number, each.right]]);
}

const spaced = (count, top, bottom) =>
  Array.from({ length: count }, (_, nth) => Math.round(top + ((bottom - top) * (nth + 0.5)) / count));

const bandsOf = (strip, x) =>
  Array.from({ length: strip.bands }, (_, band) => [x, strip.y + ((band + 0.5) * strip.height) / strip.bands]);

/** Where the eye should be at each moment. */
function follow(picture, read, written, middle) {
  return (at) => {
    const now = Math.min(Math.floor(at), picture.moments - 1);
    const writes = picture.written_at.indexOf(now);
    if (writes >= 0) return written[writes];
    const reads = picture.read_at.indexOf(now);
    return reads >= 0 ? read[reads] : middle;
  };
}

export const LAYOUTS = { pair, columns: inColumns, fingers: withFingers, numbers: withNumbers };
