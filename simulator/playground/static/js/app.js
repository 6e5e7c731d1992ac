/** The playground: three platforms side by side, and what lies behind them. */
import { useEffect, useRef, useState } from "../vendor/hooks.js";
import { render } from "../vendor/preact.js";
import { say } from "./api.js";
import { channelsOf } from "./conversation.js";
import { Drawer } from "./drawer.js";
import { Faults } from "./faults.js";
import { Header } from "./header.js";
import { Help } from "./help.js";
import { html } from "./html.js";
import { useFields, useHelpKey } from "./keys.js";
import { NARROW, useMedia } from "./media.js";
import { Pane } from "./pane.js";
import { useStored } from "./stored.js";
import { Tabs } from "./tabs.js";
import { useNow } from "./time.js";
import { Toasts, useToasts } from "./toasts.js";
import { useDirectNews, useUnread } from "./unread.js";
import { Wire } from "./wire.js";
import { useWorld } from "./world.js";

function App() {
  const { world, connected } = useWorld();
  return html`
    ${!connected && html`<p class="banner" role="alert">Connection lost, trying again…</p>`}
    ${world ? html`<${Playground} world=${world} />` : html`<p class="loading">Opening the playground…</p>`}`;
}

function Playground({ world }) {
  const { panes, bot, traces } = world;
  const now = useNow();
  const narrow = useMedia(NARROW);
  const [stored, setPerson] = useStored("person", "");
  const [theme, setTheme] = useStored("theme", "auto");
  const [chosen, setChosen] = useState(() => lively(panes)); // channels, by platform
  const [tab, setTab] = useState(panes[0].platform); // the pane that phones show
  const [drawer, setDrawer] = useState(null);
  const [trace, setTrace] = useState(null); // the one to show, null for the newest
  const [helping, setHelping] = useState(false);
  const { toasts, announce, dismiss } = useToasts();

  const person = (world.people.find((one) => one.name === stored) ?? world.people[0]).name;
  const people = new Map(world.people.map((one) => [one.name, one]));
  const isSeen = ({ platform }) => !narrow || (tab === platform && drawer === null);
  const open = Object.fromEntries( // the channels that are seen, by platform
    panes.map((pane) => [pane.platform, isSeen(pane) && current(pane, person, chosen)]),
  );
  const unread = useUnread(panes, person, open);

  const show = (platform) => {
    setTab(platform);
    if (matchMedia(NARROW).matches) setDrawer(null);
  };
  const choose = (platform, channel) => setChosen((before) => ({ ...before, [platform]: channel }));
  useDirectNews(panes, person, unread, announce, (platform, channel) => {
    show(platform);
    choose(platform, channel);
  });
  const fields = useFields(panes, show);
  useHelpKey(() => setHelping(true));
  useBotNews(bot, announce);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);

  return html`
    <${Header} people=${world.people} person=${person} setPerson=${setPerson} bot=${bot} help=${() => setHelping(true)}
      theme=${theme} setTheme=${setTheme} drawer=${drawer}
      toggleDrawer=${(name) => setDrawer(drawer === name ? null : name)} />
    <main class="stage ${drawer ? "with-drawer" : ""}">
      <div class="panes">
        ${panes.map((pane) => html`
          <${Pane} key=${pane.platform} pane=${pane} people=${people} person=${person} now=${now} announce=${announce}
            chosen=${chosen[pane.platform]} choose=${(channel) => choose(pane.platform, channel)}
            unread=${unread[pane.platform]} current=${tab === pane.platform} field=${fields[pane.platform]}
            suggestions=${world.suggestions} sent=${() => setTrace(null)} />`)}
      </div>
      ${drawer && html`
        <${Drawer} name=${drawer} close=${() => setDrawer(null)}>
          ${drawer === "wire"
            ? html`<${Wire} traces=${traces} panes=${panes} people=${people} now=${now}
                chosen=${trace} choose=${setTrace} />`
            : html`<${Faults} faults=${world.faults} platforms=${panes.map((pane) => pane.platform)} bot=${bot}
                announce=${announce} askEverywhere=${() => askEverywhere(world, person, chosen)} />`}
        <//>`}
    </main>
    <${Tabs} panes=${panes} tab=${tab} drawer=${drawer} unread=${unread} show=${show} showDrawer=${setDrawer} />
    <${Toasts} toasts=${toasts} dismiss=${dismiss} />
    ${helping && html`<${Help} close=${() => setHelping(false)} />`}`;
}

/** The channels to begin with: where the bot answered last. */
function lively(panes) {
  const last = ({ channels, messages }) => {
    const shared = new Set(channels.filter((one) => one.kind !== "direct").map((one) => one.id));
    return messages.findLast((one) => one.author === "" && shared.has(one.channel))?.channel;
  };
  return Object.fromEntries(panes.map((pane) => [pane.platform, last(pane)]));
}

function current(pane, person, chosen) {
  const channels = channelsOf(pane, person);
  return (channels.find((one) => one.id === chosen[pane.platform]) ?? channels[0])?.id;
}

/** Ask a question in the channel that each pane shows. */
function askEverywhere({ panes, suggestions }, person, chosen) {
  const question = suggestions[Math.floor(Math.random() * suggestions.length)];
  return Promise.all(panes.map((pane) => say({
    platform: pane.platform,
    channel: current(pane, person, chosen),
    person,
    text: `${pane.mention} ${question}`,
  })));
}

/** Say when the bot is back. */
function useBotNews(bot, announce) {
  const starts = useRef(bot.starts);
  useEffect(() => {
    if (bot.state !== "up" || bot.starts === starts.current) return;
    starts.current = bot.starts;
    announce(`The bot is up again, as process ${bot.pid}.`);
  }, [bot.state, bot.starts]);
}

render(html`<${App} />`, document.getElementById("page"));
