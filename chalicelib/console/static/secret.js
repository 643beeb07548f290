// One secret: how it stands, its values, who had it, and what may be done with it. Opening it reads no
// password: each is asked for, and on the audit trail, when somebody wants to see or to copy it.

import { html, useEffect, useState } from "./lib/preact.js";
import { OPEN_FOR } from "./access.js";
import { Barrier, Checkout } from "./checkout.js";
import { Form } from "./dialogs.js";
import { dirty } from "./forms.js";
import { useLive } from "./live.js";
import { Act, Ago, announce, Badge, Card, Facts, Notice, Question, Trouble, Waiting } from "./parts.js";
import { Edit, Expiry } from "./secretforms.js";
import { Beat } from "./secrets.js";
import { Security } from "./security.js";
import { call } from "./session.js";
import { Sharing } from "./sharing.js";
import { Star } from "./star.js";
import { SecretTrail } from "./secrettrail.js";
import { Values } from "./values.js";
import { full, moment, sentence, why } from "./words.js";

export function Secret({ id, folders, who, may, back }) {
  const state = useLive(`secrets/${id}/state`, 8);
  const general = useLive(`secrets/secret-detail/${id}/general?includeInactive=true`, 30);
  const summary = useLive(`secrets/${id}/summary?includeInactive=true&showFavorite=true`, 30);
  const template = useLive(general.data && `secret-templates/${general.data.template}`, 0);
  const [doing, setDoing] = useState("");
  const [failure, setFailure] = useState(null);
  const [changed, setChanged] = useState(0); // how often something was done here: its trail is read anew
  const [edited, setEdited] = useState(0); // and how often values may have changed: they are
  const [opened, setOpened] = useState(null); // {by, first} once a second password was given: see values.js
  useEffect(() => {
    const timer = opened && setTimeout(() => setOpened(null), OPEN_FOR);
    return () => clearTimeout(timer);
  }, [opened]);
  const error = state.error ?? general.error ?? summary.error ?? template.error;
  const ready = state.data && general.data && summary.data && template.data;
  const close = () => setDoing("");

  function again() {
    for (const one of [state, general, summary]) one.again();
    setChanged((times) => times + 1);
  }

  function changedValues() {
    setEdited((times) => times + 1);
    again();
  }

  async function attempt(method, path, body) {
    setFailure(null);
    try {
      await call(method, path, body);
    } finally {
      again();
    }
  }

  const leave = html`<button type="button" onClick=${back}>Back to the list</button>`;
  if (!ready) return html`<div class="actions folder">${leave}</div><${Trouble} error=${error} />${!error && html`<${Waiting} />`}`;

  const actions = state.data.actions;
  const allows = (action) => actions.includes(action);
  const act = (title, path, done, more = {}) => html`<${Act} act=${() => attempt(more.method ?? "POST", path, more.body)} failed=${setFailure} done=${done}>${title}<//>`;
  const former = may("View Secret Password History") && (allows("Edit") || ["Edit", "Owner"].includes(state.data.role));
  const dialog = (name, title) => html`<button type="button" onClick=${() => setDoing(name)}>${title}</button>`;
  const one = { ...general.data, ...summary.data, state: state.data, template: template.data };
  return html`<div class="actions folder">${leave}</div>
    <${Trouble} error=${error} />
    <${Card} title=${one.name} badge=${html`${!one.active && html`<${Badge} tone="bad">deleted<//>`}`}
      lead=${`${one.secretTemplateName} · ${one.folderPath || "in no folder"}`}>
      ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
      <${Barrier} of=${one} who=${who} again=${again} opened=${opened} open=${(how) => { setOpened(how); setChanged((times) => times + 1); }} shut=${() => setOpened(null)} />
      <div class="actions">
        <${Star} of=${one} failed=${setFailure} again=${again} />
        <${Checkout} of=${one} attempt=${attempt} failed=${setFailure} />
        ${allows("Edit") && dialog("edit", "Edit…")}
        ${allows("Heartbeat") && act("Heartbeat now", `secrets/${id}/heartbeat`, "A heartbeat is on its way.")}
        ${allows("ChangePasswordNow") && !one.state.passwordChangePending && dialog("change", "Change password now…")}
        ${allows("StopChangePasswordNow") && one.state.passwordChangePending && act("Stop the change", `secrets/${id}/stop-password-change`, "Asked to stop.")}
        ${one.active && allows("ViewShare") && dialog("share", "Share…")}
        ${allows("Edit") && dialog("move", "Move…")}
        ${allows("Delete") && dialog("delete", "Delete…")}
        ${allows("Undelete") && act("Undelete", `v3:secrets/${id}/activate?includeInactive=true`, "The secret is back.", { method: "PUT" })}
        ${!one.active && allows("Erase") && dialog("erase", "Ask for erasing…")}
      </div>
      ${one.active && html`<${Values} of=${one} former=${former} opened=${opened} edited=${edited} failed=${setFailure} changed=${changedValues} />`}
    <//>
    <div class="groups">
      <div><${Standing} of=${one} /><${Rules} of=${one} open=${setDoing} /></div>
      <${Security} of=${one} who=${who} may=${may} changed=${changed} failed=${setFailure} again=${again} />
    </div>
    ${allows("ViewAudit") && html`<${SecretTrail} id=${id} changed=${changed} />`}
    ${doing === "edit" && html`<${Edit} of=${one} opened=${opened} close=${close} again=${changedValues} />`}
    ${doing === "move" && html`<${Move} of=${one} folders=${folders} close=${close} again=${again} />`}
    ${doing === "change" && html`<${Change} of=${one} attempt=${attempt} close=${close} />`}
    ${doing === "expiry" && html`<${Expiry} of=${one} close=${close} again=${again} />`}
    ${doing === "erase" && html`<${Erase} of=${one} close=${close} />`}
    ${doing === "share" && html`<${Sharing} of="secret" id=${id} title=${`Permissions on ${one.name}`} may=${allows("EditShare")} inherits=${one.inheritsPermissions}
      inherit=${() => attempt("PATCH", `secrets/${id}/share`, dirty({ inheritPermissions: !one.inheritsPermissions }))} close=${close} />`}
    ${doing === "delete" && html`<${Question} title=${`Delete ${one.name}?`} yes="Delete" dangerous onNo=${close}
      onYes=${async () => { close(); await attempt("DELETE", `secrets/${id}`).then(() => announce("The secret is deleted."), setFailure); }}>
      It is not shown any more and nothing is done with it. Who may see deleted secrets can bring it back.<//>`}`;
}

