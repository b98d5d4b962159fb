// Reads what people type for a digit, a sign or a blank. typed_text.py has the list of what stands for what.

/**
 * Reads a question as people type it.
 *
 * @param text  What was typed.
 * @param rules The rules that `adder.tasks.typed_text.script_rules` gives for the base of the numbers.
 * @returns `shown`, which is what was typed, with plain blanks and without what cannot be seen; `plain`, which is what
 *   it means; and `places`,
 *   which says where in `shown` each character of `plain` stands, counted from 1.
 */
export function read(text, rules) {
  const found = (name) => new RegExp(...rules.patterns[name]);
  const letters = Array.from(text, (each) => (rules.spaces.includes(each) ? " " : each));
  const seen = letters.filter((each) => each === "\t" || !(rules.unseen.includes(each) || /[\p{Cc}\p{Cf}]/u.test(each)));
  const shown = [...seen.join("").trim()];
  let meant = shown.map((each) => (each.length > 1 ? "\uFFFF" : each)).join(""); // Every character has one place.
  meant = meant.replace(found("word"), (word) => rules.words[word.toLowerCase()].padEnd(word.length));
  meant = withoutEnds(
    [...meant]
      .map((each) => rules.means[each] ?? each)
      .join(""),
    rules,
  );
  const characters = [...meant.replaceAll("\t", " ")];
  for (const match of meant.matchAll(found("times"))) characters[match.index + match[0].search(/x/i)] = "*";
  const begin = [...meant].findIndex((each) => !rules.beginnings.includes(each));
  const parting = new Set(Array.from(meant.matchAll(found("blanks")), (match) => match.index));
  characters.forEach((each, at) => {
    if (begin < 0 || at < begin || (each === " " && !parting.has(at))) characters[at] = "";
    else if (each === "²") characters[at] = "^2";
    else if (each === "\uFFFF") characters[at] = shown[at];
  });
  if (rules.patterns.prefix)
    for (const match of meant.matchAll(found("prefix"))) characters.fill("", match.index, match.index + 2);
  if (rules.patterns.grouped)
    for (const match of meant.matchAll(found("grouped")))
      for (let at = match.index; at < match.index + match[0].length; at++)
        if (!/[0-9]/.test(characters[at])) characters[at] = "";
  const places = characters.flatMap((each, at) => Array(each.length).fill(at + 1));
  return { shown: shown.map((each) => (each === "\t" ? " " : each)), plain: characters.join(""), places };
}

/** How the characters of `plain` from `start` up to `end` were typed. */
export const quoted = ({ shown, places }, start, end) => shown.slice(places[start] - 1, places[end - 1]).join("");

/** The text up to a tab, which ends a question, and without what only asks for the answer, such as `= ?`. */
function withoutEnds(text, rules) {
  let [signs, last] = [false, ""];
  for (let at = 0; at < text.length; at++) {
    const each = text[at];
    if (each === "\t" && signs && /[\p{L}\p{N})²=?]/u.test(last)) {
      text = text.slice(0, at);
      break;
    }
    signs ||= "+-*^²".includes(each);
    if (!/\s/.test(each)) last = each;
  }
  const stripped = (line) => {
    let end = line.length;
    while (end && rules.ends.includes(line[end - 1])) end--;
    return line.slice(0, end);
  };
  return stripped(stripped(text).replace(new RegExp(...rules.patterns.to_fill_in), ""));
}
