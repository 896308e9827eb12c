/** docs/reference/check.schema.json: the published form of one line of `wsgiscope check --ndjson`. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { checkRecordSchema } from '../../conformance/kit/record-schema.ts';

/** The text of the file, ending in a line break. */
export function checkSchemaFile(): string {
  const { $schema, ...schema } = toJsonSchema(checkRecordSchema);
  const head = {
    $schema,
    title: 'wsgiscope check --ndjson: one record, one line',
    description:
      'A header, then histories and results as they come, then a footer. Fields may be added; none changes its meaning without another version.',
  };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
