/**
 * The page in a real Chromium: from the login link to a download that is complete, hostile names, foreign pages
 * that try to use it, accessibility, and how it fares with many files. `--pictures FOLDER` keeps what it looks like.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { tryFromElsewhere } from '../fixtures/in-browser.js';
import { isWithin } from '../fixtures/machine-pace.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { hostileNames } from '../fixtures/hostile-names.js';
import { paceOf, SCROLL_AND_FILTER, STAND_BY } from '../fixtures/page-pace.js';
import { bringFiles, chooseOfFolder, forGuests } from '../fixtures/page-walks.js';
import { checkAccess, complaintsOf, pageOf, PATIENCE_MS, picture } from '../fixtures/shown-page.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

const MANY_FILES = { short: 500, long: 10_000 };
/** Of these so many are on their way, so slowly that they stay so. */
const DOWNLOADS = 200;
const AT_A_TIME = 50;
/** No task may keep people waiting so long, on a machine that is not too slow. */
const MAX_TASK_MS = 100;
const MiB = 1024 * 1024;
/** Of what ben downloads: 12 MiB, each 256 KiB. */
const PIECES = 48;

/** Cells of the map that are drawn as verified; none may be drawn as anything else. */
async function drawnPieces(page: Page): Promise<number> {
  const [verified = '', ...others] = await page
    .locator('.pieces > svg path')
    .evaluateAll((paths: { getAttribute(name: string): string | null }[]) =>
      paths.map((path) => path.getAttribute('d') ?? ''),
    );
  return others.every((path) => path === '') ? verified.split('M').length - 1 : 0;
}

/** Ann accepts ben and shares a file; ben downloads it; all of it on pages. */
async function mainWay(browser: Browser, swarm: TestSwarm, campaign: Campaign): Promise<void> {
  const { check } = campaign;
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben', { group: '' });
  await ben.engine.joinGroup(GROUP);
  const path = join(ann.folder, 'holiday.bin');
  const content = Buffer.alloc(12 * MiB, 'holiday');
  await writeFile(path, content);

  const atAnn = await browser.newPage({ viewport: { width: 1_100, height: 720 } });
  atAnn.setDefaultTimeout(PATIENCE_MS);
  const complaints = complaintsOf(atAnn);
  await atAnn.goto((await pageOf(swarm, ann)).newLink());
  await atAnn.getByRole('button', { name: 'Members', exact: true }).click();
  await atAnn.getByRole('button', { name: 'Accept ben' }).click();
  await atAnn.getByText('ben is a member now').waitFor();
  check(true, 'a request is accepted');
  await checkAccess(atAnn, 'members', campaign);
  await atAnn.getByRole('button', { name: 'Files', exact: true }).click();
  await atAnn.getByLabel(/^Share a file/).fill(path);
  await atAnn.keyboard.press('Enter');
  await atAnn.getByText('is shared').waitFor();
  check((await ann.engine.listFiles(GROUP)).length === 1, 'a file is shared, by the keyboard');
  await checkAccess(atAnn, 'files', campaign);
  await picture(atAnn, 'page-files');

  const atBen = await browser.newPage({ viewport: { width: 400, height: 720 } });
  atBen.setDefaultTimeout(PATIENCE_MS);
  complaints.push(...complaintsOf(atBen));
  await atBen.goto((await pageOf(swarm, ben)).newLink());
  await atBen.getByRole('button', { name: 'Download holiday.bin' }).click();
  await atBen.getByRole('button', { name: /^Downloads/ }).click();
  await atBen.getByText('complete', { exact: true }).waitFor();
  const got = await readFile(join(ben.folder, 'holiday.bin'));
  check(got.equals(content), 'it is downloaded, on the width of a phone');
  await atBen.getByRole('button', { name: 'holiday.bin', exact: true }).click();
  await atBen.getByRole('img', { name: `All ${PIECES} pieces are here` }).waitFor();
  check((await drawnPieces(atBen)) === PIECES, 'its map is full');
  const width = await atBen.evaluate('document.documentElement.scrollWidth');
  check(Number(width) <= 400, `nothing is wider than the phone: ${String(width)}`);
  await checkAccess(atBen, 'downloads', campaign);
  await picture(atBen, 'page-downloads');
  await atBen.emulateMedia({ colorScheme: 'dark' });
  await checkAccess(atBen, 'downloads in the dark', campaign);

  await chooseOfFolder(atBen, ann, ben, campaign);

  for (const part of ['Invites', 'History'] as const) {
    await atAnn.getByRole('button', { name: part, exact: true }).click();
    if (part === 'Invites') {
      await atAnn.getByRole('button', { name: 'Make a link' }).click();
      await atAnn.getByRole('img', { name: /QR/ }).waitFor();
    } else await atAnn.getByText('ann share holiday.bin').waitFor();
    await checkAccess(atAnn, part, campaign);
    await picture(atAnn, `page-${part.toLowerCase()}`);
  }
  await forGuests(atAnn, ann, campaign);
  await bringFiles(atAnn, ann, campaign);
  await atAnn.getByRole('button', { name: 'Search', exact: true }).first().click();
  await atAnn.getByLabel('Words in the name').fill('holiday');
  await atAnn.keyboard.press('Enter');
  await atAnn.getByRole('list', { name: 'Found, 1' }).waitFor();
  check(true, 'a file is found over all groups');
  await atAnn.getByText('More about it').click();
  await checkAccess(atAnn, 'Search', campaign);
  await atAnn.getByRole('button', { name: 'Shares', exact: true }).click();
  await atAnn.getByRole('button', { name: 'Check holiday.bin' }).click();
  await atAnn.getByText('holiday.bin is whole').waitFor();
  check(true, 'what is shared is checked');
  for (const part of ['Shares', 'This client']) {
    await atAnn.getByRole('button', { name: part, exact: true }).click();
    await atAnn.getByRole('heading', { name: /Shared from here|This client/ }).waitFor();
    await checkAccess(atAnn, part, campaign);
  }
  await atAnn.emulateMedia({ colorScheme: 'dark' });
  await checkAccess(atAnn, 'in the dark', campaign);
  check(complaints.length === 0, `no complaint: ${complaints.join('; ')}`);
  await atAnn.close();
  await atBen.close();
}

