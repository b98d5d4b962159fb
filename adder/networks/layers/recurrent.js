// Recurrent layers, beside recurrent.py. What they read at each step changes a state, and they give the state.

import { addProduct, joined } from "../arrays.js";
import * as CELLS from "./cells.js";

/** The weights of a layer of cells, and its step. */
function cell({ cell: kind, units }, weights, name) {
  const [kernel, bias] = [weights[`${name}/kernel`], weights[`${name}/bias`]];
  const recurrent = weights[`${name}/recurrent_kernel`];
  const columns = recurrent.length / units;
  const second = bias.length > columns ? bias.subarray(columns) : null; // It belongs to the state's product.
  const product = (state) => {
    return addProduct(new Float64Array(second ?? columns), state, recurrent);
  };
  return {
    kernel,
    bias: bias.subarray(0, columns),
    rows: kernel.length / columns,
    step: (projected, state) => CELLS[kind.replaceAll("-", "_")](projected, state, product),
    zero: [new Float64Array(units)],
  };
}

const several = (layer, of) => (Array.isArray(layer.of) ? (of ?? layer.of.map(() => null)) : [of ?? null]);

/** The state before the first step of the answer, and what those inputs add to each step that stay the same. */
export function beginWriting(layer, weights, of, start) {
  const { kernel, bias, zero } = cell(layer, weights, layer.name);
  const constant = new Float64Array(bias);
  let row = 0;
  for (const each of of.filter((given) => given !== null)) {
    addProduct(constant, each, kernel, row);
    row += each.length;
  }
  return { state: start ?? zero, constant };
}

/** The state after one more step of the answer. The step reads only new inputs, which come last. */
export function writeStep(layer, weights, { state, constant }, of, trace) {
  const { kernel, rows, step } = cell(layer, weights, layer.name);
  const projected = constant.slice();
  let end = rows;
  for (const each of [...of].reverse()) {
    if (each === null) break;
    end -= each.length;
    addProduct(projected, each, kernel, end);
  }
  const after = step(projected, state);
  trace?.layer(layer.name, "written").push(after[0]);
  return { state: after, constant };
}

export const Recurrent = {
  compute(layer, weights, { of, mask, start }, trace) {
    const steps = Array.isArray(layer.of) ? of[0].map((_, at) => joined(of.map((each) => each[at]))) : of;
    const ways = [scan(layer, weights, layer.name, steps, mask, start, false, trace)];
    if (layer.bidirectional) ways.push(scan(layer, weights, `${layer.name}_backward`, steps, mask, start, true, trace));
    const beside = (list) => list[0].map((_, at) => joined(list.map((each) => each[at])));
    const [states, state] = ["states", "state"].map((name) => beside(ways.map((way) => way[name])));
    return [states, state[0], state];
  },

  begin: (layer, weights, { of, start }) => beginWriting(layer, weights, several(layer, of), start),

  step(layer, weights, memory, _at, { of }, trace) {
    const after = writeStep(layer, weights, memory, several(layer, of), trace);
    return [[after.state[0], after.state[0], after.state], after];
  },
};

/** Runs a layer over its steps. A step that the mask hides leaves the state as it was. */
function scan(layer, weights, name, steps, mask, start, backwards, trace) {
  const { kernel, bias, step, zero } = cell(layer, weights, name);
  const [states, seen] = [[], trace?.layer(name, "read", backwards)];
  let state = start ?? zero;
  for (let turn = 0; turn < steps.length; turn++) {
    const at = backwards ? steps.length - 1 - turn : turn;
    if (!mask || mask[at]) state = step(addProduct(new Float64Array(bias), steps[at], kernel), state);
    states[at] = state[0];
    seen?.push(state[0]);
  }
  return { states, state };
}
