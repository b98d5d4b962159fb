// Runs a network in a browser, beside description.py and decoding.py: one question, answered greedily.

import { largest } from "./arrays.js";
import { LAYERS } from "./layers/layers.js";

const VERSION = 1; // `adder.networks.description.planned` writes plans of this version.

/** What the layers of a network did, as `adder.networks.arrays.Trace` keeps it. */
export class Trace {
  layers = new Map();
  heads = new Map();

  layer(name, at, backwards = false) {
    if (!this.layers.has(name)) this.layers.set(name, { name, at, backwards, states: [] });
    return this.layers.get(name).states;
  }

  looked(name, shares) {
    if (!this.heads.has(name)) this.heads.set(name, []);
    this.heads.get(name).push(shares);
  }
}

/**
 * What a network gives for one question.
 *
 * @param plan    The order in which layers work, as `planned` gives it.
 * @param weights Every weight by its name.
 * @param inputs  The encoded question.
 * @param steps   How many characters the answer has.
 * @param start   The symbol that stands before the first one.
 * @param trace   The layers leave here what they did.
 * @returns `values`, which has the chances of each symbol at each step, or a number; and `attention`, or null.
 */
export function forward(plan, weights, inputs, steps, start, trace = null) {
  if (plan.version !== VERSION) throw new Error(`a plan of version ${VERSION} is needed; received: ${plan.version}`);
  const values = { [plan.given]: inputs };
  for (const { layer, kind, outputs, read, shown, at } of plan.at_once) {
    const given = LAYERS[kind].compute(layer, weights, taken(values, read), trace);
    keep(values, outputs, given);
    if (trace && shown) trace.layer(layer.name, at).push(...(Array.isArray(given) ? given : [given]));
  }
  if (!plan.at_steps.length) {
    const answer = values[plan.answer];
    return { values: Array.isArray(answer) ? answer.slice(0, steps) : answer, attention: null };
  }
  return written(plan, weights, values, steps, start, trace);
}

function written(plan, weights, values, steps, start, trace) {
  const memories = plan.at_steps.map(({ layer, kind, same }) => {
    const { begin = (_layer, _weights, given) => given } = LAYERS[kind];
    return begin(layer, weights, taken(values, same));
  });
  const [chances, attention] = [[], []];
  let previous = start;
  for (let at = 0; at < steps; at++) {
    const now = {};
    plan.at_steps.forEach(({ layer, kind, outputs, read, shown, attention: looks }, place) => {
      const [face, inputs, memory] = [LAYERS[kind], taken(now, read), memories[place]];
      if (face.given) {
        now[layer.name] = previous;
        return;
      }
      let given;
      if (face.step) [given, memories[place]] = face.step(layer, weights, memory, at, inputs, trace);
      else given = face.compute(layer, weights, { ...memory, ...inputs }, trace);
      keep(now, outputs, given);
      if (looks) attention[at] = now[looks];
      if (trace && shown) trace.layer(layer.name, "written").push(now[layer.name]);
    });
    chances.push(now[plan.answer]);
    previous = largest(now[plan.answer]);
  }
  return { values: chances, attention: attention.length ? attention : null };
}

/** What a layer reads, by field. A field of several things has a list, with null for what is not there yet. */
function taken(values, read) {
  const found = {};
  for (const [field, names] of Object.entries(read))
    found[field] = Array.isArray(names) ? names.map((name) => (name === null ? null : values[name])) : values[names];
  return found;
}

function keep(values, outputs, given) {
  if (outputs.length === 1) values[outputs[0]] = given;
  else outputs.forEach((name, nth) => (values[name] = given[nth]));
}
