// Trigger jobs: how each stands, how long until it runs again, what it did, and the four things to do.

import { html, useRef, useState } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Act, Ago, announce, Badge, Cell, Notice, Row, Table, Trouble, Until, Waiting } from "./parts.js";
import { call } from "./session.js";
import { Timeline } from "./timeline.js";
import { count, moment, outcome, span, took, why } from "./words.js";

const HEADS = ["Operation", "State", "Last run", "Outcome", "Next run", "Actions"];
const STATES = {
  WAITING: ["good", "Waiting"],
  EXECUTING: ["busy", "Running"],
  PAUSED: ["warn", "Paused"],
  ERROR: ["bad", "Error"],
};
const INTERVALS = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440];

export function Jobs() {
  const { data, error, again } = useLive("jobs", 4);
  const [open, setOpen] = useState("");
  const [failure, setFailure] = useState(null);

  async function change(path, method = "POST", body = undefined) {
    setFailure(null);
    await call(method, path, body);
    again();
  }

  const failing = data?.filter((job) => job.error) ?? [];
  return html`<section aria-labelledby="jobs">
    <div class="title small"><h2 id="jobs">Scheduled operations</h2>
      <p class="lead">${data && summary(data)}</p>
      ${failing.length > 0 && html`<${Act} act=${() => change("diagnostics/clear-quartz-job-errors")}
        failed=${setFailure} done="Errors are cleared.">Clear errors<//>`}
    </div>
    <${Trouble} error=${error} />
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    ${data ? html`<${Table} label="Scheduled operations" heads=${HEADS}>
      ${data.map((job) => html`<${Job} key=${job.slug} job=${job} open=${open === job.slug}
        turn=${() => setOpen(open === job.slug ? "" : job.slug)} change=${change} failed=${setFailure} />`)}
    <//>` : !error && html`<${Waiting} />`}
  </section>`;
}

function summary(jobs) {
  const of = (state) => jobs.filter((job) => job.state === state).length;
  const parts = [count(jobs.length, "operation")];
  if (of("EXECUTING")) parts.push(`${of("EXECUTING")} running`);
  if (of("ERROR")) parts.push(`${of("ERROR")} failed`);
  if (of("PAUSED")) parts.push(`${of("PAUSED")} paused`);
  return parts.join(" · ");
}

function Job({ job, open, turn, change, failed }) {
  const [tone, word] = STATES[job.state] ?? ["off", job.state];
  const paused = job.state === "PAUSED";
  const path = `jobs/${job.slug}`;
  return html`<${Row} class=${job.error ? "troubled" : ""}>
      <${Cell} head="Operation">
        <button type="button" class="fold" aria-expanded=${open} aria-controls=${`job-${job.slug}`} onClick=${turn}>
          <i aria-hidden="true"></i>${job.name}
        </button>
        <small class="note">${job.description}</small>
      <//>
      <${Cell} head="State"><${Badge} tone=${tone}>${word}<//><//>
      <${Cell} head="Last run">${job.lastRun
        ? html`<${Ago} at=${job.lastRun.started} /><small class="note still">${took(job.lastRun.durationSeconds)} on ${job.lastRun.node}</small>`
        : html`<span class="quiet">not yet</span>`}<//>
      <${Cell} head="Outcome"><${Outcome} job=${job} /><//>
      <${Cell} head="Next run"><${Next} job=${job} /><//>
      <${Cell} head="Actions"><div class="actions">
        <${Act} act=${() => change(`${path}/run-now`)} failed=${failed} done=${`${job.name} was asked to run.`}
          aria-label=${`Run now: ${job.name}`}>Run now<//>
        <${Act} act=${() => change(`${path}/${paused ? "resume" : "pause"}`)} failed=${failed}
          done=${`${job.name} is ${paused ? "resumed" : "paused"}.`}
          aria-label=${`${paused ? "Resume" : "Pause"}: ${job.name}`}>${paused ? "Resume" : "Pause"}<//>
      </div><//>
    <//>
    ${open && html`<${Row} class="more" id=${`job-${job.slug}`}><td role="cell" colspan=${HEADS.length}>
      <${More} job=${job} change=${change} failed=${failed} /></td><//>`}`;
}

function Outcome({ job }) {
  if (job.error) return html`<span class="error">${job.error}</span>`;
  if (!job.lastRun) return html`<span class="quiet">–</span>`;
  const { done, failed } = job.lastRun;
  const tone = failed ? "error" : done ? "" : "quiet";
  return html`<span class=${tone}>${outcome(job.lastRun)}</span>`;
}

/** Counts down by itself; the node is asked only for where it counts to. */
function Next({ job }) {
  const at = moment(job.nextRun);
  if (!at) return html`<span class="quiet">${job.state === "PAUSED" ? "when resumed" : "–"}</span>`;
  return html`<${Until} at=${at} />`;
}

function More({ job, change, failed }) {
  const { data, error } = useLive(`jobs/${job.slug}/runs?take=60`, 4);
  return html`<div class="beside">
    <div>
      <h3>History</h3>
      <${Trouble} error=${error} />
      ${data && (data.length ? html`<${Timeline} name=${job.name} runs=${data} />` : html`<p class="quiet">It has not run yet.</p>`)}
    </div>
    <${Interval} job=${job} change=${change} failed=${failed} />
  </div>`;
}

function Interval({ job, change, failed }) {
  const choice = useRef(null);
  async function save(event) {
    event.preventDefault();
    const everyMinutes = Number(choice.current.value);
    try {
      await change(`jobs/${job.slug}/schedule`, "PUT", { everyMinutes });
      announce(`${job.name} now runs every ${span(everyMinutes * 60)}.`);
    } catch (error) {
      failed(error);
    }
  }
  return html`<form class="interval" onSubmit=${save}>
    <h3>Interval</h3>
    <p class="note">Now: <code>${job.schedule}</code></p>
    ${job.adjustable ? html`<label>Run every
      <select ref=${choice}>${INTERVALS.map((minutes) => html`<option key=${minutes} value=${minutes}
        selected=${minutes === minutesOf(job.schedule)}>${span(minutes * 60)}</option>`)}</select></label>
      <button>Set interval</button>` : html`<p class="note">The cluster needs this one as it is.</p>`}
  </form>`;
}

/** The interval of an expression that is one: every so many minutes, or hours, or once a day. */
function minutesOf(schedule) {
  const [, minute, hour] = schedule.match(/^cron\((\S+) (\S+) \* \* \? \*\)$/) ?? [];
  if (minute === undefined) return 0;
  if (hour === "*") return minute === "*" ? 1 : minute === "0" ? 60 : step(minute);
  return minute === "0" ? (hour === "0" ? 1440 : step(hour) * 60) : 0;
}

const step = (part) => (part.startsWith("0/") ? Number(part.slice(2)) : 0);
