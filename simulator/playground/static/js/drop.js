/** The cross that takes something away. */
import { html } from "./html.js";
import { Icon } from "./icons.js";

export const Drop = ({ label, act }) => html`
  <button type="button" class="drop" aria-label=${label} onClick=${act}><${Icon} name="close" /></button>`;
