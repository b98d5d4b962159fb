// Reading heads, beside heads.py: fingers that walk over a question from right to left.

import { addProduct, dot, joined, largest, mixed, shared, sigmoid } from "../arrays.js";

const SHARPNESS = 4;
const isHard = ({ name }, weights) => weights[`${name}/hard`][0] > 0.5;

export const Heads = {
  begin(layer, weights, { of, mask }) {
    const seek = weights[`${layer.name}/seek`];
    const scores = of.map((vector) => addProduct(new Float64Array(layer.heads), vector, seek));
    const hard = isHard(layer, weights);
    const shares =
      layer.start === "next"
        ? oneAfterAnother(scores, mask, hard)
        : Array.from({ length: layer.heads }, (_, head) =>
            shared(
              scores.map((each) => SHARPNESS * each[head]),
              mask,
            ),
          );
    const places = hard ? shares.map(largest) : shares;
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

/** The shares of each head, which starts at the next place to the left of the one before that stops it. */
function oneAfterAnother(scores, mask, hard) {
  const heads = scores[0].length;
  const shares = Array.from({ length: heads }, () => new Float64Array(scores.length));
  const looking = Array.from({ length: heads }, (_, head) => Number(head === 0));
  for (let place = scores.length - 1; place > 0; place--)
    for (let head = heads - 1; head >= 0; head--) {
      const share = mask && !mask[place] ? 0 : sigmoid(SHARPNESS * scores[place][head]);
      const found = looking[head] * (hard ? Number(share > 0.5) : share);
      shares[head][place] = found;
      looking[head] -= found;
      if (head + 1 < heads) looking[head + 1] += found; // The next head looks on from there.
    }
  let total = 0;
  for (let head = 0; head < heads; head++) shares[head][0] = total += looking[head];
  return shares;
}

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
