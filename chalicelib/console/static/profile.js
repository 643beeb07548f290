// Your own account: password, second factor, sessions, API tokens.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { Factor } from "./factor.js";
import { Links } from "./openid.js";
import { SecurityKeys } from "./securitykeys.js";
import { usePage, Pager, query } from "./lists.js";
import { useLive } from "./live.js";
import { Act, Ago, Badge, Card, Cell, Command, Facts, Notice, Page, Row, Sheet, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { full, moment, sentence, why } from "./words.js";

export function Profile({ who, enrols, told }) {
  const [doing, setDoing] = useState("");
  const change = ({ currentPassword, newPassword, again }) => {
    if (newPassword !== again) throw Object.assign(new Error("The two new passwords differ."), { status: 400, field: "again" });
    return call("POST", "users/change-password", { currentPassword, newPassword });
  };
  const fields = [
    { name: "currentPassword", label: "Password now", kind: "password", current: true, about: /current/i },
    { name: "newPassword", label: "New password", kind: "password", about: /new ?password|at least|long|common/i },
    { name: "again", label: "New password once more", kind: "password" },
  ];
  return html`<${Page} title="Your profile" lead=${who?.displayName ?? ""}>
    ${enrols && html`<${Notice} tone="warn"><strong>You are to have a second factor.</strong> Nothing else is open to you until it is set up.<//>`}
    <div class="groups">
      <${Card} title="You" action=${html`<button type="button" onClick=${() => setDoing("password")}>Change password…</button>`}>
        ${who ? html`<${Facts} of=${[["User name", who.userName], ["Display name", who.displayName], ["E-mail", who.emailAddress || "none"]]} />` : html`<${Waiting} />`}<//>
      <${Factor} told=${told} />
      <${SecurityKeys} told=${told} coded=${who?.twoFactorMethod === "TOTPAuthenticator"} />
      ${!enrols && html`<${Links} />`}
    </div>
    ${!enrols && html`<${Sessions} /><${Tokens} />`}
    ${doing && html`<${Form} title="Change your password" fields=${fields} first=${{ currentPassword: "", newPassword: "", again: "" }}
      save=${change} done="Your password is changed." close=${() => setDoing("")} />`}
  <//>`;
}

function Sessions() {
  const list = usePage("users/sessions", {}, { seconds: 30 });
  const [failure, setFailure] = useState(null);
  const end = async (body) => {
    await call("POST", "users/sessions/terminate", body);
    list.again();
  };
  return html`<section aria-labelledby="sessions">
    <div class="title small"><h2 id="sessions">Sessions</h2><p class="lead">where you are signed in</p>
      <${Act} failed=${setFailure} done="The others are ended." act=${() => end({})}>End all others<//></div>
    <${Trouble} error=${list.error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${list.data && html`<${Table} label="Sessions" heads=${["With", "From", "Since", "Actions"]}>${list.data.records.map((one) => html`<${Row} key=${one.userSessionId}>
      <${Cell} head="With"><span class="wrap">${one.browser || "unknown"}</span>${one.current && html` <${Badge} tone="own">this one<//>`}<//>
      <${Cell} head="From"><span class="mono">${one.ipAddress}</span><//>
      <${Cell} head="Since"><${Ago} at=${one.loginDate} /><//>
      <${Cell} head="Actions">${!one.current && html`<${Act} class="small" failed=${setFailure} done="Ended." act=${() => end({ userSessionId: one.userSessionId })}
        aria-label=${`End the session of ${full(moment(one.loginDate))}`}>End<//>`}<//>
    <//>`)}<//>`}
    <${Pager} of=${list} label="sessions" />
  </section>`;
}

function Tokens() {
  const list = usePage("api-token", {});
  const who = useLive("users/current", 0);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState(null);
  const [failure, setFailure] = useState(null);
  async function make({ name, days, scope }) {
    const { generatedToken } = await call("GET", query("api-token/generate-token", { name, days, scope }));
    list.again();
    return generatedToken.value;
  }
  async function revoke(one) {
    await call("DELETE", `api-token/${one.id}`);
    list.again();
  }
  const rights = who.data?.permissions.map((one) => one.name) ?? [];
  return html`<section aria-labelledby="tokens">
    <div class="title small"><h2 id="tokens">API tokens</h2><p class="lead">for applications that act as you</p>
      <button type="button" onClick=${() => setMaking(true)}>New token</button></div>
    <${Trouble} error=${list.error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${list.data?.records.length > 0 && html`<${Table} label="API tokens" heads=${["Token", "May", "Made", "Ends", "Actions"]}>${list.data.records.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="Token"><span class="name wrap">${one.name}</span><//>
      <${Cell} head="May">${one.scope.length ? one.scope.join(", ") : "all that you may"}<//>
      <${Cell} head="Made"><${Ago} at=${one.created} /><//>
      <${Cell} head="Ends"><span class="count">${full(moment(one.expires)).slice(0, 10)}</span><//>
      <${Cell} head="Actions"><${Act} class="small" failed=${setFailure} done="Revoked." act=${() => revoke(one)} aria-label=${`Revoke ${one.name}`}>Revoke<//><//>
    <//>`)}<//>`}
    ${list.data && !list.data.records.length && html`<p class="quiet empty">You have none.</p>`}
    <${Pager} of=${list} label="API tokens" />
    ${making && html`<${Form} title="New API token" yes="Make it" save=${make} done="The token is made." then=${setMade} close=${() => setMaking(false)} first=${{ name: "", days: 30, scope: "" }}
      fields=${[{ name: "name", label: "Name", about: /name/i, hint: "What it is for." }, { name: "days", label: "Ends after", kind: "number", unit: "days", about: /day/i },
        { name: "scope", label: "May", kind: "choice", options: [["", "all that you may"], ...rights.map((one) => [one, `only: ${one}`])], about: /scope/i }]} />`}
    ${made && html`<${Sheet} title="The token" close=${() => setMade(null)}><p class="lead">It is shown this once.</p><${Command} label="API token" text=${made} /><//>`}
  </section>`;
}
