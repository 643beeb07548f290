// Many secrets at once: which are chosen, what is done with them, and how far that is.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { choices } from "./folders.js";
import { query } from "./lists.js";
import { useLive } from "./live.js";
import { Act, Notice } from "./parts.js";
import { Progress, useRunning } from "./progress.js";
import { call } from "./session.js";
import { Whom } from "./whom.js";
import { count, sentence, why } from "./words.js";

const MOST = 20_000; // of one operation
const STEP = 500; // of a look at what was found
const ROLES = [[2, "View"], [3, "Edit"], [4, "Owner"], [1, "List"]];

const FOLDER = ({ folders }) => [{ name: "folder", label: "To", kind: "choice", options: choices(folders, "no folder"), about: /folder/i }];
const REQUIREMENT = ({ requirements }) => [{ name: "requirement", label: "Passwords must meet", kind: "choice", options: [[0, "what their templates say"], ...requirements] }];
const WHY = () => [{ name: "requestComment", label: "Why", kind: "notes", about: /comment/i }];
const ROLE = () => [{ name: "role", label: "They may", kind: "choice", options: ROLES }];

/** name: as the API has it; asks: the form's fields; data: what is sent besides ids; of: "active" ones or "deleted" ones */
const ACTIONS = [
  { name: "move-to-folder", title: "Move", asks: FOLDER, first: { folder: -1 }, data: ({ folder }) => ({ folderId: Number(folder) }) },
  { name: "add-share", title: "Share", asks: ROLE, whom: true, first: { role: 2, whom: [] }, lead: "Beside whoever has a permission now. A secret that took those of its folder has its own from then on.",
    data: ({ role, whom }) => ({ permissions: whom.map((one) => ({ groupId: one.groupId, secretAccessRoleId: Number(role) })) }) },
  { name: "enable-inherit-permissions", title: "Share as their folders are", lead: "Permissions of their own are lost.", dangerous: true },
  { name: "run-heartbeat", title: "Heartbeat now" },
  { name: "change-password-remotely", title: "Change passwords now", lead: "Each gets another password, made by its rules: on its target first, then here." },
  { name: "expire", title: "Expire now" },
  { name: "enable-heartbeat", title: "Turn heartbeats on" }, { name: "disable-heartbeat", title: "Turn heartbeats off" },
  { name: "enable-autochange", title: "Turn automatic changes on" }, { name: "disable-autochange", title: "Turn automatic changes off" },
  { name: "enable-checkout", title: "Have them checked out" }, { name: "disable-checkout", title: "Need no checkout" },
  { name: "enable-require-view-comment", title: "Ask for a comment" }, { name: "disable-require-view-comment", title: "Ask for no comment" },
  { name: "update-password-requirement", title: "Set what passwords must meet", asks: REQUIREMENT, first: { requirement: 0 }, data: ({ requirement }) => ({ passwordRequirementId: Number(requirement) }) },
  { name: "deactivate", title: "Delete", dangerous: true, lead: "They are not shown any more and nothing is done with them. Who may see deleted secrets can bring them back." },
  { name: "activate", title: "Undelete", of: "deleted" },
  { name: "request-erase", title: "Ask for erasing", of: "deleted", asks: WHY, first: { requestComment: "" }, dangerous: true, data: (values) => values,
    lead: "Values, history and files are gone once somebody has approved it, and nobody can bring them back but from older backups." },
];

/** {ids, turn, add, clear, is}: which are chosen; `on` while somebody chooses. */
export function useChosen() {
  const [ids, setIds] = useState(null); // null: nobody chooses
  return {
    on: ids !== null,
    ids: ids ?? new Set(),
    begin: () => setIds(new Set()),
    end: () => setIds(null),
    clear: () => setIds(new Set()),
    add: (more) => setIds((before) => new Set([...(before ?? []), ...more])),
    turn: (id) => setIds((before) => (before.has(id) ? new Set([...before].filter((one) => one !== id)) : new Set([...before, id]))),
  };
}

export const Choose = ({ one, chosen }) => chosen.on && html`<input type="checkbox" class="choose" aria-label=${`Choose ${one.name}`}
  checked=${chosen.ids.has(one.id)} onChange=${() => chosen.turn(one.id)} />`;

/**
 * What is done with those that are chosen, and how far the last operation is.
 * list: the page that is seen; filters: by which it was found; of: "active" or "deleted"; again: called when one is over
 */
export function Bulk({ chosen, list, filters, of = "active", folders, may, again }) {
  const [doing, setDoing] = useState(null);
  const [picked, setPicked] = useState("");
  const [running, show] = useRunning("secrets");
  const [failure, setFailure] = useState(null);
  const requirements = useLive(doing?.asks === REQUIREMENT && "password-requirements?take=200", 0);
  const number = chosen.ids.size;
  const offered = ACTIONS.filter((one) => (one.of ?? "active") === of && (one.asks !== REQUIREMENT || may("View Password Requirements")));
  const action = offered.find((one) => one.name === picked) ?? offered[0];

  /** Every secret that was found, page by page. */
  async function all() {
    setFailure(null);
    for (let skip = 0; ; skip += STEP) {
      const { records, hasNext } = await call("GET", query("secrets/lookup", { ...filters, skip, take: STEP }));
      chosen.add(records.map((one) => one.id));
      if (!hasNext) return;
      if (skip + STEP >= MOST) throw new Error(`The first ${MOST.toLocaleString("en")} are chosen: no operation has more.`);
    }
  }

  async function begin(values) {
    const more = doing.data?.(values) ?? {};
    const { bulkOperationId } = await call("POST", `bulk-secret-operations/${doing.name}`, { data: { secretIds: [...chosen.ids], ...more } });
    show({ id: bulkOperationId, title: `${doing.title}: ${count(number, "secret")}` });
    chosen.end();
  }

  const ready = doing && (doing.asks !== REQUIREMENT || requirements.data);
  const context = { folders, requirements: requirements.data?.records.map((one) => [one.passwordRequirementId, one.name]) };
  return html`${running && html`<${Progress} key=${running.id} ...${running} ended=${again} close=${() => show(null)} />`}
    ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${chosen.on && html`<div class="bulk" role="group" aria-label="Chosen secrets">
      <strong role="status">${number ? `${count(number, "secret")} chosen` : "None chosen"}</strong>
      <button type="button" class="small" onClick=${() => chosen.add(list.data?.records.map((one) => one.id) ?? [])}>All on this page</button>
      <${Act} class="small" act=${all} failed=${setFailure}>All that were found<//>
      ${number > 0 && html`<button type="button" class="small" onClick=${chosen.clear}>None</button>`}
      <button type="button" class="small" onClick=${chosen.end}>Choose no more</button>
      <label>Do<select aria-label="What to do" onChange=${(event) => setPicked(event.target.value)}>${offered.map((one) =>
        html`<option key=${one.name} value=${one.name} selected=${one === action}>${one.title}</option>`)}</select></label>
      <button type="button" class="main" disabled=${!number} onClick=${() => setDoing(action)}>Go on…</button></div>`}
    ${ready && html`<${Form} title=${`${doing.title}: ${count(number, "secret")}?`} yes=${doing.title} lead=${doing.lead} dangerous=${doing.dangerous}
      fields=${doing.asks?.(context) ?? []} first=${doing.first ?? {}} save=${begin} done="It has begun." close=${() => setDoing(null)}>
      ${doing.whom && ((values, set) => html`<${Whom} title="Who" of=${values.whom} set=${(to) => set("whom", to)} may=${may} />`)}<//>`}`;
}
