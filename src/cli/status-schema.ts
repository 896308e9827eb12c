/** docs/reference/status.schema.json: the published form of {@link statusSchema}. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { statusSchema } from '../gateway/admin/status.ts';

/** The text of the file, ending in a line break. */
export function statusSchemaFile(): string {
  const { $schema, ...schema } = toJsonSchema(statusSchema);
  const head = {
    $schema,
    title: 'wsgiscope serve --admin: /status.json',
    description: 'Fields may be added; none changes its meaning without another version.',
  };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
