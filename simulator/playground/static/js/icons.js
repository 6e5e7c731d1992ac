/** Small drawings; what they mean is always said in words beside them. */
import { html } from "./html.js";

const PATHS = {
  attach: "M15.5 6.5 8.7 13.300a2 2 0 0 0 2.800 2.800l7.200-7.200a4 4 0 0 0-5.600-5.600l-7.500 7.500a6 6 0 0 0 8.500 8.500l6.200-6.300",
  send: "M4 12 3 4.500 21 12 3 19.500 4 12Zm0 0h8",
  reply: "M9.500 7 4.500 12l5 5M5 12h8.500a6 6 0 0 1 6 6v1",
  react: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8.500 14.500a4.300 4.300 0 0 0 7 0M9 9.500v.01M15 9.500v.01",
  close: "M6 6l12 12M18 6 6 18",
  down: "M12 5v14M6 13l6 6 6-6",
  wire: "M3 12h4l2.500-7 5 14L17 12h4",
  fault: "M13 3 5 13.500h6L10 21l8.500-11H12.500L13 3Z",
  light: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  dark: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500Z",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 3v18M12 7l5.500-2M12 12h9M12 17l5.500 2",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5Z",
  file: "M6 3h8l5 5v13H6V3ZM14 3v5h5",
  chevron: "M7 10l5 5 5-5",
  to_bot: "M4 12h15M13 6l6 6-6 6",
  from_bot: "M20 12H5M11 6l-6 6 6 6",
  done: "M5 12.500l4.500 4.500L19 7.500",
  back: "M15 5l-7 7 7 7",
  again: "M4 12a8 8 0 0 1 13.700-5.600L20 8.500M20 4v4.500h-4.500M20 12a8 8 0 0 1-13.700 5.600L4 15.500M4 20v-4.500h4.500",
};

export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;

/** The product's mark: three voices. */
export const Mark = () => html`
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path class="mark-one" d="M4 3h13a4 4 0 0 1 4 4v5a4 4 0 0 1-4 4H9l-5 4.500V16a4 4 0 0 1-3-4V7a4 4 0 0 1 3-4z" />
    <path class="mark-two" d="M16 9h11a4 4 0 0 1 4 4v5a4 4 0 0 1-3 4v4.500L23 22h-7a4 4 0 0 1-4-4v-5a4 4 0 0 1 4-4z" />
    <path class="mark-three" d="M9 18h9a3.500 3.500 0 0 1 3.500 3.500v3A3.500 3.500 0 0 1 18 28h-4l-4.500 4v-4H9a3.500 3.500 0 0 1-3.500-3.500v-3A3.500 3.500 0 0 1 9 18z" />
  </svg>`;
