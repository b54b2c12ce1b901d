/** Opens what main names: the one place where a transfer thread learns what lies behind a content. */
import type { ContentSource } from '../messages.js';
import { ContentFile } from './content-file.js';
import type { Content } from './content.js';

/** The content that main has opened. */
export function openContent(source: ContentSource): Content {
  return new ContentFile(source.fd);
}
