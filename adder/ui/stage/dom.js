// Small tools for building what the stage shows. Texts are always set as text, so nothing that a visitor typed is markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element with attributes, listeners (`onclick`) and children. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of SVG with attributes and children. */
export function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** A text with its values filled in: `fill("{n} of {all}", {n: 3, all: 20})`. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** A rounded percentage, as `percent` of `adder.ui.formats`: only a whole share is 100%, and only an empty one is 0%. */
export function percent(share) {
  const tenths = Math.round(share * 1e12) / 1e9;
  return `${(tenths % 1000 ? Math.min(Math.max(Math.round(tenths), 1), 999) : tenths) / 10}%`;
}

/** A number with three figures, however small. */
export function figure(value) {
  if (value === null) return "∞";
  const size = Math.abs(value);
  const far = size !== 0 && (size < 0.001 || size >= 1e5);
  return (value < 0 ? "−" : "") + (far ? size.toExponential(1) : Number(size.toPrecision(3)));
}

export const SPACE = "␣";

/** Whether a part of the page is dark. */
export function isDark(host) {
  const ground = getComputedStyle(host).getPropertyValue("--st-background-color").trim();
  const parts = ground.startsWith("#") ? ground.slice(1).match(/../g)?.map((each) => parseInt(each, 16)) : ground.match(/\d+/g);
  return parts ? parts.slice(0, 3).reduce((sum, each) => sum + Number(each), 0) < 384 : false;
}
