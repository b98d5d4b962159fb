// Presses the buttons that lead on and back for whoever uses the keyboard or a clicker.

const NEXT = "next", BACK = "back";
const WAYS = { ArrowRight: NEXT, PageDown: NEXT, ArrowLeft: BACK, PageUp: BACK };
const TYPED_INTO = "textarea, select, [contenteditable=true], input:not([type=checkbox], [type=radio], [type=range])";
const MOVED_BY_ARROWS = "input, [role=radiogroup], [role=slider], [role=grid], [role=listbox], [role=menu]";

function pressed(event, buttons) {
  const focused = event.composedPath()[0];
  const within = (elements) => focused instanceof Element && focused.closest(elements) !== null;
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || within(TYPED_INTO)) return;
  if (event.key === "f" || event.key === "F") {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
    return;
  }
  let way = WAYS[event.key];
  if (event.key === " " && focused === document.body) way = event.shiftKey ? BACK : NEXT;
  if (!way || (event.key.startsWith("Arrow") && within(MOVED_BY_ARROWS))) return;
  event.preventDefault();
  document.querySelector(`${buttons[way]}:not([disabled])`)?.click();
}

let listening = new AbortController();

export default function ({ data }) {
  // This listens before others do, since players of pictures keep their keys to themselves.
  listening.abort();
  const mine = (listening = new AbortController());
  document.addEventListener("keydown", (event) => pressed(event, data), { capture: true, signal: mine.signal });
  if (window.adderStep !== data.step) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  window.adderStep = data.step;
  return () => mine.abort(); // It ends only what this step began.
}
