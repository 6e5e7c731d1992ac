/** The panel of what can be made to go wrong. */
import { killBot, makeFault } from "./api.js";
import { platformNames } from "./conversation.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

const KILLED = "The bot was killed without warning. It comes back, and answers what it owes.";

/** `askEverywhere` asks one question on every platform. */
export function Faults({ faults, platforms, bot, announce, askEverywhere }) {
  const tried = async (act, done) => {
    try {
      await act();
      announce(done);
    } catch (error) {
      announce(error.message, "bad");
    }
  };
  const make = (platform, fault) =>
    tried(() => makeFault(platform, fault.kind), `${platformNames[platform]}: ${fault.label}. ${fault.about}`);
  const kill = () => tried(killBot, KILLED);
  const askAndKill = () => tried(async () => {
    await askEverywhere();
    await killBot();
  }, `Asked everywhere. ${KILLED}`);
  return html`
    <div class="faults">
      <table>
        <caption class="visually-hidden">What can go wrong, by platform</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Fault</th>
            ${platforms.map((one) => html`<th key=${one} scope="col">${platformNames[one]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${faults.map((fault) => html`
            <tr key=${fault.kind}>
              <th scope="row">
                <span class="fault-name">${fault.label}</span>
                <span class="fault-about">${fault.about}</span>
              </th>
              ${platforms.map((one) => html`
                <td key=${one}>
                  <button type="button" class="fault ${one}" aria-label=${`${fault.label}, ${platformNames[one]}`}
                    onClick=${() => make(one, fault)}>${platformNames[one]}</button>
                </td>`)}
            </tr>`)}
        </tbody>
      </table>
      <section class="kill" aria-labelledby="kill-title">
        <h3 id="kill-title">Pull the plug</h3>
        <p>
          Ends the bot's process at once, as a crash would: it cannot finish or save anything. It is started again
          by itself. What it had acknowledged is in PostgreSQL, what you write meanwhile is delivered then: every
          answer comes.
        </p>
        <button type="button" class="kill-button" onClick=${kill} disabled=${bot.pid === null}>
          <${Icon} name="fault" /> Kill the bot (SIGKILL)
        </button>
        <button type="button" class="kill-button second" onClick=${askAndKill} disabled=${bot.pid === null}>
          Ask everywhere, and kill it at once
        </button>
      </section>
    </div>`;
}
