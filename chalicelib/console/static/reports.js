// Reports: what is going to expire, and what does not log in, as far as somebody may see.

import { html } from "./lib/preact.js";
import { Pager, usePage } from "./lists.js";
import { Cell, Page, Row, Table, Trouble, Waiting } from "./parts.js";
import { Beat, Expires } from "./secrets.js";
import { ROOT } from "./session.js";
import { count } from "./words.js";

const FAILING = [
  ["Failed", "Wrong password"], ["UnableToConnect", "Not reached"], ["AccountLockedOut", "Account is locked"],
  ["UnableToValidateServerPublicKey", "Another host key"], ["UnknownError", "Failed otherwise"],
];
const SOON = 30; // days

export function Reports({ go }) {
  return html`<${Page} title="Reports" lead="Of the secrets that you may see.">
    <${Expiring} go=${go} />
    ${FAILING.map(([status, title]) => html`<${Beats} key=${status} status=${status} title=${`Heartbeats: ${title.toLowerCase()}`} go=${go} />`)}
  <//>`;
}

/** The API does not sort by expiry; so it is asked page by page, and what expires late is left out here. */
function Expiring({ go }) {
  const list = usePage("secrets", { "sortBy[0].name": "name" }, { take: 100 });
  const soon = list.data?.records.filter((one) => one.daysUntilExpiration !== null && one.daysUntilExpiration <= SOON)
    .sort((one, other) => one.daysUntilExpiration - other.daysUntilExpiration);
  return html`<${Report} title=${`Expired, or within ${SOON} days`} list=${list} records=${soon} go=${go}
    of=${list.data?.hasNext || list.skip ? `among secrets ${list.skip + 1} to ${list.skip + (list.data?.records.length ?? 0)}` : ""} />`;
}

function Beats({ status, title, go }) {
  const list = usePage("secrets", { "filter.heartbeatStatus": status, "sortBy[0].name": "name" });
  return html`<${Report} title=${title} list=${list} records=${list.data?.records} go=${go} />`;
}

function Report({ title, list, records, of = "", go }) {
  const id = title.toLowerCase().replace(/\W+/g, "-");
  return html`<section aria-labelledby=${id}>
    <div class="title small"><h2 id=${id}>${title}</h2><p class="lead">${records && (records.length ? count(records.length, "secret") : "none")} ${of}</p></div>
    <${Trouble} error=${list.error} />
    ${!records && !list.error && html`<${Waiting} />`}
    ${records?.length > 0 && html`<${Table} label=${title} heads=${["Secret", "Template", "On its target", "Expires"]}>${records.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="Secret"><a class="name wrap" href=${new URL(`secrets?secret=${one.id}`, ROOT)} onClick=${(event) => go(event, `secrets?secret=${one.id}`)}>${one.name}</a>
        <small class="note wrap">${one.folderPath}</small><//>
      <${Cell} head="Template">${one.secretTemplateName}<//>
      <${Cell} head="On its target"><${Beat} status=${one.lastHeartBeatStatus} /><//>
      <${Cell} head="Expires"><${Expires} days=${one.daysUntilExpiration} /><//>
    <//>`)}<//>`}
    <${Pager} of=${list} label=${title} />
  </section>`;
}
