#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Does a leak on a machine make an alert fire? Prints TAP.

fleet_server.py <program> <share> [--leaking <tree>] [--healthy <tree>]

<share> is the directory with kmemleak's installed alerts and dashboard. The trees are the
saved /proc and /sys of a machine that leaks and of one that does not; by default those
beside this file stand for them. The tool exports each into the directory of a
node_exporter, as its unit does, from which a Prometheus reads, which sends alerts to an
Alertmanager. All listen on the loopback interface only. PROMETHEUS=, NODE_EXPORTER= and
ALERTMANAGER= are the servers, by default Debian's.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

TESTS = pathlib.Path(__file__).resolve().parent
# Of each condition that is waited for; a slow machine takes some ten seconds.
LIMIT = 120

CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ["{node}"]}}]
"""
ROUTES = """
route: {receiver: nobody, group_by: [alertname, instance], group_wait: 0s}
receivers: [{name: nobody}]
"""


class Failure(Exception):
    """A test that does not pass, with what it says."""


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]


def get(address, path, **query):
    url = f"http://{address}{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


class Fleet:
    """The servers, which run in a directory of their own."""

    def __init__(self, work, tool, share):
        self.work, self.tool = work, tool
        self.rules = share / "kmemleak.rules.yml"
        self.textfiles = work / "textfiles"
        self.textfiles.mkdir()
        self.servers = {}
        self.exports = 0
        self.prometheus, self.node, self.alertmanager = (free_address() for _ in range(3))

    def start(self, name, *command):
        log = open(self.work / f"{name}.log", "w")
        self.servers[name] = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.work)

    def start_all(self):
        config = self.work / "prometheus.yml"
        config.write_text(CONFIG.format(rules=self.rules, node=self.node,
                                        alertmanager=self.alertmanager))
        (self.work / "alertmanager.yml").write_text(ROUTES)
        self.start("node_exporter",
                   os.environ.get("NODE_EXPORTER", "prometheus-node-exporter"),
                   f"--web.listen-address={self.node}", "--collector.disable-defaults",
                   "--collector.textfile", f"--collector.textfile.directory={self.textfiles}")
        self.start("alertmanager", os.environ.get("ALERTMANAGER", "prometheus-alertmanager"),
                   "--config.file=alertmanager.yml", "--storage.path=alerts",
                   f"--web.listen-address={self.alertmanager}", "--cluster.listen-address=")
        self.start("prometheus", os.environ.get("PROMETHEUS", "prometheus"),
                   "--config.file=prometheus.yml", "--storage.tsdb.path=series",
                   f"--web.listen-address={self.prometheus}")

    def stop_all(self):
        for server in self.servers.values():
            server.terminate()
        for server in self.servers.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(10)
            server.kill()

    def wait(self, what, condition):
        """Return what the condition does, as soon as that is true."""
        end, last = time.monotonic() + LIMIT, None
        while time.monotonic() < end:
            for name, server in self.servers.items():
                if server.poll() is not None:
                    log = (self.work / f"{name}.log").read_text()[-2000:]
                    raise Failure(f"{name} ended with {server.returncode}:\n{log}")
            try:
                last = condition()
                if last:
                    return last
            except (urllib.error.URLError, OSError) as error:
                last = error
            time.sleep(0.2)
        raise Failure(f"no {what} in {LIMIT} s; the last answer is {last}")

    def export(self, tree):
        """Do what the unit does, on the machine with these files, and wait for its effect."""
        subprocess.run([self.tool, "--root", tree, "export", "--prometheus", "--output",
                        self.textfiles / "kmemleak.prom"], check=True)
        # node_exporter reads this file first: a scrape with it has the other one, too.
        self.exports += 1
        marker = self.work / "marker.prom"
        marker.write_text(f"fleet_server_exports {self.exports}\n")
        marker.rename(self.textfiles / "a.prom")
        self.wait("scrape of the new file",
                  lambda: self.query(f"fleet_server_exports == {self.exports}"))
        before = self.evaluated()
        self.wait("evaluation of the alerts", lambda: self.evaluated() > before)

    def query(self, expression):
        answer = json.loads(get(self.prometheus, "/api/v1/query", query=expression))
        if answer["status"] != "success":
            raise Failure(answer)
        return answer["data"]["result"]

    def alerts(self, name):
        """Alerts of that name that the Alertmanager has and would send."""
        return [alert for alert in json.loads(get(self.alertmanager, "/api/v2/alerts"))
                if alert["labels"]["alertname"] == name]

    def scrapes(self):
        result = self.query('scrape_samples_scraped{job="node"}')
        return result and float(result[0]["value"][1]) > 0

    def evaluated(self):
        groups = json.loads(get(self.prometheus, "/api/v1/rules"))["data"]["groups"]
        return min(group["lastEvaluation"] for group in groups) if groups else ""


def exported(options, metric):
    """Label sets of a metric of the machine that leaks, in the tool's own words."""
    text = subprocess.run([options.program, "--root", options.leaking, "export",
                           "--prometheus"], check=True, capture_output=True, text=True).stdout
    return re.findall(rf"^{metric}(?:{{(.*)}})? ", text, re.M)


