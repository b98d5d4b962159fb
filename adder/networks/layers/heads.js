// Reading heads, beside heads.py: fingers that walk over a question from right to left.

import { addProduct, dot, joined, largest, mixed, shared, sigmoid } from "../arrays.js";

const SHARPNESS = 4;
const isHard = ({ name }, weights) => weights[`${name}/hard`][0] > 0.5;

export const Heads = {
  begin(layer, weights, { of, mask }) {
    const seek = weights[`${layer.name}/seek`];
    const scores = of.map((vector) => addProduct(new Float64Array(layer.heads), vector, seek));
    const hard = isHard(layer, weights);
    const places = Array.from({ length: layer.heads }, (_, head) => {
      const shares = shared(
        scores.map((each) => SHARPNESS * each[head]),
        mask,
      );
      return hard ? largest(shares) : shares;
    });
    return { of, places, move: places.map(() => 1) };
  },

  step(layer, weights, { of, places, move }, _at, _read, trace) {
    const hard = isHard(layer, weights);
    const at = places.map((place, head) => (hard ? Math.max(place - move[head], 0) : walked(place, move[head])));
    const read = at.map((place) => (hard ? of[place] : mixed(place, of)));
    trace?.looked(layer.name, hard ? at.map((place) => oneAt(place, of.length)) : at);
    const moves = read.map((vector) => sigmoid(SHARPNESS * dot(vector, weights[`${layer.name}/move`])));
    return [joined(read), { of, places: at, move: hard ? moves.map((share) => Number(share > 0.5)) : moves }];
  },
};

/** The shares of a head after `move` of it went one place to the left. At the first place it stays. */
function walked(shares, move) {
  const left = shares.map((_, place) => (shares[place + 1] ?? 0) + (place ? 0 : shares[0]));
  return shares.map((share, place) => (1 - move) * share + move * left[place]);
}

function oneAt(place, length) {
  const shares = new Float64Array(length);
  shares[place] = 1;
  return shares;
}
