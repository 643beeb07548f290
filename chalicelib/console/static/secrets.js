// Secrets: folders on one side; on the other what is in one, what was searched for, or one secret.

import { html, useState } from "./lib/preact.js";
import { Bulk, Choose, useChosen } from "./bulk.js";
import { byPath, Folder, Tree } from "./folders.js";
import { amount, Pager, Search, usePage } from "./lists.js";
import { useLive, useSettled } from "./live.js";
import { Ago, Badge, Cell, Page, Row, Table, Trouble, Waiting } from "./parts.js";
import { Secret } from "./secret.js";
import { Create } from "./secretforms.js";
import { ROOT } from "./session.js";
import { Star } from "./star.js";
import { count } from "./words.js";

const HEADS = ["Secret", "Template", "On its target", "Expires", "Made"];
const SHOWN = [
  ["", "Active", {}],
  ["favorites", "My favorites", { "filter.scope": "Favorites" }],
  ["recent", "Seen by me lately", { "filter.scope": "Recent", "sortBy[0].name": "" }],
  ["out", "Checked out", { "filter.onlyCheckedOutSecrets": true }],
  ["mine", "Checked out by me", { "filter.onlySecretsCheckedOutByUser": true }],
  ["deleted", "Deleted", { "filter.includeActive": "false", "filter.includeInactive": true }],
];
const MOST_FOLDERS = 1000;

export function Secrets({ may, who, at, go }) {
  const folders = useLive(`folders?take=${MOST_FOLDERS}`, 60);
  const [text, setText] = useState("");
  const [shown, setShown] = useState("");
  const [making, setMaking] = useState(false);
  const chosen = useChosen();
  const all = byPath(folders.data?.records ?? []);
  const folder = all.find((one) => one.id === Number(at.get("folder")));
  const secret = Number(at.get("secret"));
  const place = (more) => `secrets?${new URLSearchParams({ ...(folder && { folder: folder.id }), ...more })}`.replace(/\?$/, "");
  const filters = {
    "filter.searchText": useSettled(text.trim()), "filter.folderId": folder?.id, "filter.includeSubFolders": Boolean(folder),
    "sortBy[0].name": "name", ...SHOWN.find(([id]) => id === shown)[2],
  };
  const list = usePage(!secret && "v2:secrets", filters, { seconds: 60 });
  const open = (event, id) => go(event, place({ secret: id }));
  const actions = may("Add Secret") && may("View Secret Templates") && !secret && html`<button type="button" class="main" onClick=${() => setMaking(true)}>New secret</button>`;
  return html`<${Page} title="Secrets" lead=${secret ? "" : folder ? folder.folderPath : "every folder"} actions=${actions}>
    <div class="vault">
      <${Tree} folders=${folders.data && all} chosen=${folder?.id} more=${folders.data?.hasNext}
        choose=${(event, id) => go(event, id ? `secrets?folder=${id}` : "secrets")} />
      <div>
        <${Trouble} error=${folders.error} />
        ${secret ? html`<${Secret} key=${secret} id=${secret} folders=${all} who=${who} may=${may} back=${(event) => go(event, place({}))} />`
          : html`<${Folder} key=${folder?.id ?? 0} folder=${folder} folders=${all} may=${may} go=${go} again=${folders.again} />
            <div class="filters"><${Search} label="Search secrets" value=${text} set=${setText} />
              <label>Show<select onChange=${(event) => { setShown(event.target.value); if (chosen.on) chosen.clear(); }}>
                ${SHOWN.map(([id, title]) => html`<option key=${id} value=${id} selected=${id === shown}>${title}</option>`)}</select></label>
              <p class="lead" role="status">${list.data && (list.data.totalIsAtLeast ? `${amount(list.data)} secrets` : count(list.data.total, "secret"))}</p>
              ${!chosen.on && html`<button type="button" onClick=${chosen.begin}>Choose several</button>`}</div>
            <${Bulk} chosen=${chosen} list=${list} filters=${filters} of=${shown === "deleted" ? "deleted" : "active"} folders=${all} may=${may} again=${list.again} />
            <${Trouble} error=${list.error} />
            ${list.data ? html`<${List} of=${list.data.records} chosen=${chosen} open=${open} place=${place} again=${list.again} />` : !list.error && html`<${Waiting} />`}
            <${Pager} of=${list} label="secrets" />`}
      </div>
    </div>
    ${making && html`<${Create} folder=${folder?.id} folders=${all} close=${() => setMaking(false)}
      made=${(id) => open(null, id)} />`}
  <//>`;
}

function List({ of, chosen, open, place, again }) {
  if (!of.length) return html`<p class="quiet empty">There is no secret here that you may see.</p>`;
  return html`<${Table} label="Secrets" heads=${HEADS}>${of.map((one) => html`<${Row} key=${one.id}>
    <${Cell} head="Secret"><${Choose} one=${one} chosen=${chosen} /><${Star} of=${one} again=${again} /><a class="name wrap" href=${new URL(place({ secret: one.id }), ROOT)} onClick=${(event) => open(event, one.id)}>${one.name}</a>
      ${!one.active && html` <${Badge} tone="bad">deleted<//>`}${one.checkedOut && html` <${Badge} tone="busy">checked out by ${one.checkOutUserName}<//>`}
      <small class="note wrap">${one.folderPath}</small><//>
    <${Cell} head="Template">${one.secretTemplateName}<//>
    <${Cell} head="On its target"><${Beat} status=${one.lastHeartBeatStatus} />${one.isOutOfSync && html`<small class="note warn">${one.outOfSyncReason || "out of sync"}</small>`}<//>
    <${Cell} head="Expires"><${Expires} days=${one.daysUntilExpiration} /><//>
    <${Cell} head="Made"><${Ago} at=${one.createDate} /><//>
  <//>`)}<//>`;
}

const BEATS = {
  Success: ["good", "log-in works"], Failed: ["bad", "wrong password"], Pending: ["off", "not tried yet"], Processing: ["warn", "being tried"],
  Disabled: ["off", "not tried"], UnableToConnect: ["bad", "not reached"], AccountLockedOut: ["bad", "account is locked"],
  DnsMismatch: ["bad", "another machine"], UnableToValidateServerPublicKey: ["bad", "another host key"], AccessDenied: ["bad", "refused"],
  IncompatibleHost: ["bad", "not understood"], ArgumentError: ["bad", "a field is missing"], UnknownError: ["bad", "failed"],
};

/** Whether the stored password logs in, as the last heartbeat found. */
export function Beat({ status }) {
  const [tone, words] = BEATS[status] ?? ["off", status];
  return html`<span class="state ${tone}"><i aria-hidden="true"></i><span>${words}</span></span>`;
}

export function Expires({ days }) {
  if (days === null || days === undefined) return html`<span class="quiet">never</span>`;
  if (days < 0) return html`<span class="state bad"><i aria-hidden="true"></i><span>expired</span></span>`;
  return html`<span class="state ${days <= 14 ? "warn" : ""}">${days <= 14 && html`<i aria-hidden="true"></i>`}<span>${days ? `in ${count(days, "day")}` : "today"}</span></span>`;
}
