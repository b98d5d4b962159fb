// Small tools for building what the stage shows. Texts are always set as text, so nothing that a visitor typed is markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element with attributes, listeners (`onclick`) and children. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
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

/** A share as a percentage, rounded down to whole ones, so that only all of it is 100 %. */
export function percent(share) {
  return `${Math.floor(Math.round(share * 1e9) / 1e7)} %`;
}

/** A loss with three figures, however small. */
export function figure(value) {
  if (value === null) return "∞";
  return value !== 0 && (value < 0.001 || value >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

export const SPACE = "␣";

/** Whether a part of the page is dark. */
export function isDark(host) {
  const ground = getComputedStyle(host).getPropertyValue("--st-background-color").trim();
  const parts = ground.startsWith("#") ? ground.slice(1).match(/../g)?.map((each) => parseInt(each, 16)) : ground.match(/\d+/g);
  return parts ? parts.slice(0, 3).reduce((sum, each) => sum + Number(each), 0) < 384 : false;
}
