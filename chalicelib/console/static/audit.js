// Audit: what was done in the whole cluster, searched, and taken along as CSV.

import { html, useState } from "./lib/preact.js";
import { Pager, query, Search, usePage } from "./lists.js";
import { nodeTime, useSettled } from "./live.js";
import { Act, Cell, Notice, Page, Row, Table, Trouble, Waiting } from "./parts.js";
import { fetchFile, saveFile } from "./session.js";
import { full, moment, sentence, why } from "./words.js";

const HEADS = ["When (UTC)", "Who", "What", "With", "From"];
const KINDS = ["", "Secret", "Folder", "User", "Group", "Role", "Node", "Engine", "Job", "Configuration", "Licence", "Template"];
const DAY = 86_400_000;
const day = (at) => new Date(at).toISOString().slice(0, 10);

export function Audit() {
  const [text, setText] = useState("");
  const [kind, setKind] = useState("");
  const [from, setFrom] = useState(day(nodeTime() - 6 * DAY));
  const [to, setTo] = useState(day(nodeTime()));
  const [failure, setFailure] = useState(null);
  const filters = {
    "filter.searchText": useSettled(text.trim()), "filter.eventEntityType": kind,
    "filter.fromDate": from && `${from}T00:00:00`, "filter.toDate": to && `${to}T23:59:59`,
  };
  const list = usePage("security-audit-logs", filters);

  async function take() {
    setFailure(null);
    const file = await fetchFile(query("security-audit-logs/export", filters));
    saveFile(file, `conclave-audit-${to || day(nodeTime())}.csv`);
  }

  return html`<${Page} title="Audit" lead="What was done, by whom and from where. At most 31 days at once."
      actions=${html`<${Act} act=${take} failed=${setFailure} done="The file is downloaded.">Export as CSV<//>`}>
    ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    <div class="filters"><${Search} label="Search the trail" value=${text} set=${setText} />
      <label>With<select onChange=${(event) => setKind(event.target.value)}>${KINDS.map((one) => html`<option key=${one} value=${one} selected=${one === kind}>${one || "anything"}</option>`)}</select></label>
      <label>From<input type="date" value=${from} onChange=${(event) => setFrom(event.target.value)} /></label>
      <label>To<input type="date" value=${to} onChange=${(event) => setTo(event.target.value)} /></label></div>
    <${Trouble} error=${list.error} />
    ${list.data ? html`<${Table} label="Audit trail" heads=${HEADS}>${list.data.records.map((one, place) => html`<${Row} key=${`${one.dateRecorded} ${place}`}>
      <${Cell} head="When (UTC)"><time datetime=${moment(one.dateRecorded).toISOString()}>${full(moment(one.dateRecorded)).slice(0, 19)}</time><//>
      <${Cell} head="Who">${one.byUserDisplayName}<//>
      <${Cell} head="What"><strong>${sentence(one.action.toLowerCase().replaceAll("_", " ")).slice(0, -1)}</strong><small class="note wrap">${one.notes}</small><//>
      <${Cell} head="With">${one.eventEntityType} <span class="mono">${one.itemId}</span><//>
      <${Cell} head="From"><span class="mono wrap">${one.ipAddress || "–"}</span><small class="note">${one.machineName}</small><//>
    <//>`)}<//>` : !list.error && html`<${Waiting} />`}
    ${list.data && !list.data.records.length && html`<p class="quiet empty">Nothing of that kind was done in this time.</p>`}
    <${Pager} of=${list} label="the trail" />
  <//>`;
}
