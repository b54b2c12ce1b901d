/** A link that was made just now: its text, a button that copies it, and its QR code. */
import type { ComponentChildren } from 'preact';
import { Do } from './doing.js';

export interface Made {
  readonly link: string;
  readonly expiresAtMs: number;
  /** Rows; true is dark. */
  readonly qr: readonly (readonly boolean[])[];
}

interface MadeLinkProps {
  readonly made: Made;
  /** What whoever has it may do. */
  readonly children: ComponentChildren;
}

export function MadeLink({ made: { link, qr }, children }: MadeLinkProps) {
  return (
    <figure>
      <figcaption>
        {children}
        <br />
        <code class="link">{link}</code>{' '}
        <Do work={() => navigator.clipboard.writeText(link)} done="the link is copied">
          Copy the link
        </Do>
      </figcaption>
      <QrCode rows={qr} />
    </figure>
  );
}

function QrCode({ rows }: { readonly rows: Made['qr'] }) {
  const dark = rows.flatMap((row, y) =>
    row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')),
  );
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      role="img"
      aria-label="The link as a QR code"
    >
      <path d={dark.join('')} />
    </svg>
  );
}
