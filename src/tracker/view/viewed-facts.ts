/**
 * Facts of the store that are looked up in a `FactView` first, and kept there once they were read. Which group it is
 * is kept only of one with something else in the view: whoever names any groups, and is in none of them, fills nothing.
 * So a look asks what the user is in a group before it asks for the group.
 */
import type { StoreFacts } from '../store/store.js';
import type { FactView } from './fact-view.js';

type Viewed = Pick<StoreFacts, 'findGroup' | 'findRole' | 'contentStanding' | 'hasContent'>;

/** The same facts, for one look. */
export function throughView(view: FactView, tx: StoreFacts): StoreFacts {
  // What changed since this look began may be read as it was: it is answered, and not kept.
  const { version } = view;
  const mayLearn = (): boolean => view.version === version;
  const viewed: Viewed = {
    async findGroup(groupId) {
      const known = view.group(groupId);
      if (known) return known;
      const group = await tx.findGroup(groupId);
      if (group && mayLearn() && view.keeps(groupId)) view.learnGroup(group);
      return group;
    },
    async findRole(groupId, userId) {
      const known = view.role(groupId, userId);
      if (known) return known;
      const role = await tx.findRole(groupId, userId);
      if (role && mayLearn()) view.learnRole(groupId, userId, role);
      return role;
    },
    async contentStanding(groupId, fileId) {
      if (view.isShared(groupId, fileId)) return 'shared';
      const standing = await tx.contentStanding(groupId, fileId);
      if (standing === 'shared' && mayLearn()) view.learnShared(groupId, fileId);
      return standing;
    },
    hasContent: async (groupId, fileId) =>
      (await viewed.contentStanding(groupId, fileId)) !== undefined,
  };
  return Object.assign(Object.create(tx) as StoreFacts, viewed);
}
