/** Keys that work wherever one is on the page. */
import { useLayoutEffect, useRef } from "../vendor/hooks.js";

function useKey(pressed) {
  useLayoutEffect(() => {
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}

/** Control and slash open the help. */
export const useHelpKey = (help) =>
  useKey((event) => {
    if (event.key !== "/" || !event.ctrlKey) return;
    event.preventDefault();
    help();
  });

/** References to the message fields by platform; F6 goes from one to the next, which `show` brings up. */
export function useFields(panes, show) {
  const fields = useRef(null);
  fields.current ??= Object.fromEntries(panes.map((pane) => [pane.platform, { current: null }]));
  useKey((event) => {
    if (event.key !== "F6") return;
    event.preventDefault();
    const platforms = Object.keys(fields.current);
    const here = platforms.findIndex((one) => fields.current[one].current === document.activeElement);
    const step = event.shiftKey ? platforms.length - 1 : 1;
    const next = platforms[here < 0 ? 0 : (here + step) % platforms.length];
    show(next);
    requestAnimationFrame(() => fields.current[next].current?.focus());
  });
  return fields.current;
}
