// DoubleLocks: one's own second password, the locks that one may know of, and who holds them.
// Second passwords go in the bodies of requests only.

import { html, useState } from "./lib/preact.js";
import { LOST, MAKE, SECOND, twice } from "./access.js";
import { Form } from "./dialogs.js";
import { Finder, Pager, usePage } from "./lists.js";
import { useLive } from "./live.js";
import { Act, Badge, Card, Cell, Notice, Page, Question, Row, Sheet, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count, sentence, why } from "./words.js";

const HEADS = ["DoubleLock", "Holders", "Secrets", "Actions"];
const NAME = [{ name: "name", label: "Name", about: /name/i }];

export function DoubleLocks({ may, who }) {
  const list = usePage("double-locks", {});
  const [doing, setDoing] = useState({}); // {what, lock}
  const [failure, setFailure] = useState(null);
  const edits = may("Administer DoubleLock Keys");
  const close = () => setDoing({});

  async function attempt(method, path, body) {
    setFailure(null);
    try {
      return await call(method, path, body);
    } finally {
      list.again();
    }
  }

  const { what, lock } = doing;
  const button = (one, name, title) => html`<button type="button" class="small" aria-label=${`${title}: ${one.name}`} onClick=${() => setDoing({ what: name, lock: one })}>${title}</button>`;
  const action = edits && html`<button type="button" class="main" onClick=${() => setDoing({ what: "make" })}>New DoubleLock</button>`;
  return html`<${Page} title="DoubleLocks" actions=${action}
      lead="Values under a DoubleLock are opened by the second password of somebody who holds it, and by nothing else.">
    <${Own} />
    <section aria-labelledby="locks"><div class="title small"><h2 id="locks">${edits || may("View DoubleLock Keys") ? "All DoubleLocks" : "Those that you hold"}</h2>
      <p class="lead">${list.data && count(list.data.total, "DoubleLock")}</p></div>
    <${Trouble} error=${list.error} />
    ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${list.data ? list.data.records.length > 0 && html`<${Table} label="DoubleLocks" heads=${HEADS}>${list.data.records.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="DoubleLock"><span class="name wrap">${one.name}</span>${one.userIds.includes(who?.id) && html` <${Badge} tone="own">you hold it<//>`}<//>
      <${Cell} head="Holders">${count(one.userIds.length, "person", "people")}
        ${one.userIds.length === 1 && one.numberOfSecrets > 0 && html`<small class="note warn">Whoever it is: with that second password the secrets are lost.</small>`}<//>
      <${Cell} head="Secrets">${one.numberOfSecrets}<//>
      <${Cell} head="Actions"><div class="actions">${button(one, "holders", "Holders")}
        ${edits && button(one, "rename", "Rename")}${edits && button(one, "delete", "Delete")}</div><//>
    <//>`)}<//>` : !list.error && html`<${Waiting} />`}
    ${list.data && !list.data.records.length && html`<p class="quiet empty">There is none that you may know of.</p>`}
    <${Pager} of=${list} label="DoubleLocks" /></section>
    ${what === "make" && html`<${Form} title="New DoubleLock" yes="Make it" lead="You hold it, by your second password; add a second holder before anything depends on it."
      fields=${NAME} first=${{ name: "" }} save=${(values) => attempt("POST", "double-locks", values)} done="The DoubleLock is made." close=${close} />`}
    ${what === "rename" && html`<${Form} title=${`Rename ${lock.name}`} fields=${NAME} first=${{ name: lock.name }}
      save=${(values) => attempt("PUT", `double-locks/${lock.id}`, values)} done="The DoubleLock is renamed." close=${close} />`}
    ${what === "delete" && html`<${Question} title=${`Delete ${lock.name}?`} yes="Delete" dangerous onNo=${close}
      onYes=${() => attempt("DELETE", `double-locks/${lock.id}`).catch(setFailure).finally(close)}>Only a DoubleLock with no secret under it can be deleted, deleted secrets included.<//>`}
    ${what === "holders" && html`<${Holders} id=${lock.id} name=${lock.name} me=${who?.id} edits=${edits} told=${list.again} close=${close} />`}
  <//>`;
}

/** One's own second password. Nobody is told whether there is one before it is used. */
function Own() {
  const [doing, setDoing] = useState("");
  const close = () => setDoing("");
  const save = ({ once, ...values }) => {
    twice(values.newPassword, once);
    return call("PUT", "users/doublelock-password", Object.fromEntries(Object.entries(values).filter(([, value]) => value)));
  };
  return html`<${Card} title="Your second password" lead="Not the one that you sign in with. Nobody can replace it but you, and then other holders have to add you anew.">
    <div class="actions"><button type="button" onClick=${() => setDoing("make")}>Make or change it…</button>
      <button type="button" onClick=${() => setDoing("lost")}>I have lost it…</button></div>
    ${doing === "make" && html`<${Form} title="Your second password" fields=${[{ ...SECOND, name: "currentPassword", label: "The present one", hint: "Empty where you have none yet.", about: /DoubleLock password|second password|not right|wrong/i }, ...MAKE]}
      first=${{ currentPassword: "", newPassword: "", once: "" }} save=${save} done="The second password is set." close=${close} />`}
    ${doing === "lost" && html`<${Form} title="Another second password" yes="Replace it" fields=${[LOST, ...MAKE]} first=${{ loginPassword: "", newPassword: "", once: "" }} save=${save} done="The second password is replaced." close=${close}
      lead="You hold no DoubleLock then until another holder adds you anew. It is refused while you are the last holder of one." />`}
  <//>`;
}

function Holders({ id, name, me, edits, told, close }) {
  const lock = useLive(`double-locks/${id}`, 0);
  const ids = lock.data?.userIds ?? [];
  const people = useLive(ids.length && `users/lookup?filter.includeInactive=true&take=200${ids.map((one, place) => `&filter.userIds[${place}]=${one}`).join("")}`, 0);
  const [doing, setDoing] = useState(null); // {add: user} or {remove: id}
  const [failure, setFailure] = useState(null);
  const holds = ids.includes(me);
  const named = (user) => people.data?.records.find((one) => one.id === user)?.value ?? `user ${user}`;

  async function change({ doubleLockPassword }) {
    setFailure(null);
    const second = doubleLockPassword && { doubleLockPassword };
    if (doing.add) await call("POST", `double-locks/${id}/holders`, { userId: doing.add.id, ...second });
    else await call("POST", `double-locks/${id}/holders/${doing.remove}/remove`, { ...second });
    lock.again();
    told();
  }

  const asked = doing?.add ? `Let ${doing.add.value} hold ${name}?` : doing && `Let ${named(doing.remove)} hold ${name} no more?`;
  const lead = doing?.add ? "Who holds it opens every secret under it that he may see."
    : holds ? "What is written from then on is under a new key. Change the values that were there: he may have read them." : "You do not hold it: his access ends, and the key stays as it is. It is on the trail.";
  return html`<${Sheet} title=${`Holders of ${name}`} close=${close}>
    <${Trouble} error=${lock.error ?? people.error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    <ul class="grants" role="list">${ids.map((user) => html`<li key=${user}><span class="wrap">${named(user)}${user === me && html` <${Badge} tone="own">you<//>`}</span>
      ${(holds || edits) && html`<button type="button" class="small" aria-label=${`Remove ${named(user)}`} onClick=${() => setDoing({ remove: user })}>Remove…</button>`}</li>`)}</ul>
    ${holds ? html`<${Finder} label="Add a holder" from="users/lookup" known=${ids} add=${async (user) => setDoing({ add: user })} />`
      : html`<p class="quiet empty">Only a holder can add another.</p>`}
    ${doing && html`<${Form} title=${asked} yes=${doing.add ? "Add" : "Remove"} lead=${lead} fields=${holds ? [SECOND] : []} first=${{ doubleLockPassword: "" }}
      save=${change} done="The holders are changed." close=${() => setDoing(null)} />`}
  <//>`;
}
