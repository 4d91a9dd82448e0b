// Reads rendered manifests from standard input and checks each against its Kubernetes schema, and against our own rules:
// every container is limited, locked down and not root. Prints a line a problem; exit 1 when there is one.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

const documents = parseAllDocuments(readFileSync(0, "utf8")).map((d) => d.toJS()).filter(Boolean);
const problems = [];

for (const doc of documents) {
  const name = `${doc.kind}/${doc.metadata?.name}`;
  const module = doc.apiVersion.includes("/") ? doc.apiVersion : `${doc.apiVersion}`;
  const models = await import(`kubernetes-models/${module}`);
  const Model = models[doc.kind];
  if (!Model) {
    problems.push(`${name}: no schema for ${doc.apiVersion} ${doc.kind}`);
    continue;
  }
  try {
    new Model(doc).validate();
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  }
  const pod = doc.spec?.template?.spec;
  if (!pod) continue;
  if (pod.securityContext?.runAsNonRoot !== true) problems.push(`${name}: spec.securityContext.runAsNonRoot must be true`);
  for (const container of pod.containers) {
    if (!container.resources?.limits?.memory) problems.push(`${name}/${container.name}: resources.limits.memory is missing`);
    if (container.securityContext?.allowPrivilegeEscalation !== false) problems.push(`${name}/${container.name}: allowPrivilegeEscalation must be false`);
    if (container.securityContext?.readOnlyRootFilesystem !== true) problems.push(`${name}/${container.name}: readOnlyRootFilesystem must be true`);
  }
}

for (const problem of problems) console.error(problem);
console.log(`${documents.length} manifests, ${problems.length} problems`);
process.exit(documents.length > 0 && problems.length === 0 ? 0 : 1);
