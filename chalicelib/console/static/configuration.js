// Configuration: what holds for the whole cluster, in the groups of the guide, and who changed it.

import { html, useState } from "./lib/preact.js";
import { Advanced } from "./advanced.js";
import { Bus } from "./bus.js";
import { dirty, Group } from "./forms.js";
import { Keys } from "./keys.js";
import { useLive } from "./live.js";
import { announce, Act, Badge, Card, Facts, Notice, Page, Question, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { Trail } from "./trail.js";
import { count, span, why } from "./words.js";

const URL_FIELDS = [{
  name: "customUrl",
  label: "Custom URL",
  hint: "With https: host, port and path, nothing else. Empty: none.",
}];
const LOGIN_FIELDS = [
  { name: "maximumLoginFailures", label: "Failures that lock an account", kind: "number", unit: "within 15 min" },
  { name: "userLockoutTimeMinutes", label: "It stays locked for", kind: "number", unit: "min" },
];

export function Configuration({ may }) {
  const { data, error, again } = useLive("configuration/general", 10);
  const edits = may("Administer Configuration");
  const patch = (path) => async (values) => {
    await call("PATCH", `configuration/${path}`, dirty(values));
    again();
  };
  return html`<${Page} title="Configuration"
      lead=${edits ? "What is set here holds on every node at once." : "You may look; changing needs the role permission Administer Configuration."}>
    <${Trouble} error=${error} />
    ${data ? html`<div class="groups">
      <div><${General} of=${data.applicationSettings} may=${edits} save=${patch("application-settings")} />
        <${SignIn} of=${data.login} may=${edits} save=${patch("login")} />
        <${Keys} may=${may} /></div>
      <div><${Security} of=${data.security} may=${may} /><${Maintenance} may=${edits} />
        <${Bus} may=${edits} /></div>
    </div>` : !error && html`<${Waiting} />`}
    <${Advanced} may=${edits} told=${again} />
    <${Trail} />
  <//>`;
}

function General({ of, may, save }) {
  const url = of.customUrl ? html`<span class="mono wrap">${of.customUrl}</span>` : html`<span class="quiet">none</span>`;
  const facts = [
    ["Custom URL", url, "Where people reach the cluster, behind a balancer or a name of its own. Links begin with it."],
    ["Sessions", `${of.apiSessionTimeoutMinutes} min`, "renewed by use; fixed"],
    ["Telemetry", of.allowSendTelemetry ? "sent" : "none is sent", "fixed"],
  ];
  return html`<${Group} title="General" facts=${facts} fields=${URL_FIELDS} values=${of} may=${may} save=${save} />`;
}

function SignIn({ of, may, save }) {
  const facts = [
    ["Failures that lock an account", count(of.maximumLoginFailures, "failure"), "wrong passwords within 15 min"],
    ["It stays locked for", span(of.userLockoutTimeMinutes * 60), "an administrator can unlock it sooner; sessions under way go on"],
  ];
  return html`<${Group} title="Login" facts=${facts} fields=${LOGIN_FIELDS} values=${of} may=${may} save=${save} />`;
}

function Security({ of, may }) {
  const facts = [
    ["HTTPS", of.forceHttps ? "always" : "not forced", "API Gateway answers nothing else"],
    ["HSTS", of.enableHSTS ? `always, for ${span(of.hstsMaxAge)}` : "off", "browsers remember to come by https only"],
    ["Framing by other pages", of.enableFrameBlocking ? "always refused" : "allowed"],
  ];
  return html`<${Card} title="Security" badge=${html`<${Badge} tone="off">fixed<//>`}>
    <${Facts} of=${facts} />
    ${may("View IP Addresses") && html`<${Ranges} />`}
  <//>`;
}

/** Which addresses users may come from: shown here, given to users and groups through the API. */
function Ranges() {
  const { data, error } = useLive("ipaddress-restrictions?take=100", 30);
  if (error) return html`<${Trouble} error=${error} />`;
  if (!data) return null;
  const value = data.records.length
    ? html`<ul class="ranges">${data.records.map((one) => html`<li key=${one.id}>${one.name} <span class="mono quiet">${one.range}</span></li>`)}</ul>`
    : "anywhere";
  return html`<${Facts} of=${[["Users may come from", value, data.records.length
    ? "each binds only the users and groups that it was given to" : "no range of addresses is defined"]]} />`;
}

function Maintenance({ may }) {
  const { data, error, again } = useLive("configuration/read-only-mode", 5);
  const [asked, setAsked] = useState(false);
  const [failure, setFailure] = useState(null);

  async function turn(enabled) {
    setFailure(null);
    try {
      await call("PATCH", "configuration/read-only-mode", dirty({ enabled }));
      announce(enabled ? "Every node goes into maintenance mode." : "Maintenance mode is over on every node.");
    } catch (error) {
      setFailure(error);
    }
    setAsked(false);
    again();
  }

  const button = may && data && (data.enabled
    ? html`<${Act} act=${() => turn(false)} aria-label="Turn off maintenance mode">Turn off<//>`
    : html`<button type="button" aria-label="Turn on maintenance mode" onClick=${() => setAsked(true)}>Turn on…</button>`);
  return html`<${Card} title="Maintenance mode" action=${button}>
    <${Trouble} error=${error} />
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    ${data && html`<${Facts} of=${[["Of the whole cluster", html`<${Mode} of=${data} />`,
      "One node alone: its box on Server Nodes. Turning it off here unticks every node's box."]]} />`}
    ${asked && html`<${Question} title="Make the whole cluster read-only?" yes="Turn it on" dangerous
      onYes=${() => turn(true)} onNo=${() => setAsked(false)}>
      <p>From the next request on, every node refuses to change secrets, folders, permissions and templates,
        and no password change begins. Changes that have begun may take 60 s more.</p>
      <p>Reading, signing in, heartbeats, configuration, backups and the node boxes go on.</p>
    <//>`}
  <//>`;
}

function Mode({ of }) {
  const arming = of.status.startsWith("Arming");
  if (!of.enabled) return html`<span class="state good"><i aria-hidden="true"></i>Read and write</span>`;
  return html`<span class="state warn"><i aria-hidden="true"></i>Read-only</span>
    <small class="note">${arming ? of.status.replace(/^Arming: /, "") : "every write that had begun has ended"}</small>`;
}
