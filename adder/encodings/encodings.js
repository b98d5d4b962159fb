// Turns a question into what a network reads, and what it writes into text. A question is what `arithmetic.js` and
// `listed.js` have read. The page holds the task and the encoding.

import * as READERS from "./readers.js";

/** What a network reads of a question: its `inputs`, what is shown of each step, and the number of steps it writes. */
export const encoded = (encoding, question) => READERS[encoding.name.replaceAll("-", "_")](encoding, question);

/** Written symbols in the order in which a person reads them. The same call turns them back. */
export function inHumanOrder(encoding, symbols) {
  return encoding.answer_order === "reversed" ? [...symbols].reverse() : symbols;
}

/** The true answer with its padding, in the order of writing. */
export function trueSymbols(encoding, answer, steps) {
  const zeros = encoding.fill === "zero";
  const bare = zeros ? answer.replace("-", "") : answer;
  const missing = steps - [...bare].length;
  const padded = [...(zeros ? "0" : " ").repeat(missing), ...bare];
  if (zeros && answer.startsWith("-")) padded[0] = "-";
  return inHumanOrder(encoding, padded);
}

/** An answer as a person writes it, without its padding. */
export function unpadded(encoding, answer) {
  const bare = answer.trim();
  if (encoding.fill !== "zero") return bare;
  const sign = bare.startsWith("-") ? "-" : "";
  return sign + (bare.replace(/^-/, "").replace(/^0+/, "") || (bare ? "0" : ""));
}
