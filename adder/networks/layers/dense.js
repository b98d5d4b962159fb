// Layers that treat each step on its own, and layers that only rearrange, beside dense.py.

import { dense, eachStep, joined } from "../arrays.js";
import * as ACTIVATIONS from "./activations.js";

export const Dense = {
  compute: ({ name, activation }, weights, { of }) =>
    eachStep(of, (vector) => ACTIVATIONS[activation](dense(weights, name, vector))),
};

export const Repeat = { compute: (_layer, _weights, { of }) => of };

export const Flatten = { compute: (_layer, _weights, { of }) => joined(of) };

export const Unfold = {
  compute({ steps }, _weights, { of }) {
    const width = of.length / steps;
    return Array.from({ length: steps }, (_, step) => of.slice(step * width, (step + 1) * width));
  },
};

export const Number = { compute: (_layer, _weights, { of }) => of[0] };
