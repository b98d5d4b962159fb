// The parts of the living picture that a network has: what it reads, its states, what it writes. Each is made once for
// a layout; `paint` gives it an epoch's data, and `show(at)` draws it at a moment. Only what has changed is written to
// the page, so that both take a few milliseconds at most.
//
// A strip of heat and a column of chances have one path for each shade, however many cells they have: a page redraws
// a long path quickly, and thousands of elements slowly.

const NAMESPACE = "http://www.w3.org/2000/svg";
export const SHADES = 6; // Heat has this many above zero, and as many below.
const LEAST_TILE_PIXELS = 10; // A narrower symbol has no tile.
const LEAST_SECOND_CHANCE = 0.05; // A smaller chance gets no name.
const CHANCES = ["faint", "light", "full", "right", "wrong", "missed"];
export const BLANK = "␣";

export function make(parent, name, attributes = {}) {
  const node = document.createElementNS(NAMESPACE, name);
  put(node, attributes);
  parent.append(node);
  return node;
}

/** Sets the attributes of a node that have changed; `text` is its content, `size` the size of its letters. */
export function put(node, attributes) {
  const had = (node.had ??= {});
  for (const [name, value] of Object.entries(attributes)) {
    if (had[name] === value) continue;
    had[name] = value;
    if (name === "text") node.textContent = value;
    else if (name === "size") node.style.fontSize = `${short(value)}px`;
    else node.setAttribute(name, value);
  }
}

export const short = (number) => Math.round(number * 100) / 100;
/** Whether a node was last drawn differently; what stands still is not worked out again. */
export function moved(node, ...state) {
  const key = state.join();
  if (node.drawn === key) return false;
  node.drawn = key;
  return true;
}

export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
export const between = (share, start, end) => clamp((share - start) / (end - start), 0, 1);
export const ease = (share) => 1 - (1 - share) ** 3;
export const shown = (symbol) => (symbol === " " ? BLANK : symbol);

export function bytes(text, kind) {
  return kind.from(atob(text), (character) => character.charCodeAt(0));
}

export function box(x, y, width, height) {
  return `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}z`;
}

