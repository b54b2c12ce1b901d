/**
 * What is true of groups that are asked about, in memory: which group it is and its epoch, what users are in
 * it, which contents it shares. It is what the store held when the effects of the last change were applied:
 * whoever carries out a change says here what it touched once that is on disk, before its effects are applied,
 * and what was touched is forgotten. Facts come in as they are read; that something is not so is never kept, so
 * that a stranger's ids take no room.
 *
 * Bounded by MAX_VIEWED_FACTS. Half of them are the young ones; when these are full they become the old ones,
 * and what of the old ones was not asked for since then is gone. A group has a bound of its own, so that it
 * costs itself first. That a group is kept counts as a fact, and one of which nothing else is known goes.
 */
import { MAX_VIEWED_FACTS, MAX_VIEWED_FACTS_PER_GROUP } from '../../net/limits.js';
import type { Role } from '../../net/roles.js';
import type { StoredGroup } from '../store/stored.js';
import type { Touched } from './touched.js';

interface ViewedGroup {
  /** Undefined until it was read. */
  standing: StoredGroup | undefined;
  readonly roles: Map<string, Role>;
  /** Contents for which a name of the group stands. */
  readonly shared: Set<string>;
}

export class FactView {
  #young = new Map<string, ViewedGroup>();
  #old = new Map<string, ViewedGroup>();
  /** Of the young groups. */
  #youngFacts = 0;
  #version = 0;

  /** Rises whenever something is forgotten: what was read before may not be learnt after it. */
  get version(): number {
    return this.#version;
  }

  /** Facts that are kept, for whoever watches the bound. */
  get size(): number {
    let size = this.#youngFacts;
    for (const group of this.#old.values()) size += factsOf(group);
    return size;
  }

  /** True when something is known of a group. */
  keeps(groupId: string): boolean {
    return this.#young.has(groupId) || this.#old.has(groupId);
  }

  group(groupId: string): StoredGroup | undefined {
    return this.#find(groupId)?.standing;
  }

  /** What a user is in a group; undefined when that is not known. */
  role(groupId: string, userId: string): Role | undefined {
    return this.#find(groupId)?.roles.get(userId);
  }

  /** True when a name of the group surely stands for the content; false says nothing. */
  isShared(groupId: string, fileId: string): boolean {
    return this.#find(groupId)?.shared.has(fileId) === true;
  }

  learnGroup(standing: StoredGroup): void {
    const group = this.#take(standing.groupId);
    if (group.standing === undefined) this.#youngFacts++;
    group.standing = standing;
  }

  learnRole(groupId: string, userId: string, role: Role): void {
    const group = this.#take(groupId);
    if (!group.roles.has(userId)) this.#youngFacts++;
    group.roles.set(userId, role);
  }

  learnShared(groupId: string, fileId: string): void {
    const group = this.#take(groupId);
    if (!group.shared.has(fileId)) this.#youngFacts++;
    group.shared.add(fileId);
  }

  /** Forgets what a change touched that is on disk by now. */
  forget(touched: readonly Touched[]): void {
    if (touched.length === 0) return;
    this.#version++;
    for (const one of touched) this.#forget(one);
  }

  /** Forgets all: others may have written to the store, or will. */
  forgetAll(): void {
    this.#version++;
    this.#startAnew();
    this.#old.clear();
  }

  #forget(touched: Touched): void {
    const { groupId } = touched;
    const young = this.#young.get(groupId);
    const group = young ?? this.#old.get(groupId);
    if (!group) return;
    const before = factsOf(group);
    switch (touched.fact) {
      case 'group':
        this.#young.delete(groupId);
        this.#old.delete(groupId);
        if (young) this.#youngFacts -= before;
        return;
      case 'standing':
        group.standing = undefined;
        break;
      case 'role':
        group.roles.delete(touched.userId);
        break;
      case 'contents':
        group.shared.clear();
        break;
    }
    const isBare = factsOf(group) === 1;
    if (isBare) (young ? this.#young : this.#old).delete(groupId);
    if (young) this.#youngFacts += (isBare ? 0 : factsOf(group)) - before;
  }

  #find(groupId: string): ViewedGroup | undefined {
    const young = this.#young.get(groupId);
    if (young) return young;
    const old = this.#old.get(groupId);
    if (!old) return undefined;
    this.#old.delete(groupId);
    this.#addYoung(groupId, old);
    return old;
  }

  /** The group, with room for one more fact. */
  #take(groupId: string): ViewedGroup {
    const present = this.#find(groupId);
    const group = present ?? { standing: undefined, roles: new Map(), shared: new Set() };
    if (!present) this.#addYoung(groupId, group);
    if (factsOf(group) >= MAX_VIEWED_FACTS_PER_GROUP) {
      this.#youngFacts -= factsOf(group) - 1;
      group.standing = undefined;
      group.roles.clear();
      group.shared.clear();
    }
    if (this.#youngFacts >= MAX_VIEWED_FACTS / 2) {
      this.#startAnew();
      this.#addYoung(groupId, group);
    }
    return group;
  }

  #addYoung(groupId: string, group: ViewedGroup): void {
    const facts = factsOf(group);
    if (this.#youngFacts + facts > MAX_VIEWED_FACTS / 2) this.#startAnew();
    this.#old.delete(groupId);
    this.#young.set(groupId, group);
    this.#youngFacts += facts;
  }

  #startAnew(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngFacts = 0;
  }
}

/** That the group is kept is one of them. */
function factsOf({ standing, roles, shared }: ViewedGroup): number {
  return 1 + (standing === undefined ? 0 : 1) + roles.size + shared.size;
}
