/** Opens what main names: the one place where a transfer thread learns what lies behind a content. */
import type { ContentSource } from '../messages/content.js';
import { ContentFile } from './content-file.js';
import { ContentFolder } from './content-folder.js';
import type { Content } from './content.js';
import { GrowingEntries } from './growing-entries.js';
import { SharedEntries } from './shared-entries.js';

/** The content that main names; whoever opens it closes it. */
export function openContent(source: ContentSource): Content {
  switch (source.type) {
    case 'file':
      return new ContentFile(source.fd);
    case 'folder': {
      const { layout, root, paths, stamps } = source;
      return new ContentFolder(layout, new SharedEntries(root, paths, stamps));
    }
    case 'growing-folder': {
      const { layout, packFd, placed } = source;
      const pack = { fd: packFd, placed: placed?.pack };
      return new ContentFolder(layout, new GrowingEntries(source), pack);
    }
  }
}
