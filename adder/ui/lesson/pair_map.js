// All sums of two numbers of one digit, as a table. A press keeps a sum away from training, with its mirror image.

const NUMBERS = [...Array(10).keys()];
const tables = new WeakMap();

const nameOf = (first, second) => `${Math.min(first, second)}+${Math.max(first, second)}`;

function build(place, choose) {
  const table = document.createElement("div");
  table.className = "pairs";
  table.setAttribute("role", "grid");
  const cells = [];
  for (const first of [null, ...NUMBERS]) {
    const row = table.appendChild(document.createElement("div"));
    row.setAttribute("role", "row");
    for (const second of [null, ...NUMBERS]) {
      const head = first === null || second === null;
      const cell = row.appendChild(document.createElement(head ? "span" : "button"));
      if (head) {
        cell.setAttribute("role", first === null ? "columnheader" : "rowheader");
        cell.textContent = first ?? second ?? "+";
        continue;
      }
      cell.setAttribute("role", "gridcell");
      cell.tabIndex = cells.length ? -1 : 0;
      cell.addEventListener("click", () => choose(nameOf(first, second)));
      cells.push(cell);
    }
  }
  table.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }[event.key];
    const from = cells.indexOf(event.target);
    if (!step || from < 0) return;
    event.preventDefault();
    const to = cells[from + step];
    if (!to || (Math.abs(step) === 1 && Math.floor(from / 10) !== Math.floor((from + step) / 10))) return;
    cells[from].tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  });
  place.appendChild(table);
  return cells;
}

export default function ({ data, parentElement, setStateValue }) {
  let known = tables.get(parentElement);
  if (!known) {
    known = { away: new Set(data.away) };
    const choose = (name) => {
      const away = new Set(known.away);
      if (!away.delete(name)) away.add(name);
      if (known.locked || away.size === 0 || away.size > known.most) return;
      known.away = away;
      known.draw();
      setStateValue("away", [...known.away].sort());
    };
    known.cells = build(parentElement, choose);
    tables.set(parentElement, known);
  }
  known.locked = data.locked;
  if (data.locked) known.away = new Set(data.away); // A locked table shows what others chose.
  known.most = data.most;
  known.draw = () => {
    known.cells.forEach((cell, place) => {
      const first = Math.floor(place / 10), second = place % 10;
      const away = known.away.has(nameOf(first, second));
      const written = data.written[place];
      const verdict = written === undefined ? "" : written === String(first + second) ? "right" : "wrong";
      cell.className = `${verdict} ${away ? "away" : ""}`;
      cell.textContent = verdict === "wrong" ? `✗${written}` : first + second;
      const said = [`${first}+${second} = ${cell.textContent}`, away ? data.texts.away : "", data.texts[verdict]];
      cell.setAttribute("aria-label", said.filter(Boolean).join(", "));
      cell.setAttribute("aria-selected", away);
    });
  };
  known.draw();
}
