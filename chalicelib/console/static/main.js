// Starts the console: finds the session, shows the page that the path names, and the frame around it.

import { html, render, useEffect, useRef, useState } from "./lib/preact.js";
import { Backup } from "./backup.js";
import { Configuration } from "./configuration.js";
import { Engines } from "./engines.js";
import { hasUnsaved } from "./forms.js";
import { Health } from "./health.js";
import { Jobs } from "./jobs.js";
import { isAway, setNodeTime, useLive, useNow } from "./live.js";
import { Licences } from "./licences.js";
import { Login } from "./login.js";
import { Nodes } from "./nodes.js";
import { Badge, Notice, Page, Question } from "./parts.js";
import { Queues } from "./queues.js";
import { Regions } from "./regions.js";
import { isSignedIn, resume, ROOT, signOut, watchSession } from "./session.js";
import { Upgrade } from "./upgrade.js";
import { moment, plainly, why } from "./words.js";

const PAGES = [
  { path: "nodes", title: "Server Nodes", view: Nodes, standby: true },
  { path: "diagnostics", title: "Diagnostics", view: Diagnostics, needs: "View Configuration" },
  { path: "configuration", title: "Configuration", view: Configuration, needs: "View Configuration" },
  { path: "licences", title: "Licences", view: Licences, needs: "View Licenses" },
  { path: "backup", title: "Backup", view: Backup, needs: "View Backup" },
  { path: "upgrade", title: "Upgrade", view: Upgrade, needs: "View Nodes" },
];
const FIRST = PAGES[0];

function Diagnostics({ health }) {
  return html`<${Page} title="Diagnostics">
    <${Health} health=${health} /><${Jobs} /><${Queues} /><${Engines} /><${Regions} />
  <//>`;
}

function App() {
  const [ready, setReady] = useState(false);
  const [, redraw] = useState(0);
  const seen = useLive("healthcheck", 8);
  const health = seen.data && { ...seen.data, healthy: seen.data.Healthy };
  const standby = health?.inCluster === false;
  useEffect(() => {
    const leave = watchSession(() => redraw((times) => times + 1));
    resume().finally(() => setReady(true));
    return leave;
  }, []);
  if (seen.data) setNodeTime(moment(seen.data.utcNow));
  if (!ready) return html`<p class="waiting starting" role="status">Conclave…</p>`;
  if (!isSignedIn()) return html`<${Login} standby=${standby} />`;
  return html`<${Signed} seen=${seen} health=${health} standby=${standby} />`;
}

/** What somebody who is signed in sees. What he may see is asked for again now and then. */
function Signed({ seen, health, standby }) {
  const way = useWay();
  const { data: who, error } = useLive("users/current", 60);
  const held = who?.permissions.map((one) => one.name);
  const may = (name) => !name || (held ? held.includes(name) : true); // the API decides, not this
  const licence = useLive(held?.includes("View Licenses") && "licenses/summary", 30);
  const open = PAGES.filter((page) => page.standby || !standby);
  const page = open.find((one) => one.path === way.path) ?? FIRST;
  if (page.path !== here()) history.replaceState(null, "", new URL(page.path, ROOT));
  const listed = open.filter((one) => (held || error ? may(one.needs) : !one.needs));
  return html`<a class="skip" href="#main">Skip to the page</a>
    <${Head} pages=${listed} page=${page} go=${way.go} health=${health} who=${who?.displayName || who?.userName || ""} />
    <main id="main" tabindex="-1">
      <${Modes} health=${health} standby=${standby} licence=${licence.data} />
      ${seen.error && html`<${Notice}>${why(seen.error)}<//>`}
      <${Away} />
      ${may(page.needs) ? html`<${page.view} key=${page.path} health=${health} may=${may} licence=${licence} />`
        : html`<${Page} title=${page.title}><${Notice} tone="warn">This page needs the role permission <strong>${page.needs}</strong>.<//><//>`}
    </main>
    ${way.leaving !== null && html`<${Question} title="Leave without saving?" yes="Leave" dangerous onYes=${way.leave} onNo=${way.stay}>
      What you have changed on this page is not saved, and would be lost.<//>`}`;
}

function Head({ pages, page, go, health, who }) {
  return html`<header>
    <a class="brand" href=${new URL(FIRST.path, ROOT)} onClick=${(event) => go(event, FIRST.path)}>
      <span class="mark" aria-hidden="true"><span></span></span>Conclave</a>
    <nav aria-label="Pages">${pages.map((one) => html`<a key=${one.path} href=${new URL(one.path, ROOT)}
      aria-current=${one.path === page.path ? "page" : null} onClick=${(event) => go(event, one.path)}>${one.title}</a>`)}</nav>
    <div class="who"><${Badge} tone=${health ? (health.healthy ? "good" : "bad") : "off"}>
      ${health ? (health.healthy ? "healthy" : "not healthy") : "asking"}<//><span>${who}</span><button type="button" class="plain" onClick=${signOut}>Sign out</button></div>
  </header>`;
}

/** What this node does not do now, on every page. */
function Modes({ health, standby, licence }) {
  const elsewhere = health?.problems.find((one) => /This cluster is a replica|The writing region|; the writing region/.test(one));
  return html`${standby && html`<${Notice} tone="warn"><strong>This node is not in the cluster.</strong> It is a standby:
      it runs no role and serves nothing but this page. Tick In Cluster to take it in, or use another node.<//>`}
    ${(health?.readOnlyMode || elsewhere) && html`<${Notice} tone="warn">${elsewhere ? html`<strong>Read-only.</strong> ${elsewhere}`
      : html`<strong>Maintenance mode.</strong> This node changes nothing in the vault; reading goes on.`}<//>`}
    ${licence?.viewOnly && html`<${Notice} tone="warn"><strong>View-only.</strong> ${plainly(licence.viewOnlyReason)}<//>`}`;
}

/** Which page is shown. Leaving one with something unsaved on it asks first. */
function useWay() {
  const [path, setPath] = useState(here());
  const [leaving, setLeaving] = useState(null);
  const shown = useRef(path);
  shown.current = path;
  useEffect(() => {
    function moved() {
      if (here() === shown.current) return;
      if (!hasUnsaved()) return setPath(here());
      setLeaving(here());
      history.pushState(null, "", new URL(shown.current, ROOT));
    }
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);

  function show(to) {
    setLeaving(null);
    history.pushState(null, "", new URL(to, ROOT));
    setPath(to);
  }

  function go(event, to) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (to !== path && hasUnsaved()) setLeaving(to);
    else show(to);
  }

  return { path, leaving, go, leave: () => show(leaving), stay: () => setLeaving(null) };
}

/** The page stands still when nobody has touched the machine for long, so that the session can end. */
function Away() {
  useNow();
  return isAway() && html`<${Notice} tone="warn">Nobody was here for a while, so this page stands still.
    It goes on as soon as you move.<//>`;
}

function here() {
  return location.pathname.slice(ROOT.pathname.length).replace(/\/+$/, "");
}

render(html`<${App} />`, document.getElementById("app"));
