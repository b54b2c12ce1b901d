/** The scenes of all pages that have command lines. A line that is not left out here is run. */
import type { Scene } from './scene.js';

const NPM = 'it fetches and builds all packages, which every test run begins with';
const SERVICES = 'it changes the services of the machine; test/e2e/service-install.test.ts does';
const POSTGRES =
  'it needs a PostgreSQL server of that name; test/e2e/postgres-tracker.test.ts has one';

const FILM = { 'ann/film.mkv': 3_000_000, 'ben/Downloads/': 0 };

const readme: Scene = {
  sections: [
    { from: '', who: 'ann', people: ['ann', 'ben'], files: FILM },
    { from: 'By one link', who: 'ann', people: ['ann', 'ben'], files: FILM },
    {
      from: 'Passwords',
      who: 'ann',
      people: ['ann', 'ben'],
      before: {
        '': [
          'ann$ p2p tracker :: 8000',
          'ann$ p2p create-user ann --tracker 192.0.2.10:8000',
          'ann$ p2p login ann',
          'ann$ p2p create-group lab',
          'ann$ p2p invite lab',
          "ben$ p2p join 'p2p://192.0.2.10:8000/lab#…' --as ben",
        ],
      },
    },
    {
      from: 'In the background',
      who: 'ann',
      people: ['ann', 'ben'],
      files: FILM,
      before: {
        '': [
          'ben$ p2p tracker :: 8000',
          'ann$ p2p create-user ann --tracker 192.0.2.10:8000',
          'ann$ p2p login ann',
          'ann$ p2p create-group film-club',
          'ann$ p2p upload film.mkv film-club',
          'ann$ p2p invite film-club',
        ],
        'p2p log --follow': [
          "ben$ p2p join 'p2p://192.0.2.10:8000/film-club#…' --as ben",
          'ben$ p2p download film-club film.mkv',
        ],
      },
    },
  ],
  leftOut: { 'npm ci && npm run quickstart': NPM },
};

const configuration: Scene = {
  sections: [{ from: '', who: 'ann', people: ['ann'] }],
};

const operations: Scene = {
  sections: [
    {
      from: '',
      who: 'root',
      people: ['root'],
      elsewhere: {
        '/backup/tracker-2026-11-27': '/home/root/tracker-$(date +%F)',
        '/backup/': '/home/root/',
        '/var/lib/p2p-tracker/tracker': '/home/root/data/tracker',
      },
      before: {
        '': ['root# mkdir data', 'root# p2p tracker 192.0.2.10 8000 --data data/tracker', '^C'],
        'p2p tracker restore /backup/tracker-2026-11-27 --data /var/lib/p2p-tracker/tracker': [
          'root# mv data/tracker data/tracker-of-before',
        ],
      },
    },
  ],
  leftOut: {
    'sudo p2p service install --system tracker -- :: 8000 --metrics 127.0.0.1:9464': SERVICES,
    'createuser p2p && createdb --owner p2p --encoding UTF8 --template template0 p2p': POSTGRES,
    'P2P_DATABASE=postgres://p2p:SECRET@db.example/p2p?sslmode=verify-full p2p tracker :: 8000':
      POSTGRES,
    'export P2P_DATABASE=postgres://p2p:SECRET@db.example/p2p?sslmode=verify-full': POSTGRES,
    'export P2P_PRESENCE=rediss://:SECRET@presence.example':
      'it needs a Redis server of that name; test/integration/several-trackers.test.ts has one',
    'p2p tracker :: 8000': 'it is for the two servers that the lines above it name',
  },
};

const services: Scene = {
  sections: [{ from: '', who: 'ann', people: ['ann', 'root'] }],
  leftOut: {
    'p2p service install serve -- --port 7001 --up 5MiB/s': SERVICES,
    'p2p service status serve': SERVICES,
    'p2p service uninstall serve': SERVICES,
    'p2p service install --system tracker -- :: 8000': SERVICES,
    'install -m 600 /dev/null /etc/p2p-tracker.env': SERVICES,
    'editor /etc/p2p-tracker.env': SERVICES,
    'systemctl edit p2p-tracker': SERVICES,
    'systemctl restart p2p-tracker': SERVICES,
  },
};

const web: Scene = { sections: [{ from: '', who: 'ann', people: ['ann'] }] };

const tutorial: Scene = {
  sections: [
    {
      from: '',
      who: 'ann',
      people: ['ann', 'ben'],
      env: {},
      files: {
        'ann/film.mkv': 3_000_000,
        'ann/album/cover.jpg': 40_000,
        'ann/album/day 1/cat.jpg': 90_000,
        'ann/album/day 1/hill.jpg': 70_000,
        'ann/season.tar': 20 * 2 ** 20,
        'ann/notes.txt': 60,
        'ben/Downloads/': 0,
      },
    },
  ],
};

const SYSTEMD = 'it asks the service manager of the machine';

