/** What opens below the panes, or in their place on phones: the wire view or the faults. */
import { useEffect, useRef } from "../vendor/hooks.js";
import { Drop } from "./drop.js";
import { html } from "./html.js";

const ABOUT = {
  wire: [
    "Wire view",
    "Every message is committed to PostgreSQL before the platform hears “received”: whatever fails after that, " +
      "the bot comes back to it, and the answer still arrives.",
  ],
  faults: [
    "Faults",
    "Make something go wrong, then ask, and look at the wire view: no question is lost, and each is answered once; " +
      "where it cannot be once, it is said here.",
  ],
};

export function Drawer({ name, close, children }) {
  const place = useRef(null);
  const [title, about] = ABOUT[name];
  const opener = useRef(null);
  useEffect(() => {
    opener.current = document.activeElement;
    place.current.focus();
  }, [name]);
  const leave = () => {
    close();
    opener.current.focus();
  };
  return html`
    <section class="drawer" id="drawer" ref=${place} tabindex="-1" aria-labelledby="drawer-title"
      onKeyDown=${(event) => event.key === "Escape" && leave()}>
      <header class="drawer-head">
        <h2 id="drawer-title">${title}</h2>
        <p>${about}</p>
        <${Drop} label=${`Close ${title.toLowerCase()}`} act=${leave} />
      </header>
      <div class="drawer-inside">${children}</div>
    </section>`;
}
