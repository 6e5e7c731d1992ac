/** A message's text, from its nodes. Links open in a new tab; nothing is parsed as HTML. */
import { html } from "./html.js";

const SCHEMES = ["http:", "https:", "mailto:"];

export const RichText = ({ nodes, text }) => (nodes.length ? nodes.map(shown) : html`<p>${text}</p>`);

const children = (node) => (node.children.length ? node.children.map(shown) : node.text);

function shown(node) {
  const draw = drawn[node.kind];
  return draw ? draw(node) : children(node);
}

const drawn = {
  text: (node) => node.text,
  bold: (node) => html`<strong>${children(node)}</strong>`,
  italic: (node) => html`<em>${children(node)}</em>`,
  underline: (node) => html`<u>${children(node)}</u>`,
  strike: (node) => html`<s>${children(node)}</s>`,
  small: (node) => html`<small>${children(node)}</small>`,
  code: (node) => html`<code>${node.text}</code>`,
  preformatted: (node) => html`<pre><code>${node.text}</code></pre>`,
  link: (node) => link(node),
  mention: (node) => html`<span class="mention">${node.text}</span>`,
  break: () => html`<br />`,
  paragraph: (node) => html`<p>${children(node)}</p>`,
  heading: (node) => html`<p class="heading">${children(node)}</p>`,
  quote: (node) => html`<blockquote>${children(node)}</blockquote>`,
  list: (node) => html`<ul>${children(node)}</ul>`,
  numbered: (node) => html`<ol>${children(node)}</ol>`,
  item: (node) => html`<li>${children(node)}</li>`,
};

function link(node) {
  if (!isSafe(node.url)) return children(node);
  return html`<a href=${node.url} target="_blank" rel="noopener noreferrer">${children(node)}</a>`;
}

function isSafe(url) {
  try {
    return SCHEMES.includes(new URL(url).protocol);
  } catch {
    return false;
  }
}
