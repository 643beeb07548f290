// The operations of an area of the node that this page came from, to be read and tried.
const area = new URLSearchParams(location.search).get("area");
const address = `${document.currentScript.dataset.document}?area=${encodeURIComponent(area)}`;
if (area) show();

function show() {
  SwaggerUIBundle({
    url: address,
    dom_id: "#reference",
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    filter: true,
    persistAuthorization: false,
    responseInterceptor: (answer) => (answer.url.endsWith(address) ? complete(answer) : answer),
    tagsSorter: "alpha",
    validatorUrl: null,
  });
}

/** The document says each operation in full. Told so, the library does not spend many seconds on it. */
function complete(answer) {
  answer.text = answer.text.replace("{", '{"$$$$normalized": true, ');
  return answer;
}
