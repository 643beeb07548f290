// Disaster recovery: a cluster that follows another one's backups, how far behind it is, what to run.

import { html, useState } from "./lib/preact.js";
import { dirty, Group } from "./forms.js";
import { useLive } from "./live.js";
import { Act, Badge, Card, Command, Notice, Trouble } from "./parts.js";
import { call } from "./session.js";
import { sentence, span, why } from "./words.js";

const PATH = "disaster-recovery";
const FIELDS = [
  { name: "dataReplicationEnabled", label: "Follow the source", kind: "switch" },
  { name: "replicationIntervalMinutes", label: "Look for a newer backup every", kind: "number", unit: "min", about: /interval|minutes/i },
];

export function Replica({ cluster, may }) {
  const { data, error, again } = useLive(`${PATH}/incoming-configuration`, 6);
  if (!data) return error && error.status !== 404 && html`<${Trouble} error=${error} />`;
  return data.isReplica ? html`<${Following} of=${data} cluster=${cluster} may=${may} again=${again} />` : html`<${Alone} cluster=${cluster} />`;
}

function Following({ of, cluster, may, again }) {
  const [failure, setFailure] = useState(null);
  const late = of.lagMinutes === null || of.lagMinutes > 2 * of.replicationIntervalMinutes + 60;
  const failed = of.replicationStatus.startsWith("Failed");
  const facts = [
    ["Replica of", html`<strong>${of.sourceName}</strong>`, html`<span class="mono wrap">${of.dataSourceUrl}</span>`],
    ["Behind it", html`<span class="state ${late ? "warn" : "good"}"><i aria-hidden="true"></i>${of.lagMinutes === null ? "nothing taken over yet" : span(of.lagMinutes * 60)}</span>`,
      of.lastReplicated && `its rows are of ${of.lastReplicated}`],
    ["State", html`<span class=${failed ? "error" : ""}>${sentence(of.replicationStatus)}</span>`, of.backup && `backup ${of.backup}`],
    ["Looks for a newer backup", of.dataReplicationEnabled ? `every ${span(of.replicationIntervalMinutes * 60)}` : html`<span class="state warn"><i aria-hidden="true"></i>switched off</span>`],
  ];

  async function save(values) {
    await call("PATCH", `${PATH}/incoming-configuration`, dirty(values));
    again();
  }

  async function run() {
    setFailure(null);
    await call("POST", `${PATH}/data-replication/run-now`);
    again();
  }

  return html`<${Group} title="Disaster recovery" badge=${html`<${Badge} tone="busy">replica<//>`} facts=${facts} fields=${FIELDS} values=${of} may=${may} save=${save}>
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    ${may && html`<div class="actions"><${Act} act=${run} failed=${setFailure} done="It looks for a newer backup.">Look now<//></div>`}
    <h3>To let it take over</h3>
    <${Command} label="See how things are before a promotion" text=${`make promote CLUSTER=${cluster} DRY_RUN=1`} />
    <${Command} label="Promote this cluster" text=${`make promote CLUSTER=${cluster}`} />
  <//>`;
}

function Alone({ cluster }) {
  const out = useLive(`${PATH}/outgoing-configuration`, 60).data;
  return html`<${Card} title="Disaster recovery" lead="This cluster acts by itself. Another one can follow its backups and take over.">
    ${out && html`<h3>Have a second cluster follow this one</h3>
      <${Command} label="Make a standby cluster" text=${`make standby CLUSTER=dr SOURCE=${out.dataSourceUrl}`} />
      <h3>After a failover, have this one follow the promoted</h3>
      <${Command} label="Fail back" text=${`make fail-back CLUSTER=${cluster} SOURCE=<the promoted cluster's bucket>`} />`}
  <//>`;
}
