// Mail: whether it is set up, what waits to be sent, and what could not be. A mail's text is never shown.

import { html, useState } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Act, Ago, announce, Badge, Cell, Notice, Row, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count, sentence, why } from "./words.js";

const HEADS = ["About", "Made", "Tries", "Why not sent"];

export function Mails({ may }) {
  const { data, error, again } = useLive("diagnostics/mails", 20);
  const [failure, setFailure] = useState(null);
  async function tryOut() {
    setFailure(null);
    const { success, message } = await call("POST", "configuration/email/test");
    again();
    if (!success) throw new Error(message);
    announce(message);
  }
  const lead = data && (data.isOn ? `by ${data.via} · ${count(data.waiting.length, "mail")} waiting, ${data.undelivered.length} not delivered` : "not set up: no mail is sent");
  return html`<section aria-labelledby="mails">
    <div class="title small"><h2 id="mails">Mail</h2><p class="lead">${lead}</p>
      ${data?.isOn && may("Administer Configuration") && html`<${Act} act=${tryOut} failed=${setFailure}>Send me one<//>`}</div>
    <${Trouble} error=${error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${!data && !error && html`<${Waiting} />`}
    ${data && data.waiting.length + data.undelivered.length > 0 && html`<${Table} label="Mail" heads=${HEADS}>
      ${data.undelivered.map((one) => html`<${Mail} key=${one.id} of=${one} lost />`)}
      ${data.waiting.map((one) => html`<${Mail} key=${one.id} of=${one} />`)}<//>`}
  </section>`;
}

const Mail = ({ of, lost }) => html`<${Row} class=${lost ? "troubled" : ""}>
  <${Cell} head="About"><span class="name">${sentence(of.kind.replaceAll("-", " ")).slice(0, -1)}</span> <${Badge} tone=${lost ? "bad" : "busy"}>${lost ? "not delivered" : "waiting"}<//><//>
  <${Cell} head="Made"><${Ago} at=${of.madeAt} /><//>
  <${Cell} head="Tries">${of.tries}<//>
  <${Cell} head="Why not sent"><span class="wrap">${of.reason || "–"}</span><//>
<//>`;
