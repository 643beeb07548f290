// Export: secrets in one encrypted file, which is fetched once. Where two people are needed, another decides first.

import { html, useEffect, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { byPath, choices } from "./folders.js";
import { useLive } from "./live.js";
import { Act, Ago, Badge, Card, Cell, Facts, Notice, Page, Row, Table, Trouble, Waiting } from "./parts.js";
import { call, fetchFile, saveFile } from "./session.js";
import { count, full, moment, sentence, why } from "./words.js";

const PATH = "v2:secrets/export";
const MOVING = ["waiting", "running"];
const SAID = {
  waiting: ["warn", "It waits for a second person, a day at most. Come back to this address when it is decided."],
  denied: ["bad", "It was denied."], running: ["busy", "It is being copied."], ready: ["good", "It is ready, to be fetched once."],
  fetched: ["off", "It was fetched, and is gone here."], ended: ["bad", "It ended before its time."], expired: ["off", "Its time is over: ask for another one."],
};

export function Export({ at, go }) {
  const options = useLive(PATH, 0);
  const folders = useLive("folders?take=1000", 0);
  const [asking, setAsking] = useState(false);
  const job = at.get("job");
  async function ask({ once, folderId, ...data }) {
    if (data.password !== once) throw Object.assign(new Error("The two differ."), { status: 400, field: "once" });
    return call("POST", `${PATH}/job`, { data: { ...data, folderId: Number(folderId) > 0 ? Number(folderId) : null } });
  }
  const of = options.data;
  const fields = of && [
    { name: "notes", label: "What for", kind: "notes", about: /notes/i },
    { name: "folderId", label: "Of", kind: "choice", options: choices(byPath(folders.data?.records ?? []), "all folders"), about: /folder|secret/i },
    { name: "exportChildFolders", label: "With the folders below it", kind: "switch" },
    { name: "exportFolderPath", label: "With each secret's folder", kind: "switch" },
    { name: "exportFormat", label: "As", kind: "choice", options: of.formats.map((one) => [one, one.toUpperCase()]) },
    { name: "password", label: "Password of the file", kind: "password", complete: "off", about: /password/i, hint: `${of.minPasswordLength} characters at least. Nobody can open the file without it.` },
    { name: "once", label: "Once more", kind: "password", complete: "off", about: /differ/ },
  ];
  const action = of && html`<button type="button" class="main" onClick=${() => setAsking(true)}>Export…</button>`;
  return html`<${Page} title="Export" lead="What you may see, in one encrypted ZIP. Every secret in it is on the trail." actions=${action}>
    <${Trouble} error=${options.error ?? folders.error} />
    ${job && html`<${Job} key=${job} id=${job} folders=${folders.data?.records ?? []} />`}
    ${of ? html`<${Card} title="How it goes"><${Facts} of=${[
      ["At once", `${of.maxSecrets.toLocaleString("en")} secrets at most`, "and 4 MB: larger folders one by one"],
      ["Decided by", of.dualControl ? "a second person, before anything is copied" : "you alone"],
      ["Left out", "files, history, and what is kept from you at that moment", "as by a checkout, an approval or a comment: it is named here then"],
    ]} /><//>` : !options.error && html`<${Waiting} />`}
    ${asking && html`<${Form} title="Export secrets" yes="Ask for it" fields=${fields} save=${ask} then=${({ jobId }) => go(null, `export?job=${jobId}`)} done="The export is asked for." close=${() => setAsking(false)}
      first=${{ notes: "", folderId: -1, exportChildFolders: true, exportFolderPath: true, exportFormat: of.formats[0], password: "", once: "" }} />`}
  <//>`;
}

const scope = (one, folders) => (one.folderId ? `${folders.find((each) => each.id === one.folderId)?.folderPath ?? `folder ${one.folderId}`}${one.exportChildFolders ? ", and what is below it" : ""}` : "all secrets");

function Job({ id, folders }) {
  const [failure, setFailure] = useState(null);
  const [moving, setMoving] = useState(true);
  const { data: of, error, again } = useLive(`${PATH}/${id}/details`, moving ? 2 : 0);
  useEffect(() => {
    if (of) setMoving(MOVING.includes(of.status));
  }, [of]);
  async function fetchIt() {
    saveFile(await fetchFile(`${PATH}/job/${id}`), `conclave-export-${of.requestedAt.slice(0, 10)}.zip`);
    again();
  }
  if (!of) return html`<${Card} title="Your export"><${Trouble} error=${error} />${!error && html`<${Waiting} />`}<//>`;
  const [tone, words] = SAID[of.status] ?? ["off", of.status];
  return html`<${Card} title="Your export" badge=${html`<${Badge} tone=${tone}>${of.status}<//>`}>
    <${Trouble} error=${error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    <p role="status">${words}</p>
    ${of.status === "running" && html`<progress aria-label="Export" max="100" value=${of.percentageComplete}></progress>`}
    ${of.status === "ready" && html`<div class="actions"><${Act} class="main" act=${fetchIt} failed=${setFailure} done="The file is downloaded.">Download<//></div>`}
    <${Facts} of=${[
      ["Of", scope(of, folders)], ["What for", html`<span class="wrap">${of.notes}</span>`], ["Asked for", html`<${Ago} at=${of.requestedAt} />`],
      of.secretCount > 0 && ["Copied", `${of.exportedCount} of ${count(of.secretCount, "secret")}`],
      of.availableUntil && of.status === "ready" && ["Until", `${full(moment(of.availableUntil)).slice(0, 16)} UTC`],
    ]} />
    ${of.leftOut.length > 0 && html`<details open=${of.leftOut.length <= 5}><summary>${count(of.leftOut.length, "secret")} left out</summary>
      <ul class="faults" role="list">${of.leftOut.map((one) => html`<li><strong class="wrap">${one.itemName}</strong> <span class="wrap">${one.errorMessage}</span></li>`)}</ul></details>`}
  <//>`;
}

/** Exports that wait for a second person: on the page of requests. */
export function ExportsWaiting({ decides, who }) {
  const { data, error, again } = useLive(`${PATH}/waiting`, 30);
  const ids = [...new Set((data ?? []).map((one) => one.requestedByUserId))];
  const people = useLive(ids.length > 0 && `users/lookup?take=200&${ids.map((one, place) => `filter.userIds[${place}]=${one}`).join("&")}`, 0);
  const [doing, setDoing] = useState(null); // {one, approve}
  if (!data?.length && !error) return null;
  const name = (one) => people.data?.records.find((each) => each.id === one.requestedByUserId)?.value ?? `user ${one.requestedByUserId}`;
  const button = (one, approve, title) => html`<button type="button" class="small" aria-label=${`${title} the export of ${name(one)}`} onClick=${() => setDoing({ one, approve })}>${title}…</button>`;
  async function save({ notes }) {
    try {
      await call("POST", `${PATH}/${doing.one.jobId}/decision`, { approve: doing.approve, notes });
    } finally {
      again();
    }
  }
  return html`<section aria-labelledby="exports"><div class="title small"><h2 id="exports">Exports that wait for a second person</h2></div>
    <${Trouble} error=${error} />
    ${data?.length > 0 && html`<${Table} label="Exports that wait for a second person" heads=${["Who", "Of", "What for", "Actions"]}>${data.map((one) => html`<${Row} key=${one.jobId}>
      <${Cell} head="Who">${name(one)}<small class="note"><${Ago} at=${one.requestedAt} /></small><//>
      <${Cell} head="Of">${scope(one, [])}<//>
      <${Cell} head="What for"><span class="wrap">${one.notes}</span><//>
      <${Cell} head="Actions">${one.requestedByUserId === who?.id ? html`<span class="quiet">yours: another decides</span>`
        : decides && html`<div class="actions">${button(one, true, "Let")}${button(one, false, "Deny")}</div>`}<//>
    <//>`)}<//>`}
    ${doing && html`<${Form} title=${`${doing.approve ? "Let" : "Deny"} the export of ${name(doing.one)}?`} yes=${doing.approve ? "Let it begin" : "Deny"} dangerous=${doing.approve}
      lead=${`${sentence(scope(doing.one, []))} ${doing.approve ? "Whoever has the file and its password has the secrets." : ""}`} fields=${[{ name: "notes", label: "What you say to it", kind: "notes", about: /notes/i }]}
      first=${{ notes: "" }} save=${save} done="It is decided." close=${() => setDoing(null)} />`}
  </section>`;
}
