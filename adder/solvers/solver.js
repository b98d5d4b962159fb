// A trained network that answers in a browser, beside solver.py.

import { picture } from "../analysis/picture.js";
import { encoded, inHumanOrder, trueSymbols, unpadded } from "../encodings/encodings.js";
import { largest } from "../networks/arrays.js";
import { Trace, forward } from "../networks/description.js";
import { Padding } from "../networks/layers/reading.js";
import { readArithmetic } from "../tasks/arithmetic.js";
import { spell } from "../tasks/expression.js";
import { readListed } from "../tasks/listed.js";

const MOST_DRAWN = 250; // The answer to a longer question is not drawn.

export class Solver {
  /**
   * @param page    What `adder.pocket` tells of a network.
   * @param weights Every weight by its name, as a Float32Array.
   */
  constructor(page, weights) {
    Object.assign(this, { page, weights });
  }

  /** Reads a typed question, and refuses one that cannot be asked. */
  read(text) {
    const { task, rules } = this.page;
    return task.pairs ? readListed(task, text, rules) : readArithmetic(task, text, rules);
  }

  /** The answer to a question that was read, with a picture of it where it is short enough. */
  answer(question) {
    const { encoding, plan } = this.page;
    const { task } = question;
    const { inputs, read, steps } = encoded(encoding, question);
    const trace = question.question.length <= MOST_DRAWN ? new Trace() : null;
    const alphabet = [...task.alphabet];
    const { values, attention } = forward(plan, this.weights, inputs, steps, alphabet.indexOf(" "), trace);
    const asNumber = typeof values === "number";
    const chances = asNumber ? [] : values;
    const number = asNumber ? values * encoding.scale : null;
    const symbols = chances.map((each) => alphabet[largest(each)]);
    const truth = asNumber || question.answer === null ? null : trueSymbols(encoding, question.answer, steps);
    const text = asNumber ? spell(Math.round(number), task.base) : inHumanOrder(encoding, symbols).join("");
    const mask = plan.at_once.find(({ kind }) => kind === "Padding");
    const skipped = mask
      ? Padding.compute(mask.layer, null, { of: inputs }).map((each) => !each)
      : read.map(() => false);
    const given = { read, skipped, symbols, truth, number, chances, attention, trace };
    return {
      text,
      unpadded: unpadded(encoding, text),
      expected: question.answer,
      right: question.answer === null ? null : asNumber ? text === question.answer : truth.join() === symbols.join(),
      sure: asNumber ? null : chances.reduce((share, each) => share * each[largest(each)], 1),
      number,
      symbols,
      chances,
      picture: trace && picture(this.page, question, given),
    };
  }
}
