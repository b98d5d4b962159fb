// Plays the living picture: a picture with a button, a slider over its moments and a sentence about each of them.
//
//     const player = new PicturePlayer(host, { texts, dark, reduced });   // It fills the element `host`.
//     player.show(picture)                  // This is another epoch of the same question: it stays where it is.
//     player.show(picture, { play: true })  // This is another question: it is answered from the start.
//     player.play()  player.pause()  player.step(1)  player.scrub(2.5)  player.close()
//     player.dark = true                    // The next drawing is dark. `reduced` works alike.
//
// The height of the drawing is the CSS variable --picture-height. The button and the slider are the browser's own, so
// keys work as everywhere: Tab, Space, arrows, Home and End. A click on the drawing plays or pauses, too. Where the
// visitor prefers reduced motion nothing moves by itself: the button takes one step.

import { describe, drawPicture, sayAnswer, sayMoment } from "./picture.js";
export { isDark } from "./dom.js";

const LEAST_FRAME = 30; // All times here are in milliseconds.
const WHOLE_ANSWER = 8000; // An answer of many moments takes this long.
const [SHORTEST_MOMENT, LONGEST_MOMENT] = [140, 750];
const SETTLED = 400; // The description is written once no other epoch has come for this long.

const FORM = `
<style>
  .picture-player { color: var(--st-text-color, inherit); }
  .picture-player svg { width: 100%; height: var(--picture-height, 360px); cursor: pointer; overflow: clip visible; }
  .picture-player div { display: flex; align-items: center; gap: 0.75rem; min-height: 44px; }
  .picture-player button {
    flex: none; width: 44px; height: 44px; border-radius: 50%; font-size: 17px; cursor: pointer; padding: 0;
    color: inherit; background: none; border: 1.5px solid var(--st-border-color, #8794a3);
  }
  .picture-player button svg { width: 20px; height: 20px; fill: currentColor; vertical-align: middle; }
  .picture-player button:focus-visible, .picture-player input:focus-visible {
    outline: 3px solid var(--st-primary-color, #0063a3); outline-offset: 2px;
  }
  .picture-player input {
    flex: 2 1 60px; min-width: 60px; max-width: 280px; height: 44px;
    accent-color: color-mix(in srgb, var(--st-primary-color, #0063a3) 70%, var(--st-text-color, #0d141d)); cursor: pointer;
  }
  .picture-player p {
    margin: 0; flex: 4 1 14rem; min-width: 0; font-size: 15px; line-height: 1.35; max-height: 2.7em; overflow: hidden;
  }
  @media (max-width: 480px) {
    .picture-player div { flex-wrap: wrap; row-gap: 0; }
    .picture-player input { max-width: none; }
    .picture-player p { flex-basis: 100%; min-height: 2.7em; }
  }
</style>
<svg role="img"></svg>
<div>
  <button type="button"><svg viewBox="0 0 20 20" aria-hidden="true"><path/></svg></button>
  <input type="range" min="0">
  <p></p>
</div>`;
const ICONS = {
  play: "M5 3L17 10L5 17z",
  pause: "M4 3h4v14h-4zM12 3h4v14h-4z",
  next: "M3 3L12 10L3 17zM13 3h3v14h-3z",
};

export class PicturePlayer {
  constructor(host, { texts, dark = false, reduced = false }) {
    Object.assign(this, { host, texts, dark, reduced, playing: false, at: Infinity, picture: null });
    host.classList.add("picture-player");
    host.innerHTML = FORM;
    [this.svg, this.button, this.slider, this.said] = ["svg", "button", "input", "p"].map((each) =>
      host.querySelector(each),
    );
    this.button.addEventListener("click", () => this.toggle());
    this.svg.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.scrub(Number(this.slider.value)));
    host.addEventListener("keydown", (event) => event.stopPropagation()); // Arrows must not turn a lesson's page, too.
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.svg);
  }

  /** Show a picture where the one before it stood; `play` answers it from the start. */
  show(picture, { play = false } = {}) {
    const ended = !this.picture || this.at >= this.picture.moments;
    this.picture = picture;
    this.at = ended ? picture.moments : Math.min(this.at, picture.moments);
    this.slider.max = picture.moments;
    if (!this.svg.hasAttribute("aria-label")) this.svg.setAttribute("aria-label", picture.question);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.svg.setAttribute("aria-label", describe(picture, this.texts)), SETTLED);
    if (play && !this.reduced) {
      this.at = 0;
      this.play();
    } else this.draw();
  }

  play() {
    if (!this.picture) return;
    if (this.reduced) {
      this.step(this.at >= this.picture.moments ? -this.picture.moments : 1);
      return;
    }
    if (this.at >= this.picture.moments) this.at = 0;
    if (!this.playing) {
      this.playing = true;
      this.before = performance.now();
      this.frame = requestAnimationFrame((now) => this.tick(now));
    }
    this.draw();
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    if (this.picture) this.draw();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Goes to the end of the next moment, or back by one. */
  step(by) {
    this.scrub(by > 0 ? Math.floor(this.at) + by : Math.ceil(this.at) + by);
  }

  scrub(to) {
    this.playing = false;
    this.at = Math.min(Math.max(to, 0), this.picture.moments);
    this.draw();
  }

  close() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.settling);
    this.resized.disconnect();
  }

  tick(now) {
    if (!this.playing) return;
    const passed = now - this.before;
    if (passed >= LEAST_FRAME) {
      this.before = now;
      const moment = Math.min(Math.max(WHOLE_ANSWER / this.picture.moments, SHORTEST_MOMENT), LONGEST_MOMENT);
      this.at = Math.min(this.at + Math.min(passed, 4 * LEAST_FRAME) / moment, this.picture.moments);
      this.playing = this.at < this.picture.moments;
      this.draw();
    }
    if (this.playing) this.frame = requestAnimationFrame((next) => this.tick(next));
  }

  draw() {
    const { picture, texts, at, dark, reduced, playing } = this;
    if (!picture) return;
    drawPicture(this.svg, picture, { step: at, dark, reduced });
    const now = Math.floor(at);
    const name = playing ? "pause" : reduced && at < picture.moments ? "next" : "play";
    const moment = Math.min(now, picture.moments) + (playing ? 0.5 : 0);
    if (this.described === picture && this.name === name && this.moment === moment) return;
    Object.assign(this, { described: picture, name, moment });
    this.button.firstElementChild.firstElementChild.setAttribute("d", ICONS[name]);
    this.button.setAttribute("aria-label", texts[name]);
    this.button.title = texts[name];
    this.slider.value = now;
    this.slider.setAttribute("aria-label", texts.moment);
    const last = playing ? Math.min(now, picture.moments - 1) : Math.ceil(at) - 1; // It happens now, or just did.
    const sentence =
      last < 0 ? picture.question : at < picture.moments ? sayMoment(picture, last, texts) : sayAnswer(picture, texts);
    this.slider.setAttribute("aria-valuetext", sentence);
    this.said.setAttribute("aria-live", playing ? "off" : "polite");
    if (this.said.textContent !== sentence) this.said.textContent = sentence;
  }
}
