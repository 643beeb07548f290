// Who changed the configuration: when, from where, to what. Newest first, by day.

import { html, useState } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Trouble, Waiting } from "./parts.js";
import { clock, count, full, moment } from "./words.js";

const STEP = 15;

export function Trail() {
  const [take, setTake] = useState(STEP);
  const { data, error } = useLive(`configuration/audit?take=${take}`, 12);
  const days = byDay(data?.records ?? []);
  return html`<section aria-labelledby="trail">
    <div class="title small"><h2 id="trail">History</h2>
      <p class="lead">${data && (data.total ? `${count(data.total, "change")} · times are UTC` : "")}</p></div>
    <${Trouble} error=${error} />
    ${!data && !error && html`<${Waiting} />`}
    ${data && !data.total && html`<p class="quiet empty">Nobody has changed the configuration yet: everything is at its default.</p>`}
    ${days.length > 0 && html`<div class="trail">${days.map(([day, lines]) => html`<div key=${day}><h3>${day}</h3>
      <ol>${lines.map((line) => html`<${Line} key=${line.date + line.notes} line=${line} />`)}</ol></div>`)}</div>`}
    ${data && data.total > data.records.length && html`<button type="button" onClick=${() => setTake(take + 3 * STEP)}>Show older ones</button>`}
  </section>`;
}

function Line({ line }) {
  const at = moment(line.date);
  return html`<li><time datetime=${at.toISOString()} title=${full(at)}>${clock(at).slice(0, 5)}</time>
    <div><strong>${line.displayName || "somebody who is gone"}</strong>
      <span class="quiet">${line.ipAddress ? ` from ${line.ipAddress}` : ""}</span>
      <div class="wrap">${said(line.notes)}</div></div></li>`;
}

/** `clock_tolerance: 45` as `Clock tolerance: 45`. */
function said(notes) {
  const words = notes.replace(/\b[a-z]+(?:_[a-z]+)+(?=:)/g, (name) => name.replaceAll("_", " "));
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/\burl\b(?=:)/, "URL");
}

function byDay(lines) {
  const days = new Map();
  for (const line of lines) {
    const day = line.date.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), line]);
  }
  return [...days];
}