/** Names that would be script, markup, or turn the text around. */
async function hostile(browser: Browser, swarm: TestSwarm, campaign: Campaign): Promise<void> {
  const { check } = campaign;
  const mallory = await swarm.client('mallory', { group: 'names' });
  const names = hostileNames(100);
  for (const name of names) await mallory.share(name, Buffer.from(name), { group: 'names' });
  const page = await browser.newPage({ viewport: { width: 1_100, height: 720 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = complaintsOf(page);
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs++;
    void dialog.dismiss();
  });
  const foreign: string[] = [];
  const server = await pageOf(swarm, mallory);
  page.on('request', (request) => {
    if (!request.url().startsWith(`http://127.0.0.1:${server.port}/`)) foreign.push(request.url());
  });
  await page.goto(server.newLink());
  const list = page.getByRole('list', { name: `Files, ${names.length}` });
  await list.waitFor();
  let seen = new Set<string>();
  for (let top = 0; top <= names.length * 44; top += 300) {
    await list.evaluate((element: { scrollTop: number }, at: number) => {
      element.scrollTop = at;
    }, top);
    await page.waitForTimeout(30);
    const texts = await list.locator('.name').allTextContents();
    seen = new Set([...seen, ...texts]);
  }
  check(seen.size === names.length, `all ${names.length} names are shown: ${seen.size}`);
  const invisible = [...seen].filter((text) => /[\p{Cc}\p{Cf}]/u.test(text));
  check(invisible.length === 0, 'none with what nobody sees');
  for (const part of ['Shares', /^Downloads/, 'This client'] as const) {
    await page.getByRole('button', { name: part, exact: typeof part === 'string' }).click();
    await page.waitForTimeout(200);
  }
  const markup = Number(
    await page.evaluate('document.querySelectorAll("img,iframe,b > i").length'),
  );
  check(markup === 0 && dialogs === 0, 'none of them became markup or script');
  check(foreign.length === 0, `nothing was asked of elsewhere ${foreign.join(' ')}`);
  check(complaints.length === 0, `no complaint: ${complaints.join('; ')}`);
  await page.close();
}

/** A page of somebody else in the same browser, which is logged in, tries to use it. */
async function foreignPage(browser: Browser, swarm: TestSwarm, campaign: Campaign): Promise<void> {
  const { check } = campaign;
  const eve = await swarm.client('eve', { group: 'treasure' });
  const server = await pageOf(swarm, eve);
  const context = await browser.newContext();
  const own = await context.newPage();
  own.setDefaultTimeout(PATIENCE_MS);
  await own.goto(server.newLink());
  await own.getByRole('heading', { name: 'treasure' }).waitFor();
  const target = `http://127.0.0.1:${server.port}`;
  const html = `<!doctype html><title>foreign</title>
    <form id="form" method="post" enctype="text/plain" target="frame" action="${target}/api/engine/createGroup">
      <input name='{"groupId":"by-form","x":"' value='"}'></form>
    <iframe name="frame"></iframe><iframe id="framed" src="${target}/"></iframe>`;
  const elsewhere = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(html);
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const evil = await context.newPage();
  // The same address and another port: a cookie goes there as well.
  for (const host of ['127.0.0.1', 'localhost']) {
    await evil.goto(`http://${host}:${(elsewhere.address() as AddressInfo).port}/`);
    const tried = await evil.evaluate<string[]>(tryFromElsewhere(target, `by-fetch-${host}`));
    check(
      tried.every((one) => one === 'refused' || one === 'opaque'),
      `a page at ${host} reads nothing: ${tried.join(', ')}`,
    );
  }
  const groups = (await eve.engine.describeGroups()).map(({ groupId }) => groupId);
  check(!groups.some((name) => name.startsWith('by-')), `and does nothing: ${groups.join(' ')}`);
  await context.close();
  elsewhere.closeAllConnections();
  await new Promise((resolve) => elsewhere.close(resolve));
}

/** Shares many files, and has some of them on their way to somebody else, slowly. */
async function shareMany(max: SwarmClient, zoe: SwarmClient, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `file ${index}.txt`);
  for (let done = 0; done < count; done += AT_A_TIME) {
    const some = names.slice(done, done + AT_A_TIME).map((name, index) => {
      const size = done + index < DOWNLOADS ? 64 * 1024 : 16;
      return max.share(name, Buffer.alloc(size, name), { group: 'many' });
    });
    await Promise.all(some);
  }
  await zoe.engine.changeLimit({ scope: { kind: 'all' }, down: 1024 });
  for (const fileName of names.slice(0, DOWNLOADS)) {
    const ask = { groupId: 'many', fileName, destination: zoe.folder };
    await zoe.engine.startDownload({ ...ask, overwrite: false, timeoutMs: 0, isDetached: true });
  }
}

