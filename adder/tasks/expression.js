// Arithmetic as people write it, beside expression.py: a small exact parser, and the exact value of what it reads.

import { Refusal, counted, refuse, sentence, shorten } from "./sentences.js";
import { quoted } from "./typed_text.js";

const DEEPEST = 20;
const MOST_DIGITS = 4000;
const LEXEME = /[0-9A-Za-z]+|[-+*()]|\^2(?![0-9A-Za-z])/y;
const DIGITS = "0123456789ABCDEF";

/** Takes a question apart that `typed_text.js` has read: into its form, such as `n+n`, and its numbers. */
export function parse(typed, base) {
  const question = `"${shorten(typed.shown.join(""))}"`;
  const [lexemes, numbers] = [[], []];
  const place = (at) => typed.places[at];
  let next = 0;
  const peek = () => lexemes[next]?.[0] ?? "";
  const at = () => lexemes[next]?.[1] ?? 0;
  const take = () => lexemes[next++][0];

  for (let from = 0; from < typed.plain.length; from = LEXEME.lastIndex) {
    LEXEME.lastIndex = from;
    const match = LEXEME.exec(typed.plain);
    if (!match) refuseCharacter(from);
    lexemes.push([match[0], from]);
  }
  const form = sum(0);
  if (peek() === ")")
    refuse("{question} has a closing bracket at character {at} that nothing opened", { question, at: place(at()) });
  if (peek()) refuseMissingOperator();
  return { form: unwrapped(form), numbers };

  function sum(depth) {
    let found = product(depth);
    while (peek() === "+" || peek() === "-") found += take() + product(depth);
    return found;
  }

  function product(depth) {
    let found = factor(depth);
    while (peek() === "*" || isFactor()) found += (peek() === "*" ? take() : "*") + factor(depth);
    return found;
  }

  /** Whether a times sign was left out before what comes, as in `2(3+4)` or `(3+4)2`. */
  function isFactor() {
    return peek() === "(" || (/^\w/.test(peek()) && lexemes[next - 1][0] === ")");
  }

  function factor(depth) {
    let found = "n";
    const [lexeme, from] = [peek(), at()];
    if (lexeme === "(") {
      if (depth === DEEPEST)
        refuse("{question} has brackets more than {deepest} deep at character {at}", {
          question,
          deepest: DEEPEST,
          at: place(from),
        });
      take();
      const inner = unwrapped(sum(depth + 1));
      if (!peek())
        refuse("{question} has a bracket at character {at} that is never closed", { question, at: place(from) });
      if (peek() !== ")") refuseMissingOperator();
      take();
      if (inner !== "n") found = `(${inner})`;
    } else if (/^\w/.test(lexeme)) {
      take();
      numbers.push(number(lexeme, from));
    } else refuseMissingNumber();
    while (peek() === "^2") {
      if (found !== "n")
        refuse("{question} squares {squared} at character {at}; square a number", {
          question,
          squared: found === "n^2" ? sentence("a square") : sentence("a bracket"),
          at: place(at()),
        });
      take();
      found += "^2";
    }
    return found;
  }

  function number(lexeme, from) {
    const allowed = DIGITS.slice(0, base);
    [...lexeme.toUpperCase()].forEach((character, offset) => {
      if (!allowed.includes(character))
        refuse(
          '{question} has "{character}" in it at character {at}; in base {base} the digits are {first} to {last}',
          {
            question,
            character: quoted(typed, from + offset, from + offset + 1),
            at: place(from + offset),
            base,
            first: allowed[0],
            last: allowed.at(-1),
          },
        );
    });
    if (lexeme.length > MOST_DIGITS)
      throw new Refusal(
        counted(
          "{question} has a number of {n:,} digit; write at most 4,000",
          "{question} has a number of {n:,} digits; write at most 4,000",
          { question, n: lexeme.length },
        ),
      );
    return valueOf(lexeme.toUpperCase(), base);
  }

  function refuseCharacter(from) {
    const character = typed.plain[from];
    if (character === "^")
      refuse("{question} has ^ at character {at}; only the square is known, as in 12^2", { question, at: place(from) });
    if (character === " ")
      refuse("{question} has a blank between two digits at character {at}; write an operator there, or no blank", {
        question,
        at: place(from),
      });
    refuse('{question} has "{character}" in it at character {at}; write only digits and operators', {
      question,
      character: shorten(quoted(typed, from, from + 1)),
      at: place(from),
    });
  }

  function refuseMissingOperator() {
    refuse("{question} has {kind} at character {at} with no operator before it; write one", {
      question,
      kind: kindOf(peek()),
      at: place(at()),
    });
  }

  function refuseMissingNumber() {
    const [lexeme, before] = [peek(), next ? lexemes[next - 1][0] : ""];
    const [kind, where] = [kindOf(before || lexeme), place(at())];
    if (!lexeme && !before) refuse("there is nothing to solve; write a question", {});
    if (!lexeme) refuse("{question} ends with {kind}; write a number after it", { question, kind });
    if (!before && lexeme === "-")
      refuse("{question} starts with a minus sign; every number in a question is 0 or more", { question });
    if (!before) refuse("{question} starts with {kind}; write a number before it", { question, kind });
    if (lexeme === ")")
      refuse("{question} closes a bracket at character {at} right after {kind}; write a number there", {
        question,
        at: where,
        kind,
      });
    if (before === "(")
      refuse("{question} has an operator at character {at} right after a bracket; write a number before it", {
        question,
        at: where,
      });
    refuse("{question} has two operators in a row at character {at}; write a number between them", {
      question,
      at: where,
    });
  }
}