export function disc(x, y, radius) {
  const r = short(radius);
  return `M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

/** Paths by class. What comes at this moment has paths in a group of its own. */
export class Paths {
  constructor(parent, classes) {
    this.classes = classes;
    this.there = make(parent, "g");
    this.coming = make(parent, "g");
    this.paths = [this.there, this.coming].map((group) => classes.map((each) => make(group, "path", { class: each })));
    this.now = null;
  }

  /** Draws both anew if the moment is another: `add(lines, step)` adds the drawing of a step to its lines by class. */
  fill(at, when, add) {
    const now = Math.floor(at);
    if (this.now === now) return;
    this.now = now;
    const lines = [this.classes.map(() => []), this.classes.map(() => [])];
    when.forEach((moment, step) => {
      if (moment <= now) add(lines[moment === now ? 1 : 0], step);
    });
    lines.forEach((each, group) => each.forEach((line, place) => put(this.paths[group][place], { d: line.join("") })));
  }
}

/** The size of letters in tiles of that size. */
function letters(width, height) {
  return Math.min(clamp(height * 0.6, 11, 28), Math.max(1.5 * (width + 4), 8));
}

/**
 * The symbols of a question, which walk in. `places` has the middle of each, `again` the strips of those who read them
 * one after another, perhaps from both ends.
 */
export class Tiles {
  constructor(parent, { places, width, height, when, skipped = [], again = [{ when }] }) {
    Object.assign(this, { places, when, again });
    const bare = width < LEAST_TILE_PIXELS;
    const group = make(parent, "g", { class: bare ? "tiles bare" : "tiles" });
    if (!bare)
      make(group, "path", { class: "waiting", d: places.map(([x, y]) => round(x, y, width, height)).join("") });
    this.tiles = places.map(([x, y], place) => {
      const tile = make(group, "g", { class: skipped[place] ? "tile skipped" : "tile" });
      if (!bare) make(tile, "path", { d: round(0, 0, width, height) });
      return [tile, make(tile, "text", { size: letters(width, height) })];
    });
  }

  paint(symbols) {
    symbols.forEach((symbol, place) => put(this.tiles[place][1], { text: shown(symbol) }));
  }

  show(at) {
    const now = at % 1 ? Math.floor(at) : -1;
    this.tiles.forEach(([tile], place) => {
      const share = clamp(at - this.when[place], 0, 1);
      const reading = this.again.some((strip) => strip.when[place] === now);
      if (!moved(tile, share, reading)) return;
      const there = ease(between(share, 0, 0.5));
      const [x, y] = this.places[place];
      const hop = 9 * Math.sin(Math.PI * there);
      put(tile, {
        transform: `translate(${short(x - 24 * (1 - there))} ${short(y - hop)})`,
        opacity: short(there),
        "data-now": reading ? "yes" : "no",
      });
    });
  }
}

export function round(x, y, width, height, radius = 7) {
  const r = Math.min(radius, width / 3, height / 3);
  const [w, h] = [width - 2 * r, height - 2 * r];
  return (
    `M${short(x - width / 2 + r)} ${short(y - height / 2)}h${short(w)}a${r} ${r} 0 0 1 ${r} ${r}v${short(h)}` +
    `a${r} ${r} 0 0 1 ${-r} ${r}h${short(-w)}a${r} ${r} 0 0 1 ${-r} ${-r}v${short(-h)}a${r} ${r} 0 0 1 ${r} ${-r}z`
  );
}

/** A layer's state after each step, as a strip of heat. A cell above zero is wide and one below is narrow. */
export class Strip {
  constructor(parent, { xs, width, y, height, layer }) {
    Object.assign(this, { xs, width, y, height, when: layer.when, bands: layer.bands, backwards: layer.backwards });
    const group = make(parent, "g", { class: "strip" });
    const middle = y + height / 2;
    make(group, "path", { class: "track", d: xs.map((x) => round(x, middle, width + 4, height + 4, 5)).join("") });
    const pitch = xs.length > 1 ? xs[1] - xs[0] : 0;
    this.ahead = this.backwards ? -pitch : pitch;
    const inTurn = layer.when.some((moment) => moment !== layer.when[0]);
    if (inTurn && height >= 14 && Math.abs(pitch) - width > 9) {
      const tip = this.ahead > 0 ? 4 : -4;
      const chevrons = xs.slice(1).map((x) => `M${short(x - pitch / 2 - tip / 2)} ${middle - 5}l${tip} 5l${-tip} 5`);
      make(group, "path", { class: "chevron", d: chevrons.join("") });
    }
    const shades = [...Array(2 * SHADES).keys()];
    this.paths = new Paths(
      group,
      shades.map((each) => (each < SHADES ? `plus s${each + 1}` : `minus s${each - SHADES + 1}`)),
    );
    this.spark = make(group, "circle", { class: "spark", r: 5, opacity: 0 });
  }

  paint(states) {
    this.states = bytes(states, Int8Array);
    this.paths.now = null;
  }

  /** The step that comes last. */
  get last() {
    return this.when.indexOf(Math.max(...this.when));
  }

  /** The state after a step as bytes. */
  after(step) {
    return this.states.subarray(step * this.bands, (step + 1) * this.bands);
  }

  show(at) {
    const size = this.height / this.bands;
    this.paths.fill(at, this.when, (lines, step) => {
      const state = this.after(step);
      for (let start = 0, end = 1; start < this.bands; start = end++) {
        const shade = shadeOf(state[start]);
        while (end < this.bands && shadeOf(state[end]) === shade) end++;
        if (!shade) continue;
        const width = shade > 0 ? this.width : this.width * 0.58;
        const line = lines[shade > 0 ? shade - 1 : SHADES - shade - 1];
        line.push(box(this.xs[step] - width / 2, this.y + start * size, width, (end - start) * size));
      }
    });
    const share = at - Math.floor(at);
    put(this.paths.coming, { opacity: short(ease(between(share, 0.4, 1))) });
    const step = this.when.indexOf(Math.floor(at));
    const way = between(share, 0.1, 0.55);
    const once = step >= 0 && step === this.when.lastIndexOf(Math.floor(at)) && way > 0 && way < 1;
    put(this.spark, {
      opacity: once ? short(Math.sin(Math.PI * way)) : 0,
      cx: once ? short(this.xs[step] - (1 - ease(way)) * this.ahead) : 0,
      cy: this.y + this.height / 2,
    });
  }
}

export function shadeOf(value) {
  return Math.round((value * SHADES) / 127);
}

/**
 * How likely each symbol is at each character written: a bar for each symbol, the name of the one that came second,
 * and a ring for the truth that it missed.
 */
export class Chances {
  constructor(parent, { xs, width, y, height, alphabet, when, labelsAt }) {
    Object.assign(this, { xs, width, y, when, symbols: alphabet.length, alphabet });
    this.row = height / alphabet.length;
    const group = make(parent, "g", { class: "chances" });
    make(group, "path", {
      class: "track",
      d: xs.map((x) => round(x, y + height / 2, width + 4, height + 4, 5)).join(""),
    });
    this.paths = new Paths(group, CHANCES);
    this.height = height;
    this.seconds = width < 22 || this.row < 6 ? [] : xs.map(() => make(group, "text", { class: "second", size: 12 }));
    const size = clamp(this.row * 1.1, 12, 14);
    if (this.row >= 11 && labelsAt !== undefined)
      [...alphabet].forEach((symbol, row) =>
        make(group, "text", {
          class: "symbol",
          size,
          x: labelsAt,
          y: short(y + (row + 0.5) * this.row),
          text: shown(symbol),
        }),
      );
  }

  paint(chances, written, truth) {
    this.chances = bytes(chances, Uint8Array);
    Object.assign(this, { written, truth });
    this.paths.now = null;
    this.seconds.forEach((text, step) => {
      const others = [...this.alphabet].map((symbol, place) => [this.chance(step, place), place, symbol]);
      const [chance, place, symbol] = others
        .filter(([, , symbol]) => symbol !== written[step])
        .reduce((one, other) => (other[0] > one[0] ? other : one));
      put(text, {
        text: chance < LEAST_SECOND_CHANCE ? "" : shown(symbol),
        x: short(this.xs[step] - this.width / 2 + Math.min(chance * this.width + 8, this.width - 6)),
        y: short(clamp(this.y + (place + 0.5) * this.row, this.y + 6, this.y + this.height - 6)),
      });
    });
  }

  chance(step, symbol) {
    return this.chances[step * this.symbols + symbol] / 255;
  }

  show(at) {
    this.seconds.forEach((text, step) => put(text, { opacity: short(between(at - this.when[step], 0.6, 0.8)) }));
    this.paths.fill(at, this.when, (lines, step) => {
      const left = this.xs[step] - this.width / 2;
      for (let symbol = 0; symbol < this.symbols; symbol++) {
        const chance = this.chance(step, symbol);
        const [name, true_] = [this.alphabet[symbol], this.truth[step]];
        const top = this.y + symbol * this.row + this.row * 0.1;
        let kind = chance > 0.4 ? 2 : chance > 0.1 ? 1 : 0;
        if (name === this.written[step] && true_ !== undefined) kind = name === true_ ? 3 : 4;
        if (chance > 0.004) lines[kind].push(box(left, top, Math.max(chance * this.width, 1), this.row * 0.8));
        if (name === true_ && name !== this.written[step])
          lines[5].push(disc(left + this.width - 7, top + this.row * 0.4, clamp(this.row * 0.42, 3, 6)));
      }
    });
    const grown = ease(between(at - Math.floor(at), 0.3, 0.75));
    const step = this.when.indexOf(Math.floor(at));
    const left = step < 0 ? 0 : this.xs[step] - this.width / 2;
    put(this.paths.coming, { transform: `translate(${short(left * (1 - grown))} 0) scale(${short(grown)} 1)` });
  }
}

/**
 * The characters of the answer, with the truth ghosted behind; `places` has the middle of each. A wrong one stands
 * crooked and has a cross.
 */
export class Answer {
  constructor(parent, { places, width, height, when, aside, points, drop = 14 }) {
    Object.assign(this, { places, height, when, aside, drop });
    this.bare = width < LEAST_TILE_PIXELS;
    const group = make(parent, "g", { class: this.bare ? "answer bare" : "answer" });
    const size = letters(width, height);
    const tile = (kind) => {
      const each = make(group, "g", { class: kind });
      if (!this.bare) make(each, "path", { class: "card", d: round(0, 0, width, height) });
      return [each, make(each, "text", { size })];
    };
    this.ghosts = places.map(() => tile("ghost"));
    this.tiles = places.map((_, step) => {
      const [each, text] = tile("written");
      if (points) each.addEventListener("pointerenter", () => points(step));
      if (points) each.addEventListener("pointerleave", () => points());
      const badge = width < 22 ? null : make(each, "g", { class: "badge" });
      if (badge) put(badge, { transform: `translate(${short(width / 2 - 1)} ${short(-height / 2 + 1)})` });
      if (badge) make(badge, "circle", { r: 7.5 });
      return [each, text, badge && make(badge, "path")];
    });
  }

  paint(written, truth) {
    this.wrong = written.map((symbol, step) => truth.length > 0 && symbol !== truth[step]);
    written.forEach((symbol, step) => {
      const [tile, text, badge] = this.tiles[step];
      put(text, { text: shown(symbol) });
      const blank = symbol === " " ? "yes" : "no";
      put(tile, { "data-blank": blank, "data-is": truth.length ? (this.wrong[step] ? "wrong" : "right") : "told" });
      if (badge) put(badge, { d: this.wrong[step] ? "M-3 -3L3 3M3 -3L-3 3" : "M-3.5 0L-1 3L3.5 -3" });
      put(this.ghosts[step][1], { text: truth.length ? shown(truth[step]) : "" });
    });
  }

  show(at) {
    this.tiles.forEach(([tile], step) => {
      const there = ease(between(at - this.when[step], 0.5, 0.95));
      const [x, y] = this.places[step];
      const wrong = this.wrong[step];
      if (!moved(tile, there, wrong)) return;
      const larger = 1 + 0.22 * Math.sin(Math.PI * there);
      put(tile, {
        opacity: there > 0 ? 1 : 0,
        transform:
          `translate(${short(x)} ${short(y - this.aside * this.drop * (1 - there))}) ` +
          `rotate(${wrong ? short(8 * there) : 0}) scale(${short(there ? larger : 1)})`,
      });
      const gone = wrong ? there : 0;
      const small = this.bare ? 0 : 0.4;
      const away = this.aside * this.height * (this.bare ? 0.8 : 0.72);
      put(this.ghosts[step][0], {
        transform: `translate(${short(x)} ${short(y + away * gone)}) scale(${short(1 - small * gone)})`,
        opacity: there === 1 && !wrong ? 0 : 1,
      });
    });
  }
}