def expressions(dashboard):
    """The expressions of all panels, with a value for each variable."""
    for panel in json.loads(dashboard.read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$instance", ".*")


class Tests:
    """Run in order: each goes on where the one before ended."""

    def __init__(self, fleet, options):
        self.fleet, self.options = fleet, options

    def test_servers_run(self):
        """the servers start"""
        fleet = self.fleet
        fleet.wait("Prometheus", lambda: get(fleet.prometheus, "/-/ready"))
        fleet.wait("Alertmanager", lambda: get(fleet.alertmanager, "/-/ready"))
        fleet.wait("node_exporter", lambda: get(fleet.node, "/metrics"))
        fleet.wait("scrape", fleet.scrapes)

    def test_rules(self):
        """Prometheus takes the alerts"""
        groups = json.loads(get(self.fleet.prometheus, "/api/v1/rules"))["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        if not rules or any(rule["health"] == "err" for rule in rules):
            raise Failure(rules)

    def test_healthy(self):
        """no alert for a healthy machine"""
        fleet = self.fleet
        fleet.export(self.options.healthy)
        if not fleet.query("kmemleak_memory_total_bytes"):
            raise Failure("there are no metrics of it")
        if fleet.query("kmemleak_leaks != 0"):
            raise Failure("it leaks")
        firing = fleet.query('ALERTS{alertstate="firing"}')
        if firing:
            raise Failure(firing)

    def test_exporter(self):
        """node_exporter takes all metrics of a machine that leaks"""
        fleet = self.fleet
        fleet.export(self.options.leaking)
        if fleet.query("node_textfile_scrape_error != 0"):
            raise Failure("node_exporter could not read the file")
        leaks = exported(self.options, "kmemleak_leak_bytes")
        found = fleet.query("kmemleak_leak_bytes")
        if not leaks or len(found) != len(leaks):
            raise Failure(f"{len(leaks)} leaks were exported, {len(found)} are there")

    def test_leak(self):
        """a leak makes an alert fire, for each bug"""
        fleet = self.fleet
        leaks = exported(self.options, "kmemleak_leak_bytes")
        alerts = fleet.wait("alert", lambda: len(fleet.alerts("KernelMemoryLeak")) ==
                            len(leaks) and fleet.alerts("KernelMemoryLeak"))
        for alert in alerts:
            summary = alert["annotations"]["summary"]
            if alert["status"]["state"] != "active" or "has lost" not in summary:
                raise Failure(alert)
            print("#", summary)
        sites = {alert["labels"].get("fingerprint", "") + alert["labels"]["site"]
                 for alert in alerts}
        if len(sites) != len(leaks):
            raise Failure(f"alerts are for {sites}")

    def test_dashboard(self):
        """all panels of the dashboard have something to show"""
        for title, expression in expressions(self.options.share / "kmemleak-dashboard.json"):
            # Nothing of a saved machine grows.
            expression = re.sub(r"(deriv.*) > 0", r"\1 >= 0", expression)
            there = all(exported(self.options, name)
                        for name in re.findall(r"\bkmemleak_\w+", expression))
            if not self.fleet.query(expression) and there:
                raise Failure(f"{title}: {expression} finds nothing")

    def test_mended(self):
        """the alert is over when the leak is"""
        fleet = self.fleet
        fleet.export(self.options.healthy)
        alerts = 'ALERTS{alertname="KernelMemoryLeak"}'
        fleet.wait("end of the alert", lambda: not fleet.query(alerts))


def run(tests):
    failed = False
    names = [name for name in vars(Tests) if name.startswith("test_")]
    for number, name in enumerate(names, 1):
        test = getattr(tests, name)
        try:
            test()
            print(f"ok {number} - {test.__doc__}", flush=True)
        except (Failure, OSError, subprocess.CalledProcessError, KeyError, ValueError) as error:
            failed = True
            for line in str(error).splitlines() or [repr(error)]:
                print("#", line)
            print(f"not ok {number} - {test.__doc__}", flush=True)
    print(f"1..{len(names)}")
    return failed


def make_healthy(work, leaking):
    """A machine as the leaking one, of which the detector reports nothing."""
    tree = work / "healthy"
    shutil.copytree(leaking, tree)
    for report in tree.glob("sys/kernel/debug/kmemleak*"):
        if report.name in ("kmemleak", "kmemleak_summary"):
            report.chmod(0o600)
            report.write_text("")
    return tree


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("share", type=pathlib.Path)
    parser.add_argument("--leaking", type=pathlib.Path, default=TESTS / "trees/after")
    parser.add_argument("--healthy", type=pathlib.Path)
    options = parser.parse_args()
    options.program = options.program.resolve()
    options.share = options.share.resolve()
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        options.healthy = options.healthy or make_healthy(work, options.leaking)
        fleet = Fleet(work, options.program, options.share)
        try:
            fleet.start_all()
            failed = run(Tests(fleet, options))
        finally:
            fleet.stop_all()
    sys.exit(failed)


if __name__ == "__main__":
    main()
