/** What a file is asked for by while only its name is known. */
import t from 'tap';
import { nameHash } from '../../src/net/name-hash.js';

t.test('it is the same everywhere, and another one for each name and each group', (t) => {
  t.equal(
    nameHash('club', 'é.mkv'),
    '2678714f49aa44383c4214db78b14b6d5d770e2b2090a7bbc6f55739973b33b0',
    'printf "club\\né.mkv" | sha256sum',
  );
  const others = [
    nameHash('club', 'e.mkv'),
    nameHash('clubs', 'é.mkv'),
    nameHash('c', 'lub\né.mkv'),
  ];
  t.equal(new Set([nameHash('club', 'é.mkv'), ...others]).size, 4);
  t.end();
});
