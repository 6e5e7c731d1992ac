/** What people clicked below answers, kept while the page is open: no platform shows that. */
import { useState } from "../vendor/hooks.js";

const votes = new Map();

export const isVote = ({ label }) => label === "👍" || label === "👎";

/** The id of the button that was clicked last in a place (a text that names it), and how to change it. */
export function useVote(place) {
  const [vote, setVote] = useState(() => votes.get(place) ?? null);
  const change = (button) => {
    votes.set(place, button);
    setVote(button);
  };
  return [vote, change];
}
