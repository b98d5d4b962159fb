// The parts of the living picture that lead from one place to another: arcs of attention, lamps of carries, fingers,
// the bridge, and units with their weights. They work as those of `picture_parts.js` do.

import {
  Paths,
  SHADES,
  between,
  box,
  bytes,
  clamp,
  disc,
  ease,
  make,
  moved,
  put,
  round,
  shadeOf,
  short,
  shown,
} from "./picture_parts.js";

/** Arcs over the characters show where each head looks. A thicker arc is a longer look. */
export class Arcs {
  constructor(parent, { from, to, y, height, heads, when }) {
    Object.assign(this, { from, to, y, height, when });
    const group = make(parent, "g", { class: "arcs" });
    this.heads = Array.from({ length: heads }, (_, head) =>
      from.map(() => make(group, "path", { class: `head h${head % 4}`, opacity: 0 })),
    );
    const ways = from.flatMap((x) => to.map((other) => Math.abs(x - other)));
    [this.nearest, this.farthest] = [Math.min(...ways), Math.max(...ways, 1)];
  }

  paint(looked) {
    looked.forEach((head, nth) =>
      head.forEach((looks, step) => {
        const arcs = [];
        for (let each = 0; each < looks.length; each += 2) arcs.push(this.arc(step, looks[each], looks[each + 1], nth));
        put(this.heads[nth][step], { d: arcs.join("") });
      }),
    );
  }

  show(at) {
    const now = at % 1 ? Math.floor(at) : -1;
    this.at = at;
    for (const head of this.heads)
      head.forEach((path, step) => {
        let share = this.when[step] === now ? ease(between(at - now, 0, 0.45)) : this.when[step] < at ? 0.42 : 0;
        if (this.pointed !== undefined && share) share = step === this.pointed ? 1 : 0.08;
        put(path, { opacity: short(share) });
      });
  }

  /** Shows where it looked for one of its characters alone, or for all of them again. */
  point(step) {
    this.pointed = step;
    this.show(this.at);
  }

  arc(step, place, percent, head) {
    const [start, end] = [this.from[step], this.to[place]];
    const far = (Math.abs(start - end) - this.nearest) / (this.farthest - this.nearest || 1);
    const rise = this.height * (0.3 + 0.7 * far) * (1 - 0.07 * head);
    const [middle, thick] = [(start + end) / 2, 0.6 + percent / 9];
    const curve = (top, x) => `Q${short(middle)} ${short(this.y - 2 * top)} ${short(x)} ${this.y}`;
    const foot = disc(end, this.y, 1 + Math.sqrt(percent) * 0.42);
    return `M${short(start)} ${this.y}${curve(rise, end)}${curve(rise - thick, start)}z${foot}`;
  }
}

/** A lamp between columns, which is lit where the unit says that the column carries. */
export class Lamps {
  constructor(parent, { xs, y, size, when, pitch }) {
    this.when = when;
    this.lamps = xs.map((x) => {
      const lamp = make(parent, "g", { class: "lamp", transform: `translate(${short(x + pitch / 2)} ${y})` });
      const glow = make(lamp, "circle", { class: "glow", r: short(size * 1.9) });
      const rays = make(lamp, "path", { class: "rays", d: raysAround(size * 1.25, size * 1.65) });
      make(lamp, "circle", { class: "bulb", r: short(size) });
      const text = make(lamp, "text", { size: size * 1.35, text: "1" });
      return [lamp, glow, rays, text];
    });
  }

  paint(said, carries) {
    Object.assign(this, { said, wrong: said.map((each, step) => each > 50 !== carries[step] > 0) });
  }

  show(at) {
    this.lamps.forEach(([lamp, glow, rays, text], step) => {
      const there = between(at - this.when[step], 0.5, 0.9);
      const lit = (there * this.said[step]) / 100;
      put(lamp, {
        "data-lit": lit > 0.5 ? "yes" : "no",
        "data-wrong": there === 1 && this.wrong[step] ? "yes" : "no",
        opacity: there > 0 ? 1 : 0.35,
      });
      put(glow, { opacity: short(Math.max(0, lit - 0.3)) });
      for (const each of [rays, text]) put(each, { opacity: lit > 0.5 ? 1 : 0 });
    });
  }
}

