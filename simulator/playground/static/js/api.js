/** What the page asks the playground to do. Each throws an Error with a sentence for people. */

const AWAY = "The playground does not answer. Is it still running in the terminal?";

export const loadState = () => ask("api/state");
export const useCommand = (command) => post("api/command", command);
export const click = (button) => post("api/click", button);
export const react = (reaction) => post("api/react", reaction);
export const makeFault = (platform, kind) => post("api/fault", { platform, kind });
export const killBot = () => post("api/kill", {});
export const fileUrl = (platform, id) => `api/files/${platform}/${encodeURIComponent(id)}`;

export function say(message, file) {
  if (!file) return post("api/say", message);
  const form = new FormData();
  for (const [name, value] of Object.entries(message)) form.append(name, value);
  form.append("file", file);
  return ask("api/upload", { method: "POST", body: form });
}

function post(address, body) {
  return ask(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function ask(address, request) {
  let response;
  try {
    response = await fetch(address, request);
  } catch {
    throw new Error(AWAY);
  }
  const text = await response.text();
  if (!response.ok) throw new Error(sentence(text) ?? `That did not work (${response.status}).`);
  return text ? JSON.parse(text) : null;
}

function sentence(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return null;
  }
}
