import { expect, it } from 'vitest';
import { adapterProtocolSchemaFile } from './adapter-protocol-schema.ts';

it('publishes every question of the adapter protocol beside its answers', () => {
  const schema = JSON.parse(adapterProtocolSchemaFile()) as {
    readonly oneOf: readonly { readonly $ref: string }[];
    readonly definitions: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>;
  };
  const asked = ['hello', 'start', 'observe', 'act', 'stop'];
  expect(schema.oneOf.map(({ $ref }) => $ref)).toEqual(asked.map((one) => `#/definitions/${one}-question`));
  for (const one of asked) {
    expect(schema.definitions[`${one}-question`]?.properties).toMatchObject({ seq: {}, do: { const: one } });
    expect(schema.definitions[`${one}-answer`]).toMatchObject({ anyOf: [{}, {}, {}] });
  }
});
