// Sentences that can be said in any language: an English template that remembers its values, beside
// `adder.base.messages.Sentence`. Whoever shows one gives the templates of a language, by the English ones.

/** A template with its values; a value may be a sentence too. */
export const sentence = (template, values = {}) => ({ template, values });

/** A sentence that counts something, with one template for exactly one and another for any other number. */
export const counted = (one, many, values) => sentence(values.n === 1 ? one : many, values);

/** What a person is told who typed something that cannot be asked. */
export class Refusal extends Error {
  constructor(said) {
    super(said.template);
    this.sentence = said;
  }
}

/** Refuses a question with the template of a sentence and its values. */
export function refuse(template, values) {
  throw new Refusal(sentence(template, values));
}

/** A sentence in a language. */
export function say({ template, values }, texts) {
  const said = texts[template] ?? template;
  return said.replace(/\{(\w+)(:,)?\}/g, (_, name, grouped) => {
    const value = values[name];
    if (grouped) return grouping(String(value));
    return typeof value === "object" ? say(value, texts) : String(value);
  });
}

/** Digits with their thousands grouped. */
export const grouping = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");

const MOST_SHOWN = 40;

/** A text that is short enough for a message, beside `adder.base.errors.shorten`. */
export function shorten(text) {
  const shown = [...text].slice(0, MOST_SHOWN + 1).flatMap((each) => [...seen(each)]);
  return shown.length <= MOST_SHOWN ? shown.join("") : `${shown.slice(0, MOST_SHOWN - 1).join("")}…`;
}

/** A character, or the escape of one that cannot be seen, as Python writes it. */
function seen(character) {
  if (character === " " || !/[\p{C}\p{Z}]/u.test(character)) return character;
  const code = character.codePointAt(0).toString(16);
  const [kind, width] = code.length < 3 ? ["x", 2] : code.length < 5 ? ["u", 4] : ["U", 8];
  return `\\${kind}${code.padStart(width, "0")}`;
}
