// One's own security keys: register, remove, new recovery codes.

import { html, useState } from "./lib/preact.js";
import { canUseKeys, makeKey, showKey } from "./credentials.js";
import { Form } from "./dialogs.js";
import { useLive } from "./live.js";
import { Ago, Badge, Card, Cell, Command, Notice, Row, Sheet, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count } from "./words.js";

const PATH = "users/current/security-keys";
const PROOF = { name: "code", label: "Code", about: /code/i, hint: "Of your app, or a recovery code. Leave it empty to show a security key that you have." };

/** What is shown besides the session: a code, or a key that there is. */
async function proof({ code }, hasKey) {
  if (code || !hasKey) return { code };
  return showKey(await call("POST", `${PATH}/challenge`));
}

export function SecurityKeys({ told, coded }) {
  const { data, error, again } = useLive(PATH, 0);
  const [doing, setDoing] = useState(null); // {what, one}
  const [codes, setCodes] = useState(null);
  const has = data?.keys.length > 0;
  const fields = has || coded ? [PROOF] : [];
  const close = () => setDoing(null);
  const after = (work) => async (values) => {
    const given = await work(values);
    again();
    told?.();
    return given;
  };
  const shown = ({ recoveryCodes }) => recoveryCodes?.length && setCodes(recoveryCodes);
  async function add({ name, password, ...rest }) {
    const begun = await call("POST", `${PATH}/begin`, { password, ...(await proof(rest, has)) });
    return call("POST", PATH, { name, ...(await makeKey(begun)) });
  }
  const form = doing && {
    add: { title: "Register a security key", yes: "Go on", save: after(add), then: shown, done: "The key is registered.",
      fields: [{ name: "name", label: "Name of the key", about: /name/i }, { name: "password", label: "Your password", kind: "password", current: true, about: /password/i }, ...fields],
      first: { name: "", password: "", code: "" } },
    remove: { title: `Remove ${doing.one?.name}`, yes: "Remove it", fields, first: { code: "" }, done: "The key is removed.",
      save: after(async (values) => call("POST", `${PATH}/${doing.one.id}/remove`, await proof(values, true))) },
    renew: { title: "New recovery codes", yes: "Make them", lead: "Those of before are good no more.", fields, first: { code: "" }, then: shown,
      save: after(async (values) => call("POST", `${PATH}/recovery-codes`, await proof(values, true))) },
  }[doing.what];
  return html`<${Card} title="Security keys" badge=${data && html`<${Badge} tone=${has ? "good" : "off"}>${has ? "on" : "none"}<//>`}
      lead="For this console. The API takes a code of an app, or an API token.">
    <${Trouble} error=${error} />${!data && !error && html`<${Waiting} />`}
    ${data?.required && !has && html`<${Notice} tone="warn">You are to have one.<//>`}
    ${has && html`<${Table} label="Security keys" heads=${["Key", "Good at", "Used", "Actions"]}>${data.keys.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="Key"><span class="name wrap">${one.name}</span><//><${Cell} head="Good at"><span class="mono">${one.site}</span><//>
      <${Cell} head="Used">${one.lastUsed ? html`<${Ago} at=${one.lastUsed} />` : "never"}<//>
      <${Cell} head="Actions"><button type="button" class="small" aria-label=${`Remove ${one.name}`} onClick=${() => setDoing({ what: "remove", one })}>Remove…</button><//>
    <//>`)}<//><p class="quiet">${count(data.recoveryCodesLeft, "recovery code")} left</p>`}
    ${data && (canUseKeys() ? html`<div class="actions"><button type="button" onClick=${() => setDoing({ what: "add" })}>Register a security key…</button>
      ${has && html`<button type="button" onClick=${() => setDoing({ what: "renew" })}>New recovery codes…</button>`}</div>`
      : html`<p class="quiet">This browser, or this address, knows no security keys.</p>`)}
    ${form && html`<${Form} ...${form} close=${close} />`}
    ${codes && html`<${Sheet} title="Recovery codes" close=${() => setCodes(null)}><p class="lead">Each is good once, instead of a security key. They are shown this once.</p>
      <${Command} label="Recovery codes" text=${codes.join("\n")} /><//>`}
  <//>`;
}
