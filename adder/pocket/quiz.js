// A small quiz against the network of the page: both answer the same questions.

import { plainQuestion } from "../tasks/listed.js";
import { sentence, shorten } from "../tasks/sentences.js";
import { read } from "../tasks/typed_text.js";
import { element } from "../ui/stage/dom.js";

const ROUNDS = 10;

export class Quiz {
  constructor(form, { solver, questions, text, alone, pretty, printed }) {
    Object.assign(this, { form, solver, questions, text, alone, pretty, printed, rounds: [], asked: [], refused: null });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.next();
    });
  }

  /** What the button does now: begin, take the answer, or ask the next question. */
  next() {
    const typed = this.form.querySelector("input")?.value;
    if (typed !== undefined && !typed.trim()) return;
    this.refused = null;
    if (typed !== undefined) this.take(typed);
    else if (this.rounds.length < this.asked.length) this.waiting = true;
    else this.begin();
    this.draw();
    (this.form.querySelector("input") ?? this.form.querySelector("button")).focus();
    this.form.querySelector("input")?.select(); // What was refused is typed anew.
  }

  begin() {
    this.asked = [...this.questions].sort(() => Math.random() - 0.5).slice(0, ROUNDS);
    this.rounds = [];
    this.waiting = true;
  }

  take(typed) {
    const answer = this.solver.answer(this.solver.read(this.asked[this.rounds.length]));
    const { task, rules } = this.solver.page;
    const yours = task.operators ? typed.normalize("NFKC").trim() : plainQuestion(task, typed);
    const readings = numbers(read(typed, rules).plain);
    if (task.operators && !readings.some((each) => spellsNumber(each, task.base))) {
      this.refused = yours;
      return;
    }
    this.rounds.push({
      yours,
      right: yours === answer.expected || readings.some((each) => sameNumber(each, answer.expected, task.base)),
      theirs: answer.unpadded,
      network: answer.right,
      truth: answer.expected,
    });
    this.waiting = false;
  }

  /** What somebody is told whose answer is no number. */
  refusal() {
    const { base } = this.solver.page.task;
    const text = shorten(this.refused);
    if (base === 10) return sentence('"{text}" is no number; type digits alone, such as 62', { text });
    const last = (base - 1).toString(36).toUpperCase();
    return sentence('"{text}" is no number in base {base}, whose digits are {first} to {last}', {
      text,
      base,
      first: "0",
      last,
    });
  }

  draw() {
    const { asked, rounds, text, form } = this;
    const over = rounds.length === asked.length;
    const score = text("score", {
      yours: rounds.filter((each) => each.right).length,
      theirs: rounds.filter((each) => each.network).length,
      all: rounds.length,
    });
    const parts = [];
    if (!asked.length)
      parts.push(element("p", {}, text("invitation", { most: Math.min(ROUNDS, this.questions.length) })));
    else if (this.waiting) {
      const question = this.pretty(asked[rounds.length]);
      parts.push(
        element(
          "label",
          { class: "asked", for: "yours" },
          text("round", { n: rounds.length + 1, all: asked.length, question }),
        ),
      );
      const inputmode = this.solver.page.plus_only ? "numeric" : "text";
      parts.push(
        element("input", {
          id: "yours",
          type: "text",
          autocomplete: "off",
          inputmode,
          value: this.refused,
          "aria-describedby": "refused",
        }),
        element("p", { id: "refused", role: "alert" }, this.refused === null ? "" : this.alone(this.refusal())),
      );
    } else {
      const last = rounds.at(-1);
      const line = (name, said, right) =>
        element(
          "li",
          { class: right ? "right" : "wrong" },
          text(name, { answer: this.printed(said) || text("nothing") }),
          right ? " ✓" : " ✗",
        );
      parts.push(
        element(
          "p",
          { role: "status" },
          text("truth", { question: this.pretty(asked[rounds.length - 1]), truth: this.printed(last.truth) }),
        ),
      );
      parts.push(element("ul", {}, line("you", last.yours, last.right), line("network", last.theirs, last.network)));
      parts.push(element("p", {}, score));
    }
    const name = !asked.length ? "start" : this.waiting ? "answer" : over ? "again_quiz" : "next";
    form.replaceChildren(...parts, element("button", { class: "main" }, text(name)));
  }
}

/** What a typed number may be: 1.000 is 1 to some people and 1000 to others, and either is taken. */
function numbers(plain) {
  const number = plain.replaceAll(" ", "").replace(/^.*=/, "");
  return [number.replace(/[.,]0*$/, ""), number.replace(/[.,](?=[0-9]{3}(?![0-9]))/g, "")];
}

/** Whether a text has digits of a base alone, after a sign. */
const spellsNumber = (text, base) =>
  /^[-+]?[0-9a-z]+$/i.test(text) && [...text.replace(/^[-+]/, "")].every((digit) => parseInt(digit, 36) < base);

/** Whether a typed number is the true one; it may have zeros before it. In a list, not every answer is a number. */
function sameNumber(typed, truth, base) {
  const bare = (number) =>
    number
      .replace(/^([-+]?)0+(?=\w)/, "$1")
      .replace(/^\+|^-(?=0$)/, "")
      .toUpperCase();
  return spellsNumber(truth, base) && bare(typed) === bare(truth);
}
