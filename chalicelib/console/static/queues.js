// Queues: how full, how old, and the messages that failed too often.

import { html, useState } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Act, Ago, announce, Badge, Cell, Notice, Question, Row, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count, span, why } from "./words.js";

const HEADS = ["Queue", "Waiting", "In progress", "Delayed", "Oldest", "Dead letters"];

export function Queues() {
  const { data, error, again } = useLive("queues", 8);
  const [open, setOpen] = useState("");
  const dead = data?.reduce((sum, queue) => sum + queue.deadLetters, 0) ?? 0;
  return html`<section aria-labelledby="queues">
    <div class="title small"><h2 id="queues">Queues</h2>
      <p class="lead">${data && `${count(data.length, "queue")} · ${dead ? count(dead, "dead letter") : "no dead letters"}`}</p>
    </div>
    <${Trouble} error=${error} />
    ${data ? html`<${Table} label="Queues" heads=${HEADS}>
      ${data.map((queue) => html`<${Queue} key=${queue.name} queue=${queue} open=${open === queue.name}
        turn=${() => setOpen(open === queue.name ? "" : queue.name)} again=${again} />`)}
    <//>` : !error && html`<${Waiting} />`}
  </section>`;
}

function Queue({ queue, open, turn, again }) {
  return html`<${Row} class=${queue.deadLetters ? "troubled" : ""}>
      <${Cell} head="Queue"><span class="mono">${queue.name}</span><//>
      <${Cell} head="Waiting"><${Amount} of=${queue.waiting} /><//>
      <${Cell} head="In progress"><${Amount} of=${queue.inProgress} /><//>
      <${Cell} head="Delayed"><${Amount} of=${queue.delayed} /><//>
      <${Cell} head="Oldest">${queue.oldestSeconds === null ? html`<span class="quiet">–</span>` : span(queue.oldestSeconds)}<//>
      <${Cell} head="Dead letters">${queue.deadLetters || open
        ? html`<button type="button" class="fold" aria-expanded=${open} aria-controls=${`dead-${queue.name}`}
            aria-label=${`${count(queue.deadLetters, "dead letter")} of ${queue.name}`} onClick=${turn}>
            <i aria-hidden="true"></i><${Badge} tone=${queue.deadLetters ? "bad" : "off"}>${queue.deadLetters}<//></button>`
        : html`<${Amount} of=${0} />`}<//>
    <//>
    ${open && html`<${Row} class="more" id=${`dead-${queue.name}`}><td role="cell" colspan=${HEADS.length}>
      <${DeadLetters} queue=${queue.name} told=${again} /></td><//>`}`;
}

const Amount = ({ of }) => html`<span class=${of ? "amount" : "quiet amount"}>${of}</span>`;

function DeadLetters({ queue, told }) {
  const path = `queues/${queue}/dead-letters`;
  const { data, error, again } = useLive(path, 30); // reading holds them back for a moment: not often
  const [failure, setFailure] = useState(null);
  const [dropping, setDropping] = useState(null);

  async function settle(letter, method, verb, said) {
    setFailure(null);
    try {
      await call(method, `${path}/${letter.id}${verb}`);
      announce(said);
    } catch (error) {
      setFailure(error);
    }
    setDropping(null);
    again();
    told();
  }

  return html`<${Trouble} error=${error} />
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    ${data && !data.length && html`<p class="quiet">None, or somebody else deals with them just now.</p>`}
    <ul class="letters">${data?.map((letter) => html`<li key=${letter.id}>
      <div><strong class="mono">${letter.kind}</strong> <span class="quiet">sent <${Ago} at=${letter.created} />
        ${letter.expired && " · expired"}</span>
        <small class="note mono">${letter.id}${letter.cause && ` · caused by ${letter.cause}`}</small></div>
      <div class="actions">
        ${!letter.expired && html`<${Act} aria-label=${`Replay ${letter.kind} ${letter.id}`}
          act=${() => settle(letter, "POST", "/replay", "The message is back on its queue.")}>Replay<//>`}
        <button type="button" aria-label=${`Drop ${letter.kind} ${letter.id}`} onClick=${() => setDropping(letter)}>Drop</button>
      </div></li>`)}</ul>
    ${dropping && html`<${Question} title="Drop this message for good?" yes="Drop" dangerous
      onYes=${() => settle(dropping, "DELETE", "", "The message is deleted.")} onNo=${() => setDropping(null)}>
      ${dropping.kind} of ${queue} will never be worked on. That is written to the audit trail.
    <//>`}`;
}
