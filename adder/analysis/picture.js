// Makes in a browser what a drawing of one answer needs, as picture.py does. It takes the picture of an example, and
// changes what is different for this question.

import { largest } from "../networks/arrays.js";
import { inHumanOrder, unpadded } from "../encodings/encodings.js";

const MOST_BANDS = 64;
const LEAST_LOOK = 0.03;
const MOST_LOOKS = 12;
const CONTRAST = 2.5;

/**
 * The picture of one answer, as `adder.analysis.picture.Picture.plain` gives it.
 *
 * @param page     What the page holds of the network: an `example`, which is the picture of another question; the units
 *   in the order in which they are `drawn`; the `lamp`; and the `times` at which everything comes.
 * @param question The question as it was read.
 * @param seen     What the network read and gave, and its trace.
 */
export function picture(page, question, { read, skipped, symbols, truth, number, chances, attention, trace }) {
  const { example, encoding, drawn, lamp } = page;
  const times = timesOf(page, read.length, symbols.length);
  const heads = [...trace.heads.values()].at(-1);
  const looked = heads ? heads[0].map((_, head) => heads.map((step) => step[head])) : attention ? [attention] : [];
  const answer = number === null ? unpadded(encoding, inHumanOrder(encoding, symbols).join("")) : number.toFixed(2);
  return {
    ...example,
    question: question.question,
    read,
    skipped,
    read_at: times.read,
    layers: example.layers.map((layer) => ({
      ...layer,
      when: times.layers[layer.name],
      states: heat(trace.layers.get(layer.name), drawn[layer.name]),
    })),
    bridge: example.bridge && { ...example.bridge, when: times.bridge },
    looked: looked.map((head) => head.map(looks)),
    written: symbols,
    truth: truth ?? [],
    written_at: times.written,
    chances: bytes(chances.flatMap((each) => Array.from(each, (chance) => Math.round(255 * chance)))),
    lamp: lamp ? Array.from(inOrder(trace.layers.get(lamp.layer)), (state) => lit(state[lamp.unit], lamp)) : [],
    carries: lamp ? carriesOf(question, symbols.length) : [],
    number: example.number && {
      ...example.number,
      value: number,
      truth: question.value === null ? null : Number(question.value),
      when: times.moments - 1,
    },
    answer,
    expected: number === null || question.value === null ? question.answer : String(question.value),
    right:
      question.answer === null
        ? null
        : number === null
          ? truth.join() === symbols.join()
          : BigInt(Math.round(number)) === question.value,
    moments: times.moments,
  };
}

/** The moments at which everything comes in a question of so many steps, as `Times` of picture.py says. */
function timesOf({ times, example: { layers, layout } }, steps, answers) {
  const along = ({ begin, later, pace }, count) =>
    Array.from({ length: count }, (_, nth) => begin + later * steps + pace * nth);
  const counts = { read: steps, written: answers, whole: 1 };
  const when = Object.fromEntries(layers.map(({ name, at }) => [name, along(times.layers[name], counts[at])]));
  const ways = times.read.map((way) => along(way, steps));
  const read = ways[0].map((_, step) => Math.min(...ways.map((way) => way[step])));
  const [bridge] = times.bridge ? along(times.bridge, 1) : [0];
  const written = along(times.written, answers);
  const last = [written, ...Object.values(when)].flat().reduce((one, other) => Math.max(one, other), bridge);
  return { read, layers: when, bridge, written, moments: last + 1 + Number(layout === "numbers") };
}

/** The states of a layer in the order of the steps. */
const inOrder = ({ states, backwards }) => (backwards ? [...states].reverse() : states);

/** The states of a layer as a drawing has them: means of neighbours where there are many units. */
function heat(layer, order) {
  const size = Math.ceil(order.length / MOST_BANDS);
  const values = [];
  for (const state of inOrder(layer))
    for (let first = 0; first < order.length; first += size) {
      const band = order.slice(first, first + size);
      const mean = band.reduce((sum, unit) => sum + state[unit], 0) / band.length;
      values.push(Math.round(127 * Math.tanh(CONTRAST * mean)));
    }
  return bytes(values);
}

const bytes = (values) => btoa(Array.from(values, (value) => String.fromCharCode(value & 255)).join(""));

/** The places with the largest shares, each with its percents; there is at least one. */
function looks(shares) {
  const places = [];
  shares.forEach((share, place) => share >= LEAST_LOOK && places.push(place));
  if (!places.length) places.push(largest(shares));
  places.sort((one, other) => shares[other] - shares[one] || one - other);
  return places.slice(0, MOST_LOOKS).flatMap((place) => [place, Math.round(100 * shares[place])]);
}

function lit(state, { threshold, above }) {
  return Math.round(50 + 50 * Math.tanh(3 * (state - threshold) * (above ? 1 : -1)));
}

/** What each column of a sum carries on paper; the column of the last digit comes first. */
function carriesOf({ numbers, task }, columns) {
  const base = BigInt(task.base);
  let [rest, carry] = [numbers, 0n];
  return Array.from({ length: columns }, () => {
    if (rest.every((number) => number === 0n)) return 0;
    carry = (rest.reduce((sum, number) => sum + (number % base), 0n) + carry) / base;
    rest = rest.map((number) => number / base);
    return Number(carry);
  });
}
