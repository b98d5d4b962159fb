// Attention of a recurrent decoder, beside attention.py.

import { dense, dot, joined, mixed, shared } from "../arrays.js";
import { beginWriting, writeStep } from "./recurrent.js";

export const DotAttention = {
  compute({ name }, weights, { of, memory, mask }) {
    const looked = shared(
      memory.map((each) => dot(of, each)),
      mask,
    );
    return [dense(weights, name, joined([of, mixed(looked, memory)])).map(Math.tanh), looked];
  },
};

export const AdditiveDecoder = {
  begin(layer, weights, { of, memory, mask, start }) {
    const keys = memory.map((each) => dense(weights, "attention_key", each));
    return { decoder: beginWriting(layer, weights, of ?? [], start), memory, keys, mask };
  },

  step(layer, weights, before, _at, { of }, trace) {
    const { memory, keys, mask } = before;
    const asked = dense(weights, "attention_query", before.decoder.state[0], layer.units);
    const score = weights["attention_score/kernel"];
    const rate = (key) =>
      dot(
        key.map((value, at) => Math.tanh(value + asked[at])),
        score,
      );
    const looked = shared(keys.map(rate), mask);
    const given = [...(of ?? layer.of.map(() => null)), mixed(looked, memory)];
    const decoder = writeStep(layer, weights, before.decoder, given, trace);
    return [[decoder.state[0], looked], { ...before, decoder }];
  },
};
