/** The program in Python that docs/control.md shows; a test runs it as it stands there. */

export const CONTROL_EXAMPLE = `import json, os, socket, sys

home = os.environ.get('P2P_HOME') or os.path.expanduser('~/.local/share/p2p')
link = socket.socket(socket.AF_UNIX)
link.connect(os.path.join(os.path.realpath(home), 'control.sock'))
lines = link.makefile(encoding='utf-8')

def call(method, **params):
    link.sendall(json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': method, 'params': params}).encode() + b'\\n')
    parts = []
    for message in map(json.loads, lines):
        if message.get('method') == 'part': parts.append(message['params']['text'])
        if message.get('id') != 1: continue  # nobody asked for it
        if 'error' in message: sys.exit(message['error']['message'])
        return json.loads(''.join(parts)) if parts else message['result']
    sys.exit('the client has ended')

call('hello', protocol=1, title='example')
for one in call('downloads'): print(one['state'], one['groupId'], one['fileName'])
group, name, folder = sys.argv[1:]
where = {'destination': os.path.abspath(folder), 'overwrite': False, 'timeoutMs': 60000}
started = call('startDownload', groupId=group, fileName=name, **where)
done = call('waitForDownload', id=started)
print(done['path'], done['size'])
`;
