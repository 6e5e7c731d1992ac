/** The wire view: what went between the platforms and the bot, message by message. */
import { useState } from "../vendor/hooks.js";
import { platformNames, withoutMention } from "./conversation.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { outcomeWords } from "./outcomes.js";
import { Time, milliseconds } from "./time.js";
import { Stores, Timeline } from "./timeline.js";

const KINDS = { say: "", command: "", click: "clicked " };

/** `chosen` is the id of the trace to show, null for the newest. */
export function Wire({ traces, panes, people, now, chosen, choose }) {
  const [listed, setListed] = useState(true); // on phones: the list, or the trace chosen from it
  const newest = traces.toReversed();
  const shown = traces.find((one) => one.id === chosen) ?? newest[0];
  const said = ({ platform, kind, text }) => {
    const pane = panes.find((one) => one.platform === platform);
    return `${KINDS[kind]}${withoutMention(text, pane)}`.trim() || "(a file)";
  };
  const nameOf = (name) => people.get(name)?.display ?? name;
  if (!shown) return html`<p class="quiet">Nothing went over the wire yet. Ask the bot something.</p>`;
  return html`
    <div class="wire ${listed ? "listed" : ""}">
      <ul class="traces" aria-label="Messages, newest first">
        ${newest.map((trace) => html`
          <li key=${trace.id}>
            <button type="button" class="trace" aria-current=${trace.id === shown.id ? "true" : null}
              onClick=${() => { choose(trace.id === newest[0].id ? null : trace.id); setListed(false); }}>
              <span class="trace-head">
                <span class="dot ${trace.platform}" aria-hidden="true"></span>
                <span class="trace-who">${nameOf(trace.person)}, ${platformNames[trace.platform]}</span>
                <${Time} at=${trace.at} now=${now} />
              </span>
              <span class="trace-text">${said(trace)}</span>
              <${Outcome} log=${trace.log} />
            </button>
          </li>`)}
      </ul>
      <section class="trace-shown" aria-labelledby="trace-title">
        <button type="button" class="trace-back" onClick=${() => setListed(true)}>
          <${Icon} name="back" /> All messages
        </button>
        <h3 id="trace-title">
          <span class="dot ${shown.platform}" aria-hidden="true"></span>${" "}
          ${nameOf(shown.person)} in ${platformNames[shown.platform]}: <q>${said(shown)}</q>
        </h3>
        <${Summary} log=${shown.log} />
        <${Timeline} key=${shown.id} trace=${shown} />
      </section>
    </div>`;
}

function Summary({ log }) {
  if (!log) return html`<p class="trace-sum">The bot has not written a log line for this.</p>`;
  return html`
    <p class="trace-sum">
      <span>${outcomeWords(log.outcome)} in ${milliseconds(log.duration_ms)}, touching</span><${Stores} log=${log} />
    </p>`;
}

const Outcome = ({ log }) => {
  if (!log) return html`<span class="outcome open">under way or not for the bot</span>`;
  return html`
    <span class="outcome">
      ${outcomeWords(log.outcome)} in ${milliseconds(log.duration_ms)}
      ${log.cache_hit && html` <span class="chip hit">from the cache</span>`}
    </span>`;
};
