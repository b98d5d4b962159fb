// Recurrent cells, beside cells.py. Every function here is a cell and has its name in settings, with _ for -. It gets the projected
// input of a step, the state, and a function that multiplies a state by the recurrent kernel, and gives the new state.

import { sigmoid } from "../arrays.js";

export function lstm(x, [output, memory = new Float64Array(output.length)], recurrent) {
  const [product, units] = [recurrent(output), output.length];
  const [given, kept] = [new Float64Array(units), new Float64Array(units)];
  const score = (column, unit) => x[column * units + unit] + product[column * units + unit];
  for (let unit = 0; unit < units; unit++) {
    const candidate = Math.tanh(score(2, unit));
    kept[unit] = sigmoid(score(1, unit)) * memory[unit] + sigmoid(score(0, unit)) * candidate;
    given[unit] = sigmoid(score(3, unit)) * Math.tanh(kept[unit]);
  }
  return [given, kept];
}

export function gru(x, [state], recurrent) {
  const [product, units] = [recurrent(state), state.length];
  return [
    state.map((before, unit) => {
      const update = sigmoid(x[unit] + product[unit]);
      const reset = sigmoid(x[units + unit] + product[units + unit]);
      return update * before + (1 - update) * Math.tanh(x[2 * units + unit] + reset * product[2 * units + unit]);
    }),
  ];
}

export function simple(x, [state], recurrent) {
  const product = recurrent(state);
  return [state.map((_, unit) => Math.tanh(x[unit] + product[unit]))];
}
