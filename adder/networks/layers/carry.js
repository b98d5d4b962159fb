// One recurrent unit, shaped like addition on paper, beside carry.py.

import { HIDDEN, sigmoid, softmax } from "../arrays.js";

const SHARPNESS = 10;

export const CarryColumns = {
  compute({ name, base, symbols, centre }, weights, { of }, trace) {
    const weight = (short, given) => weights[`${name}/${short}`]?.[0] ?? given;
    const w = weight("w");
    const [p, b, v] = [weight("p", 1), weight("b", 0), weight("v", -w)];
    const seen = trace?.layer(name, "read");
    let carry = 0;
    return of.map((digits) => {
      const u = digits.reduce((sum, digit) => sum + digit, 0) - centre + p * carry;
      carry = sigmoid(w * u + b);
      seen?.push(Float64Array.of(carry));
      const written = u + centre + v * carry;
      const score = (_, digit) => (digit < base ? -SHARPNESS * (written - digit) ** 2 : HIDDEN);
      return softmax(Float64Array.from({ length: symbols }, score));
    });
  },
};
