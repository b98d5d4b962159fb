// Turns a question into what a network reads, and what it writes into text, as text.py, columns.py and scaled.py do. A
// question is what `arithmetic.js` and `listed.js` have read. The page holds the task and the encoding.

import { spell } from "../tasks/expression.js";

const MARKS = "<>"; // They show where a question starts and ends.

/** What a network reads of a question: its `inputs`, what is shown of each step, and the number of steps it writes. */
export const encoded = (encoding, question) => ({ text, columns, scaled })[encoding.name](encoding, question);

export function text(encoding, { task, padded }) {
  const alphabet = [...task.alphabet];
  const [blank, zero] = [alphabet.indexOf(" "), alphabet.indexOf("0")];
  const right = encoding.padding === "right" || encoding.padding === "marks";
  const width = encoding.full_length ? Math.max(task.longest_question, task.longest_answer) : task.longest_question;
  let symbols = [...padded].map((character) => alphabet.indexOf(character));
  const missing = Array(width - symbols.length).fill(blank);
  symbols = right ? [...symbols, ...missing] : [...missing, ...symbols];
  const blanks = symbols.filter((symbol) => symbol === blank);
  const others = symbols.filter((symbol) => symbol !== blank);
  if (right && task.aligned) symbols = [...others, ...blanks];
  else if (encoding.padding === "left" && task.aligned) symbols = [...blanks, ...others];
  else if (encoding.padding === "left") {
    const end = symbols.findLastIndex((symbol) => symbol !== blank) + 1;
    symbols = [...symbols.slice(end), ...symbols.slice(0, end)];
  }
  const last = symbols.findLastIndex((symbol) => symbol !== blank);
  if (encoding.fill === "zero") symbols = symbols.map((symbol, at) => (symbol === blank && at < last ? zero : symbol));
  if (encoding.padding === "marks") {
    const first = symbols.findIndex((symbol) => symbol !== blank);
    symbols = [
      ...symbols.slice(0, first),
      alphabet.length,
      ...symbols.slice(first, last + 1),
      alphabet.length + 1,
      ...symbols.slice(last + 1),
    ];
  }
  if (encoding.question_order === "reversed") symbols.reverse();
  if (encoding.doubled) symbols = [...symbols, ...symbols];
  const shown = [...alphabet, ...MARKS];
  return {
    inputs: symbols,
    read: symbols.map((symbol) => [shown[symbol]]),
    steps: encoding.full_length ? width : task.longest_answer,
  };
}

export function columns(encoding, { task, padded }) {
  const alphabet = [...task.alphabet];
  const [blank, zero, width] = [alphabet.indexOf(" "), alphabet.indexOf("0"), task.number_width];
  const filled = (symbol) => (encoding.fill === "zero" && symbol === blank ? zero : symbol);
  const terms = Array.from({ length: task.term_counts[1] }, (_, term) => {
    const start = term * (width + 1);
    return [...padded.slice(start, start + width)].reverse().map((digit) => alphabet.indexOf(digit));
  });
  const inputs = Array.from({ length: task.longest_answer }, (_, place) =>
    terms.map((digits) => filled(digits[place] ?? blank)),
  );
  const read = inputs.map((symbols) => symbols.map((symbol) => alphabet[symbol]));
  return { inputs, read, steps: task.longest_answer };
}

export function scaled(encoding, { task, numbers }) {
  const ordered = encoding.question_order === "reversed" ? [...numbers].reverse() : numbers;
  return {
    inputs: Float64Array.from(ordered, (number) => Math.fround(Number(number) / encoding.scale)),
    read: ordered.map((number) => [spell(number, task.base)]),
    steps: 1,
  };
}

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
