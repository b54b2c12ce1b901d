"""One libtorrent peer for the benchmarks, steered by lines of JSON (see contestants/line-peer.ts).

    libtorrent-peer.py seed|fetch|stay TORRENT FOLDER UP_BYTES_PER_SECOND HOST

Says {"port": N}; takes {"connect": [ports], "host": H} and {"sent": true}; says {"steadyMs": T}
when it has everything. Listens on HOST, and talks to nobody but the ports it is given.
"""

import json
import os
import sys
import threading
import time

import libtorrent as lt

# How often the state is looked at; short against any run.
POLL_SECONDS = 0.002

mode, torrent_path, folder, up_rate, host = sys.argv[1:6]


def say(**values):
    print(json.dumps(values), flush=True)


session = lt.session(
    {
        "listen_interfaces": host + ":0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        # TCP is by far the faster of its two ways on loopback.
        "enable_outgoing_utp": False,
        "enable_incoming_utp": False,
        # All peers of a benchmark have the same address.
        "allow_multiple_connections_per_ip": True,
        # In the clear, as the others of this column.
        "out_enc_policy": int(lt.enc_policy.disabled),
        "in_enc_policy": int(lt.enc_policy.disabled),
        "alert_mask": int(lt.alert.category_t.storage_notification),
    }
)
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent_path)
params.save_path = folder
if mode == "seed":
    # The files are known to be right; checking them is not what is measured.
    params.flags |= lt.torrent_flags.seed_mode
params.flags &= ~lt.torrent_flags.auto_managed
params.flags &= ~lt.torrent_flags.paused
handle = session.add_torrent(params)
if int(up_rate) > 0:
    handle.set_upload_limit(int(up_rate))


def wait_until(is_so):
    while not is_so():
        time.sleep(POLL_SECONDS)


def watch():
    """Times from the first byte to the last."""
    wait_until(lambda: handle.status().total_payload_download > 0)
    first = time.monotonic()
    wait_until(lambda: handle.status().is_seeding)
    taken = (time.monotonic() - first) * 1000
    # Pieces are hashed before they are written: what ends now would leave files that are not whole.
    handle.flush_cache()
    wait_until(lambda: any(isinstance(one, lt.cache_flushed_alert) for one in session.pop_alerts()))
    say(steadyMs=taken)


wait_until(lambda: session.listen_port() != 0)
say(port=session.listen_port())
if mode != "seed":
    threading.Thread(target=watch, daemon=True).start()
for line in sys.stdin:
    message = json.loads(line)
    for port in message.get("connect", []):
        handle.connect_peer((message["host"], port))
    if message.get("sent"):
        say(sentBytes=handle.status().total_payload_upload)
# The watching thread may still be in the library, which must not be torn down under it.
os._exit(0)
