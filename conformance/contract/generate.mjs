// Writes the types of an OpenAPI document to a file: node generate.mjs openapi.json types.ts
import { readFileSync, writeFileSync } from "node:fs";

import openapiTS, { astToString, transformSchemaObject } from "openapi-typescript";

// openapi-typescript 7 does not know `itemSchema`, nor the type of the JSON in a text.
const document = JSON.parse(readFileSync(process.argv[2], "utf8"), (key, value) =>
  key === "text/event-stream" ? { ...value, schema: value.itemSchema } : value,
);
const transform = (schema, options) =>
  schema.contentMediaType === "application/json"
    ? transformSchemaObject(schema.contentSchema, options)
    : undefined;
writeFileSync(process.argv[3], astToString(await openapiTS(document, { transform })));
