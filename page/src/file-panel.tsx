/** About one file or folder of a group: what it is, and what one may do with it besides downloading all of it. */
import { useEffect, useRef } from 'preact/hooks';
import type { FileRow } from '../../src/net/tracker-api.js';
import { DownloadForm } from './download-form.js';
import { LinkForm } from './guest-links.js';
import { bytes, shown, time } from './words.js';

interface FilePanelProps {
  readonly file: FileRow;
  readonly groupId: string;
  /** Where downloads go, unless it is said otherwise. */
  readonly destination: string;
  /** Whether the user may make links to it. */
  readonly mayLink: boolean;
}

export function FilePanel({ file, groupId, destination, mayLink }: FilePanelProps) {
  const { name, size, sharer, sharedAtMs, files } = file;
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever opened it by the keyboard goes on there.
  useEffect(() => heading.current?.focus(), [name]);
  return (
    <section aria-label={`About ${shown(name)}`} class="detail">
      <h3 tabIndex={-1} ref={heading}>
        {shown(name)}
      </h3>
      <p>
        {bytes(size)}
        {files === undefined ? '' : ` in ${files} files`}; shared by {shown(sharer)},{' '}
        {time(sharedAtMs)}
      </p>
      <h4>Download</h4>
      <DownloadForm key={name} file={file} groupId={groupId} destination={destination} />
      <h4>A link for guests</h4>
      {mayLink ? (
        <LinkForm key={name} groupId={groupId} fileName={name} />
      ) : (
        <p class="none">Readers of a group make none.</p>
      )}
    </section>
  );
}
