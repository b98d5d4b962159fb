// The stage shows one network at one epoch. The picture, the answer, twenty sums, the curves and the map are all of the
// epoch that the slider names, and everything that the slider moves is drawn here, without asking the server again.

import { element, fill, figure, isDark, percent } from "./dom.js";
import { makeMap } from "./map.js";
import { PicturePlayer } from "./picture_player.js";
import { makePlaces } from "./places.js";
import { makeSlider, nameOf } from "./slider.js";
import { storyOf } from "./stories.js";
import { makeTiles } from "./tiles.js";

const REPLAYED_EPOCH_MILLISECONDS = 125;
const TYPING_MILLISECONDS = 300; // A question counts as typed after this long.
const SPOKEN_MILLISECONDS = 2000; // People who listen get a sentence no more often.
const RETRY_MILLISECONDS = 1000;
const MOST_CHARACTERS = 20; // A longer answer does not stand on one line with its question.
const stages = new WeakMap();
let played = 0; // This is the last wish for a replay that was granted.

/** Draws what Streamlit hands over. Streamlit calls it again whenever that changes. */
export function show({ data, parentElement, setStateValue }) {
  let stage = stages.get(parentElement);
  if (stage?.data.lang !== data.lang) {
    stage?.close();
    stage = new Stage(parentElement, data);
    stages.set(parentElement, stage);
  }
  stage.update(data, setStateValue);
}

class Stage {
  constructor(root, data) {
    const { texts } = data;
    this.host = root.host ?? root;
    this.data = { ...data, key: null };
    this.story = storyOf(data);
    this.question = data.question;
    this.chosen = 0; // This epoch is shown, unless the newest is.
    this.following = false;
    this.timer = null;
    this.typedAt = 0;
    this.spokenAt = 0;

    this.box = element("input", {
      type: "text", value: this.question, "aria-describedby": "askable", autocomplete: "off", spellcheck: "false",
      enterkeyhint: "go", inputmode: data.inputMode,
    });
    this.box.addEventListener("input", () => this.ask(this.box.value, false));
    this.box.addEventListener("change", () => this.ask(this.box.value, true));
    this.answer = element("p", { class: "answer" });
    this.who = element("p", { class: "who" });
    const asking = element("div", { class: "ask" }, element("label", {}, element("span", {}, texts.ask), this.box), this.answer);
    this.picture = element("div", { class: "picture" });
    this.undrawn = element("p", { class: "undrawn" });
    this.player = new PicturePlayer(this.picture, { texts: data.pictureTexts });
    const press = (question) => this.data.asks && this.ask(question, true);
    this.slider = makeSlider(texts, {
      choose: (place, done) => this.choose(this.story.kept[place], done),
      step: (by) => this.step(by),
      play: () => (this.timer ? this.pause() : this.play(this.atEnd() ? 0 : this.place())),
      now: () => this.now(),
    });
    for (const near of ["pointerenter", "focusin"]) this.slider.element.addEventListener(near, () => this.browse());
    this.tiles = makeTiles(texts, press);
    this.places = makePlaces(texts);
    this.map = makeMap(texts, press);
    this.spoken = element("p", { class: "spoken", role: "status" });
    const below = element("div", { class: "below" }, this.tiles.element, this.places.element, this.map.element);
    this.stage = element(
      "div", { class: "stage" },
      asking, this.who, this.undrawn, this.picture, this.slider.element, below,
      element("p", { id: "askable", class: "spoken" }, data.askable), this.spoken,
    );
    const style = element("link", { rel: "stylesheet", href: new URL("stage.css", import.meta.url).href });
    style.addEventListener("load", () => this.stage.classList.add("styled"));
    this.stage.prepend(style);
    root.append(this.stage);
  }

  update(data, setStateValue) {
    const before = this.data;
    this.data = data;
    this.setStateValue = setStateValue;
    this.who.textContent = data.who;
    this.stage.classList.toggle("closed", !data.asks);
    this.stage.classList.toggle("small", data.small);
    if (data.key !== before.key) {
      this.pause();
      this.story = storyOf(data);
      this.following = data.live;
      this.chosen = data.live ? Infinity : data.epoch ?? 0;
      if (data.question !== this.question && before.question !== data.question) this.box.value = this.question = data.question;
    }
    if (data.plays && data.plays !== played) {
      played = data.plays;
      this.play(0);
    }
    this.story.checked = false; // A run that was paused may go on.
    this.look(true);
    this.draw();
  }

