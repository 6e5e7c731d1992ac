/** Whether a media query holds now. */
import { useEffect, useState } from "../vendor/hooks.js";

export const NARROW = "(max-width: 899px)"; // as in page.css: one pane at a time

export function useMedia(query) {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const changed = () => setHolds(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, [query]);
  return holds;
}
