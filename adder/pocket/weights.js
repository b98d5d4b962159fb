// The weights of a network as the page holds them, beside weights.py.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";

/** The bytes that base85 spells: four bytes for five characters. The last characters may be missing. */
function bytesOf(text) {
  const values = new Uint8Array(128);
  [...DIGITS].forEach((digit, value) => (values[digit.charCodeAt(0)] = value));
  const bytes = new Uint8Array(Math.ceil(text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at += 5) {
    let word = 0;
    for (let nth = at; nth < at + 5; nth++) word = word * 85 + (nth < text.length ? values[text.charCodeAt(nth)] : 84);
    view.setUint32((at / 5) * 4, word);
  }
  return bytes.subarray(0, bytes.length - (Math.ceil(text.length / 5) * 5 - text.length));
}

/** The bytes that base85 spells once they are inflated. */
export async function inflated(text) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Every weight by name.
 *
 * @param text   The weights as whole numbers, in base85 of deflated bytes: first the lowest byte of each number, then
 *   the next byte of each, and so on.
 * @param packed The `names` with their `sizes`, and the `step` by which each whole number is multiplied.
 */
export async function unpacked(text, { names, sizes, step }) {
  const planes = await inflated(text);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const values = new Float32Array(all);
  for (let at = 0; at < all; at++) {
    const folded = planes[at] | (planes[all + at] << 8) | (planes[2 * all + at] << 16) | (planes[3 * all + at] << 24);
    values[at] = step * ((folded >>> 1) ^ -(folded & 1));
  }
  const weights = {};
  let start = 0;
  names.forEach((name, nth) => {
    weights[name] = values.subarray(start, start + sizes[nth]);
    start += sizes[nth];
  });
  return weights;
}