/** A long list and a long line of downloads are looked through, and kept up to date, without a wait. */
async function manyFiles(browser: Browser, swarm: TestSwarm, campaign: Campaign): Promise<void> {
  const { check, measured, say, isShort } = campaign;
  const count = isShort ? MANY_FILES.short : MANY_FILES.long;
  const max = await swarm.client('max', { group: 'many' });
  const zoe = await swarm.client('zoe', { group: 'many' });
  await shareMany(max, zoe, count);
  const page = await browser.newPage({ viewport: { width: 1_100, height: 720 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto((await pageOf(swarm, zoe)).newLink());
  await page.getByRole('list', { name: `Files, ${count}` }).waitFor();
  const measure = async (what: string, program: string): Promise<void> => {
    const { longestFrameMs, longestTaskMs } = await paceOf(browser, page, program);
    const wait = `longest wait for a frame ${longestFrameMs.toFixed(0)} ms`;
    const told = `${what}: longest task ${longestTaskMs.toFixed(1)} ms of the processor, ${wait}`;
    say(told);
    measured(isWithin(longestTaskMs, MAX_TASK_MS), told);
  };
  await measure(`${count} files scrolled and filtered`, SCROLL_AND_FILTER);
  await measure(`${count} files kept up to date`, STAND_BY);
  await page.getByRole('searchbox', { name: 'Filter' }).fill(`file ${count - 1}.txt`);
  await page.getByRole('list', { name: 'Files, 1' }).waitFor();
  check(true, `one of ${count} files is found`);
  const rows = Number(await page.evaluate('document.querySelectorAll(".row").length'));
  check(rows < 100, `few rows are drawn: ${rows}`);
  await page.getByRole('button', { name: /^Downloads/ }).click();
  await page.getByRole('list', { name: `Downloads, ${DOWNLOADS}` }).waitFor();
  await measure(`${DOWNLOADS} downloads scrolled and filtered`, SCROLL_AND_FILTER);
  await measure(`${DOWNLOADS} downloads kept up to date`, STAND_BY);
  await page.close();
}

await runCampaign('page', async (campaign) => {
  const missing = await haveTool('chromium', 'chromium');
  if (missing !== undefined) throw new Error(missing);
  const swarm = await TestSwarm.start(campaign.folder);
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  try {
    await mainWay(browser, swarm, campaign);
    await hostile(browser, swarm, campaign);
    await foreignPage(browser, swarm, campaign);
    await manyFiles(browser, swarm, campaign);
  } finally {
    await browser.close();
    await swarm.close();
  }
});
