// Starts the console: finds the session, shows the page that the path names, and the frame around it.

import { html, render, useEffect, useState } from "./lib/preact.js";
import { Audit } from "./audit.js";
import { Backup } from "./backup.js";
import { Configuration } from "./configuration.js";
import { DoubleLocks } from "./doublelocks.js";
import { Engines } from "./engines.js";
import { Export } from "./export.js";
import { Head } from "./frame.js";
import { Groups } from "./groups.js";
import { Health } from "./health.js";
import { Jobs } from "./jobs.js";
import { Import } from "./import.js";
import { isAway, setNodeTime, useLive, useNow } from "./live.js";
import { Licences } from "./licences.js";
import { Login } from "./login.js";
import { Mails } from "./mails.js";
import { Nodes } from "./nodes.js";
import { comeBack } from "./openid.js";
import { Notice, Page, Question } from "./parts.js";
import { Profile } from "./profile.js";
import { Queues } from "./queues.js";
import { Regions } from "./regions.js";
import { Reports } from "./reports.js";
import { Requests } from "./requests.js";
import { RolesPage } from "./roles.js";
import { Secrets } from "./secrets.js";
import { isSignedIn, resume, unlimitedUntil, watchSession } from "./session.js";
import { Templates } from "./templates.js";
import { Upgrade } from "./upgrade.js";
import { Users } from "./users.js";
import { useWay } from "./way.js";
import { full, moment, plainly, why } from "./words.js";

const PAGES = [
  { path: "secrets", title: "Secrets", section: "Vault", view: Secrets, needs: "View Secret" },
  { path: "requests", title: "Requests", section: "Vault", view: Requests, needs: "View Secret" },
  { path: "reports", title: "Reports", section: "Vault", view: Reports, needs: "View Secret" },
  { path: "doublelocks", title: "DoubleLocks", section: "Vault", view: DoubleLocks, needs: "View Secret" },
  { path: "import", title: "Import", section: "Vault", view: Import, needs: "Add Secret" },
  { path: "export", title: "Export", section: "Vault", view: Export, needs: "Administer Export" },
  { path: "templates", title: "Templates", section: "Vault", view: Templates, needs: "View Secret Templates" },
  { path: "users", title: "Users", section: "People", view: Users, needs: "View Users" },
  { path: "groups", title: "Groups", section: "People", view: Groups, needs: "View Groups" },
  { path: "roles", title: "Roles", section: "People", view: RolesPage, needs: "View Roles" },
  { path: "audit", title: "Audit", section: "People", view: Audit, needs: "View User Audit Report" },
  { path: "nodes", title: "Server Nodes", section: "Cluster", view: Nodes, needs: "View Nodes", standby: true },
  { path: "diagnostics", title: "Diagnostics", section: "Cluster", view: Diagnostics, needs: "View Configuration" },
  { path: "configuration", title: "Configuration", section: "Cluster", view: Configuration, needs: "View Configuration" },
  { path: "licences", title: "Licences", section: "Cluster", view: Licences, needs: "View Licenses" },
  { path: "backup", title: "Backup", section: "Cluster", view: Backup, needs: "View Backup" },
  { path: "upgrade", title: "Upgrade", section: "Cluster", view: Upgrade, needs: "View Nodes" },
  { path: "profile", title: "Your profile", section: "", view: Profile, enrolling: true },
];

function Diagnostics({ health, may }) {
  return html`<${Page} title="Diagnostics">
    <${Health} health=${health} /><${Jobs} /><${Queues} /><${Engines} /><${Mails} may=${may} /><${Regions} />
  <//>`;
}

function App() {
  const [ready, setReady] = useState(false);
  const [came, setCame] = useState(null);
  const [, redraw] = useState(0);
  const seen = useLive("healthcheck", 8);
  const health = seen.data && { ...seen.data, healthy: seen.data.Healthy };
  const standby = health?.inCluster === false;
  useEffect(() => {
    const leave = watchSession(() => redraw((times) => times + 1));
    resume().then(comeBack).then(setCame).finally(() => setReady(true));
    return leave;
  }, []);
  if (seen.data) setNodeTime(moment(seen.data.utcNow));
  if (!ready) return html`<p class="waiting starting" role="status">Conclave…</p>`;
  if (!isSignedIn()) return html`<${Login} standby=${standby} came=${came} />`;
  return html`<${Signed} seen=${seen} health=${health} standby=${standby} came=${came} />`;
}

