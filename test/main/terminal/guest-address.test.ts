import t from 'tap';
import { formatGuestLink } from '../../../src/main/terminal/guest-address.js';

t.test(
  'a link for guests is an address that browsers open, whatever the file is called',
  async (t) => {
    const at = { host: '192.0.2.10', port: 8443 };
    t.equal(
      formatGuestLink(at, 'SECRET', { fileName: 'film.mkv', isFolder: false }),
      'https://192.0.2.10:8443/g/SECRET/film.mkv',
    );
    const odd = new URL(
      formatGuestLink({ host: '2001:db8::1', port: 8443 }, 'S', {
        fileName: 'a b?#/ü%.txt',
        isFolder: false,
      }),
    );
    t.match(formatGuestLink(at, 'S', { fileName: 'album', isFolder: true }), /\/g\/S\/album\.zip$/);
    t.equal(odd.host, '[2001:db8::1]:8443');
    t.equal(odd.search + odd.hash, '');
    t.equal(decodeURIComponent(odd.pathname), '/g/S/a b?#/ü%.txt');
  },
);
