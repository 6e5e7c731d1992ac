/** One platform: its channels, the conversation in one of them, and where one writes. */
import { useState } from "../vendor/hooks.js";
import { click, react } from "./api.js";
import { Composer } from "./composer.js";
import { channelTitle, channelsOf, messagesOf, platformNames } from "./conversation.js";
import { html } from "./html.js";
import { Messages } from "./messages.js";
import { worthAsking } from "./suggestions.js";
import { Unread } from "./unread.js";

/** `chosen` is a channel's id; `current` whether phones show this pane; the rest goes to the conversation. */
export function Pane({ pane, person, chosen, choose, unread, current, ...rest }) {
  const channels = channelsOf(pane, person);
  const channel = channels.find((one) => one.id === chosen) ?? channels[0];
  const name = platformNames[pane.platform];
  return html`
    <section class="pane ${pane.platform}" aria-labelledby=${`${pane.platform}-title`} data-current=${current}>
      <div class="pane-inside">
        <${Channels} pane=${pane} name=${name} channels=${channels} current=${channel} choose=${choose}
          unread=${unread} />
        ${channel && html`
          <${Conversation} key=${`${channel.id} ${person}`} pane=${pane} channel=${channel} person=${person}
            ...${rest} />`}
      </div>
    </section>`;
}

function Channels({ pane, name, channels, current, choose, unread }) {
  return html`
    <div class="side">
      <header class="workspace">
        <h2 id=${`${pane.platform}-title`}>${name}</h2>
        ${pane.title && pane.title !== name && html`<p>${pane.title}</p>`}
      </header>
      <nav aria-label=${`${name} channels`}>
        <ul class="channels">
          ${channels.map((channel) => html`
            <li key=${channel.id} class=${`kind-${channel.kind}`}>
              <button type="button" class="channel" aria-current=${channel.id === current?.id ? "true" : null}
                onClick=${() => choose(channel.id)}>
                <span class="channel-sign" aria-hidden="true">${sign(channel, pane)}</span>
                <span class="channel-name">${channel.kind === "direct" ? pane.bot : channel.name}</span>
                ${channel.kind === "direct" && html`<span class="visually-hidden"> (direct messages)</span>`}
                <${Unread} count=${unread[channel.id]} />
              </button>
            </li>`)}
        </ul>
      </nav>
    </div>`;
}

function sign(channel, pane) {
  if (channel.kind === "direct") return "●";
  if (channel.kind === "thread") return "↳";
  return pane.platform === "telegram" ? [...channel.name][0].toUpperCase() : "#";
}

function Conversation({ pane, channel, people, person, now, suggestions, field, sent, announce }) {
  const [replyTo, setReplyTo] = useState(null);
  const messages = messagesOf(pane, channel.id, person);
  const typing = pane.typing.filter((one) => one.channel === channel.id);
  const reply = messages.find((one) => one.id === replyTo) ?? null;
  const nameOf = (name) => (name === "" ? pane.bot : people.get(name)?.display ?? name);
  const name = platformNames[pane.platform];
  const title = channelTitle(channel, pane);

  const tried = async (act) => {
    try {
      const answer = await act();
      if (answer) sent();
      return true;
    } catch (error) {
      announce(error.message, "bad");
      return false;
    }
  };
  const at = (message) => ({ platform: pane.platform, channel: channel.id, message: message.id, person });
  const scene = {
    pane,
    person,
    now,
    nameOf,
    reply: (message) => {
      setReplyTo(message.id);
      field.current?.focus();
    },
    react: (message, emoji) => tried(() => react({ ...at(message), emoji })),
    click: (message, button) => tried(() => click({ ...at(message), button: button.id })),
  };
  return html`
    <div class="conversation">
      <header class="about">
        <h3>${title}</h3>
        <p>${channel.topic || (channel.kind === "direct" ? "Between you and the bot" : "")}</p>
      </header>
      <${Messages} messages=${messages} typing=${typing} scene=${scene} label=${`Messages in ${title}, ${name}`} />
      <${Composer} pane=${pane} channel=${channel} person=${person} nameOf=${nameOf}
        reply=${reply} cancelReply=${() => setReplyTo(null)} field=${field} sent=${sent}
        suggestions=${typing.length ? [] : worthAsking(suggestions, messages, pane, person)} />
    </div>`;
}
