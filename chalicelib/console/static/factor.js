// One's own second factor: an authenticator app, and recovery codes for when it is lost.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { useLive } from "./live.js";
import { Badge, Card, Command, Facts, Sheet, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count } from "./words.js";

const PATH = "users/current/two-factor";
const CODE = [{ name: "code", label: "Code of the app", about: /code/i }];

export function Factor({ told }) {
  const { data, error, again } = useLive(PATH, 0);
  const [doing, setDoing] = useState("");
  const [begun, setBegun] = useState(null); // {secret, uri, qr}
  const [codes, setCodes] = useState(null);
  const close = () => setDoing("");
  const changed = () => {
    again();
    told?.();
  };
  const after = (work) => async (values) => {
    const given = await work(values);
    changed();
    return given;
  };
  const shown = ({ recoveryCodes }) => setCodes(recoveryCodes);
  const buttons = data && html`<div class="actions">${data.enabled
    ? html`<button type="button" onClick=${() => setDoing("renew")}>New recovery codes…</button>
        <button type="button" onClick=${() => setDoing("remove")}>Remove…</button>`
    : html`<button type="button" class="main" onClick=${() => setDoing("begin")}>Set up an authenticator app…</button>`}</div>`;
  return html`<${Card} title="Second factor" badge=${data && html`<${Badge} tone=${data.enabled ? "good" : "warn"}>${data.enabled ? "on" : "off"}<//>`}>
    <${Trouble} error=${error} />${!data && !error && html`<${Waiting} />`}
    ${data && html`<${Facts} of=${[["Asked for at log-in", data.enabled ? "a code of your app" : "nothing more than the password"], data.required && ["You must have one", "yes"],
      data.enabled && ["Recovery codes", `${count(data.recoveryCodesLeft, "code")} left`]]} />`}
    ${buttons}
    ${doing === "begin" && html`<${Form} title="Set up an authenticator app" yes="Go on" fields=${[{ name: "password", label: "Your password", kind: "password", current: true, about: /password/i },
      { name: "code", label: "Recovery code", about: /code/i, hint: "Only if you have a security key." }]} first=${{ password: "", code: "" }} save=${(values) => call("POST", PATH, values)} then=${setBegun} close=${close} />`}
    ${begun && html`<${Form} title="Scan this with the app" yes="Turn it on" fields=${CODE} first=${{ code: "" }} save=${after((values) => call("POST", `${PATH}/confirm`, values))}
      then=${shown} done="The second factor is on." close=${() => setBegun(null)} lead="Then give the code that it shows.">
      <${Code} rows=${begun.qr} /><${Command} label="The same to type" text=${begun.secret} /><//>`}
    ${doing === "renew" && html`<${Form} title="New recovery codes" yes="Make them" lead="Those of before are good no more." fields=${CODE} first=${{ code: "" }}
      save=${after((values) => call("POST", `${PATH}/recovery-codes`, values))} then=${shown} close=${close} />`}
    ${doing === "remove" && html`<${Form} title="Remove the second factor" yes="Remove it" fields=${CODE} first=${{ code: "" }}
      save=${after((values) => call("POST", `${PATH}/remove`, values))} done="The second factor is gone." close=${close} />`}
    ${codes && html`<${Sheet} title="Recovery codes" close=${() => setCodes(null)}><p class="lead">Each is good once, instead of a code of the app. They are shown this once: keep them where the app is not.</p>
      <${Command} label="Recovery codes" text=${codes.join("\n")} /><//>`}
  <//>`;
}

/** A QR code: rows of 0 and 1, drawn dark on light in every scheme, with the margin that scanners need. */
function Code({ rows }) {
  const path = rows.flatMap((row, y) => [...row].map((dark, x) => (dark === "1" ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
  const size = rows.length + 8;
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code for the app" shape-rendering="crispEdges">
    <rect width=${size} height=${size} /><path d=${path} /></svg>`;
}
