// The operations of the node that this page came from, to be read and tried.
const here = document.currentScript.dataset;
SwaggerUIBundle({
  url: here.document,
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  persistAuthorization: false,
  responseInterceptor: (answer) => (answer.url.endsWith(here.document) ? complete(answer) : answer),
  tagsSorter: "alpha",
  validatorUrl: null,
});

/** The document says each operation in full. Told so, the library does not spend many seconds on it. */
function complete(answer) {
  answer.text = answer.text.replace("{", '{"$$$$normalized": true, ');
  return answer;
}
