/** A person as two letters on a colour of their own; the bot as the product's mark. */
import { html } from "./html.js";
import { Mark } from "./icons.js";

const COLOURS = 8; // .avatar-0 to .avatar-7 in tokens.css

const places = new Map(); // of the people in their list, so that no two look the same

/** Give each person a colour by their place. */
export const seat = (people) => people.forEach(({ name }, place) => places.set(name, place));

export const colourOf = (name) => (places.get(name) ?? name.length) % COLOURS;

const initials = (display) =>
  display.split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");

export function Avatar({ name, display }) {
  if (name === "") return html`<span class="avatar avatar-bot" aria-hidden="true"><${Mark} /></span>`;
  return html`<span class="avatar avatar-${colourOf(name)}" aria-hidden="true">${initials(display)}</span>`;
}
