"""The page that a standby sends browsers to. Static, anonymous, no script, names nothing."""

from __future__ import annotations

CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Server Nodes</title></head>
<body>
<h1>Server Nodes</h1>
<p>If you were sent here, this node is not in the cluster: it is a standby. It runs no role and
serves nothing but this page, the API of nodes, login and health. Go to another node of the
cluster, or have an administrator take this one in.</p>
<h2>Taking a node in</h2>
<p>Any node answers these calls, this one too. They need the role permissions View Nodes and
Administer Nodes.</p>
<pre>
curl -d grant_type=password -d username=... -d password=... &lt;root&gt;/oauth2/token

curl -H "Authorization: Bearer ..." &lt;root&gt;/api/v1/nodes

curl -X PUT -H "Authorization: Bearer ..." -H "Content-Type: application/json" \\
  -d '{"inCluster": true, "enableBackgroundWorker": true, "enableEngineWorker": true,
       "enableSessionRecordingWorker": true}' \\
  &lt;root&gt;/api/v1/nodes/&lt;nodeId&gt;/configuration
</pre>
<p>Here, &lt;root&gt; is the address of this page without <code>/nodes</code>.</p>
</body>
</html>
"""
