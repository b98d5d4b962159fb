// The page of a network in your pocket. It answers a question while it is typed, draws the answer, and plays a quiz.
// All that it knows stands in the page, and it asks no server for anything.

import { Solver } from "../solvers/solver.js";
import { Refusal, say } from "../tasks/sentences.js";
import { PicturePlayer } from "../ui/stage/picture_player.js";
import { Quiz } from "./quiz.js";
import { unpacked } from "./weights.js";
import { element, percent } from "../ui/stage/dom.js";

const MOST_PLACES = 24; // A wider table of chances could not be read.
const SPACE = "␣";

const find = (id) => document.getElementById(id);
const page = JSON.parse(find("network").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");
let language = navigator.languages.find((each) => page.languages[each.slice(0, 2)])?.slice(0, 2) ?? "en";
let [solver, player, quiz, asked] = [null, null, null, null];

const words = () => page.languages[language];
const said = (sentence) => say(sentence, words().texts);
const text = (name, values = {}) => say({ template: page.texts[name], values }, words().texts);
/** A sentence about a question, which begins with a capital letter and ends with a full stop. */
const alone = (sentence) => said(sentence).replace(/^./u, (first) => first.toUpperCase()) + text("end");
const printed = (answer) => (page.task.pairs ? answer : answer.replace("-", "−"));
const pretty = (question) =>
  page.task.pairs
    ? question
    : question.replaceAll("^2", "²").replaceAll("*", " × ").replaceAll("+", " + ").replaceAll("-", " − ");

function ask() {
  const typed = find("question").value;
  find("trouble").textContent = "";
  try {
    const question = solver.read(typed);
    const answer = solver.answer(question);
    show(question, answer);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    find("answer").replaceChildren();
    find("chances").replaceChildren();
    find("picture").inert = true; // It still shows the question before.
    find("trouble").textContent = typed.trim() ? alone(error.sentence) : "";
  }
}

function show(question, answer) {
  const verdict =
    answer.right === null
      ? text("unknown")
      : answer.right
        ? text("right")
        : text("wrong", { truth: printed(answer.expected) });
  const doubt =
    answer.sure === null
      ? text("before", { number: answer.number.toFixed(3) })
      : text("sure", { share: percent(answer.sure) });
  const kind = answer.right === null ? "" : answer.right ? "right" : "wrong";
  const joint = page.task.pairs ? "→" : "=";
  const equation = `${pretty(question.question)} ${joint} ${printed(answer.unpadded) || text("nothing")}`;
  const judged = [element("span", { class: kind }, verdict), " ", element("small", {}, doubt)];
  const parts = answer.picture ? [equation, " ", ...judged] : [...judged, " ", equation]; // A long one is scrolled.
  find("answer").replaceChildren(...parts);
  find("picture").inert = false;
  find("picture").hidden = !answer.picture;
  if (answer.picture) player.show(labelled(answer.picture), { play: asked !== null && asked !== question.question });
  asked = question.question;
  tabulate(answer);
}

/** The picture with its labels in the language of the page. */
function labelled(picture) {
  const { layers, bridge } = words().labels;
  return {
    ...picture,
    layers: picture.layers.map((layer, nth) => ({ ...layer, label: layers[nth] })),
    bridge: picture.bridge && { ...picture.bridge, label: bridge },
  };
}

/** The likeliest symbols at each place of the answer. */
function tabulate({ symbols, chances }) {
  const alphabet = [...page.task.alphabet];
  const shown = (symbol) => (symbol === " " ? SPACE : printed(symbol));
  const few = symbols.length <= MOST_PLACES;
  find("chances").closest("details").hidden = !few || !symbols.length;
  if (!few) return;
  const rows = symbols.map((_, nth) => {
    const place = page.encoding.answer_order === "reversed" ? symbols.length - 1 - nth : nth;
    const best = alphabet.map((symbol, at) => [chances[place][at], symbol]).sort(([one], [other]) => other - one);
    const cells = best.slice(0, 3).map(([chance, symbol]) => element("td", {}, `${shown(symbol)} · ${percent(chance)}`));
    return element("tr", {}, element("th", { scope: "row" }, String(nth + 1)), ...cells);
  });
  const heads = ["place", "first", "second", "third"].map((name) => element("th", { scope: "col" }, text(name)));
  find("chances").replaceChildren(element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
}

/** Says everything in the language of the page. */
function draw() {
  const { facts, title, other, askable } = words();
  document.documentElement.lang = words().code;
  document.title = title;
  document.querySelector("h1").textContent = title;
  find("language").textContent = page.languages[other].label;
  find("language").lang = page.languages[other].code;
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = text(each.dataset.say);
  for (const each of document.querySelectorAll("[data-label]"))
    each.setAttribute("aria-label", text(each.dataset.label));
  find("askable").textContent = askable;
  find("facts").replaceChildren(
    ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
  find("again").textContent = text(page.local ? "again_here" : "again");
  find("again").hidden = !page.link;
  find("again").href = page.link;
  document.querySelector("#command code").textContent = page.command;
  find("command").hidden = !page.command;
  player.texts = words().picture;
  player.described = null; // The player then says its sentence anew.
  quiz.draw();
  ask();
}

async function start() {
  solver = new Solver(page, await unpacked(find("weights").textContent, page.weights));
  player = new PicturePlayer(find("picture"), { texts: words().picture, dark: dark.matches, reduced: still.matches });
  dark.addEventListener("change", () => {
    player.dark = dark.matches;
    player.draw();
  });
  still.addEventListener("change", () => (player.reduced = still.matches));
  quiz = new Quiz(find("quiz"), { solver, questions: page.quiz, text, alone, pretty, printed });
  find("question").value = page.task.example;
  find("question").inputMode = page.plus_only ? "tel" : "text";
  find("question").addEventListener("input", ask);
  find("language").addEventListener("click", () => {
    language = words().other;
    draw();
  });
  document.querySelector("main").hidden = false;
  draw();
  window.adder = { solver, said: (sentence, code) => say(sentence, page.languages[code].texts) }; // The console may ask it.
}

start().catch((error) => {
  const trouble = element("p", { role: "alert" }, `${page.texts.trouble} ${error.message}`);
  document.body.append(trouble);
});
