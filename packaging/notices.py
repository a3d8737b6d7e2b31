#!/usr/bin/env python3
"""Licences of everything that is linked into the binary: packaging/notices.py TARGET [FILE...]

The binary is static, so the notices of all its parts go with it. Texts that several share are
printed once. FILE are notices of what is no crate (musl, the standard library)."""

import hashlib
import json
import os
import re
import subprocess
import sys

NOTICE = re.compile(r"^(licen[cs]e|copying|copyright|notice)", re.I)
LEFT_OUT = re.compile(r"^(target|tests?|testdata|benches|examples|\.git)$")


def texts(directory):
    for path, directories, files in os.walk(directory):
        directories[:] = sorted(d for d in directories if not LEFT_OUT.match(d))
        for name in sorted(files):
            if NOTICE.match(name) and not name.endswith((".rs", ".py", ".toml")):
                with open(os.path.join(path, name), encoding="utf-8", errors="replace") as file:
                    yield name, file.read().strip()


def main():
    target, others = sys.argv[1], sys.argv[2:]
    metadata = json.loads(subprocess.check_output(
        ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]))
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    linked, waiting = set(), [root]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]) and dependency["pkg"] not in linked:
                linked.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    found = {}
    print("Mailstead contains these works. Their licences, as they state them:\n")
    for package in sorted((packages[id] for id in linked - {root}), key=lambda p: (p["name"], p["version"])):
        name = f'{package["name"]} {package["version"]}'
        print(f'  {name}: {package["license"] or package["license_file"]}')
        for _, text in texts(os.path.dirname(package["manifest_path"])):
            found.setdefault(hashlib.sha256(text.encode()).hexdigest(), (text, []))[1].append(name)
    for argument in others:
        name, path = argument.split("=", 1)
        print(f"  {name}")
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read().strip()
        found.setdefault(hashlib.sha256(text.encode()).hexdigest(), (text, []))[1].append(name)
    for text, names in found.values():
        print("\n" + "-" * 78)
        print(", ".join(dict.fromkeys(names)) + ":\n")
        print(text)


main()
