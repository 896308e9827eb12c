/** docs/reference/adapter-protocol.schema.json: the published form of what the kit and an adapter say to each other. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { protocolVersion, published } from '../../conformance/protocol/messages.ts';

/** The text of the file, ending in a line break. */
export function adapterProtocolSchemaFile(): string {
  const definitions = Object.entries(published).flatMap(([side, schemas]) =>
    Object.entries(schemas).map(([asked, schema]) => {
      const { $schema: _, ...definition } = toJsonSchema(schema, { typeMode: 'input' });
      return [`${asked}-${side === 'questions' ? 'question' : 'answer'}`, definition] as const;
    }),
  );
  const questions = definitions.filter(([name]) => name.endsWith('-question'));
  const head = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `wsgiscope adapter protocol, version ${protocolVersion}`,
    description:
      'One JSON value a line. The kit asks by the standard input of the adapter, which answers each question once by its standard output.',
    oneOf: questions.map(([name]) => ({ $ref: `#/definitions/${name}` })),
    definitions: Object.fromEntries(definitions),
  };
  return `${JSON.stringify(head, null, 2)}\n`;
}