  close() {
    this.pause();
    this.player.close();
    this.aborter?.abort();
    this.stage.remove();
  }

  // These methods choose which epoch is shown.

  get shown() {
    const { kept, moments } = this.story;
    if (!this.following) return kept.includes(this.chosen) ? this.chosen : kept.filter((each) => each <= this.chosen).pop() ?? kept[0];
    return kept.findLast((each) => moments.has(each)) ?? kept[kept.length - 1];
  }

  place() {
    return Math.max(0, this.story.kept.indexOf(this.shown));
  }

  atEnd() {
    return this.place() === this.story.kept.length - 1;
  }

  /** Loads the answers and maps of other epochs from now on, since somebody is about to look at them. */
  browse() {
    if (this.story.browsed) return;
    this.story.browsed = true;
    this.look(false);
  }

  choose(epoch, done) {
    if (epoch === undefined) return;
    this.browse();
    this.pause();
    this.following = false;
    this.chosen = epoch;
    if (done) this.tell();
    this.look(false);
    this.draw();
  }

  step(by) {
    const { kept } = this.story;
    this.choose(kept[Math.min(kept.length - 1, Math.max(0, this.place() + by))], true);
  }

  now() {
    this.pause();
    this.following = true;
    this.tell();
    this.draw();
  }

  play(place) {
    this.pause();
    this.browse();
    this.following = false;
    this.chosen = this.story.kept[place] ?? 0;
    this.timer = setInterval(() => this.advance(), REPLAYED_EPOCH_MILLISECONDS);
    this.draw();
  }

  /** Goes on to the next epoch once all of it is there. */
  advance() {
    const { kept } = this.story;
    if (!this.stage.isConnected) return this.pause();
    const next = kept[this.place() + 1];
    const loaded = (epoch) => this.story.isThere(epoch) && this.story.isAnswered(epoch, this.question);
    if (!kept.length || !loaded(this.shown) || (next !== undefined && !loaded(next))) return; // It is on its way.
    if (next === undefined) {
      this.pause();
      this.following = this.story.active;
      this.tell();
    } else this.chosen = next;
    this.draw();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.draw();
  }

  /** Tells the page which epoch is shown, since the panels beside show the same one. */
  tell() {
    this.setStateValue("epoch", this.following ? null : this.shown ?? null);
  }

  // These methods ask the question.

  ask(question, done) {
    if (question !== this.question) {
      this.question = question;
      this.typedAt = performance.now();
      if (this.box.value !== question) this.box.value = question;
      this.look(true);
      if (!done) setTimeout(() => this.look(true), TYPING_MILLISECONDS + 10);
      this.draw();
    }
    if (done) this.setStateValue("question", question);
  }

  // These methods load what is missing.

  /** Loads what is missing, and goes on for as long as something may come. */
  async look(anew) {
    if (anew || this.held) this.aborter?.abort();
    if (this.looking) return;
    this.looking = true;
    while (this.stage.isConnected) {
      if (document.hidden) await shownAgain();
      const { story, question } = this;
      const typing = performance.now() - this.typedAt < TYPING_MILLISECONDS;
      const { lacks, ...missing } = story.lacking({ question, shown: this.shown ?? 0, following: this.following, typing });
      if (story.isComplete && !lacks) break;
      const given = new URLSearchParams({ question, lang: this.data.lang, ...missing, wait: "1" });
      const address = new URL(`${this.data.look}?${given}`, document.baseURI);
      this.aborter = new AbortController();
      this.held = !lacks; // The server answers once there is something new.
      try {
        const reply = await fetch(address, { signal: this.aborter.signal });
        if (!reply.ok) throw new Error(`the server answered ${reply.status}`);
        const news = story.keep(await reply.json(), question);
        if (!news && lacks) await pause(RETRY_MILLISECONDS); // A network may be on its way from the disk.
        if (story === this.story) this.draw();
      } catch (error) {
        if (error.name !== "AbortError") await pause(RETRY_MILLISECONDS);
      }
    }
    this.looking = false;
  }

  // These methods draw.