function kindOf(lexeme) {
  if (lexeme === "(" || lexeme === ")") return sentence("a bracket");
  return /^\w/.test(lexeme) ? sentence("a number") : sentence("an operator");
}

/** A form without a bracket around the whole of it. */
function unwrapped(form) {
  if (!form.startsWith("(")) return form;
  let depth = 0;
  for (let at = 0; at < form.length; at++) {
    depth += (form[at] === "(") - (form[at] === ")");
    if (depth === 0) return at === form.length - 1 ? form.slice(1, -1) : form;
  }
  return form;
}

/** The number that digits spell, of any size. */
function valueOf(digits, base) {
  if (base === 10) return BigInt(digits);
  return [...digits].reduce((value, digit) => value * BigInt(base) + BigInt(DIGITS.indexOf(digit)), 0n);
}

/** A number as it is written. */
export const spell = (value, base) => value.toString(base).toUpperCase();

/** What a form computes by the usual precedence: a number's place, [operator, left, right], or ["^", place]. */
export function tree(form) {
  let [at, place] = [0, 0];
  const ranked = (operators, part) => {
    let left = part();
    while (at < form.length && operators.includes(form[at])) left = [form[at++], left, part()];
    return left;
  };
  const factor = () => {
    if (form[at++] === "(") {
      const inner = ranked("+-", product);
      at++;
      return inner;
    }
    const number = place++;
    if (!form.startsWith("^2", at)) return number;
    at += 2;
    return ["^", number];
  };
  const product = () => ranked("*", factor);
  return ranked("+-", product);
}

const WORK = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b };

/** The value of a form of these numbers. */
export function workOut(form, numbers) {
  const value = (node) => {
    if (typeof node === "number") return numbers[node];
    return node[0] === "^" ? numbers[node[1]] ** 2n : WORK[node[0]](value(node[1]), value(node[2]));
  };
  return value(tree(form));
}

/** The smallest and the largest value that a form of plus and minus can take. */
export function bounds(form, smallest, largest) {
  const range = (node) => {
    if (typeof node === "number") return [smallest, largest];
    const [left, right] = [range(node[1]), range(node[2])];
    return node[0] === "+" ? [left[0] + right[0], left[1] + right[1]] : [left[0] - right[1], left[1] - right[0]];
  };
  return range(tree(form));
}
