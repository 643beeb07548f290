// Regions of a mirrored cluster: who writes, how far behind the others are, what was written elsewhere.

import { html } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Ago, Badge, Cell, Notice, Row, Table, Trouble } from "./parts.js";
import { count, span } from "./words.js";

const HEADS = ["Region", "Part", "Behind", "Nodes", "Last word from there"];
const CONFLICTS = ["What", "Written in", "Written", "Stands", "Found"];

export function Regions() {
  const { data, error } = useLive("diagnostics/regions", 8);
  if (!data?.mirrored) return error && error.status !== 404 && html`<${Trouble} error=${error} />`;
  return html`<section aria-labelledby="regions">
    <div class="title small"><h2 id="regions">Regions</h2><p class="lead">${count(data.regions.length, "region")} · ${data.writingRegion} writes</p></div>
    ${data.movingTo && html`<${Notice} tone="warn">The writing region is being moved to <strong>${data.movingTo}</strong>: until that is done nobody takes changes.<//>`}
    <${Table} label="Regions" heads=${HEADS}>${data.regions.map((one) => html`<${Row} key=${one.region}>
      <${Cell} head="Region"><span class="name">${one.region}</span>${one.isThisRegion && html` <${Badge} tone="own">this region<//>`}<//>
      <${Cell} head="Part"><${Badge} tone=${one.isWritingRegion ? "good" : "off"}>${one.isWritingRegion ? "writes" : "reads"}<//><//>
      <${Cell} head="Behind">${one.lagSeconds === null ? html`<span class="quiet">–</span>` : `at most ${span(one.lagSeconds)}`}<//>
      <${Cell} head="Nodes">${one.nodes.join(", ") || html`<span class="quiet">none</span>`}<//>
      <${Cell} head="Last word from there"><${Ago} at=${one.lastSeen} /><//>
    <//>`)}<//>
    <${Conflicts} />
  </section>`;
}

function Conflicts() {
  const { data, error } = useLive("diagnostics/replication-conflicts", 20);
  if (error) return html`<${Trouble} error=${error} />`;
  if (!data?.length) return data && html`<p class="quiet empty">Nothing was written outside the writing region.</p>`;
  return html`<h3 class="after">Written outside the writing region</h3>
    <${Table} label="Conflicts of replication" heads=${CONFLICTS}>${data.map((one) => html`<${Row} key=${one.id} class="troubled">
      <${Cell} head="What"><span class="name">${one.itemKind} ${one.item}</span><small class="note">${one.message}</small><//>
      <${Cell} head="Written in">${one.region}<//>
      <${Cell} head="Written"><${Ago} at=${one.written} /><//>
      <${Cell} head="Stands"><${Badge} tone=${one.standing === "stands" ? "warn" : "off"}>${one.standing}<//><//>
      <${Cell} head="Found"><${Ago} at=${one.found} /><//>
    <//>`)}<//>`;
}