function raysAround(start, end) {
  return Array.from({ length: 8 }, (_, ray) => {
    const [x, y] = [Math.cos((ray * Math.PI) / 4), Math.sin((ray * Math.PI) / 4)];
    return `M${short(x * start)} ${short(y * start)}L${short(x * end)} ${short(y * end)}`;
  }).join("");
}

const FAR = 90; // A state that comes from farther away has a pipe of its own.

const MARKS = [
  (size) => disc(0, 0, size),
  (size) => box(-size * 0.9, -size * 0.9, size * 1.8, size * 1.8),
  (size) => `M0 ${-size * 1.2}L${size * 1.2} 0L0 ${size * 1.2}L${-size * 1.2} 0z`,
  (size) => `M0 ${-size * 1.1}L${size * 1.2} ${size}H${-size * 1.2}z`,
];

/**
 * Heads that walk over the question as fingers, each with a mark of its own. `places` has what they point at. A finger
 * stands above it, or on it if it has no `stem`. `told` has the columns below and, for each finger, the row that shows
 * what it read. It is null if there is no room for that.
 */
export class Fingers {
  constructor(parent, { heads, places, stem, mark, scale, when, told }) {
    Object.assign(this, { places, stem, scale, when, told });
    const group = make(parent, "g", { class: "fingers" });
    const apart = Math.min(Math.abs(places[1]?.[0] - places[0][0]) * 0.4 || 0, 9); // One must not hide another.
    this.fingers = Array.from({ length: heads }, (_, head) => {
      const aside = (head - (heads - 1) / 2) * apart;
      const spread = make(group, "path", { class: `head h${head % 4} spread` });
      const thread = make(group, "path", { class: `thread h${head % 4}` });
      const finger = make(group, "g", { class: `finger h${head % 4}` });
      if (stem) make(finger, "path", { class: "tip", d: `M-6 -14L0 0L6 -14z` });
      make(finger, "path", { class: "mark", d: MARKS[head % 4](mark), transform: `translate(0 ${-stem})` });
      const reads = make(finger, "text", { size: 1.23 * mark, y: -stem });
      const read = (told?.columns ?? []).map((x) => {
        const at = `translate(${short(x)} ${told.rows[head]})`;
        const tile = make(group, "g", { class: `told h${head % 4}`, transform: at });
        if (told.size > 15) make(tile, "path", { d: round(0, 0, told.size - 4, told.height, 5) });
        return [tile, make(tile, "text", { size: clamp(told.size * 0.6, 10, 0.7 * told.height) })];
      });
      return { spread, thread, finger, reads, read, aside };
    });
  }

  paint(looked, symbols) {
    Object.assign(this, { looked, symbols });
    this.fingers.forEach(({ read }, head) =>
      read.forEach(([, text], step) => put(text, { text: shown(symbols[looked[head][step][0] ?? 0]) })),
    );
  }

  show(at) {
    const last = this.when.length - 1;
    const step = clamp(Math.floor(at) - this.when[0], 0, last);
    const share = clamp(at - this.when[step], 0, 1);
    this.fingers.forEach(({ spread, thread, finger, reads, read, aside }, head) => {
      const place = (which) => this.places[this.looked[head][which][0] ?? 0];
      const way = ease(between(share, 0, 0.4));
      const [from, to] = [place(Math.max(step - 1, 0)), place(step)];
      const [x, y] = [0, 1].map((axis) => from[axis] + (to[axis] - from[axis]) * way);
      const hop = from === to ? 0 : 7 * Math.sin(Math.PI * way);
      put(finger, { transform: `translate(${short(x + aside)} ${short(y - hop)}) scale(${this.scale})` });
      const looks = this.looked[head][step];
      put(reads, { text: shown(this.symbols[looks[0] ?? 0]) });
      put(finger, { opacity: short(0.35 + (0.65 * (looks[1] ?? 0)) / 100) });
      const mist = [];
      for (let each = 2; each < looks.length; each += 2)
        mist.push(disc(...this.places[looks[each]], 1 + looks[each + 1] / 8));
      put(spread, { d: mist.join("") });
      if (!this.told) return;
      const { foot, columns, rows } = this.told;
      const [end, bottom] = [columns[step], rows[head]];
      const middle = (foot + bottom) / 2;
      put(thread, {
        d: `M${short(x)} ${foot}C${short(x)} ${middle} ${short(end)} ${middle} ${short(end)} ${bottom - 11}`,
        opacity: at < this.when[last] + 1 ? short(between(share, 0.15, 0.4)) : 0.5,
      });
      read.forEach(([tile], which) => {
        const there = between(at - this.when[which], 0.25, 0.5);
        if (moved(tile, there)) put(tile, { opacity: short(ease(there)) });
      });
    });
  }
}

