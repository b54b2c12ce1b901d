/** The methods of an engine as plain functions, so that nobody gets more of it than its interface says. */
import { apiMethods } from '../api/api-methods.js';
import type { EngineApi } from '../api/engine-api.js';

/** All that can be asked of `engine`, and nothing else of it. */
export function toldApi(engine: EngineApi): EngineApi {
  const names = [...Object.keys(apiMethods), 'events'] as (keyof EngineApi)[];
  return Object.fromEntries(
    names.map((name) => [name, engine[name].bind(engine)]),
  ) as unknown as EngineApi;
}
