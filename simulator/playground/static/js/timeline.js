/** The steps of one message, each with its time, its bar, and what was sent. */
import { useState } from "../vendor/hooks.js";
import { platformNames } from "./conversation.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { explanation } from "./explanations.js";
import { outcomeWords } from "./outcomes.js";
import { milliseconds } from "./time.js";

const STORES = { postgresql: "PostgreSQL", redis: "Redis", scylladb: "ScyllaDB" };
const BAD = /^[45]\d\d|no connection|cut|limit|fail|refused|timed? ?out|error|lost|not /i;
const SHORTEST = 0.6; // percent of the width: a bar that can be seen

export function Timeline({ trace }) {
  const rows = inOrder(trace);
  const end = Math.max(1, ...rows.map((row) => row.ended));
  if (!rows.length) return html`<p class="quiet">Nothing went to the bot.</p>`;
  return html`
    <ol class="timeline">
      ${rows.map(({ step, log }, place) => html`
        <li key=${place}>
          ${step ? html`<${Step} step=${step} end=${end} trace=${trace} />` : html`<${LogLine} log=${log} end=${end} />`}
        </li>`)}
    </ol>`;
}

/** The steps and the log line, by when they began or were written. */
function inOrder({ steps, log }) {
  const rows = steps.map((step) => ({ at: step.after_ms, ended: step.after_ms + (step.duration_ms ?? 0), step }));
  if (log) rows.push({ at: log.after_ms, ended: log.after_ms, log });
  return rows.sort((one, other) => one.at - other.at);
}

function Step({ step, end, trace }) {
  const name = platformNames[trace.platform];
  const toBot = step.direction === "to_bot";
  const about = explanation(step, trace);
  return html`
    <details class="step ${step.direction}">
      <summary>
        <span class="step-at">+${milliseconds(step.after_ms)}</span>
        <span class="step-way">
          <${Icon} name=${step.direction} /><span>${toBot ? `${name} to bot` : `Bot to ${name}`}</span>
        </span>
        <span class="step-what">
          <span class="step-name">${step.name}</span>
          ${step.status && html`<span class="status ${BAD.test(step.status) ? "bad" : ""}">${step.status}</span>`}
          ${step.note && html`<span class="note">${step.note}</span>`}
          ${about && html`<span class="step-about">${about}</span>`}
        </span>
        <${Bar} from=${step.after_ms} lasted=${step.duration_ms} end=${end} />
      </summary>
      <${Payload} payload=${step.payload} />
    </details>`;
}

function LogLine({ log, end }) {
  const begun = Math.max(0, log.after_ms - log.duration_ms);
  return html`
    <details class="step inside">
      <summary>
        <span class="step-at">+${milliseconds(log.after_ms)}</span>
        <span class="step-way"><${Icon} name="done" /><span>In the bot</span></span>
        <span class="step-what">
          <span class="step-name">${outcomeWords(log.outcome)}</span>
          <${Stores} log=${log} />
          <span class="step-about">
            The bot's own log line: decided, and written with its answer to PostgreSQL, in${" "}
            ${milliseconds(log.duration_ms)}.
          </span>
        </span>
        <${Bar} from=${begun} lasted=${log.duration_ms} end=${end} />
      </summary>
      <${Payload} payload=${log} />
    </details>`;
}

/** The stores that a message touched. */
export const Stores = ({ log }) => html`
  ${log.databases_used.map((store) => html`<span key=${store} class="chip ${store}">${STORES[store] ?? store}</span>`)}
  ${log.cache_hit && html`<span class="chip hit">answer cache hit</span>`}`;

function Bar({ from, lasted, end }) {
  const left = Math.min((from / end) * 100, 100 - SHORTEST);
  const width = Math.max(((lasted ?? 0) / end) * 100, SHORTEST);
  return html`
    <span class="step-bar">
      <span class="track" aria-hidden="true">
        <span class="bar" style=${{ left: `${left}%`, width: `${Math.min(width, 100 - left)}%` }}></span>
      </span>
      <span class="lasted">${lasted === null ? "" : milliseconds(lasted)}</span>
    </span>`;
}

function Payload({ payload }) {
  const [copied, setCopied] = useState(false);
  const text = JSON.stringify(payload, null, 2);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return html`
    <div class="payload">
      <button type="button" class="copy" onClick=${copy}>${copied ? "Copied" : "Copy JSON"}</button>
      <pre tabindex="0" aria-label="JSON"><code>${text}</code></pre>
    </div>`;
}
