// What a secret asks of those who have the right to it: shown to who may view it, changed by its owners.

import { html, useEffect, useState } from "./lib/preact.js";
import { SECOND } from "./access.js";
import { Form } from "./dialogs.js";
import { dirty } from "./forms.js";
import { useLive } from "./live.js";
import { Act, Badge, Card, Facts, Trouble, Waiting } from "./parts.js";
import { Terms } from "./secretforms.js";
import { call } from "./session.js";
import { Whom } from "./whom.js";

const ASKING = [["None", "nobody"], ["RequireApproval", "who may only view it"], ["RequireEditorsApproval", "everybody but its owners"],
  ["RequireEveryoneApproval", "everybody, its owners too"]];
const MAILS = { sendEmailWhenChanged: "it is changed", sendEmailWhenViewed: "somebody looks at it", sendEmailWhenHeartbeatFails: "its heartbeat fails" };
const NONE = "0";

/** changed: how often something was done here; again: called after each change. */
export function Security({ of, who, may, changed, failed, again }) {
  const sees = of.active && of.state.actions.includes("ViewSecurity");
  const terms = useLive(sees && `secrets/${of.id}/security`, 0);
  const settings = useLive(sees && `secrets/${of.id}/settings`, 0);
  const [doing, setDoing] = useState("");
  useEffect(() => {
    if (changed) for (const one of [terms, settings]) one.again();
  }, [changed]);
  const now = terms.data;
  if (!sees) return null;
  if (!now || !settings.data) return html`<${Card} title="Security"><${Trouble} error=${terms.error ?? settings.error} />${!terms.error && !settings.error && html`<${Waiting} />`}<//>`;
  const allows = (action) => of.state.actions.includes(action);
  const button = (name, title) => html`<button type="button" class="small" onClick=${() => setDoing(name)}>${title}</button>`;
  async function turnComment() {
    await call("PATCH", `v2:secrets/${of.id}/security-general`, dirty({ requiresComment: !now.requiresComment }));
    again();
  }
  const mails = Object.entries(MAILS).filter(([name]) => settings.data[name]).map(([, words]) => words);
  const shared = { of, terms: now, again, close: () => setDoing("") };
  return html`<${Card} title="Security"><${Facts} of=${[
      ["Comment", now.requiresComment ? "who looks at its values says what for" : "not asked for",
        allows("EditSecurity") && html`<${Act} class="small" act=${turnComment} failed=${failed} done="Changed.">${now.requiresComment ? "Ask for none" : "Ask for one"}<//>`],
      ["Approval", now.requireApprovalType === "None" ? "nobody has to ask" : html`asked for by ${ASKING.find(([name]) => name === now.requireApprovalType)?.[1] ?? now.requireApprovalType}, of <${Deciders} of=${now} />`,
        allows("EditSecurity") && button("approval", "Approval…")],
      ["Checkout", now.checkOutEnabled ? `one person at a time, for ${now.checkOutIntervalDisplay}${now.checkOutChangePasswordEnabled ? "; a new password after each" : ""}` : "not needed",
        allows("Edit") && button("terms", "Checkout…")],
      ["DoubleLock", now.isDoubleLock ? html`under <strong>${now.doubleLockName}</strong>: opened by a second password` : "none",
        allows("EditSecurity") && button("lock", "DoubleLock…")],
      now.passwordRequirements.requirements.length > 0 && ["Passwords must meet", now.passwordRequirements.requirements.map((one) =>
        html`<div key=${one.fieldName}>${one.fieldDisplayName}: ${one.passwordRequirementName}${one.isCustom && html` <${Badge}>its own<//>`}</div>`),
        allows("Edit") && may("View Password Requirements") && button("rules", "Requirement…")],
      ["Mails to you", mails.length ? `when ${mails.join(", or ")}` : "none", button("mails", "Mails…")],
    ]} />
    ${doing === "approval" && html`<${Approval} ...${shared} may=${may} />`}
    ${doing === "terms" && html`<${Terms} ...${shared} />`}
    ${doing === "lock" && html`<${Lock} ...${shared} who=${who} />`}
    ${doing === "rules" && html`<${Rules} ...${shared} />`}
    ${doing === "mails" && html`<${Mails} ...${shared} first=${settings.data} />`}
  <//>`;
}

const Deciders = ({ of }) => (of.workflowTemplateId ? html`the workflow <strong>${of.workflowName}</strong>`
  : of.approvers.map((one) => one.displayName).join(", ") || "nobody who is left");

