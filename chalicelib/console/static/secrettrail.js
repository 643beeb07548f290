// What was done with one secret, newest first.

import { html, useEffect, useState } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Cell, Row, Table, Trouble, Waiting } from "./parts.js";
import { count, full, moment } from "./words.js";

const STEP = 10;

export function SecretTrail({ id, changed }) {
  const [take, setTake] = useState(STEP);
  const { data, error, again } = useLive(`secrets/${id}/audits?take=${take}`, 0);
  useEffect(() => {
    if (changed) again();
  }, [changed]);
  return html`<section aria-labelledby="secret-trail">
    <div class="title small"><h2 id="secret-trail">What was done with it</h2><p class="lead">${data && `${count(data.total, "line")} · times are UTC`}</p></div>
    <${Trouble} error=${error} />
    ${data ? html`<${Table} label="What was done with it" heads=${["When", "Who", "What", "Through"]}>${data.records.map((one) => html`<${Row} key=${`${one.id} ${one.dateRecorded}`}>
      <${Cell} head="When"><time datetime=${moment(one.dateRecorded).toISOString()}>${full(moment(one.dateRecorded)).slice(0, 19)}</time><//>
      <${Cell} head="Who">${one.byUserDisplayName}<//>
      <${Cell} head="What"><strong>${one.actionForDisplay}</strong><small class="note wrap">${one.notes}</small><//>
      <${Cell} head="Through">${one.application || "–"}<//>
    <//>`)}<//>` : !error && html`<${Waiting} />`}
    ${data?.hasNext && html`<button type="button" class="after" onClick=${() => setTake(take + 2 * STEP)}>Show older ones</button>`}
  </section>`;
}
