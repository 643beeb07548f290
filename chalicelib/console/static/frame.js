// The head of every page: where one is, where one can go, who one is.

import { html } from "./lib/preact.js";
import { Badge } from "./parts.js";
import { ROOT, signOut } from "./session.js";
import { count } from "./words.js";

export function Head({ pages, page, go, health, who, unread }) {
  const sections = [...new Set(pages.map((one) => one.section))].filter(Boolean);
  const link = (one, title, current) => html`<a key=${one.path} href=${new URL(one.path, ROOT)}
    aria-current=${current} onClick=${(event) => go(event, one.path)}>${title}</a>`;
  const first = (section) => pages.find((one) => one.section === section);
  const beside = pages.filter((one) => one.section === (page.section || sections[0]));
  return html`<header>
    <a class="brand" href=${new URL("", ROOT)} onClick=${(event) => go(event, pages[0]?.path ?? "profile")}>
      <span class="mark" aria-hidden="true"><span></span></span>Conclave</a>
    ${sections.length > 1 && html`<nav class="sections" aria-label="Sections">${sections.map((one) =>
      link(first(one), one, one === page.section ? "true" : null))}</nav>`}
    <div class="who"><${Badge} tone=${health ? (health.healthy ? "good" : "bad") : "off"}>
      ${health ? (health.healthy ? "healthy" : "not healthy") : "asking"}<//>
      ${unread > 0 && html`<a class="badge busy" href=${new URL("requests", ROOT)} aria-label=${count(unread, "new message")} onClick=${(event) => go(event, "requests")}>${unread} new</a>`}
      <a class="me" href=${new URL("profile", ROOT)} aria-current=${page.path === "profile" ? "page" : null}
        aria-label=${`Your profile: ${who}`} onClick=${(event) => go(event, "profile")}>${who}</a>
      <button type="button" class="plain" onClick=${signOut}>Sign out</button></div>
    ${page.section && html`<nav aria-label="Pages">${beside.map((one) => link(one, one.title, one === page ? "page" : null))}</nav>`}
  </header>`;
}
