/** docs/reference/profile.schema.json: the published form of a file of conformance/profiles. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { profileSchema } from '../../conformance/quirks/profile-schema.ts';

/** The text of the file, ending in a line break. */
export function profileSchemaFile(): string {
  const { $schema, ...schema } = toJsonSchema(profileSchema);
  const head = {
    $schema,
    title: 'conformance/profiles/*.json: what a version of a server was measured to do',
    description: 'Fields may be added; none changes its meaning without another version.',
  };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
