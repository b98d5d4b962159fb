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
    const number = wholeNumber(numeral(typed, rules), task.base);
    if (task.operators && number === null) {
      this.refused = typed;
      return;
    }
    const truth = wholeNumber(numeral(answer.expected, rules), task.base);
    this.rounds.push({
      yours,
      right: yours === answer.expected || (number !== null && number === truth),
      theirs: answer.unpadded,
      network: answer.right,
      truth: answer.expected,
    });
    this.waiting = false;
  }

  /** What somebody is told whose answer is no number, or could be two. */
  refusal() {
    const { task, rules } = this.solver.page;
    const { base } = task;
    const text = shorten(this.refused.normalize("NFKC").trim());
    const written = numeral(this.refused, rules);
    if (base === 10 && UNCLEAR.test(written)) {
      const [one, part] = written.split(/[.,]/);
      const other = one + part;
      return Number(part)
        ? sentence('"{text}" could be a fraction or {number}; type it in digits alone', { text, number: other })
        : sentence('"{text}" could be {one} or {other}; type it in digits alone', { text, one, other });
    }
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

const UNCLEAR = /^[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}$/; // 1.000 is 1 to some people and 1000 to others.

/** What a text says as a number, in plain signs; people write `12+50=62`. */
const numeral = (text, rules) => read(text, rules).plain.replaceAll(" ", "").replace(/^.*=/, "");

/** The whole number that a numeral spells, without what is forgiven; null where it spells none, or could be two. */
function wholeNumber(text, base) {
  const unclear = base === 10 && UNCLEAR.test(text);
  const [, sign, digits] = (!unclear && /^\(?([-+]?)([0-9a-z]+)(?:[.,]0*)?\)?$/i.exec(text)) || [];
  if (!digits || [...digits].some((digit) => parseInt(digit, 36) >= base)) return null;
  const bare = digits.replace(/^0+(?=.)/, "").toUpperCase();
  return sign === "-" && bare !== "0" ? `-${bare}` : bare;
}
