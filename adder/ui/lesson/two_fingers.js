// Plays how two reading heads walk over a sum while a network writes its answer, the last digit first.

const MILLISECONDS = 90; // a step
const players = new WeakMap();

function build(place, data) {
  const make = (name, parent, kind = "div") => {
    const made = parent.appendChild(document.createElement(kind));
    made.className = name;
    return made;
  };
  const root = make("fingers", place);
  const read = make("read", root);
  const places = [...data.read].map((character) => {
    const each = make("", read, "span");
    each.textContent = "<>".includes(character) ? "" : character;
    return each;
  });
  const answer = make("answer", root);
  const written = [...data.written].map((character, step) => {
    const each = make(character === data.truth[step] ? "" : "wrong", answer, "span");
    each.textContent = character === data.truth[step] ? character : `✗${character}`;
    return each;
  });
  answer.replaceChildren(...written.slice().reverse()); // as people write it
  const controls = make("controls", root);
  const button = make("", controls, "button");
  const slider = make("", controls, "input");
  Object.assign(slider, { type: "range", min: 0, max: written.length, value: 0 });
  slider.setAttribute("aria-label", data.texts.step);
  const said = make("", controls, "output");
  return { root, places, written, button, slider, said };
}

function player(place, data) {
  const parts = build(place, data);
  const last = data.written.length;
  let step = 0, timer = 0;
  const draw = () => {
    parts.places.forEach((each) => (each.className = ""));
    data.fingers.forEach((walk, finger) => (parts.places[walk[Math.min(step, last - 1)]].className = `finger${finger}`));
    parts.written.forEach((each, place) => (each.style.visibility = place < step ? "visible" : "hidden"));
    parts.slider.value = step;
    const under = data.fingers.map((walk) => data.read[walk[Math.min(step, last - 1)]]);
    const at = data.texts.at.replace("{first}", under[0]).replace("{second}", under[1]);
    parts.said.textContent = `${step} / ${last} · ${step === last ? data.texts.verdict : at}`;
    parts.slider.setAttribute("aria-valuetext", parts.said.textContent);
    parts.button.textContent = timer ? data.texts.pause : data.texts.play;
  };
  const pause = () => {
    clearInterval(timer);
    timer = 0;
    draw();
  };
  const play = () => {
    if (step === last) step = 0;
    timer = setInterval(() => {
      step += 1;
      if (step >= last) pause();
      else draw();
    }, MILLISECONDS);
    draw();
  };
  parts.button.addEventListener("click", () => (timer ? pause() : play()));
  parts.slider.addEventListener("input", () => {
    step = Number(parts.slider.value);
    pause();
  });
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) draw();
  else play();
  const remove = () => {
    clearInterval(timer);
    parts.root.remove();
  };
  return { sum: data.read, remove };
}

export default function ({ data, parentElement }) {
  const end = () => {
    players.get(parentElement)?.remove();
    players.delete(parentElement);
  };
  if (players.get(parentElement)?.sum !== data.read) {
    end();
    players.set(parentElement, player(parentElement, data));
  }
  return end;
}
