/** Opens the page about an engine, and says where; the link is a secret, good for one browser. */
import { ownVersion } from '../../net/own-version.js';
import { userHome } from '../../net/user-home.js';
import type { EngineApi } from '../api/engine-api.js';
import type { ProcessContext } from '../cli/process-context.js';
import type { Home } from '../home/home.js';
import { Spool } from '../home/spool.js';
import { WebServer } from './web-server.js';

/** The caller closes it. @throws UsageError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE */
export async function showPage(
  engine: EngineApi,
  home: Pick<Home, 'spoolPath'>,
  port: number,
  { environment, out, isDebug }: Pick<ProcessContext, 'environment' | 'out' | 'isDebug'>,
): Promise<WebServer> {
  const { cwd, env } = environment;
  const page = await WebServer.listen(port, {
    engine,
    surroundings: {
      version: ownVersion(),
      folder: userHome(env) ?? cwd,
      spool: new Spool(home.spoolPath),
    },
    onUnforeseen: (error) => {
      const { stack } = error as { stack?: unknown };
      out.note(isDebug ? String(stack ?? error) : 'the page asked for something that went wrong');
    },
  });
  const link = page.newLink();
  out.ready(
    { link, port: page.port },
    [link],
    [
      'open it in a browser of this machine within ten minutes; it works once. Ctrl-C closes the page',
    ],
  );
  return page;
}
