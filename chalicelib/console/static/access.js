// What one gives, or asks others for, before the values of a secret are shown: a comment, an approval, a
// second password. That password goes in the bodies of requests only, and is held by a function for a while.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { useLive } from "./live.js";
import { Act, Ago, Notice } from "./parts.js";
import { call, fetchFile } from "./session.js";
import { full, moment, sentence } from "./words.js";

export const OPEN_FOR = 5 * 60_000;
export const PLAIN = "?withoutHidden=true"; // all that is not hidden, in one look

const UNDER_LOCK = "RequiresDoubleLockPassword";
const TICKET = { name: "ticketNumber", label: "Ticket number", about: /ticket/i, hint: "If there is one." };
export const SECOND = { name: "doubleLockPassword", label: "Second password", kind: "password", complete: "off", about: /double.?lock|second password/i };

/** What a new second password is made of. */
export const MAKE = [{ ...SECOND, name: "newPassword", label: "New second password", about: /password/i, hint: "12 characters at least; not the one that you sign in with. Nobody else can replace it." },
  { ...SECOND, name: "once", label: "Once more", about: /differ/ }];
export const LOST = { name: "loginPassword", label: "The password that you sign in with", kind: "password", current: true, about: /password is not right/i };

export function twice(one, other) {
  if (one !== other) throw Object.assign(new Error("The two differ."), { status: 400, field: "once" });
}

/**
 * How the values of a secret are read: {value, file, form, locked}, each for what is below it; body: what
 * changes of them are sent in.
 * second: the password of its DoubleLock, which only this function's answers know; "" for none
 */
export function reader(id, second = "") {
  const to = (rest) => (second ? ["POST", `secrets/${id}/restricted${rest}`, { doubleLockPassword: second, noAutoCheckout: true }] : ["GET", `secrets/${id}${rest}`]);
  return {
    locked: Boolean(second),
    value: (rest) => call(...to(rest)),
    file(rest) {
      const [method, path, body] = to(rest);
      return fetchFile(path, method, body);
    },
    body: (given) => (second ? { ...given, doubleLockPassword: second } : given),
    form(file) {
      const form = new FormData();
      if (second) form.append("doubleLockPassword", second);
      form.append("file", file);
      return form;
    },
  };
}

/** Whether values are shown now: nothing stands before them, or the second password was given. */
export const isOpen = (state, opened = null) => state.secretState === "None" || (state.secretState === UNDER_LOCK && opened !== null);

const day = (text) => `${full(moment(text)).slice(0, 16)} UTC`;

/** What may be done about what stands before the values. open: given how they are read, and the first of them. */
export function Ask({ of, who, again, open }) {
  const stands = of.state.secretState;
  if (stands === "RequiresComment" || stands === "RequiresCheckoutAndComment") return html`<${Comment} of=${of} again=${again} />`;
  if (stands === "RequiresApproval") return html`<${Approval} of=${of} who=${who} again=${again} />`;
  if (stands === UNDER_LOCK) return html`<${Second} of=${of} open=${open} />`;
  return stands === "CreateDoubleLockPassword" && html`<${MakeSecond} again=${again} />`;
}

/** A button that brings up a form. */
function Asking({ title, heading, ...form }) {
  const [shown, setShown] = useState(false);
  return html`<button type="button" onClick=${() => setShown(true)}>${title}</button>
    ${shown && html`<${Form} title=${heading} ...${form} close=${() => setShown(false)} />`}`;
}

function Comment({ of, again }) {
  async function save(said) {
    await call("POST", `secret-access-requests/secrets/${of.id}/view-comment`, said);
    again();
  }
  const fields = [{ name: "comment", label: "What for", kind: "notes", about: /comment/i }, TICKET];
  return html`<${Asking} title="Say what for…" heading="What is it needed for?" yes="Go on" fields=${fields} first=${{ comment: "", ticketNumber: "" }} save=${save}
    lead="It goes onto the trail with whatever you look at, and counts for 15 minutes, or as long as the checkout lasts." done="It is on the trail." />`;
}