function Standing({ of }) {
  const { state } = of;
  const change = state.passwordChangePending ? "under way" : state.passwordChangeFailed ? "the last one failed" : "none under way";
  return html`<${Card} title="On its target"><${Facts} of=${[
    ["Heartbeat", html`<${Beat} status=${of.lastHeartBeatStatus} />`, of.lastHeartBeatCheck && moment(of.lastHeartBeatCheck) && html`last <${Ago} at=${of.lastHeartBeatCheck} />`],
    ["Password change", change, of.lastPasswordChangeAttempt && moment(of.lastPasswordChangeAttempt) && html`last tried <${Ago} at=${of.lastPasswordChangeAttempt} />`],
    of.isOutOfSync && ["Out of step", of.outOfSyncReason || "yes"],
    ["Passwords and their rules", { Pass: "kept", Fail: "not kept", Pending: "not looked at yet" }[of.passwordCompliance] ?? of.passwordCompliance],
    ["Your role", state.role || "none"],
  ]} /><//>`;
}

function Rules({ of, open }) {
  const allows = (action) => of.state.actions.includes(action);
  return html`<${Card} title="Rules"><${Facts} of=${[
    ["Expires", of.expiration, allows("EditExpiration") && html`<button type="button" class="small" onClick=${() => open("expiry")}>Expiry…</button>`],
    ["Permissions", of.inheritsPermissions ? "those of its folder" : "its own"],
    ["Made", html`${full(moment(of.createDate)).slice(0, 16)} UTC`],
  ]} /><//>`;
}

function Move({ of, folders, close, again }) {
  const options = [[-1, "no folder"], ...folders.map((one) => [one.id, one.folderPath])];
  async function save({ folder }) {
    await call("PATCH", `v2:secrets/${of.id}/general`, dirty({ folder: Number(folder) > 0 ? Number(folder) : null }));
    again();
  }
  return html`<${Form} title=${`Move ${of.name}`} yes="Move" fields=${[{ name: "folder", label: "To", kind: "choice", options, about: /folder/i }]}
    first=${{ folder: of.folderId }} save=${save} done="The secret is moved." close=${close} />`;
}

/** Out of the tables for good, once somebody has approved it. */
function Erase({ of, close }) {
  const fields = [
    { name: "requestComment", label: "Why", kind: "notes", about: /comment/i },
    { name: "eraseAfter", label: "Not before (UTC)", kind: "moment", about: /after|before/i, hint: "Empty: as soon as it is approved." },
  ];
  const save = ({ requestComment, eraseAfter }) => call("POST", "secret-erase-requests", { secretIds: [of.id], requestComment, ...(eraseAfter && { eraseAfter }) });
  return html`<${Form} title=${`Erase ${of.name} for good?`} yes="Ask for it" fields=${fields} first=${{ requestComment: "", eraseAfter: "" }} save=${save} close=${close}
    lead="Values, history and files are gone then, and nobody can bring them back but from older backups. Who may approve it decides; your request is on the page Requests."
    done="Your request is on its way." />`;
}

/** A new password on the target: made by its rules, or a given one. */
function Change({ of, attempt, close }) {
  const fields = [{ name: "newPassword", label: "New password", kind: "password", about: /password/i, hint: "Left empty, one is made by the rules of its field." }];
  const save = ({ newPassword }) => attempt("POST", `secrets/${of.id}/change-password`, newPassword ? { newPassword } : {});
  return html`<${Form} title="Change the password now?" yes="Change it" lead="On the target first, then here. The one that is in use goes on until then."
    fields=${fields} first=${{ newPassword: "" }} save=${save} done="The change is on its way." close=${close} />`;
}
