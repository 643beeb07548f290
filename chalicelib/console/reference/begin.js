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
  tagsSorter: "alpha",
  validatorUrl: null,
});