/** The bridge that hands the question over: a funnel with a narrow neck, and a pipe to those who write. */
export class Bridge {
  constructor(parent, { left, right, top, bottom, neck, rail, ends, columns, feet, when, label }) {
    Object.assign(this, { when, neck });
    const group = make(parent, "g", { class: "bridge" });
    const width = (right - left) * 0.4;
    const [start, end] = [(left + right) / 2 - width / 2, (left + right) / 2 + width / 2];
    const bend = (start - left) * 0.6;
    const curve = (from, to) => `C${left + bend} ${from} ${start - bend * 0.5} ${to} ${start} ${to}`;
    const back = `C${start - bend * 0.5} ${neck + 9} ${left + bend} ${bottom} ${left} ${bottom}`;
    make(group, "path", {
      class: "funnel",
      d: `M${left} ${top}${curve(top, neck - 9)}V${neck + 9}${back}z`,
    });
    Object.assign(this, { start, end });
    make(group, "path", { class: "neck", d: box(start, neck - 9, end - start, 18) });
    const far = columns[feet.at(-1)];
    const to = feet.length > 1 ? Math.max(...columns) : far;
    const pipe = `M${end} ${neck}C${end + 14} ${neck} ${end + 4} ${rail} ${end + 22} ${rail}H${short(to)}`;
    const stubs = feet.map((step) => `M${short(columns[step])} ${rail}v-7m-4 4l4 -5l4 5`).join("");
    const away = ends.filter((x) => left - x > FAR);
    make(group, "path", {
      class: "pipe",
      d: away.map((x) => `M${short(x)} ${bottom + 3}V${rail}H${left}V${bottom - 8}`).join(""),
    });
    for (const kind of ["pipe", "pulse"]) make(group, "path", { class: kind, d: pipe, pathLength: 1 });
    this.pulse = group.lastChild;
    make(group, "path", { class: "pipe", d: stubs });
    this.heat = new Paths(
      group,
      [...Array(SHADES).keys()].flatMap((each) => [`plus s${each + 1}`, `minus s${each + 1}`]),
    );
    make(group, "text", {
      class: "label strong",
      x: (start + end) / 2,
      y: neck - 22,
      size: 14,
      text: right - left < 110 ? label.split(" ")[0] : label, // A narrow bridge shows only the number.
    });
  }

  /** The states that cross are the last ones of the strips, which were painted before. */
  paint(strips) {
    this.code = strips.flatMap((strip) => [...strip.after(strip.last)]);
    this.heat.now = null;
  }

  show(at) {
    const stride = Math.ceil((1.6 * this.code.length) / (this.end - this.start));
    const cells = this.code.filter((_, place) => place % stride === 0);
    const size = (this.end - this.start) / cells.length;
    this.heat.fill(at, [this.when], (lines) =>
      cells.forEach((value, place) => {
        const shade = shadeOf(value);
        const height = shade > 0 ? 14 : 8;
        if (shade)
          lines[2 * Math.abs(shade) - (shade > 0 ? 2 : 1)].push(
            box(this.start + place * size, this.neck - height / 2, size, height),
          );
      }),
    );
    const share = at - this.when;
    put(this.heat.coming, { opacity: short(ease(between(share, 0, 0.6))) });
    const moving = share > 0 && share < 1;
    put(this.pulse, {
      opacity: moving ? 1 : 0,
      "stroke-dasharray": "0.18 2",
      "stroke-dashoffset": short(0.18 - 1.2 * share),
    });
  }
}

