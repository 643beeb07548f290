// Requests: what waits for one's answer, what one was told, and what one asked for.

import { html, useState } from "./lib/preact.js";
import { Cancel } from "./access.js";
import { Form } from "./dialogs.js";
import { ExportsWaiting } from "./export.js";
import { Pager, usePage } from "./lists.js";
import { Act, Ago, Badge, Cell, Notice, Page, Row, Table, Trouble, Waiting } from "./parts.js";
import { call, ROOT } from "./session.js";
import { count, full, moment, sentence, why } from "./words.js";

const SECONDS = 15;
const TONES = { Pending: "warn", Approved: "good", Denied: "bad", Erased: "good" };
const COMMENT = { name: "responseComment", label: "What you say to it", kind: "notes", about: /comment/i };
const UNTIL = { name: "expirationDate", label: "Until (UTC)", kind: "moment", about: /expir|until|end/i };

const minute = (text) => `${full(moment(text)).slice(0, 16)} UTC`;

/** recount: asks again how many messages are unread */
export function Requests({ may, who, go, recount }) {
  const waiting = usePage("secret-access-requests", { "filter.status": "Pending" }, { seconds: SECONDS });
  const mine = usePage("secret-access-requests", { "filter.isMyRequest": true }, { seconds: SECONDS });
  const again = () => {
    for (const one of [waiting, mine]) one.again();
    recount();
  };
  return html`<${Page} title="Requests">
    <${Waits} list=${waiting} go=${go} again=${again} />
    <${Messages} go=${go} recount=${recount} />
    <${Mine} list=${mine} go=${go} again=${again} />
    <${Erasing} who=${who} approves=${may("Approve Secret Erase")} go=${go} />
    ${(may("View Dual Control") || may("Administer Dual Control")) && html`<${ExportsWaiting} decides=${may("Administer Dual Control")} who=${who} />`}
  <//>`;
}