/** One's newest request for the secret. */
function useRequest(of, who, seconds) {
  const live = useLive(who && `secret-access-requests/secrets/${of.id}?take=50`, seconds);
  return { ...live, mine: live.data?.records.find((one) => one.requestingUserId === who?.id) };
}

function Approval({ of, who, again }) {
  const request = useRequest(of, who, 8);
  const { mine } = request;
  const waits = mine?.status === "Pending";
  const waiting = useLive(waits && `secret-access-requests/${mine.secretAccessRequestId}/pending`, 0);
  const now = () => { request.again(); again(); };
  async function ask(said) {
    const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value));
    await call("POST", "secret-access-requests", { secretId: of.id, ...given });
    now();
  }
  const fields = [
    { name: "requestComment", label: "What for", kind: "notes", about: /comment/i }, TICKET,
    { name: "startDate", label: "From (UTC)", kind: "moment", about: /start|begin/i, hint: "Empty: from now on." },
    { name: "expirationDate", label: "Until (UTC)", kind: "moment", about: /expir|until|end/i, hint: "Empty: for a day." },
  ];
  if (!request.data) return null;
  return html`<span class="grow">${mine && html`<${Stands} of=${mine} />`}
      ${waits && waiting.data?.currentStepApprovers.length > 0 && html`<small class="note">It waits for ${waiting.data.currentStepApprovers.join(", ")}.</small>`}</span>
    ${waits || mine?.status === "Approved" ? html`<${Cancel} of=${mine} again=${now}>Cancel the request<//>`
      : html`<${Asking} title="Request access…" heading=${`Request access to ${of.name}`} yes="Ask for it" fields=${fields} save=${ask}
        first=${{ requestComment: "", ticketNumber: "", startDate: "", expirationDate: "" }} done="Your request is on its way." />`}`;
}

/** How a request stands, in words. */
export function Stands({ of: one }) {
  const by = one.approverDisplayName && ` by ${one.approverDisplayName}`;
  const words = {
    Pending: html`You asked <${Ago} at=${one.requestDate} />, for ${day(one.startDate)} to ${day(one.expirationDate)}.`,
    Approved: `Approved${by}, from ${day(one.startDate)} to ${day(one.expirationDate)}.`,
    Denied: `Denied${by}.`, Canceled: "Your last request was taken back.", Expired: "Your last request is over.",
  };
  return html`<span>${words[one.status] ?? one.status}</span>${one.responseComment && html`<small class="note wrap">${sentence(one.responseComment)}</small>`}`;
}

export function Cancel({ of: one, again, children, ...rest }) {
  const cancel = () => call("PUT", "secret-access-requests", { secretAccessRequestId: one.secretAccessRequestId, status: "Canceled" }).finally(again);
  return html`<${Act} act=${cancel} done="It is canceled." ...${rest}>${children}<//>`;
}

/** Access that was granted, for as long as it lasts. */
export function Granted({ of, who, again }) {
  const { mine } = useRequest(of, who, 0);
  return html`<${Notice} tone="busy"><div class="beside-it"><span>You have access until ${day(of.state.approvalEnd)}${mine?.approverDisplayName && `, by ${mine.approverDisplayName}`}.</span>
    ${mine?.status === "Approved" && html`<${Cancel} of=${mine} again=${again}>Give it back<//>`}</div><//>`;
}

function Second({ of, open }) {
  async function save({ doubleLockPassword: second }) {
    const by = reader(of.id, second);
    open({ by, first: await by.value(PLAIN) });
  }
  return html`<${Asking} title="Open…" heading=${`Open ${of.name}`} yes="Open" fields=${[SECOND]} first=${{ doubleLockPassword: "" }} save=${save}
    lead="Your second password, not the one that you sign in with. The secret stays open here for 5 minutes, or until you leave it." done="It is open." />`;
}

function MakeSecond({ again }) {
  async function save({ newPassword, once }) {
    twice(newPassword, once);
    await call("PUT", "users/doublelock-password", { newPassword });
    again();
  }
  return html`<${Asking} title="Make one…" heading="A second password" fields=${MAKE} first=${{ newPassword: "", once: "" }} save=${save} done="It is made." />`;
}