/** Units one by one, with the weights that lead to them. Wide lines are strong, and dashed ones are below zero. */
export class Units {
  constructor(parent, { x, ys, from, layer }) {
    Object.assign(this, { x, ys, from, when: layer.when[0] });
    const group = make(parent, "g", { class: "units" });
    this.lines = from.map((point) =>
      ys.map((y) => make(group, "path", { d: `M${point[0]} ${short(point[1])}L${x - 17} ${short(y)}` })),
    );
    this.nodes = ys.map((y) => {
      make(group, "circle", { class: "track", cx: x, cy: short(y), r: 17 });
      return make(group, "circle", { cx: x, cy: short(y) });
    });
  }

  paint(states, links) {
    this.states = bytes(states, Int8Array);
    const weights = bytes(links, Int8Array);
    this.lines.forEach((row, source) =>
      row.forEach((line, unit) => {
        const weight = (weights[source * this.ys.length + unit] ?? 0) / 127;
        put(line, {
          class: weight < 0 ? "link minus" : "link plus",
          "stroke-width": short(0.6 + 6 * Math.abs(weight)),
          "stroke-dasharray": weight < 0 ? "7 4" : "none",
        });
      }),
    );
  }

  show(at) {
    const share = at - this.when;
    for (const row of this.lines)
      for (const line of row) put(line, { opacity: short(0.3 + 0.6 * between(share, 0, 0.5)) });
    this.nodes.forEach((node, unit) => {
      const heat = this.states[unit] / 127;
      const there = ease(between(share, 0.4, 1));
      put(node, { class: heat < 0 ? "minus" : "plus", r: short(there * (4 + 12 * Math.abs(heat))) });
    });
  }
}

/** A number line with the answer beside the truth. */
export class Gauge {
  constructor(parent, { x, top, bottom, number, from }) {
    Object.assign(this, { x, top, bottom, from, when: number.when });
    this.group = make(parent, "g", { class: "gauge" });
    make(this.group, "path", { class: "scale", d: `M${x} ${bottom}V${top}M${x - 7} ${bottom}h14M${x - 7} ${top}h14` });
    for (const [y, text] of [
      [bottom, "0"],
      [top, String(number.scale)],
    ])
      make(this.group, "text", { class: "symbol", x: x - 20, y, size: 13, text });
    this.way = make(this.group, "path", { class: "back" });
    this.truth = make(this.group, "g", { class: "aim" });
    make(this.truth, "path", { d: "M-9 0L0 -9L9 0L0 9z" });
    this.trueText = make(this.truth, "text", { class: "beside", x: 18, y: 0, size: 15 });
    this.value = make(this.group, "g", { class: "value" });
    make(this.value, "circle", { r: 8 });
    this.line = make(this.value, "path", { class: "lead" });
    this.card = make(this.value, "g", {});
    make(this.card, "path", { class: "card", d: round(0, 0, 118, 44) });
    this.text = make(this.card, "text", { size: 23 });
  }

  height(value, scale) {
    return this.bottom - clamp(value / scale, -0.04, 1.04) * (this.bottom - this.top);
  }

  paint(number, right) {
    const { value, truth, scale } = number;
    const y = this.height(value, scale);
    this.y = y;
    const aside = y + (truth !== null && value >= truth ? -30 : 30);
    const beside = short(clamp(aside, this.top - 8, this.bottom - 6) - y); // The whole card is within the picture.
    put(this.card, { transform: `translate(112 ${beside})` });
    put(this.line, { d: `M8 0L53 ${beside}` });
    put(this.text, { text: (right ? "✓ " : right === false ? "✗ " : "") + value.toFixed(2).replace("-", "−") });
    put(this.value, { "data-is": right ? "right" : right === false ? "wrong" : "told" });
    put(this.truth, {
      transform: `translate(${this.x} ${short(this.height(truth ?? 0, scale))})`,
      opacity: truth === null ? 0 : 1,
    });
    put(this.trueText, { text: truth === null ? "" : String(truth) });
  }

  show(at) {
    const there = ease(between(at - this.when, 0, 0.9));
    const y = this.bottom + (this.y - this.bottom) * there;
    const [start, from] = this.from;
    const bend = (start + this.x) / 2;
    put(this.way, {
      d: `M${start} ${from}C${bend} ${from} ${bend} ${short(y)} ${this.x - 12} ${short(y)}`,
      opacity: there > 0 ? 1 : 0,
    });
    put(this.value, { transform: `translate(${this.x} ${short(y)})`, opacity: there > 0 ? 1 : 0 });
  }
}
