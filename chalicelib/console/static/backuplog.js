// The log of backups: each as a bar, as high as it took long, and in words.

import { html, useState } from "./lib/preact.js";
import { Ago, Badge, Cell, Row, Table } from "./parts.js";
import { count, full, moment, took } from "./words.js";

const HEADS = ["Taken", "Outcome", "Took", "What is in it", "Name"];
const STEP = 10;
const HEIGHT = 56;
const LOWEST = 6;
const BARS = 60;
const FEWEST = 30; // bars that the width is divided among, so that few of them stay narrow
const LISTED = 12;

export function BackupLog({ log, choose }) {
  const entries = log.records;
  const [all, setAll] = useState(false);
  const failed = entries.filter((one) => !one.success).length;
  const listed = all ? entries : entries.slice(0, LISTED);
  return html`<section aria-labelledby="log">
    <div class="title small"><h2 id="log">Log</h2>
      <p class="lead">${entries.length > 0 && `${count(log.total, "backup")} · ${failed ? `${failed} of the newest ${entries.length} failed` : "none failed"}`}</p></div>
    ${entries.length ? html`<${Bars} entries=${entries} />
      <${Table} label="Backups" heads=${HEADS}>${listed.map((one) => html`<${Entry} key=${one.displayName} one=${one} choose=${choose} />`)}<//>
      ${listed.length < entries.length && html`<button type="button" class="after" onClick=${() => setAll(true)}>Show ${entries.length - listed.length} older ones</button>`}`
      : html`<p class="quiet empty">No backup has ended yet. A new cluster takes its first one within a minute or two.</p>`}
  </section>`;
}

const seconds = (one) => (moment(one.finished) - moment(one.backupTime)) / 1000;

function Bars({ entries }) {
  const shown = entries.slice(0, BARS).reverse();
  const longest = Math.max(...shown.map(seconds), 0.001);
  const failed = shown.filter((one) => !one.success).length;
  const places = Math.max(shown.length, FEWEST);
  const day = (one) => one.backupTime.slice(0, 10);
  return html`<div class="strip"><svg class="timeline" role="img" viewBox=${`0 0 ${places * STEP} ${HEIGHT}`} preserveAspectRatio="none"
      aria-label=${`${count(shown.length, "backup")}, ${failed} failed, the longest took ${took(longest)}.`}>
    <line x1="0" x2=${places * STEP} y1=${HEIGHT - 0.5} y2=${HEIGHT - 0.5} />
    ${shown.map((one, place) => {
      const height = LOWEST + (HEIGHT - LOWEST) * Math.sqrt(seconds(one) / longest);
      return html`<rect key=${one.displayName} class=${one.success ? (one.isThere ? "good" : "idle") : "bad"} 
        x=${place * STEP + 1} width=${STEP - 2} y=${HEIGHT - height} height=${height}>
        <title>${full(moment(one.backupTime))}: ${one.success ? "good" : "failed"}, ${took(seconds(one))}</title></rect>`;
    })}
  </svg><p class="note"><span>${day(shown[0])}${shown.length > 1 && ` to ${day(shown.at(-1))}, oldest on the left`}</span><span>height: how long it took, at most ${took(longest)}</span></p></div>`;
}

function Entry({ one, choose }) {
  const at = moment(one.backupTime);
  function pick() {
    choose(one.displayName);
    const card = document.getElementById("card-restore");
    card?.scrollIntoView({ block: "center" });
    card?.parentElement.parentElement.querySelector("code")?.focus({ preventScroll: true });
  }
  return html`<${Row} class=${one.success ? "" : "troubled"}>
    <${Cell} head="Taken"><time datetime=${at.toISOString()}>${full(at).slice(0, 16)} UTC</time><small class="note"><${Ago} at=${one.backupTime} /></small><//>
    <${Cell} head="Outcome"><${Badge} tone=${one.success ? (one.isThere ? "good" : "off") : "bad"}>${one.success ? (one.isThere ? "Good" : "Removed") : "Failed"}<//><//>
    <${Cell} head="Took"><span class="count">${took(seconds(one))}</span><//>
    <${Cell} head="What is in it">${one.success
      ? html`<span class=${one.isThere ? "" : "quiet"}>${one.notes.replace(/; removed since$/, "")}</span>`
      : html`<span class="error">${one.notes}</span>`}<//>
    <${Cell} head="Name"><span class="mono wrap">${one.displayName}</span>
      ${one.success && one.isThere && html` <button type="button" class="small" aria-label=${`How to restore ${one.displayName}`} onClick=${pick}>Restore…</button>`}<//>
  <//>`;
}
