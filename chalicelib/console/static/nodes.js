// Server Nodes: every node of the cluster, what is wanted of it, what it does, and why not.

import { html, useState } from "./lib/preact.js";
import { useUnsaved } from "./forms.js";
import { useLive } from "./live.js";
import { Act, Ago, announce, Badge, Cell, Notice, Page, Question, Row, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count, plainly, why } from "./words.js";

const BOXES = [
  { name: "inCluster", title: "In Cluster", role: "in" },
  { name: "enableBackgroundWorker", title: "Background Worker", role: "background", error: "backgroundWorkerError" },
  { name: "enableEngineWorker", title: "Engine Worker", role: "engine", error: "engineWorkerError" },
  { name: "enableSessionRecordingWorker", title: "Session Recording Worker", role: "recording", error: "sessionRecordingWorkerError" },
  { name: "readonlyModeEnabled", title: "Maintenance Mode" },
];
const HEADS = ["Node", ...BOXES.map((box) => box.title), "Version", "Last seen"];

export function Nodes({ may, licence }) {
  const { data, error, again } = useLive("nodes", 4);
  const [wanted, setWanted] = useState(null); // while editing: boxes by node id
  const [refused, setRefused] = useState(null); // a change that would leave a role without a holder
  const [failure, setFailure] = useState(null);
  useUnsaved(wanted !== null && Object.keys(wanted).length > 0);

  function tick(node, box, value) {
    setWanted({ ...wanted, [node.nodeId]: { ...wanted[node.nodeId], [box.name]: value } });
  }

  function cancel() {
    setWanted(null);
    setFailure(null);
  }

  async function save(force) {
    setFailure(null);
    for (const [id, boxes] of Object.entries(wanted)) {
      const node = data.find((one) => String(one.nodeId) === id);
      const changed = Object.fromEntries(Object.entries(boxes).filter(([name, on]) => node[name] !== on));
      if (!Object.keys(changed).length) continue;
      try {
        await call("PUT", `nodes/${id}/configuration${force ? "?force=true" : ""}`, changed);
      } catch (error) {
        again();
        if (error.status === 409 && !force && error.message.includes("force=true")) return setRefused({ node, words: error.message });
        setRefused(null);
        return setFailure(error);
      }
    }
    setRefused(null);
    setWanted(null);
    announce("Saved. The nodes follow within seconds.");
    again();
  }

  const actions = wanted
    ? html`<button type="button" onClick=${cancel}>Cancel</button>
        <${Act} class="main" act=${() => save(false)}>Save<//>`
    : may("Administer Nodes") && html`<button type="button" class="main" disabled=${!data} onClick=${() => setWanted({})}>Edit</button>`;
  return html`<${Page} title="Server Nodes" lead=${lead(data)} actions=${actions}>
    <${Trouble} error=${error} />
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    <${Clustering} of=${licence.data} may=${may("Administer Nodes")} again=${licence.again} />
    ${data ? html`<${Table} label="Nodes of the cluster" heads=${HEADS}>
      ${data.map((node) => html`<${Node} key=${node.nodeId} node=${node} editing=${wanted !== null}
        lapse=${licence.data?.nodes.find((one) => one.machineName === node.machineName)}
        wanted=${wanted?.[node.nodeId] ?? {}} tick=${tick} />`)}
    <//>` : !error && html`<${Waiting} />`}
    ${refused && html`<${Question} title=${`${refused.node.machineName} is the last holder of a role`}
      yes="Do it all the same" dangerous onYes=${() => save(true)} onNo=${() => setRefused(null)}>
      ${plainly(refused.words)}
    <//>`}
  <//>`;
}

/** A cluster begins with one node that serves; a licence allows more, and somebody says so. */
function Clustering({ of, may, again }) {
  const [failure, setFailure] = useState(null);
  if (!of || of.clusteringEnabled) return null;
  async function enable() {
    setFailure(null);
    await call("POST", "nodes/enable-clustering");
    again();
  }
  return html`<${Notice} tone="busy"><div class="beside-it"><div><strong>Clustering is not enabled:</strong> one node serves, others wait as standbys.
      ${failure ? html`<p class="error" role="alert">${why(failure)}</p>` : !of.clusteringAllowed && html`<p>${plainly(of.clusteringReason)}</p>`}</div>
    ${may && html`<${Act} act=${enable} failed=${setFailure} done="Clustering is enabled.">Enable clustering<//>`}</div><//>`;
}

function lead(nodes) {
  if (!nodes) return "";
  const serving = nodes.filter((node) => node.inCluster).length;
  const broken = nodes.filter((node) => node.errorMessage).length;
  const parts = [count(nodes.length, "node"), `${serving} in the cluster`];
  if (broken) parts.push(`${count(broken, "node")} in trouble`);
  return parts.join(" · ");
}

function Node({ node, lapse, editing, wanted, tick }) {
  return html`<${Row} class=${node.errorMessage ? "troubled" : ""}>
    <${Cell} head="Node">
      <div class="name">${node.machineName}
        ${node.isCurrentNode && html` <${Badge} tone="own">this node<//>`}${lapse?.viewOnly && html` <${Badge} tone="warn">view-only<//>`}</div>
      ${lapse?.viewOnly && html`<small class="note">${plainly(lapse.viewOnlyReason)}</small>`}
      ${node.errorMessage && html`<p class="error">${node.errorMessage}</p>`}
    <//>
    ${BOXES.map((box) => html`<${Cell} head=${box.title} key=${box.name}>
      ${editing
        ? html`<${Box} node=${node} box=${box} on=${wanted[box.name] ?? node[box.name]} tick=${tick} />`
        : html`<${State} node=${node} box=${box} />`}
    <//>`)}
    <${Cell} head="Version"><span class="mono">${node.binaryVersion || "–"}</span><//>
    <${Cell} head="Last seen"><${Ago} at=${node.lastConnectedDate} /><//>
  <//>`;
}

function Box({ node, box, on, tick }) {
  const label = `${box.title} of ${node.machineName}`;
  return html`<label class="switch">
    <input type="checkbox" role="switch" aria-label=${label} checked=${Boolean(on)}
      onChange=${(event) => tick(node, box, event.target.checked)} />
    <span aria-hidden="true">${on ? "On" : "Off"}</span>
  </label>`;
}

/** What is wanted, and beside it what is so where that differs. */
function State({ node, box }) {
  const [tone, word, note] = stateOf(node, box);
  return html`<span class="state ${tone}"><i aria-hidden="true"></i>${word}</span>
    ${note && html`<small class="note">${note}</small>`}`;
}

export function stateOf(node, box) {
  const on = Boolean(node[box.name]);
  if (!box.role) return maintenance(node, on);
  const actual = node.actual.includes(box.role);
  const error = node[box.error] ?? "";
  if (on && actual) return node.errorMessage ? ["bad", "On", "stalled"] : ["good", "On", ""];
  if (on && box.error && !node.inCluster) return ["off", "On", "waits: not in the cluster"];
  if (on && error) return ["bad", "On", "does not work"];
  if (on) return ["warn", "On", "starting…"];
  return actual ? ["warn", "Off", "stopping…"] : ["off", "Off", ""];
}

function maintenance(node, on) {
  if (!on) return ["off", "Off", ""];
  const armed = node.readonlyModeStatus === "Armed";
  return ["warn", "On", armed ? "read-only" : node.readonlyModeStatus.replace(/^Arming: /, "")];
}
