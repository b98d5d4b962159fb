// Which questions of a list are one and the same, beside list_canonical.py and canonical.py.

import { parse, tree } from "./expression.js";
import { Refusal } from "./sentences.js";
import { read } from "./typed_text.js";

const TWO_WORDS = /\p{L}\s+[\p{L}\p{N}_]|[\p{L}\p{N}_]\s+\p{L}/u;
const WORD = /[\p{L}\p{N}]*\p{L}[\p{L}\p{N}]*/gu;
const LARGER = 2n ** 64n; // A word stands for a number that nobody asks for.

/** Gives the canonical form of each question of a list, as `Canonical.form` does. */
export class Canonical {
  constructor({ cased, arithmetic }, rules) {
    Object.assign(this, { cased, arithmetic, rules, words: new Map() });
  }

  form(question) {
    const folded = this.cased ? question : Array.from(question, (each) => each.toUpperCase().toLowerCase()).join("");
    return (this.arithmetic && !/^[\p{L}\p{N}]+$/u.test(folded) && this.arithmeticForm(folded)) || folded;
  }

  /** An empty text for a question that is not arithmetic. */
  arithmeticForm(question) {
    if (TWO_WORDS.test(question)) return "";
    const typed = read(question, this.rules);
    const plain = typed.plain.replace(WORD, (word) => String(this.numberOf(word)));
    try {
      const { form, numbers } = parse({ shown: [], plain, places: [] }, 10);
      return numbers.length > 1 || form.includes("^") ? canonicalForm(tree(form), numbers) : "";
    } catch (error) {
      if (error instanceof Refusal) return "";
      throw error;
    }
  }

  numberOf(word) {
    if (!this.words.has(word)) this.words.set(word, LARGER + BigInt(this.words.size));
    return this.words.get(word);
  }
}

/** What is left of a question without the order of what is added or multiplied, and without needless brackets. */
function canonicalForm(node, numbers) {
  if (isSum(node)) return written(sides(node, numbers));
  const [product, sign] = apartFromSign(node, numbers);
  return sign > 0 ? product : written(sorted([[product, sign]]));
}

/** The form that an addend or a factor shares with its opposite, and its sign; 0 where it may be either. */
function apartFromSign(node, numbers) {
  if (typeof node === "number") return [String(numbers[node]), 1];
  if (node[0] === "^") return [`${numbers[node[1]]}^2`, 1];
  if (node[0] === "*") {
    const factors = factorsOf(node).map((factor) => apartFromSign(factor, numbers));
    const product = factors.map(([form]) => form).sort();
    return [`(*${product.join()})`, factors.reduce((all, [, sign]) => all * sign, 1)];
  }
  const whole = sides(node, numbers);
  const opposite = [whole[1], whole[0], whole[2]];
  const [one, other] = [written(whole), written(opposite)];
  if (one === other) return [one, 0];
  const more = whole[0].length - opposite[0].length;
  return more > 0 || (more === 0 && one > other) ? [one, 1] : [other, -1];
}

const isSum = (node) => node[0] === "+" || node[0] === "-";

/** What a sum adds, what it subtracts, and the products that may be either. */
const sides = (node, numbers) =>
  sorted(
    addendsOf(node).map(([child, sign]) => {
      const [part, own] = apartFromSign(child, numbers);
      return [part, sign * own];
    }),
  );

const sorted = (parts) =>
  [1, -1, 0].map((wanted) => parts.flatMap(([part, sign]) => (sign === wanted ? [part] : [])).sort());

const written = (sides) => `(+${sides.map((side) => side.join()).join("|")})`;

const factorsOf = (node) => (node[0] === "*" ? [...factorsOf(node[1]), ...factorsOf(node[2])] : [node]);

function addendsOf(node, sign = 1) {
  if (!isSum(node)) return [[node, sign]];
  return [...addendsOf(node[1], sign), ...addendsOf(node[2], node[0] === "+" ? sign : -sign)];
}
