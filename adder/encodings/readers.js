// What a network reads of a question in a browser, beside text.py, columns.py and scaled.py. Every function here is an
// encoding and has its name in settings, with _ for -. It gets the settings of the encoding and a question that
// `arithmetic.js` or `listed.js` has read, and gives the `inputs`, what is shown of each step, and the number of steps
// that are written.

import { spell } from "../tasks/expression.js";

const MARKS = "<>"; // They show where a question starts and ends.

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
