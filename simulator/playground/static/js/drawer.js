/** What opens below the panes, or in their place on phones: the wire view or the faults. */
import { useEffect, useRef } from "../vendor/hooks.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

const ABOUT = {
  wire: ["Wire view", "Every message is committed to PostgreSQL before the platform hears “received”: whatever fails after that, the bot comes back to it, and the answer still arrives."],
  faults: ["Faults", "Make something go wrong, then ask: every question is answered, once. A platform's next message shows it."],
};

export function Drawer({ name, close, children }) {
  const place = useRef(null);
  const [title, about] = ABOUT[name];
  useEffect(() => place.current.focus(), [name]);
  return html`
    <section class="drawer" id="drawer" ref=${place} tabindex="-1" aria-labelledby="drawer-title"
      onKeyDown=${(event) => event.key === "Escape" && close()}>
      <header class="drawer-head">
        <h2 id="drawer-title">${title}</h2>
        <p>${about}</p>
        <button type="button" class="drop" aria-label=${`Close ${title.toLowerCase()}`} onClick=${close}><${Icon} name="close" /></button>
      </header>
      <div class="drawer-inside">${children}</div>
    </section>`;
}
