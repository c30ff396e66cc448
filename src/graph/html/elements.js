/* What the script of the page is written with: elements of HTML and SVG, words, ways through a graph. Changes nothing itself. */
"use strict";

/** An element of HTML with a class, a text and what it does when it is clicked. */
function make(tag, { className, text, click, ...attributes } = {}, ...inside) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (click) element.addEventListener("click", click);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside.filter(Boolean));
  return element;
}

function shape(tag, attributes, ...inside) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside.filter(Boolean));
  return element;
}

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** All that is reached from a node by these ways, without the node. */
function closure(start, ways) {
  const seen = new Set([start]), waiting = [start];
  while (waiting.length) {
    for (const { node } of ways[waiting.pop()]) {
      if (!seen.has(node)) {
        seen.add(node);
        waiting.push(node);
      }
    }
  }
  seen.delete(start);
  return seen;
}
