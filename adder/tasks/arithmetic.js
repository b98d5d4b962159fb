// Arithmetic as a task, beside arithmetic.py and typed_question.py: which typed questions it takes, and their answers.

import { bounds, parse, spell, workOut } from "./expression.js";
import { Refusal, counted, refuse, sentence, shorten } from "./sentences.js";
import { quoted, read } from "./typed_text.js";

const OPERATORS = "+-*^";
const NUMBER = /(?<!\^)[0-9A-Za-z]+/g;
const DIVISION = /(?<=[0-9)])[/:÷∶](?=[0-9(])/;
const EQUATION = /=.*[0-9A-Za-z]/;
const POINT = /(?<![0-9A-Za-z.])[1-9][0-9]{0,2}\.[0-9]{3}(?![0-9A-Za-z.])/;

/** Reads a typed question of arithmetic. If the network reads any length, its numbers may be as long as they are. */
export function readArithmetic(task, text, rules) {
  const typed = read(text, rules);
  const wide = task.any_length ? widened(task, typed.plain) : task;
  const { form, numbers } = checked(wide, typed, text);
  const written = [...form.matchAll(/n|[^n]/g)];
  let place = 0;
  const parts = written.map(([lexeme]) => (lexeme === "n" ? spell(numbers[place++], task.base) : lexeme));
  const question = parts.join("");
  const aligned = parts.map((part, nth) =>
    written[nth][0] === "n" && task.aligned ? part.padStart(wide.number_width) : part,
  );
  const value = workOut(form, numbers);
  return {
    task: wide,
    question,
    padded: aligned.join("").padEnd(wide.longest_question),
    numbers,
    value,
    answer: spell(value, task.base),
  };
}

/** The same task, with numbers as long as the longest one in a question. */
function widened(task, plain) {
  const digits = "0123456789ABCDEF".slice(0, task.base);
  const runs = (plain.toUpperCase().match(/[0-9A-Z]+/g) ?? []).filter((run) =>
    [...run].every((each) => digits.includes(each)),
  );
  const longest = Math.max(0, ...runs.map((run) => run.replace(/^0+/, "").length));
  if (longest > task.most_digits)
    refuse("a number may have at most {most:,} digits; this one has {n:,}", { most: task.most_digits, n: longest });
  if (longest <= task.number_width) return task;
  const largest = BigInt(task.base) ** BigInt(longest) - 1n;
  const ranges = task.forms.map((form) => bounds(form, 0n, largest));
  const lengths = ranges.flat().map((value) => spell(value, task.base).length);
  const questions = task.forms.map((form) => form.length + form.split("n").slice(1).length * (longest - 1));
  return {
    ...task,
    smallest: "0",
    largest: String(largest),
    number_width: longest,
    longest_question: Math.max(...questions),
    longest_answer: Math.max(...lengths),
  };
}

function checked(task, typed, text) {
  const example = task.example;
  if ([...text].length > 10 * (task.longest_question + 100))
    throw new Refusal(
      counted(
        "that is {n:,} character long; write a question such as {example}",
        "that is {n:,} characters long; write a question such as {example}",
        { n: [...text].length, example },
      ),
    );
  if (!typed.plain) refuse("there is nothing to solve; write a question such as {example}", { example });
  const question = `"${shorten(typed.shown.join(""))}"`;
  refuseOtherHabits(typed, question);
  const parsed = parse(typed, task.base);
  checkForm(task, question, parsed);
  parsed.numbers.forEach((number, place) => {
    if (number >= BigInt(task.smallest) && number <= BigInt(task.largest)) return;
    const match = [...typed.plain.matchAll(NUMBER)][place];
    refuse("{number} is outside {range}, the numbers this network was trained on", {
      number: shorten(quoted(typed, match.index, match.index + match[0].length)),
      range: task.range,
    });
  });
  return parsed;
}

/** Refuses what people often write, but no question may have. */
function refuseOtherHabits(typed, question) {
  let match = DIVISION.exec(typed.plain);
  if (match)
    refuse("{question} has a division sign at character {at}; no network here divides", {
      question,
      at: typed.places[match.index],
    });
  if (EQUATION.test(typed.plain))
    refuse('{question} has an answer in it; write only what stands before the "="', { question });
  match = POINT.exec(typed.plain);
  if (match)
    refuse(
      '{question} has "{number}" in it, which is a fraction to some and {whole} to others; write whole numbers without a point',
      {
        question,
        number: quoted(typed, match.index, match.index + match[0].length),
        whole: match[0].replaceAll(".", ""),
      },
    );
}

const SIGNS = {
  "+": [sentence("a plus sign"), sentence("adds")],
  "-": [sentence("a minus sign"), sentence("subtracts")],
  "*": [sentence("a times sign"), sentence("multiplies")],
  "^": [sentence("a square"), sentence("squares")],
};

function checkForm(task, question, { form, numbers }) {
  const { example, range } = task;
  const strange = [...OPERATORS].sort().find((sign) => form.includes(sign) && !task.operators.includes(sign));
  if (strange)
    refuse("{question} has {sign}; this network only {skills}, and only numbers from {range}, as in {example}", {
      question,
      sign: SIGNS[strange][0],
      skills: [...task.operators]
        .map((sign) => SIGNS[sign][1])
        .reduce((one, other) => sentence("{one} and {other}", { one, other })),
      range,
      example,
    });
  const [fewest, most] = task.term_counts;
  if (numbers.length < fewest || numbers.length > most)
    refuse("{question} has {found}; this network takes {wanted}, as in {example}", {
      question,
      found: counted("{n} number", "{n} numbers", { n: numbers.length }),
      wanted:
        fewest === most
          ? sentence("exactly {n}", { n: most })
          : sentence("{low} to {high}", { low: fewest, high: most }),
      example,
    });
  if (task.forms.includes(form) || /^n([+-]n)+$/.test(form)) return; // The list does not have all sums.
  if (task.operators === "^")
    refuse("{question} is no square; this network squares one number, as in {example}", { question, example });
  if (!task.brackets)
    refuse("{question} has brackets; this network knows none, as in {example}", { question, example });
  refuse("{question} nests its brackets deeper than this network knows, which is {deepest} deep", {
    question,
    deepest: task.brackets,
  });
}
