// What layers compute with in a browser, as arrays.py has it for NumPy. A vector is a Float64Array. What is read or
// written is an array with one vector for each step. A weight is a Float32Array, row after row.

export const HIDDEN = -1e9; // No softmax gives weight to such a score.

export const sigmoid = (x) => 0.5 * Math.tanh(0.5 * x) + 0.5;

/** Adds to `total` the product of a vector with as many rows of a kernel, from the row `first` on. */
export function addProduct(total, vector, kernel, first = 0) {
  const [columns, rows] = [total.length, vector.length];
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const [a, b, c, d] = [vector[row], vector[row + 1], vector[row + 2], vector[row + 3]]; // Four at once are faster.
    if (a === 0 && b === 0 && c === 0 && d === 0) continue; // Most of a one-hot vector is zero.
    const one = (first + row) * columns;
    const [two, three, four] = [one + columns, one + 2 * columns, one + 3 * columns];
    for (let at = 0; at < columns; at++)
      total[at] += a * kernel[one + at] + b * kernel[two + at] + c * kernel[three + at] + d * kernel[four + at];
  }
  for (; row < rows; row++) {
    const start = (first + row) * columns;
    for (let at = 0; at < columns; at++) total[at] += vector[row] * kernel[start + at];
  }
  return total;
}

/** The linear layer of that name. Without a bias it begins at zeros, and `units` says how many there are. */
export function dense(weights, name, vector, units) {
  const bias = weights[`${name}/bias`];
  return addProduct(new Float64Array(bias ?? units), vector, weights[`${name}/kernel`]);
}

/** Applies a function to a vector, or to the vector of each step if there are several. */
export const eachStep = (of, compute) => (Array.isArray(of) ? of.map(compute) : compute(of));

export function softmax(scores) {
  const [shares, most] = [new Float64Array(scores.length), scores[largest(scores)]];
  let total = 0;
  for (let at = 0; at < scores.length; at++) total += shares[at] = Math.exp(scores[at] - most);
  for (let at = 0; at < scores.length; at++) shares[at] /= total;
  return shares;
}

export function dot(one, other, first = 0, end = one.length) {
  let total = 0;
  for (let at = first; at < end; at++) total += one[at] * other[at];
  return total;
}

export const plus = (one, other) => one.map((value, at) => value + other[at]);

/** Vectors side by side. */
export function joined(vectors) {
  const whole = new Float64Array(vectors.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of vectors) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

/** The sum of vectors, each weighted by its share. */
export function mixed(shares, vectors) {
  const total = new Float64Array(vectors[0].length);
  for (let step = 0; step < vectors.length; step++)
    for (let at = 0; at < total.length; at++) total[at] += shares[step] * vectors[step][at];
  return total;
}

/** The share that each step gets by its score; steps that the mask hides get none. */
export const shared = (scores, mask) =>
  softmax(mask ? scores.map((score, step) => (mask[step] ? score : HIDDEN)) : scores);

/** The place of the largest value, and the first one of several that are equal. */
export function largest(values) {
  let best = 0;
  for (let at = 1; at < values.length; at++) if (values[at] > values[best]) best = at;
  return best;
}
