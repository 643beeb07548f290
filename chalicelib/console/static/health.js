// Health: what this node can reach, and what the cluster lacks.

import { html } from "./lib/preact.js";
import { useNow } from "./live.js";
import { Notice } from "./parts.js";
import { full } from "./words.js";

export function Health({ health }) {
  const now = useNow();
  if (!health) return null;
  const roles = health.rolesWithoutHolder;
  return html`<section aria-labelledby="health">
    <h2 id="health" class="hidden">Health</h2>
    <ul class="tiles">
      <${Tile} title="Node" good=${health.healthy} yes="Healthy" no="Not healthy" />
      <${Tile} title="Tables" good=${health.databaseHealthy} yes="Reached" no="Not reached" />
      <${Tile} title="Bus" good=${health.serviceBusHealthy} yes="Reached" no="Not reached" />
      <${Tile} title="Roles" good=${!roles.length} yes="All held" no=${`Nobody: ${roles.join(", ")}`} />
      <${Tile} title="Mode" good=${!health.readOnlyMode} yes="Read and write" no="Read-only" tone="warn" />
      <li class="tile"><span class="quiet">Node's time</span><strong class="count">${full(new Date(now)).slice(11)}</strong></li>
    </ul>
    ${health.problems.map((one) => html`<${Notice} key=${one} tone="warn">${one}<//>`)}
  </section>`;
}

function Tile({ title, good, yes, no, tone = "bad" }) {
  const state = good === null || good === undefined ? "off" : good ? "good" : tone;
  return html`<li class="tile"><span class="quiet">${title}</span>
    <strong class="state ${state}"><i aria-hidden="true"></i>${state === "off" ? "Not asked" : good ? yes : no}</strong></li>`;
}
