// What stands before the values of a secret, and checking it out and in.

import { html } from "./lib/preact.js";
import { Ask, Granted, isOpen, OPEN_FOR } from "./access.js";
import { Act, Notice } from "./parts.js";
import { count } from "./words.js";

const STANDS = {
  CannotView: "You may know that this secret exists, and not see what is in it.",
  RequiresCheckout: "Its values are shown to whoever has checked it out.",
  RequiresCheckoutAndComment: "Its values are shown to whoever has checked it out and said what for.",
  RequiresCheckoutPendingRPC: "Its password is being changed, or hooks run, for its last or its next checkout. It can be checked out when that is over.",
  RequiresComment: "Its values are shown to whoever says what they are needed for.",
  RequiresApproval: "Its values are shown to whom somebody has approved.",
  RequiresDoubleLockPassword: "Its values are under a second password.",
  CreateDoubleLockPassword: "Its values are under a DoubleLock, and you have no second password yet. Make one, and have a holder of the lock add you.",
  DoubleLockNoAccess: "Its values are under a DoubleLock that you do not hold. One of its holders can add you.",
  RequiresUndelete: "It is deleted.",
};

/**
 * Why the values are not shown, in the state's terms, and what one may do about it.
 * opened: see values.js; open, shut: called to show the values with a second password, and to hide them
 */
export function Barrier({ of, who, again, opened, open, shut }) {
  const { secretState: stands, isCheckedOut, isCheckedOutByCurrentUser: mine, checkedOutUserDisplayName: holder, checkOutMinutesRemaining: left } = of.state;
  if (isCheckedOut && mine) return html`<${Notice} tone="busy">Checked out by you, for ${count(left ?? 0, "more minute")}.<//>`;
  if (isCheckedOut) return html`<${Notice} tone="warn">Checked out by <strong>${holder}</strong>, for ${count(left ?? 0, "more minute")} at most.<//>`;
  if (stands === "None") return of.state.approvalEnd ? html`<${Granted} of=${of} who=${who} again=${again} />` : null;
  if (isOpen(of.state, opened)) return html`<${Notice} tone="busy"><div class="beside-it"><span>Open by your second password, for ${OPEN_FOR / 60_000} minutes.</span>
    <button type="button" onClick=${shut}>Shut it</button></div><//>`;
  return html`<${Notice} tone="warn"><div class="beside-it"><span>${STANDS[stands] ?? `Its values are not shown now: ${stands}.`}</span>
    <span class="request"><${Ask} of=${of} who=${who} again=${again} open=${open} /></span></div><//>`;
}

export function Checkout({ of, attempt, failed }) {
  const { actions, availableActions } = of.state;
  const path = `secrets/${of.id}`;
  return html`${actions.includes("Checkout") && html`<${Act} class="main" act=${() => attempt("POST", `${path}/check-out`)} failed=${failed} done="Checked out.">Check out<//>`}
    ${actions.includes("Checkin") && html`<${Act} class="main" act=${() => attempt("POST", `${path}/check-in`, {})} failed=${failed} done="Checked in.">Check in<//>`}
    ${actions.includes("ForceCheckin") && html`<${Act} class="danger" act=${() => attempt("POST", `${path}/check-in`, { forceCheckIn: true })} failed=${failed} done="Checked in.">Check in by force<//>`}
    ${availableActions.extendCheckOut && html`<${Act} act=${() => attempt("POST", `${path}/extend-check-out`, { data: {} })} failed=${failed} done="Extended.">Extend<//>`}`;
}
