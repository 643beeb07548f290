// Backup: how old the newest good one is, when the next is due, what became of each, how to put one back.

import { html, useEffect, useState } from "./lib/preact.js";
import { BackupLog } from "./backuplog.js";
import { dirty, Group } from "./forms.js";
import { nodeTime, useLive, useNow } from "./live.js";
import { Act, Ago, Card, Command, Fact, Notice, Page, Trouble, Until, Waiting } from "./parts.js";
import { Replica } from "./replica.js";
import { call } from "./session.js";
import { ago, full, moment, span, took, why } from "./words.js";

const WAYS = { pages: "page by page", "point-in-time": "as of one moment, exported by DynamoDB" };
const REPEAT = /repeatDays|days, hours and minutes/;
const FIELDS = [
  { name: "enableScheduledBackup", label: "Take backups by schedule", kind: "switch" },
  { name: "backupStartDateTime", label: "Counted from (UTC)", kind: "moment", hint: "The times of backups are this one and every interval after it." },
  { legend: "Repeat every", fields: [
    { name: "repeatDays", label: "Days", kind: "number", about: REPEAT },
    { name: "repeatHours", label: "Hours", kind: "number" },
    { name: "repeatMinutes", label: "Minutes", kind: "number" },
  ] },
  { name: "numberOfBackupsToKeep", label: "Good backups to keep", kind: "number", hint: "After each new one, older ones are removed from the bucket." },
  { name: "configurationSqlBackupTimeoutMinutes", label: "One may take", kind: "number", unit: "min", hint: "One that takes longer has failed." },
];

export function Backup({ may }) {
  const plan = useLive("configuration/backup", 10);
  const state = useLive("configuration/backup/state", 4);
  const log = useLive("../v2/configuration/backup-logs?take=60", 6);
  const [asked, setAsked] = useState(null); // when somebody asked for one here
  const [chosen, setChosen] = useState("");
  const [failure, setFailure] = useState(null);
  const edits = may("Administer Backup");

  async function run() {
    setFailure(null);
    await call("POST", "configuration/backup/run-now");
    setAsked(nodeTime());
    state.again();
  }

  async function save(values) {
    await call("PATCH", "configuration/backup", dirty(values));
    plan.again();
    state.again();
  }

  const [newest] = log.data?.records ?? [];
  const begun = state.data?.underWay || (newest && moment(newest.backupTime) > asked - 1000);
  useEffect(() => {
    if (asked && begun) setAsked(null);
  }, [asked, begun]);
  useEffect(() => {
    log.again();
  }, [Boolean(state.data?.underWay)]); // what was under way has ended

  const action = edits && html`<${Act} class="main" act=${run} failed=${setFailure} done="A backup was asked for.">Back up now<//>`;
  const ready = plan.data && state.data && log.data;
  const error = plan.error ?? state.error ?? log.error;
  return html`<${Page} title="Backup" lead="Every row of both tables, sealed, in the cluster's bucket." actions=${action}>
    <${Trouble} error=${error} />
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    ${ready ? html`<${Head} plan=${plan.data} state=${state.data} newest=${newest} />
      ${(asked || state.data.underWay) && html`<${UnderWay} asked=${asked} of=${state.data.underWay} plan=${plan.data} />`}
      <div class="groups">
        <div><${Plan} of=${plan.data} may=${edits} save=${save} />
          <${Replica} cluster=${state.data.cluster} may=${edits} /></div>
        <${Restore} cluster=${state.data.cluster} name=${chosen || state.data.newestName} isNewest=${!chosen || chosen === state.data.newestName} />
      </div>
      <${BackupLog} log=${log.data} choose=${setChosen} />` : !error && html`<${Waiting} />`}
  <//>`;
}

const every = (plan) => (plan.repeatDays * 24 + plan.repeatHours) * 3600 + plan.repeatMinutes * 60;

