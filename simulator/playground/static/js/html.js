/** Elements written as they look in HTML; never a string that a browser would parse. */
import htm from "../vendor/htm.js";
import { h } from "../vendor/preact.js";

export const html = htm.bind(h);
