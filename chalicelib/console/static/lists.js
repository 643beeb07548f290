// Lists that are too long for one page, and things found by typing a part of their name.

import { html, useState } from "./lib/preact.js";
import { useLive, useSettled } from "./live.js";
import { Act, Trouble } from "./parts.js";

export const TAKE = 25;

/** A query of the API: what is nothing is left out. */
export function query(path, of) {
  const said = Object.entries(of).filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false);
  return `${path}?${said.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

/** One page of a list of the API: {data, error, again, skip, turn}. Other filters begin at its first page. */
export function usePage(path, filters, { seconds = 0, take = TAKE } = {}) {
  const key = JSON.stringify(filters);
  const [at, setAt] = useState({ key, skip: 0 });
  const skip = at.key === key ? at.skip : 0;
  const live = useLive(path && query(path, { ...filters, skip, take }), seconds);
  return { ...live, skip, take, turn: (to) => setAt({ key, skip: Math.max(0, to) }) };
}

/** Where in a list one is, and the ways on and back. */
export function Pager({ of, label }) {
  const { data, skip, take, turn } = of;
  if (!data || (!data.hasNext && !skip)) return null;
  const last = skip + data.records.length;
  return html`<nav class="pager" aria-label=${`Pages of ${label}`}>
    <button type="button" disabled=${!skip} onClick=${() => turn(skip - take)}>Back</button>
    <span class="quiet">${data.records.length ? `${skip + 1} to ${last}` : "none"} of ${amount(data)}</span>
    <button type="button" disabled=${!data.hasNext} onClick=${() => turn(skip + take)}>On</button>
  </nav>`;
}

/** How many there are, as far as the API says. */
export const amount = ({ total, totalIsAtLeast }) => (totalIsAtLeast ? `more than ${total - 1}` : String(total));

export const Search = ({ label, value, set }) => html`<input class="search" type="search" aria-label=${label} placeholder="Search"
  autocomplete="off" spellcheck=${false} value=${value} onInput=${(event) => set(event.target.value)} />`;

/**
 * Finds things of the API by a part of their name, to be added to something.
 * from: path of a lookup, with its filter.searchText to come; known: ids that are in already
 */
export function Finder({ label, from, known = [], add }) {
  const [text, setText] = useState("");
  const wanted = useSettled(text.trim());
  const { data, error } = useLive(wanted && query(from, { "filter.searchText": wanted, take: 8 }), 0);
  const found = (wanted && data?.records.filter((one) => !known.includes(one.id))) || [];
  return html`<div class="finder">
    <label>${label}<input type="search" autocomplete="off" spellcheck=${false} value=${text} onInput=${(event) => setText(event.target.value)} /></label>
    <${Trouble} error=${error} />
    <ul role="list">${found.map((one) => html`<li key=${one.id}><span class="wrap">${one.value}</span>
      <${Act} class="small" act=${async () => { await add(one); setText(""); }} aria-label=${`Add ${one.value}`}>Add<//></li>`)}</ul>
    ${wanted && data && !found.length && html`<p class="quiet">Nothing more of that name.</p>`}
  </div>`;
}
