// Tasks whose questions stand in a list, beside listed.py.

import { Refusal, counted, refuse, shorten } from "./sentences.js";
import { read } from "./typed_text.js";

const LISTS = new WeakMap(); // It holds the answers of a task, by question.
const ARITHMETIC = /^[0-9+*()^-]+$/; // Questions in plain signs are made of these.

/** Reads a typed question of a list. Its answer is known if the list has it. */
export function readListed(task, text, rules) {
  const typed = text.trim().split("\t")[0].normalize("NFC").trim();
  if (!typed) refuse("there is nothing to answer; write a question such as {example}", { example: task.example });
  if (!LISTS.has(task)) LISTS.set(task, new Map(task.pairs));
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
        character,
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
    answer: answers.get(question) ?? null,
  };
}

/** Arithmetic as a list would write it, however it was typed. */
function asListed(task, answers, question, rules) {
  if (answers.has(question)) return question;
  const { plain } = read(question, rules);
  if (!ARITHMETIC.test(plain)) return question;
  const fits = (each) =>
    [...each].length <= task.longest_question && [...each].every((one) => task.alphabet.includes(one));
  return task.writings[plain] ?? (fits(plain) && !fits(question) ? plain : question);
}
