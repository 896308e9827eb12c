/** docs/reference/explain.schema.json: the published form of {@link explanationSchema}. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { explanationSchema } from '../render/explanation-json.ts';

/** The text of the file, ending in a line break. */
export function explanationSchemaFile(): string {
  const { $schema, ...schema } = toJsonSchema(explanationSchema);
  const head = {
    $schema,
    title: 'wsgiscope explain --json',
    description: 'Fields may be added; none changes its meaning.',
  };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
