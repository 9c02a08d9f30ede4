"""Mininet's own way to the same star: N hosts, one Linux bridge, no controller. Prints one JSON line of milliseconds."""
import json
import logging
import sys
import time

from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

hosts, matrix = int(sys.argv[1]), sys.argv[2] == "pingall"
setLogLevel("critical")
logging.disable(logging.CRITICAL)
start = time.monotonic()
net = Mininet(topo=SingleSwitchTopo(hosts), switch=LinuxBridge, controller=None)
net.start()
built = time.monotonic()
lost = net.pingAll(timeout="1") if matrix else 0
pinged = time.monotonic()
net.stop()
stopped = time.monotonic()
ms = lambda a, b: (b - a) * 1000
print(json.dumps({"create": ms(start, built), "pingall": ms(built, pinged) if matrix else None, "lost": lost, "delete": ms(pinged, stopped)}))