function Head({ plan, state, newest }) {
  const now = useNow();
  const good = moment(state.newestTime);
  const old = good && (now - good) / 1000 > 2 * every(plan);
  const due = moment(state.nextDue);
  return html`<ul class="tiles">
    <${Fact} title="Newest good backup" tone=${!good || old ? "bad" : "good"} note=${good && full(good)}>
      ${good ? ago(good, now) : "none yet"}<//>
    <${Fact} title="Next backup" tone=${due ? "" : "warn"} note=${due ? full(due) : "by hand only"}>
      ${due ? html`<${Until} at=${due} />` : "switched off"}<//>
    <${Fact} title="Last attempt" tone=${state.failedAt ? "bad" : newest ? "good" : "off"}
      note=${state.failedAt ? "tried again 15 min after it failed" : newest && `took ${lasted(newest)}`}>
      ${state.failedAt ? html`failed <${Ago} at=${state.failedAt} />` : newest ? "went well" : "none yet"}<//>
    <${Fact} title="Kept" note=${state.kept < plan.numberOfBackupsToKeep ? "older ones go once there are more" : "the oldest goes with the next"}>
      ${state.kept} of ${plan.numberOfBackupsToKeep}<//>
  </ul>`;
}

const lasted = (entry) => took((moment(entry.finished) - moment(entry.backupTime)) / 1000);

/** A backup that was asked for or is being taken. How far it is can be guessed by the last one only. */
function UnderWay({ asked, of, plan }) {
  const now = useNow();
  if (!of) {
    const waits = (now - asked) / 1000;
    return html`<div class="notice busy" role="status"><strong>A backup was asked for.</strong> ${waits < 60
      ? "A background worker begins it within seconds."
      : "Nobody has begun it for more than a minute: look at Diagnostics whether a background worker runs."}</div>`;
  }
  const since = (now - moment(of.started)) / 1000;
  const expected = of.expectedSeconds;
  const share = expected ? Math.min(since / expected, 0.97) : null;
  return html`<div class="notice busy" role="status"><strong>A backup is being taken</strong>, ${WAYS[of.source] ?? of.source}.
    <progress aria-label="Backup under way" max="1" value=${share}></progress>
    <span class="quiet">for ${span(since)}${expected ? `; the newest good one took ${took(expected)}` : "; there is none to compare with"}.
      It counts as failed after ${span(plan.configurationSqlBackupTimeoutMinutes * 60)}.</span></div>`;
}

function Plan({ of, may, save }) {
  const facts = [
    ["By schedule", of.enableScheduledBackup
      ? html`<span class="state good"><i aria-hidden="true"></i>On</span>`
      : html`<span class="state warn"><i aria-hidden="true"></i>Off</span>`],
    ["Every", span(every(of)), `counted from ${full(moment(of.backupStartDateTime))}`],
    ["Keeps", `the newest ${of.numberOfBackupsToKeep}`, "good ones; a failed one goes with the next good one"],
    ["One may take", span(of.configurationSqlBackupTimeoutMinutes * 60), "one that takes longer has failed"],
    ["Goes to", html`<span class="mono">${of.backupPath}</span>`, "in the cluster's bucket; there is no other place to choose"],
  ];
  return html`<${Group} title="Plan" facts=${facts} fields=${FIELDS} values=${of} may=${may} save=${save} />`;
}

/** What to run on the operator's machine; no node may write the tables anew. */
function Restore({ cluster, name, isNewest }) {
  if (!name) {
    return html`<${Card} title="Restore"><p class="quiet">There is nothing to put back yet.</p><//>`;
  }
  const restore = `make restore FROM=${name} CLUSTER=${cluster}`;
  const connection = `make connection CLUSTER=${cluster} DATA=conclave-${cluster}-r1-data AUDIT=conclave-${cluster}-r1-audit`;
  return html`<${Card} title="Restore" lead=${html`Run on the machine that deploys, with its AWS credentials. ${isNewest ? "The newest good backup" : "The backup you chose"}:${" "}
      <strong class="mono wrap" id="restored">${name}</strong>`}>
    <h3>Into new tables, beside those that are in use</h3>
    <${Command} label="Restore into new tables" text=${`${restore} TABLES=r1`} />
    <p class="note">Then point the cluster at them; running nodes follow within 5 min:</p>
    <${Command} label="Point the cluster at the new tables" text=${connection} />
    <h3>Into the cluster's own tables, when they are empty</h3>
    <${Command} label="Restore into empty tables" text=${restore} />
    <p class="note">Before anything is written every part is read, compared with its hash and opened. Afterwards nobody is
      signed in, and passwords that were changed after the backup fail at their next heartbeat.</p>
  <//>`;
}
