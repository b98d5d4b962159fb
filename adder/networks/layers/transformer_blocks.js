// The blocks of a Transformer, beside transformer_blocks.py.

import { dense, dot, plus, shared } from "../arrays.js";

const EPSILON = 1e-3;

const positioned = (weights, name, vector, step) =>
  vector.map((value, at) => value + weights[`${name}/embeddings`][step * vector.length + at]);

export const Position = {
  compute: ({ name }, weights, { of }) => of.map((vector, step) => positioned(weights, name, vector, step)),
  step: ({ name }, weights, memory, at, now) => [positioned(weights, name, { ...memory, ...now }.of, at), memory],
};

function normed(weights, name, vector) {
  const mean = vector.reduce((sum, value) => sum + value, 0) / vector.length;
  const variance = vector.reduce((sum, value) => sum + (value - mean) ** 2, 0) / vector.length;
  const [gamma, beta] = [weights[`${name}/gamma`], weights[`${name}/beta`]];
  return vector.map((value, at) => ((value - mean) / Math.sqrt(variance + EPSILON)) * gamma[at] + beta[at]);
}

export const Norm = {
  compute: ({ name }, weights, { of }) =>
    Array.isArray(of) ? of.map((vector) => normed(weights, name, vector)) : normed(weights, name, of),
};

const keysOf = (weights, name, vectors) =>
  ["key", "value"].map((part) => vectors.map((vector) => dense(weights, `${name}_${part}`, vector)));

/** What a step finds among keys and values when it looks with several heads, and where each head looked. */
function attended(weights, name, vector, [keys, values], heads, mask) {
  const [query, size] = [dense(weights, `${name}_query`, vector), vector.length / heads];
  const found = new Float64Array(vector.length);
  const looked = Array.from({ length: heads }, (_, head) => {
    const [first, end] = [head * size, (head + 1) * size];
    const shares = shared(
      keys.map((key) => dot(query, key, first, end) / Math.sqrt(size)),
      mask,
    );
    values.forEach((value, step) => {
      for (let at = first; at < end; at++) found[at] += shares[step] * value[at];
    });
    return shares;
  });
  return [dense(weights, `${name}_output`, found), looked];
}

function fedForward(weights, name, vector) {
  const between = dense(weights, `${name}_between`, normed(weights, `${name}_norm`, vector));
  return plus(
    vector,
    dense(
      weights,
      `${name}_after`,
      between.map((score) => Math.max(score, 0)),
    ),
  );
}

export const EncoderBlock = {
  compute({ name, heads }, weights, { of, mask }) {
    const ready = of.map((vector) => normed(weights, `${name}_self_norm`, vector));
    const known = keysOf(weights, `${name}_self`, ready);
    return of.map((vector, step) => {
      const [found] = attended(weights, `${name}_self`, ready[step], known, heads, mask);
      return fedForward(weights, name, plus(vector, found));
    });
  },
};

export const DecoderBlock = {
  begin: ({ name }, weights, { memory, mask, of }) => ({
    read: keysOf(weights, `${name}_cross`, memory),
    own: [[], []],
    mask,
    same: of,
  }),

  step({ name, heads }, weights, { read, own, mask, same }, _at, { of = same }, trace) {
    const ready = normed(weights, `${name}_self_norm`, of);
    const known = keysOf(weights, `${name}_self`, [ready]).map((each, nth) => [...own[nth], ...each]);
    const after = plus(of, attended(weights, `${name}_self`, ready, known, heads)[0]);
    const asks = normed(weights, `${name}_cross_norm`, after);
    const [found, looked] = attended(weights, `${name}_cross`, asks, read, heads, mask);
    trace?.looked(name, looked);
    const mean = looked[0].map((_, at) => looked.reduce((sum, shares) => sum + shares[at], 0) / heads);
    return [[fedForward(weights, name, plus(after, found)), mean], { read, own: known, mask, same }];
  },
};
