/** On phones one pane is shown at a time: these are the ways to the others. */
import { platformNames } from "./conversation.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { Unread } from "./unread.js";

const DRAWERS = [["wire", "Wire", "wire"], ["faults", "Faults", "fault"]];

/** `tab` is the platform that is shown unless a drawer is. */
export const Tabs = ({ panes, tab, drawer, unread, show, showDrawer }) => html`
  <nav class="tabs" aria-label="Panes">
    ${panes.map(({ platform }) => html`
      <button key=${platform} type="button" class="tab" aria-current=${!drawer && tab === platform ? "page" : null}
        onClick=${() => show(platform)}>
        <span class="dot ${platform}" aria-hidden="true"></span>
        <span>${platformNames[platform]}</span>
        <${Unread} count=${Object.values(unread[platform]).reduce((sum, count) => sum + count, 0)} />
      </button>`)}
    ${DRAWERS.map(([name, label, icon]) => html`
      <button key=${name} type="button" class="tab" aria-current=${drawer === name ? "page" : null}
        onClick=${() => showDrawer(name)}>
        <${Icon} name=${icon} />
        <span>${label}</span>
      </button>`)}
  </nav>`;
