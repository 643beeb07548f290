// Upgrade: where it stands, step by step, what it waits for, and what to run on the operator's machine.

import { html, useState } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Act, Ago, announce, Badge, Card, Cell, Fact, Lines, Notice, Page, Question, Row, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { Stepper } from "./stepper.js";
import { count, full, moment, sentence, span, why } from "./words.js";

const HEADS = ["Node", "Part", "Version", "Schema", "In cluster", "Last seen"];
const STATUS = {
  none: ["off", "No upgrade has been made yet"],
  running: ["busy", "Under way"],
  aborting: ["warn", "Being taken back"],
  finished: ["good", "Finished"],
  aborted: ["warn", "Aborted"],
  cleared: ["off", "Cleared"],
};
const ABORT = { title: "Abort this upgrade?", yes: "Abort", path: "upgrade/abort", said: "The upgrade is being taken back.",
  words: "The nodes get the boxes that they had before, at once. The page then says which nodes are to be deployed again with the older code. What was migrated stays readable to both." };
const CLEAR = { title: "Clear the mark of this upgrade?", yes: "Clear", path: "diagnostics/clear-upgrade-in-progress", said: "The mark is cleared.",
  words: "Conclave forgets that an upgrade is in progress and gives the nodes the boxes that they had before. A node of another version than the cluster's stands back until it is deployed. Do this when nobody will go on with it." };

export function Upgrade({ may }) {
  const { data, error, again } = useLive("upgrade", 3);
  const [asking, setAsking] = useState(null);
  const [failure, setFailure] = useState(null);
  const edits = may("Administer Nodes");

  async function post(path, body, said) {
    setFailure(null);
    try {
      await call("POST", path, body);
      announce(said);
    } catch (refusal) {
      setFailure(refusal);
      announce(why(refusal));
    }
    setAsking(null);
    again();
  }

  const [tone, word] = data?.error ? ["bad", "Stands still"] : STATUS[data?.status] ?? ["off", ""];
  const actions = data && html`
    ${edits && data.error && html`<${Act} class="main" act=${() => post("upgrade/advance", { retry: true }, "The step is tried again.")}>Try this step again<//>`}
    ${data.inProgress && data.abandoned && may("Administer Configuration") && html`<button type="button" onClick=${() => setAsking(CLEAR)}>Clear the mark…</button>`}
    ${edits && data.canAbort && html`<button type="button" onClick=${() => setAsking(ABORT)}>Abort…</button>`}`;
  return html`<${Page} title="Upgrade" lead=${data && lead(data)} actions=${actions}>
    <${Trouble} error=${error} />
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    ${data ? html`<${Standing} of=${data} />
      <div class="groups">
        ${data.steps.length > 0 && html`<${Card} title="Steps" badge=${html`<${Badge} tone=${tone}>${word}<//>`}>
          <${Stepper} of=${data} /><//>`}
        <div><${Next} of=${data} /><${Nodes} of=${data.nodes} began=${data.steps.length > 0} /></div>
      </div>` : !error && html`<${Waiting} />`}
    ${asking && html`<${Question} title=${asking.title} yes=${asking.yes} dangerous
      onYes=${() => post(asking.path, asking === ABORT ? {} : undefined, asking.said)} onNo=${() => setAsking(null)}>${asking.words}<//>`}
  <//>`;
}

function lead(of) {
  if (!of.target) return `This node runs ${of.here.version}; no upgrade is in progress.`;
  const way = `${of.source.version} → ${of.target.version}`;
  return of.begun ? `${way} · begun ${full(moment(of.begun))}` : way;
}

function Standing({ of }) {
  const { backup, migration, nodes } = of;
  const after = nodes.filter((one) => one.upgraded).length;
  return html`
    ${of.abandoned && html`<${Notice} tone="warn"><strong>Nobody has gone on with this upgrade for an hour</strong>
      (last: <${Ago} at=${of.lastAdvanced} />). Go on with what is to be run below, abort it, or clear its mark.<//>`}
    ${of.error && html`<${Notice}><strong>The step ${of.step} failed.</strong> ${sentence(of.error)} The cluster works on as it stands;
      mend the cause and try the step again.<//>`}
    <ul class="tiles">
      <${Fact} title="Version here" note=${`schema ${of.here.schema}`}>${of.here.version}<//>
      ${of.target && html`<${Fact} title="Upgrading to" note=${`schema ${of.target.schema}`}>${of.target.version}<//>
        <${Fact} title="Nodes upgraded">${after} of ${nodes.length}<//>
        <${Fact} title="Migration" tone=${migration.error ? "bad" : ""} note=${migration.error || `${migration.changed.toLocaleString("en")} rows changed`}>${migration.percent} %<//>`}
      <${Fact} title="Newest good backup" tone=${backup.name ? "" : "bad"} note=${backup.name ? full(moment(backup.finished)) : "an upgrade needs one"}>
        ${backup.name ? `${span(backup.ageMinutes * 60)} old` : "none"}<//>
    </ul>`;
}

function Next({ of }) {
  return html`<${Card} title="On the operator's machine" lead=${of.next.length
      ? "Run there, where the newer code and the AWS credentials are. No node fetches code." : ""}>
    ${of.next.length ? html`<${Lines} label="What to run" lines=${of.next} />` : html`<p class="quiet">There is nothing to run.</p>`}
  <//>`;
}

function Nodes({ of, began }) {
  return html`<section aria-labelledby="versions"><div class="title small"><h2 id="versions">Nodes</h2><p class="lead">${count(of.length, "node")}</p></div>
    <${Table} label="Versions of the nodes" heads=${HEADS}>${of.map((one) => html`<${Row} key=${one.name}>
      <${Cell} head="Node"><span class="name still">${one.name}</span><//>
      <${Cell} head="Part">${began ? html`<${Badge} tone=${one.upgraded ? "good" : "off"}>${one.role}${one.upgraded ? ", upgraded" : ""}<//>` : html`<span class="quiet">–</span>`}<//>
      <${Cell} head="Version"><span class="mono">${one.version || "–"}</span><//>
      <${Cell} head="Schema"><span class="count">${one.schema}</span><//>
      <${Cell} head="In cluster"><span class="state ${one.inCluster ? "good" : "off"}"><i aria-hidden="true"></i>${one.inCluster ? "In" : "Standby"}</span><//>
      <${Cell} head="Last seen"><${Ago} at=${one.lastSeen} /><//>
    <//>`)}<//>
  </section>`;
}
