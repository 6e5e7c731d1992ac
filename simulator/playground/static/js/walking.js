/** A list of messages is one tab stop: keys go from message to message, and into one. */
import { useLayoutEffect } from "../vendor/hooks.js";

const ACTED_ON = "a, button";

/** Take all that is in a list out of the order of tab stops, also what comes later. */
export function useOneStop(list) {
  useLayoutEffect(() => {
    const place = list.current;
    const skip = () => place.querySelectorAll(ACTED_ON).forEach((one) => { one.tabIndex = -1; });
    const observer = new MutationObserver(skip);
    observer.observe(place, { childList: true, subtree: true });
    skip();
    return () => observer.disconnect();
  }, []);
}

/** The keys of a list of messages. */
export function walk(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const message = event.target.closest("[data-message]");
  const inside = message !== null && event.target !== message;
  const next = inside ? within(event, message) : among(event, message);
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** From the list or a message to another, or to the first thing that can be done with one. */
function among({ key, currentTarget: list }, message) {
  const rows = [...list.querySelectorAll("[data-message]")];
  const here = message ? rows.indexOf(message) : rows.length;
  const next = {
    ArrowUp: () => rows[here - 1] ?? list,
    ArrowDown: () => message && (rows[here + 1] ?? list),
    Home: () => rows[0],
    End: () => rows.at(-1),
    Enter: () => message && actedOn(message)[0],
    ArrowRight: () => message && actedOn(message)[0],
    Escape: () => message && list,
  }[key];
  return next?.();
}

/** Between the things that can be done with a message, and back to it. */
function within({ key, target }, message) {
  const all = actedOn(message);
  const here = all.indexOf(target);
  if (key === "ArrowRight") return all[here + 1];
  if (key === "ArrowLeft") return all[here - 1] ?? message;
  return key === "Escape" || key === "ArrowUp" || key === "ArrowDown" ? message : null;
}

const actedOn = (message) =>
  [...message.querySelectorAll(ACTED_ON)].filter(
    (one) => one.closest("[data-message]") === message && one.checkVisibility(),
  );
