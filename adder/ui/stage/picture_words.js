// Says in words what the living picture shows, for those who do not see it and under the drawing. The sentences are
// those of `adder.analysis.picture_texts`, by name.

const MOST_TOLD = 24; // A longer answer is told by the characters at its ends.
const AT_END = 6;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** Sentences one after another; no blank follows a full-width stop. */
const together = (sentences) => sentences.join(" ").replaceAll("。 ", "。");

/** What happens at one moment, in words. */
export function sayMoment(picture, moment, texts) {
  const said = [];
  const working = picture.layers.filter((layer) => layer.when.includes(moment));
  const read = stepsRead(picture, moment);
  if (read.length === 2) {
    const [left, right] = read.map((step) => words(picture.read[step], texts));
    said.push(fill(texts.reads_both, { left, right }));
  } else if (read.length)
    said.push(fill(texts.reads, { what: read.map((step) => words(picture.read[step], texts)).join(", ") }));
  else if (working.length && !picture.written_at.includes(moment))
    said.push(fill(texts.works, { layer: working[0].label }));
  if (picture.bridge?.when === moment) said.push(sayCrossing(picture, texts));
  const step = picture.written_at.indexOf(moment);
  if (step >= 0) said.push(sayWritten(picture, step, texts));
  if (picture.number?.when === moment) said.push(sayAnswer(picture, texts));
  return together(said);
}

/** The steps that are read at a moment: all of them, or one, or one from each end. */
function stepsRead(picture, moment) {
  const first = picture.layers.findIndex((layer) => layer.at === "read");
  const inTurn = picture.layers.slice(first, first + 2).filter((layer, nth) => nth === 0 || layer.backwards);
  if (first < 0 || inTurn.some((layer) => layer.when.every((when) => when === layer.when[0])))
    return moment ? [] : picture.read.flatMap((_, step) => (picture.skipped[step] ? [] : [step]));
  return [...new Set(inTurn.map((layer) => layer.when.indexOf(moment)).filter((step) => step >= 0))];
}

const word = (symbol, texts) => (symbol === " " ? texts.blank : symbol);
const words = (symbols, texts) => symbols.map((symbol) => word(symbol, texts)).join(" + ");

function sayWritten(picture, step, texts) {
  const [written, truth] = [picture.written[step], picture.truth[step]];
  const chance = atob(picture.chances).charCodeAt(step * picture.alphabet.length + picture.alphabet.indexOf(written));
  const said = [];
  if (picture.looked.length) {
    const places = [...new Set(picture.looked.flatMap((head) => head[step].slice(0, 1)))];
    const what = places.map((place) => word(picture.read[place][0], texts)).join(", ");
    if (what) said.push(fill(texts.looks, { what }));
  }
  said.push(fill(texts.writes, { what: word(written, texts), share: `${Math.round((100 * chance) / 255)}%` }));
  if (truth !== undefined)
    said.push(truth === written ? texts.right : fill(texts.wrong, { truth: word(truth, texts) }));
  if (picture.lamp.length) said.push(picture.lamp[step] > 50 ? texts.carries : texts.carries_nothing);
  return together(said);
}

function sayCrossing({ bridge, looked }, texts) {
  const said = fill(texts.crosses, { what: bridge.label });
  return looked.length ? said : together([said, texts.nothing_else]);
}

/** The whole answer in words. A long one is told without each of its characters. */
export function describe(picture, texts) {
  const { written, number } = picture;
  const read = picture.read.filter((_, step) => !picture.skipped[step]).map((symbols) => words(symbols, texts));
  const said = [`${picture.question}.`, fill(texts.reads, { what: read.join(", ") })];
  if (picture.bridge) said.push(sayCrossing(picture, texts));
  if (!number && written.length <= MOST_TOLD) said.push(...written.map((_, step) => sayWritten(picture, step, texts)));
  return together([...said, sayAnswer(picture, texts)]);
}

/** What it answers in the end, and whether that is right. */
export function sayAnswer({ answer, expected, number, right }, texts) {
  const said = fill(texts.answers, { answer: brief(answer.replace("-", "−")) || texts.nothing });
  if (right === null) return said;
  return together([said, right && !number ? texts.right : fill(texts.is, { truth: brief(expected) })]);
}

const brief = (number) => (number.length > MOST_TOLD ? `${number.slice(0, AT_END)}…${number.slice(-AT_END)}` : number);
