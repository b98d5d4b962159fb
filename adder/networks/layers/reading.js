// How a network takes in what it reads, beside reading.py.

export const Previous = { given: true };

/** One vector for each symbol. The vectors of several channels stand side by side. */
export function vectors(of, { channels }, width, fill) {
  const vector = (symbols) => {
    const whole = new Float64Array(width * symbols.length);
    symbols.forEach((symbol, channel) => fill(whole, channel * width, symbol));
    return whole;
  };
  return Array.isArray(of) ? of.map((each) => vector(channels ? each : [each])) : vector([of]);
}

export const OneHotVectors = {
  compute: (layer, _weights, { of }) =>
    vectors(of, layer, layer.symbols + layer.marks, (whole, at, symbol) => (whole[at + symbol] = 1)),
};

export const Fractions = {
  compute: (layer, _weights, { of }) =>
    vectors(of, layer, 1, (whole, at, symbol) => (whole[at] = symbol / (layer.symbols + layer.marks - 1))),
};

export const Embedding = {
  compute(layer, weights, { of }) {
    const [learned, size] = [weights["embedding/embeddings"], layer.size];
    return vectors(of, layer, size, (whole, at, symbol) =>
      whole.set(learned.subarray(symbol * size, (symbol + 1) * size), at),
    );
  },
};

/** Whether each step of the question is more than padding. */
export const Padding = {
  compute: ({ blank }, _weights, { of }) => of.map((symbols) => [symbols].flat().some((symbol) => symbol !== blank)),
};

export const OneByOne = { compute: (_layer, _weights, { of }) => Array.from(of, (number) => Float64Array.of(number)) };