/** A list with its heading. none: what is said when nothing is in it. */
function Part({ title, list, heads, none, action, failure, children }) {
  const id = title.toLowerCase().replace(/\W+/g, "-");
  return html`<section aria-labelledby=${id}>
    <div class="title small"><h2 id=${id}>${title}</h2>${action}</div>
    <${Trouble} error=${list.error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${!list.data ? !list.error && html`<${Waiting} />` : list.data.records.length ? html`<${Table} label=${title} heads=${heads}>${children}<//>`
      : html`<p class="quiet empty">${none}</p>`}
    <${Pager} of=${list} label=${title} />
  </section>`;
}

const ToSecret = ({ id, name, go }) => html`<a class="name wrap" href=${new URL(`secrets?secret=${id}`, ROOT)} onClick=${(event) => go(event, `secrets?secret=${id}`)}>${name}</a>`;

function Why({ of: one }) {
  return html`<span class="wrap">${one.requestComment || html`<span class="quiet">nothing said</span>`}</span>${one.ticketNumber && html`<small class="note">ticket ${one.ticketNumber}</small>`}`;
}

const For = ({ of: one }) => html`${minute(one.startDate)}<small class="note">to ${minute(one.expirationDate)}</small>`;

function Waits({ list, go, again }) {
  const [doing, setDoing] = useState(null); // {request, status}
  const button = (one, status, title) => html`<button type="button" class="small" aria-label=${`${title} ${one.requestUsername}: ${one.secretName}`}
    onClick=${() => setDoing({ request: one, status })}>${title}…</button>`;
  return html`<${Part} title="Wait for your answer" list=${list} heads=${["Secret", "Who", "What for", "When", "Actions"]} none="Nobody waits for you.">
      ${list.data?.records.map((one) => html`<${Row} key=${one.secretAccessRequestId}>
        <${Cell} head="Secret"><${ToSecret} id=${one.secretId} name=${one.secretName} go=${go} /><//>
        <${Cell} head="Who">${one.requestUsername}<small class="note"><${Ago} at=${one.requestDate} /></small><//>
        <${Cell} head="What for"><${Why} of=${one} /><//>
        <${Cell} head="When"><${For} of=${one} /><//>
        <${Cell} head="Actions"><div class="actions">${button(one, "Approved", "Approve")}${button(one, "Denied", "Deny")}</div><//>
      <//>`)}<//>
    ${doing && html`<${Answer} ...${doing} again=${again} close=${() => setDoing(null)} />`}`;
}

function Answer({ request, status, again, close }) {
  const yes = status === "Approved";
  async function save({ responseComment, expirationDate }) {
    const until = yes && expirationDate && expirationDate !== request.expirationDate ? { expirationDate } : {};
    try {
      await call("PUT", "secret-access-requests", { secretAccessRequestId: request.secretAccessRequestId, status, responseComment, ...until });
    } finally {
      again();
    }
  }
  return html`<${Form} title=${`${yes ? "Let" : "Do not let"} ${request.requestUsername} use ${request.secretName}?`} yes=${yes ? "Approve" : "Deny"}
    lead=${request.requestComment} fields=${yes ? [COMMENT, UNTIL] : [COMMENT]} first=${{ responseComment: "", expirationDate: request.expirationDate }}
    save=${save} done=${yes ? "It is approved." : "It is denied."} close=${close} />`;
}

function Messages({ go, recount }) {
  const [all, setAll] = useState(false);
  const [failure, setFailure] = useState(null);
  const list = usePage("inbox/messages", { "filter.readStatusFilter": all ? "All" : "Unread" }, { seconds: SECONDS, take: 10 });
  const unread = list.data?.records.filter((one) => !one.isRead) ?? [];
  async function mark(messages) {
    setFailure(null);
    await call("POST", "inbox/update-read", { data: { messageIds: messages.map((one) => one.messageId), read: true } });
    list.again();
    recount();
  }
  const action = html`<label class="switch"><input type="checkbox" role="switch" checked=${all} onChange=${(event) => setAll(event.target.checked)} /> <span>Read ones too</span></label>
    ${unread.length > 1 && html`<${Act} act=${() => mark(unread)} failed=${setFailure} done="They are read.">Mark these as read<//>`}`;
  return html`<${Part} title="Messages" list=${list} heads=${["When", "What", "Actions"]} none=${all ? "You were told nothing." : "You have read them all."} action=${action} failure=${failure}>
    ${list.data?.records.map((one) => html`<${Row} key=${one.messageId}>
      <${Cell} head="When"><${Ago} at=${one.messageCreatedDate} /><//>
      <${Cell} head="What"><span class="wrap">${one.isRead ? one.details : html`<strong>${one.details}</strong>`}</span><//>
      <${Cell} head="Actions"><div class="actions">${fact(one, "SecretId") && html`<${ToSecret} id=${fact(one, "SecretId")} name=${fact(one, "SecretName")} go=${go} />`}
        ${!one.isRead && html`<${Act} class="small" act=${() => mark([one])} failed=${setFailure} done="It is read." aria-label=${`Mark as read: ${one.details}`}>Mark as read<//>`}</div><//>
    <//>`)}<//>`;
}

const fact = (message, name) => message.data.find((one) => one.inboxDataName === name)?.valueString;

const Status = ({ of: text }) => html`<${Badge} tone=${TONES[text] ?? "off"}>${text.toLowerCase()}<//>`;

function Mine({ list, go, again }) {
  const [failure, setFailure] = useState(null);
  return html`<${Part} title="Your requests" list=${list} heads=${["Secret", "What for", "When", "Stands", "Actions"]} none="You have asked for nothing." failure=${failure}>
    ${list.data?.records.map((one) => html`<${Row} key=${one.secretAccessRequestId}>
      <${Cell} head="Secret"><${ToSecret} id=${one.secretId} name=${one.secretName} go=${go} /><//>
      <${Cell} head="What for"><${Why} of=${one} /><//>
      <${Cell} head="When"><${For} of=${one} /><//>
      <${Cell} head="Stands"><${Status} of=${one.status} />${one.approverDisplayName && html`<small class="note">by ${one.approverDisplayName}</small>`}
        ${one.responseComment && html`<small class="note wrap">${one.responseComment}</small>`}<//>
      <${Cell} head="Actions">${["Pending", "Approved"].includes(one.status) && html`<${Cancel} of=${one} again=${again} class="small" failed=${setFailure} aria-label=${`Cancel ${one.secretName}`}>Cancel<//>`}<//>
    <//>`)}<//>`;
}

/** Erase requests: one's own; all of them, for who may approve. */
function Erasing({ who, approves, go }) {
  const [doing, setDoing] = useState(null); // {one, status}
  const [failure, setFailure] = useState(null);
  const list = usePage("secret-erase-requests/search", {}, { seconds: 2 * SECONDS, take: 10 });
  if (!list.data?.records.length && !list.error) return null;
  async function answer({ secretEraseRequestId }, status, responseComment = "") {
    await call("PUT", "secret-erase-requests", { secretEraseRequestId, status, responseComment }).finally(list.again);
  }
  const named = (one) => `of ${count(one.secretIds.length, "secret")}: ${one.secretIds.join(", ")}`;
  const button = (one, status, title) => html`<button type="button" class="small" aria-label=${`${title} erasing ${named(one)}`} onClick=${() => setDoing({ one, status })}>${title}…</button>`;
  return html`<${Part} title="Erase requests" list=${list} heads=${["Secrets", "Who", "Why", "Stands", "Actions"]} none="There are none." failure=${failure}>
      ${list.data?.records.map((one) => html`<${Row} key=${one.secretEraseRequestId}>
        <${Cell} head="Secrets">${one.secretIds.map((id) => html`<span key=${id}>${one.erasedSecretIds.includes(id) ? `Secret ${id}` : html`<${ToSecret} id=${id} name=${`Secret ${id}`} go=${go} />`} </span>`)}<//>
        <${Cell} head="Who">${one.requestUsername}<small class="note"><${Ago} at=${one.requestDate} /></small><//>
        <${Cell} head="Why"><span class="wrap">${one.requestComment || "–"}</span>${moment(one.eraseAfter) > moment(one.requestDate) && html`<small class="note">not before ${minute(one.eraseAfter)}</small>`}<//>
        <${Cell} head="Stands"><${Status} of=${one.status} />${one.backupsHoldItUntil && html`<small class="note">backups hold it until ${minute(one.backupsHoldItUntil)}</small>`}
          ${one.failures.map((each) => html`<small class="note warn wrap">${each}</small>`)}<//>
        <${Cell} head="Actions">${one.status === "Pending" && html`<div class="actions">${approves && button(one, "Approved", "Approve")}${approves && button(one, "Denied", "Deny")}
          ${one.requestingUserId === who?.id && html`<${Act} class="small" act=${() => answer(one, "Canceled")} failed=${setFailure} done="It is canceled." aria-label=${`Cancel erasing ${named(one)}`}>Cancel<//>`}</div>`}<//>
      <//>`)}<//>
    ${doing && html`<${Form} title=${doing.status === "Approved" ? "Erase them for good?" : "Do not erase them?"} yes=${doing.status === "Approved" ? "Erase" : "Deny"}
      lead=${`Erasing ${named(doing.one)}. ${doing.status === "Approved" ? "Nobody can bring them back but from older backups." : ""}`} fields=${[COMMENT]} first=${{ responseComment: "" }}
      save=${({ responseComment }) => answer(doing.one, doing.status, responseComment)} done="It is decided." close=${() => setDoing(null)} />`}`;
}