/** What somebody who is signed in sees. What he may see is asked for again now and then. */
function Signed({ seen, health, standby, came }) {
  const way = useWay();
  const { data: who, error } = useLive("users/current", 60);
  const held = who?.permissions.map((one) => one.name);
  const may = (name) => !name || (held ? held.includes(name) : true); // the API decides, not this
  const licence = useLive(held?.includes("View Licenses") && "licenses/summary", 30);
  const factor = useLive(!standby && "users/current/two-factor", 0);
  const enrols = Boolean(factor.data?.enrolling);
  const inbox = useLive(factor.data && !enrols && "inbox/message-types?includeCurrentUserMessageCounts=true", 30);
  const unread = inbox.data?.reduce((sum, one) => sum + (one.notificationCount ?? 0), 0);
  const open = PAGES.filter((page) => (enrols ? page.enrolling : page.standby || !standby));
  const listed = open.filter((one) => one.section && (held || error ? may(one.needs) : !one.needs));
  const named = open.find((one) => one.path === way.path);
  const page = named ?? (enrols ? open[0] : held || standby || error ? listed[0] ?? open.at(-1) : null);
  useEffect(() => {
    if (!named && page) way.put(page.path);
  }, [named, page]);
  if (!page) return html`<p class="waiting starting" role="status">Conclave…</p>`;
  return html`<a class="skip" href="#main">Skip to the page</a>
    <${Head} pages=${listed} page=${page} go=${way.go} health=${health} who=${who?.displayName || who?.userName || ""} unread=${unread} />
    <main id="main" tabindex="-1">
      <${Modes} health=${health} standby=${standby} licence=${licence.data} />
      ${seen.error && html`<${Notice}>${why(seen.error)}<//>`}
      ${came && html`<${Notice}>${why(came)}<//>`}
      <${Away} />
      ${may(page.needs) ? html`<${page.view} key=${page.path} health=${health} may=${may} licence=${licence}
        who=${who} at=${way.query} go=${way.go} enrols=${enrols} told=${factor.again} recount=${inbox.again} />`
        : html`<${Page} title=${page.title}><${Notice} tone="warn">This page needs the role permission <strong>${page.needs}</strong>.<//><//>`}
    </main>
    ${way.leaving !== null && html`<${Question} title="Leave without saving?" yes="Leave" dangerous onYes=${way.leave} onNo=${way.stay}>
      What you have changed on this page is not saved, and would be lost.<//>`}`;
}

/** What this node does not do now, on every page. */
function Modes({ health, standby, licence }) {
  const elsewhere = health?.problems.find((one) => /This cluster is a replica|The writing region|; the writing region/.test(one));
  return html`${unlimitedUntil() && html`<${Notice} tone="warn"><strong>Unlimited administration is on</strong>, until ${full(moment(unlimitedUntil())).slice(0, 16)} UTC: whoever may
      use it reaches every secret. All of it is on the trail.<//>`}${standby && html`<${Notice} tone="warn"><strong>This node is not in the cluster.</strong> It is a standby:
      it runs no role and serves nothing but this page. Tick In Cluster to take it in, or use another node.<//>`}
    ${(health?.readOnlyMode || elsewhere) && html`<${Notice} tone="warn">${elsewhere ? html`<strong>Read-only.</strong> ${elsewhere}`
      : html`<strong>Maintenance mode.</strong> This node changes nothing in the vault; reading goes on.`}<//>`}
    ${licence?.viewOnly && html`<${Notice} tone="warn"><strong>View-only.</strong> ${plainly(licence.viewOnlyReason)}<//>`}`;
}

/** The page stands still when nobody has touched the machine for long, so that the session can end. */
function Away() {
  useNow();
  return isAway() && html`<${Notice} tone="warn">Nobody was here for a while, so this page stands still.
    It goes on as soon as you move.<//>`;
}

render(html`<${App} />`, document.getElementById("app"));
