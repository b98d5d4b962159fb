// Tasks whose questions stand in a list, beside listed.py.

import { Canonical } from "./list_canonical.js";
import { Refusal, counted, refuse, shorten } from "./sentences.js";
import { read } from "./typed_text.js";

const LISTS = new WeakMap(); // It holds what is known of each task's list.
const ARITHMETIC = /^[0-9+*()^-]+$/; // Questions in plain signs are made of these.

/** Reads a typed question of a list. Its answer is known if the list has it. */
export function readListed(task, text, rules) {
  const typed = plainQuestion(task, text.trim().split("\t")[0]);
  if (!typed) refuse("there is nothing to answer; write a question such as {example}", { example: task.example });
  if (!LISTS.has(task)) LISTS.set(task, new Answers(task, rules));
  const answers = LISTS.get(task);
  const question = asListed(task, answers, typed, rules);
  const letters = [...question];
  if (letters.length > task.longest_question)
    throw new Refusal(
      counted(
        "that is {n:,} character long; the longest this network reads is {longest}",
        "that is {n:,} characters long; the longest this network reads is {longest}",
        { n: letters.length, longest: task.longest_question },
      ),
    );
  letters.forEach((character, at) => {
    if (!task.alphabet.includes(character))
      refuse('"{question}" has "{character}" in it at character {at}; this network has never seen that one', {
        question: shorten(question),
        character: shorten(character),
        at: at + 1,
      });
  });
  const blanks = " ".repeat(task.longest_question - letters.length);
  return {
    task,
    question,
    padded: question + blanks,
    numbers: null,
    value: null,
    answer: answers.to(question),
  };
}

/** The answers of a list, to whatever way its questions are asked. */
class Answers {
  constructor({ pairs, same }, rules) {
    Object.assign(this, { pairs, listed: new Map(pairs), canonical: new Canonical(same, rules) });
  }

  has(question) {
    return this.listed.has(question);
  }

  to(question) {
    if (this.has(question)) return this.listed.get(question);
    this.byForm ??= new Map(this.pairs.map(([each, answer]) => [this.canonical.form(each), answer]));
    return this.byForm.get(this.canonical.form(question)) ?? null;
  }
}

/** A question in one form, as `plain_question` has it; a joiner stays if the list has joiners. */
export function plainQuestion({ alphabet, blank, invisible }, text) {
  return text
    .replace(new RegExp(blank, "gu"), " ")
    .replace(new RegExp(invisible, "gu"), (each) => (alphabet.includes(each) ? each : ""))
    .normalize("NFC")
    .trim()
    .replace(/ {2,}/g, " ");
}

/** Arithmetic as a list would write it, however it was typed. */
function asListed(task, answers, question, rules) {
  if (answers.has(question) || [...question].length > 10 * (task.longest_question + 100)) return question;
  const { plain } = read(question, rules);
  if (!ARITHMETIC.test(plain)) return question;
  const fits = (each) =>
    [...each].length <= task.longest_question && [...each].every((one) => task.alphabet.includes(one));
  return task.writings[plain] ?? (fits(plain) && !fits(question) ? plain : question);
}
