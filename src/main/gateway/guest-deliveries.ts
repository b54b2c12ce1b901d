/**
 * Delivers what a guest asks for by a good link: the head, the count, then the bytes. A guest for whom there is nothing
 * yet takes nothing, and so counts for nothing. Owns who takes what.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CancelledError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { GuestDoor, GuestItem } from '../api/guest-links.js';
import type { Span } from '../disk/span.js';
import type { ArchiveFormName } from './archive/archive-form.js';
import { isRangeMeant, rangeOf, type ByteRange } from './byte-range.js';
import { sendBody } from './guest-body.js';
import type { Asking } from './guest-connections.js';
import { headOf, type GuestHead } from './guest-headers.js';
import type { GuestOffer, GuestOffers } from './guest-offers.js';
import { NOT_FOUND, UNSATISFIABLE } from './guest-pages.js';
import type { GuestMethod } from './guest-request.js';
import { sendPage, tooOften } from './send-page.js';

/** A guest who takes what a link gives. */
interface Taking {
  readonly id: string;
  readonly ending: AbortController;
}

interface Delivery {
  readonly item: GuestItem;
  readonly method: Exclude<GuestMethod, 'POST'>;
  /** Of a folder. */
  readonly form: ArchiveFormName;
  readonly asking: Asking;
}

const WHOLE: ByteRange = { kind: 'whole' };

export class GuestDeliveries {
  readonly #guests: Pick<GuestDoor, 'admit'>;
  readonly #offers: Pick<GuestOffers, 'of'>;
  readonly #taking = new Set<Taking>();

  constructor(guests: Pick<GuestDoor, 'admit'>, offers: Pick<GuestOffers, 'of'>) {
    this.#guests = guests;
    this.#offers = offers;
  }

  /** Answers. @throws P2pError, also when the answer has begun */
  async deliver(
    { headers }: IncomingMessage,
    response: ServerResponse,
    { item, method, form, asking }: Delivery,
  ): Promise<void> {
    // How long an archive is costs some work.
    if (item.isFolder && !asking.prove()) return tooOften(response);
    const offer = await untilAborted(asking.ending.signal, this.#offers.of(item, form));
    if (offer === undefined) return sendPage(response, 404, NOT_FOUND);
    const { size, etag, hasRanges } = offer;
    // A date says too little, so two entries of it count as one that is not meant.
    const isMeant =
      hasRanges && method === 'GET' && isRangeMeant(headers['if-range'] as string, etag);
    const range = isMeant ? rangeOf(headers.range, size) : WHOLE;
    const head = headOf(offer, range);
    if (range.kind === 'unsatisfiable') {
      return sendPage(response, head.status, UNSATISFIABLE, head.headers);
    }
    if (method === 'HEAD') return void response.writeHead(head.status, head.headers).end();
    if (!item.isFolder && !asking.prove()) return tooOften(response);
    const { ending } = asking;
    const taking = { id: item.id, ending };
    this.#taking.add(taking);
    try {
      await this.#send(response, { item, offer, head, span: spanOf(range, size), asking });
    } finally {
      this.#taking.delete(taking);
    }
  }

  /** Whoever takes something by one of these links gets no more of it. */
  end(isMeant: (id: string) => boolean): void {
    for (const { id, ending } of this.#taking) {
      if (isMeant(id)) ending.abort(new CancelledError('the link has ended'));
    }
  }

  async #send(
    response: ServerResponse,
    {
      item: { id },
      offer,
      head,
      span,
      asking: { network, ending },
    }: {
      readonly item: GuestItem;
      readonly offer: GuestOffer;
      readonly head: GuestHead;
      readonly span: Span;
      readonly asking: Asking;
    },
  ): Promise<void> {
    const { signal } = ending;
    signal.throwIfAborted();
    const taken = await offer.take(span, signal);
    if (taken === undefined) return sendPage(response, 404, NOT_FOUND);
    const { bytes, release } = taken;
    try {
      const first = await bytes.next();
      signal.throwIfAborted();
      const admission = await this.#guests.admit(id, { network, isResuming: span.first > 0 });
      if (admission === 'over') return sendPage(response, 404, NOT_FOUND);
      if (admission === 'too-often') return tooOften(response);
      signal.throwIfAborted();
      response.writeHead(head.status, head.headers);
      await sendBody(response, first, bytes, { later: laterByTimer, signal });
    } catch (error) {
      // What is still waited for is waited for no longer.
      ending.abort(error);
      throw error;
    } finally {
      await bytes.return();
      await release();
    }
  }
}

function spanOf(range: Exclude<ByteRange, { kind: 'unsatisfiable' }>, size: number): Span {
  return range.kind === 'whole'
    ? { first: 0, end: size }
    : { first: range.first, end: range.last + 1 };
}