  draw() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      if (this.stage.isConnected) this.drawNow();
    });
  }

  drawNow() {
    const { story, data } = this;
    const { texts } = data;
    const epoch = this.shown;
    const moment = story.moments.get(epoch) ?? null;
    const answer = story.answersTo(this.question).get(epoch) ?? null;
    const playing = this.timer !== null;
    this.stage.dataset.epoch = epoch ?? "";
    this.stage.setAttribute("aria-busy", String(!story.isThere(epoch)));
    this.slider.show({
      stops: story.kept, place: this.place(), planned: story.planned, firsts: this.firsts(), playing,
      replayed: playing && !story.active, following: this.following, active: story.active,
    });
    this.drawAnswer(answer, texts);
    this.drawPicture(answer);
    this.tiles.show(story.scene, moment && moment.said);
    this.map.show(story.scene?.map, story.maps.get(epoch)?.right ?? "");
    if (story.scene)
      this.places.show({
        figures: story.figures, planned: story.planned, epoch: epoch ?? 0, names: data.places, guess: story.scene.guess,
        asked: story.scene.asked, changes: story.changes,
        hideLater: this.hidesLater,
      });
    this.speak(epoch, moment, answer, texts);
  }

  /** Whether the future stays hidden, since the network knows nothing yet or is watched while it learns. */
  get hidesLater() {
    return this.timer !== null || this.shown === 0 || (this.following && this.story.active);
  }

  /** The places on the slider where each of the twenty first came right. */
  firsts() {
    const { scene, kept, moments } = this.story;
    if (!scene) return [];
    const until = this.hidesLater ? this.place() : kept.length - 1;
    return scene.twenty
      .map(([, truth], number) => kept.findIndex((each) => moments.get(each)?.said[number] === truth))
      .filter((place) => place >= 0 && place <= until);
  }

  drawAnswer(answer, texts) {
    const trouble = this.story.troubles.get(this.question);
    this.answer.className = trouble ? "answer trouble" : "answer";
    this.stage.classList.toggle("long", (answer?.written.length ?? 0) > MOST_CHARACTERS);
    if (trouble || !answer) {
      this.answer.textContent = trouble ?? "";
      return;
    }
    const written = answer.written || texts.nothing;
    const verdict =
      answer.right === null ? texts.unknown : answer.right ? texts.correct : fill(texts.mistaken, { truth: answer.expected });
    const kind = answer.right === null ? "" : answer.right ? "right" : "wrong";
    const doubt = answer.sure === null ? fill(texts.before, { number: figure(answer.number) }) : fill(texts.sure, { share: percent(answer.sure) });
    this.answer.replaceChildren(
      element("strong", {}, `${answer.question} = ${written}`), " ", element("span", { class: kind }, verdict), ` · ${doubt}`,
    );
  }

  /** Draws the living picture of the answer. For another question it is played from the first character. */
  drawPicture(answer) {
    if (!answer && this.pictured && !this.story.troubles.has(this.question)) return; // It is on its way.
    this.picture.classList.toggle("without", !(answer && answer.picture));
    this.undrawn.textContent = answer && !answer.picture ? this.data.texts.undrawn : "";
    if (!answer || !answer.picture) return;
    this.player.dark = isDark(this.host);
    this.player.reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.pictured === answer) return this.player.draw();
    const play = this.timer === null && this.picturedQuestion !== answer.question;
    this.pictured = answer;
    this.picturedQuestion = answer.question;
    this.player.show(answer.picture, { play });
  }

  speak(epoch, moment, answer, texts) {
    const still = this.timer === null && !(this.following && this.story.active);
    const now = performance.now();
    if (!moment || (!still && now - this.spokenAt < SPOKEN_MILLISECONDS)) return;
    const right = this.story.scene.twenty.filter(([, truth], number) => moment.said[number] === truth).length;
    const said = `${nameOf(epoch, this.story.planned, texts)}. ${fill(texts.right, { right, all: moment.said.length })}. ${this.answer.textContent}`;
    if (this.spoken.textContent === said) return;
    this.spokenAt = now;
    this.spoken.textContent = said;
  }
}

/** Waits until somebody looks at this tab again, since what nobody sees should cost the server nothing. */
function shownAgain() {
  return new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