/** Who has to ask, and whom: people and groups, or the steps of a workflow. */
function Approval({ of, terms, may, again, close }) {
  const flows = useLive("workflows/templates?take=100", 0);
  async function save({ requireApprovalType, workflow, approvers }) {
    const flow = Number(workflow);
    await call("PUT", `v3:secrets/${of.id}/security-approval`, dirty({ requireApprovalType, workflowTemplateId: flow || null, ...(!flow && { approvers: approvers.map((one) => one.groupId) }) }));
    again();
  }
  const offered = new Map([[NONE, "the people below"], ...(terms.workflowTemplateId ? [[terms.workflowTemplateId, terms.workflowName]] : []),
    ...(flows.data?.records ?? []).map((one) => [one.workflowTemplateId, one.name])]);
  const fields = ({ requireApprovalType: asking }) => [
    { name: "requireApprovalType", label: "Who has to ask", kind: "choice", options: ASKING },
    ...(asking !== "None" && offered.size > 1 ? [{ name: "workflow", label: "Decided by", kind: "choice", options: [...offered], about: /workflow/i }] : []),
  ];
  return html`<${Form} title="Approval" fields=${fields} save=${save} done="The rules of approval are changed." close=${close}
    first=${{ requireApprovalType: terms.requireApprovalType, workflow: terms.workflowTemplateId || NONE, approvers: terms.approvers }}>
    ${(values, set) => values.requireApprovalType !== "None" && !Number(values.workflow)
      && html`<${Whom} title="Who decides" note="Any one of them, but not about a request of their own."
        of=${values.approvers} set=${(to) => set("approvers", to)} may=${may} />`}<//>`;
}

/** Under a lock that one holds, or under none; the values are sealed anew by the second password. */
function Lock({ of, terms, who, again, close }) {
  const locks = useLive("double-locks?take=500", 0);
  const mine = locks.data?.records.filter((one) => one.userIds.includes(who?.id)) ?? [];
  async function save({ lock, doubleLockPassword }) {
    const { data } = dirty({ enableDoubleLock: Number(lock) > 0, doubleLockId: Number(lock) });
    await call("PATCH", `v2:secrets/${of.id}/security-general`, { data, doubleLockPassword });
    again();
  }
  if (!locks.data) return html`<${Trouble} error=${locks.error} />`;
  const offered = new Map([[NONE, "none"], ...(terms.isDoubleLock ? [[terms.doubleLockId, terms.doubleLockName]] : []), ...mine.map((one) => [one.id, one.name])]);
  return html`<${Form} title="DoubleLock" save=${save} done=${"The secret's lock is changed."} close=${close} first=${{ lock: terms.doubleLockId || NONE, doubleLockPassword: "" }}
    fields=${[{ name: "lock", label: "Under", kind: "choice", options: [...offered], about: /doubleLockId/i }, SECOND]}
    lead="Its values are opened by the second password of somebody who holds the lock, and by nothing else: no heartbeat, no password change, no search of them. Where all holders have lost theirs, the values are lost. You can choose among the locks that you hold." />`;
}

/** What its passwords must meet, instead of what its template says. */
function Rules({ of, terms, again, close }) {
  const { data, error } = useLive("password-requirements?take=200", 0);
  const each = terms.passwordRequirements.requirements;
  async function save(values) {
    const value = each.map(({ fieldName }) => ({ fieldName, passwordRequirementId: Number(values[fieldName]) }));
    await call("PATCH", `v2:secrets/${of.id}/security-general`, dirty({ passwordRequirements: value }));
    again();
  }
  if (!data) return html`<${Trouble} error=${error} />`;
  const options = [[NONE, "what its template says"], ...data.records.map((one) => [one.passwordRequirementId, one.name])];
  return html`<${Form} title="Passwords must meet" save=${save} done="What its passwords must meet is changed." close=${close}
    fields=${each.map((one) => ({ name: one.fieldName, label: one.fieldDisplayName, kind: "choice", options }))}
    first=${Object.fromEntries(each.map((one) => [one.fieldName, one.isCustom ? one.passwordRequirementId : NONE]))} />`;
}

function Mails({ of, first, again, close }) {
  async function save(values) {
    await call("PATCH", `secrets/${of.id}/email`, dirty(values));
    again();
  }
  const start = Object.fromEntries(Object.keys(MAILS).map((name) => [name, first[name]]));
  return html`<${Form} title="Mails to you" lead="To the address of your account, once mail is set up." save=${save} done="Your mails are changed." close=${close} first=${start}
    fields=${Object.entries(MAILS).map(([name, words]) => ({ name, label: `When ${words}`, kind: "switch" }))} />`;
}
