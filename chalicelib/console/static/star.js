// The star of a favorite: pressed for one's own, and nobody else sees it.

import { html, useState } from "./lib/preact.js";
import { Act } from "./parts.js";
import { call } from "./session.js";

/** `of` says how it stands; what was pressed here counts until that is read anew. */
export function Star({ of, failed, again }) {
  const [pressed, setPressed] = useState(null);
  const is = pressed && pressed.was === of ? pressed.is : of.isFavorite;
  async function turn() {
    setPressed({ was: of, is: await call("POST", `secrets/${of.id}/favorite`, { isFavorite: !is }) });
    again();
  }
  return html`<${Act} class="plain star" act=${turn} failed=${failed} done=${is ? "No favorite any more." : "It is a favorite."}
    aria-pressed=${String(is)} aria-label=${`Favorite: ${of.name}`}><span aria-hidden="true">${is ? "★" : "☆"}</span><//>`;
}