const howtoService: Scene = {
  sections: [
    {
      from: '',
      who: 'ann',
      people: ['ann', 'root'],
      files: FILM,
      elsewhere: {
        '/backup/': '/home/root/',
        '/var/lib/p2p-tracker/tracker': '/home/root/tracker',
      },
      before: {
        '': [
          'root# p2p tracker :: 8000 --data tracker',
          'ann$ p2p create-user ann --tracker 192.0.2.10:8000',
        ],
        'p2p doctor net': ['ann$ p2p up'],
      },
    },
  ],
  leftOut: {
    'p2p service install --system tracker -- :: 8000 --announce tracker.example:8000': SERVICES,
    'systemctl status p2p-tracker': SYSTEMD,
    'journalctl -u p2p-tracker -n 5': SYSTEMD,
    'p2p config set --system tracker.registration invite':
      'it changes /etc of the machine; test/e2e/config.test.ts does with another file',
    'p2p config list --system': 'it reads /etc of the machine; test/e2e/config.test.ts does so',
    'p2p service install serve -- --port 7001': SERVICES,
    'loginctl enable-linger': SYSTEMD,
    'p2p service status serve': SERVICES,
    'journalctl --user -u p2p-serve -n 5': SYSTEMD,
    'p2p service uninstall serve': SERVICES,
    'p2p service uninstall --system tracker': SERVICES,
  },
};

const howtoCluster: Scene = {
  sections: [
    {
      from: '',
      who: 'head',
      people: ['head', 'node1', 'node2', 'node3'],
      env: {},
      files: {
        'head/dataset/part-1.bin': 5_000_000,
        'head/dataset/part-2.bin': 3_000_000,
        'head/dataset/labels/a.txt': 2_000,
        'node1/scratch/': 0,
        'node1/other/': 0,
        'node2/scratch/': 0,
        'node2/again/': 0,
        'node3/scratch/': 0,
      },
      elsewhere: { '/tmp/': '/home/node3/' },
      before: {
        // What `scp` or the scheduler would do.
        'p2p get - scratch/ < link': [
          'node1$ cp ../head/link .',
          'node2$ cp ../head/link .',
          'node3$ cp ../head/link .',
        ],
      },
    },
  ],
};

const troubleshooting: Scene = {
  sections: [
    {
      from: '',
      who: 'ann',
      people: ['ann', 'ben'],
      files: FILM,
      before: {
        '': [
          'ben$ p2p tracker :: 8000',
          'ann$ p2p create-user ann --tracker 192.0.2.10:8000',
          'ann$ p2p login ann',
          'ann$ p2p create-group film-club',
          'ann$ p2p upload film.mkv film-club',
          'ann$ p2p invite film-club',
          "ben$ p2p join 'p2p://192.0.2.10:8000/film-club#…' --as ben",
          'ann$ p2p up',
        ],
      },
    },
  ],
};

const faq: Scene = {
  sections: [
    {
      from: '',
      who: 'ann',
      people: ['ann'],
      files: FILM,
      before: { '': ['ann$ p2p share --stay film.mkv'] },
    },
  ],
  leftOut: {
    'p2p service uninstall serve': SERVICES,
    'npm uninstall -g @p2p-groups/cli':
      'it changes the packages of the machine; test/packaging/package.test.ts installs one',
  },
};

const CI = 'it takes minutes, and is part of what .ci/run does before or with this test';

const contributing: Scene = {
  sections: [{ from: '', who: 'ann', people: ['ann'] }],
  leftOut: {
    'npm ci': NPM,
    'npm run build': CI,
    'npm test': CI,
    'npm run tap -- dist/test/net/ticket.test.js': CI,
    'npm run check': CI,
    'npm run format': 'it writes into the sources; npm run check says whether it would',
    'npm run package': CI,
    'bash .ci/run': 'it is what runs this test',
  },
};

const GLOBAL = 'it changes the packages of the machine; .ci/run installs the package in a folder';
const EXECUTABLE = 'it takes a Node of 120 MB; .ci/run makes one, and runs the quickstart with it';
const DOCKER = 'it needs Docker; test/packaging/container.test.ts holds the file of the image';

const packaging: Scene = {
  sections: [{ from: '', who: 'ann', people: ['ann'] }],
  leftOut: {
    'npm install -g ./p2p-groups-cli-0.1.0.tgz': GLOBAL,
    'npm install -g @photostructure/sqlite@1.2.1': GLOBAL,
    'npx -p @photostructure/sqlite@1.2.1 -p ./p2p-groups-cli-0.1.0.tgz p2p quickstart':
      'it fetches packages; .ci/run installs both in a folder and runs the quickstart',
    'npm run package:exe -- --node /opt/node-24/bin/node': EXECUTABLE,
    'cp dist/exe/p2p-linux-x64 /usr/local/bin/p2p': EXECUTABLE,
    'docker build -f packaging/Dockerfile -t p2p .': DOCKER,
    'docker run -d --name tracker -p 8000:8000 -v p2p-tracker:/data p2p tracker :: 8000 --announce tracker.example:8000':
      DOCKER,
    'docker exec tracker p2p tracker-invite': DOCKER,
    'docker run … -v /etc/p2p/config.toml:/etc/p2p/config.toml:ro p2p serve': DOCKER,
    'docker run -it --rm -v p2p-ann:/data p2p login ann --tracker tracker.example': DOCKER,
    'docker run -d -p 7001:7001 -v p2p-ann:/data -v /srv/files:/files p2p serve --port 7001 --announce 192.0.2.20:7001':
      DOCKER,
  },
};

/** By the path of the page. */
export const scenes: Readonly<Record<string, Scene>> = {
  'CONTRIBUTING.md': contributing,
  'packaging/README.md': packaging,
  'README.md': readme,
  'docs/configuration.md': configuration,
  'docs/faq.md': faq,
  'docs/howto-cluster.md': howtoCluster,
  'docs/howto-service.md': howtoService,
  'docs/operations.md': operations,
  'docs/services.md': services,
  'docs/troubleshooting.md': troubleshooting,
  'docs/tutorial.md': tutorial,
  'docs/web.md': web,
};
