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
 *   in the order in which they are `drawn`; the `lamp`; and the layers that work at all steps at once.
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

/** The moments at which everything comes, as `_Times` of picture.py has them. */
function timesOf({ example: { layers, layout, bridge }, at_once }, steps, answers) {
  const reading = layers.filter((layer) => layer.at === "read");
  const bothWays = reading.some((layer) => layer.backwards);
  const inTurn = reading.length > 0 && !at_once.includes(nameOf(reading[0]));
  const range = (start, count) => Array.from({ length: count }, (_, nth) => start + nth);
  const when = {};
  let now = inTurn ? 0 : 1;
  for (const layer of reading) {
    if (at_once.includes(nameOf(layer))) when[layer.name] = Array(steps).fill(now++);
    else if (layer.backwards) when[layer.name] = [...when[nameOf(layer)]].reverse();
    else {
      const start = bothWays ? now : 0; // Layers in one direction work side by side.
      now = start + steps;
      when[layer.name] = range(start, steps);
    }
  }
  for (const layer of layers) if (layer.at === "whole") when[layer.name] = [now++];
  const handedOver = now;
  if (bridge) now++;
  const read = range(0, steps).map((step) => (bothWays ? Math.min(step, steps - 1 - step) : step * inTurn));
  const written = layout === "columns" && inTurn && !bothWays ? read.slice(0, answers) : range(now, answers);
  for (const layer of layers) if (layer.at === "written") when[layer.name] = written;
  const last = Math.max(now - 1, ...written);
  return { read, layers: when, bridge: handedOver, written, moments: last + 1 + Number(layout === "numbers") };
}

const nameOf = (layer) => layer.name.replace(/_backward$/, "");

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
