/** The directives that bound what clients may send; what equals a default is left out. */
import { limitDirectives } from '../../../spec/options/apache-limits.ts';
import { plainLimits, type ReadTimeout, type RequestLimits } from '../../../spec/serving/request-limits.ts';

/** Whether anybody is hurried: only mod_reqtimeout does that, with or without a word in the configuration. */
export const needsReadTimeouts = ({ header, body }: RequestLimits): boolean => header.initial > 0 || body.initial > 0;

export const limitLines = (limits: RequestLimits): readonly string[] => [
  ...limitDirectives.flatMap(({ name, field, default: standard }) => {
    const value = field === 'timeout' ? limits.timeout / 1000 : limits[field];
    return value === standard ? [] : [`${name} ${value}`];
  }),
  ...(needsReadTimeouts(limits)
    ? (['header', 'body'] as const).flatMap((stage) =>
        isSame(limits[stage], plainLimits[stage]) ? [] : [`RequestReadTimeout ${stage}=${written(limits[stage])}`],
      )
    : []),
];

const isSame = (one: ReadTimeout, other: ReadTimeout): boolean =>
  one.initial === other.initial && one.max === other.max && one.minRate === other.minRate;

function written({ initial, max, minRate }: ReadTimeout): string {
  const range = max === 0 ? `${initial / 1000}` : `${initial / 1000}-${max / 1000}`;
  return minRate === 0 ? range : `${range},MinRate=${minRate}`;
}
